//! Where items stand (`annotation-ux.md` §4).

/// Where an item stands for one reviewer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AssignmentState {
    /// Not opened.
    #[default]
    Pending,
    /// Open now, or its lease still runs.
    Reserved,
    /// Left with answers that are not submitted.
    Draft,
    /// Submitted.
    Submitted,
    /// The reviewer chose not to judge.
    Skipped,
    /// The reviewer says that it does not belong here.
    Discarded,
}

impl AssignmentState {
    /// Whether the reviewer has decided: it counts as progress and needs no more of them.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Submitted | Self::Skipped | Self::Discarded)
    }

    /// Its word, as in the specification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Reserved => "reserved",
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Skipped => "skipped",
            Self::Discarded => "discarded",
        }
    }
}

/// Where an item stands in its queue, as a reviewer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    /// Too few reviews, and this reviewer has not submitted.
    NeedsReview,
    /// Too few reviews, and this reviewer has submitted.
    NeedsOthers,
    /// Enough reviews that disagree.
    InConflict,
    /// Enough reviews that agree, or adjudicated.
    Completed,
    /// Taken out by the owner.
    Removed,
}
