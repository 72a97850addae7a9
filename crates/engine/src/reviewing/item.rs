//! Items as a reviewer sees them: what they may see, what they said, and whether this window may write.

use std::collections::HashSet;

use ::review::{Answer, AssignmentState, Blind, in_order};
use model::{TraceId, UnixNanos};
use store::{
    Assignment, DraftRow, ItemBucket, LeaseRow, ReviewRow, ReviewTarget, ReviewWriter, Reviewing as State,
};
use uuid::Uuid;

use super::{
    Asked, History, Processes, QueueView, Seat,
    answers::{GivenAnswer, given, swapped},
    found::standing,
};

/// Items that are handed out at once.
pub(super) const MOST_PEEKED: usize = 20;

/// Which window has an item open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// Nobody's.
    Free,
    /// This window, until then.
    Mine(UnixNanos),
    /// Another window of the same reviewer.
    OtherWindow(UnixNanos),
    /// A window of this reviewer.
    Other(String, UnixNanos),
}

/// Which items are listed.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Where they stand.
    pub bucket: ItemBucket,
    /// Words that must occur in name or previews.
    pub text: Option<String>,
    /// Key and text of an answer of this reviewer; an empty text is any.
    pub answer: Option<(String, String)>,
}

/// An item with everything for showing it but its payload. Sides of pairs are as shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// As in the list, without what is hidden.
    pub row: ReviewRow,
    /// Whether reviews of others are counted for this reviewer.
    pub shows_reviews: bool,
    /// Its queue.
    pub queue: Uuid,
    /// Whether this window may write.
    pub lease: Lease,
    /// The draft of this reviewer.
    pub draft: Option<DraftRow>,
    /// What this reviewer submitted and what stands.
    pub mine: Vec<GivenAnswer>,
    /// What others said; absent while it is hidden.
    pub others: Option<Vec<GivenAnswer>>,
    /// What decided a conflict; empty while what others said is hidden.
    pub adjudicated: Vec<GivenAnswer>,
    /// What judges suggest for keys that show it.
    pub suggestions: Vec<GivenAnswer>,
    /// The target changed since this reviewer submitted.
    pub changed: bool,
    /// Bytes that must be read to show all of it.
    pub bytes: u64,
    /// Payloads must be masked.
    pub masked: bool,
    /// Who else has it open.
    pub held_by: Option<String>,
}

/// A queue that is open for review.
#[derive(Debug, Clone)]
pub struct OpenedQueue {
    /// The queue.
    pub view: QueueView,
    /// Item to begin with.
    pub item: Option<Uuid>,
    /// When the draft was saved that an unclean end left behind.
    pub recovered: Option<UnixNanos>,
    /// This reviewer has not submitted under this rubric yet.
    pub instructions_new: bool,
    /// The rubric under which they last submitted, when it is another.
    pub previous_rubric: Option<Vec<::review::RubricItem>>,
    /// What undo and redo would do.
    pub history: History,
}

/// Where a reviewer was last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewPlace {
    /// The queue and the item.
    pub place: Option<(Uuid, Uuid)>,
    /// When its draft was saved.
    pub draft_saved: Option<UnixNanos>,
    /// The program ended without closing it.
    pub unclean: bool,
}

/// Which payloads belong to an item, and how they may be shown.
#[derive(Debug, Clone)]
pub struct PayloadScope {
    /// Traces of the item.
    pub traces: HashSet<TraceId>,
    /// Project and key, where the item is a thread.
    pub thread: Option<(Uuid, String)>,
    /// Where the run comes from must not show.
    pub masked: bool,
    /// Metadata keys that must not show besides the fixed ones.
    pub hidden: Vec<String>,
}

// ---- leases ----

/// Which window has an item open, of processes that still run.
pub(crate) fn lease_of(
    state: &State<'_>,
    processes: &Processes,
    asked: &Asked,
    item: Uuid,
    seat: &Seat,
) -> store::Result<Lease> {
    let mut own = Lease::Free;
    for assignment in state.assignments(item)? {
        let Some(lease) = assignment.lease.filter(|lease| lease.until >= seat.at) else { continue };
        let is_mine = assignment.reviewer == seat.reviewer;
        if is_mine && lease.session == seat.session {
            own = Lease::Mine(lease.until);
        } else if processes.is_alive(&lease.process) {
            if is_mine {
                return Ok(Lease::OtherWindow(lease.until));
            }
            if asked.settings.leases() {
                let name = state.reviewer(assignment.reviewer)?.name;
                return Ok(Lease::Other(name, lease.until));
            }
        }
    }
    Ok(own)
}

/// Opens an item in this window, or renews that. The caller has seen that it is free.
pub(crate) fn take_lease(
    writer: &mut ReviewWriter<'_, '_>,
    processes: &Processes,
    asked: &Asked,
    assignment: Assignment,
    seat: &Seat,
) -> store::Result<Lease> {
    let until = UnixNanos(seat.at.0.saturating_add(i64::from(asked.settings.lease_seconds) * 1_000_000_000));
    let state = if assignment.state.is_decided() { assignment.state } else { AssignmentState::Reserved };
    let item = assignment.item;
    writer.put_assignment(&Assignment {
        state,
        lease: Some(LeaseRow { session: seat.session.clone(), process: processes.own().to_owned(), until }),
        first_seen: assignment.first_seen.or(Some(seat.at)),
        opened: Some(seat.at),
        ..assignment
    })?;
    writer.set_viewed(item, Some((seat.reviewer, seat.at)))?;
    Ok(Lease::Mine(until))
}

// ---- what a reviewer may see ----

/// What is hidden from a reviewer about an item (§14.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    others: bool,
    judges: bool,
    pub(super) origin: bool,
}

pub(super) fn sight(
    state: &State<'_>,
    asked: &Asked,
    item: Uuid,
    reviewer: Uuid,
    own: AssignmentState,
) -> store::Result<Sight> {
    let blind = asked.settings.blind;
    if blind == Blind::None || state.is_unblinded(item, reviewer)? {
        return Ok(Sight { others: true, judges: true, origin: true });
    }
    let is_through = own == AssignmentState::Submitted;
    Ok(Sight {
        others: is_through,
        judges: is_through || blind < Blind::ReviewersAndModels,
        origin: blind < Blind::Full,
    })
}

fn is_judge(one: &GivenAnswer) -> bool {
    one.source != "app"
}

/// An item for this reviewer.
pub(crate) fn view_item(
    state: &State<'_>,
    processes: &Processes,
    asked: &Asked,
    id: Uuid,
    seat: &Seat,
) -> store::Result<ItemView> {
    let row = state.review_row(asked.queue.id, seat.reviewer, seat.at, id)?;
    view_row(state, processes, asked, row, seat)
}

pub(super) fn view_row(
    state: &State<'_>,
    processes: &Processes,
    asked: &Asked,
    mut row: ReviewRow,
    seat: &Seat,
) -> store::Result<ItemView> {
    let sight = sight(state, asked, row.id, seat.reviewer, row.state)?;
    let me = seat.reviewer.to_string();
    let is_me = |one: &GivenAnswer| one.reviewer.as_deref() == Some(me.as_str());
    let shown = |one: GivenAnswer| GivenAnswer { answer: swapped(one.answer.clone(), row.swap), ..one };
    let all: Vec<GivenAnswer> = standing(state, asked, row.id)?.into_iter().map(shown).collect();
    let elsewhere = given(asked, &state.said_elsewhere(&row.target)?);
    let suggests = |one: &GivenAnswer| {
        is_judge(one)
            && asked.rubric.iter().any(|(item, _)| item.suggestions && item.feedback_key == one.answer.key)
    };
    let suggestions = if sight.judges {
        elsewhere.iter().filter(|one| suggests(one)).cloned().collect()
    } else {
        Vec::new()
    };
    let may_see = |one: &GivenAnswer| if is_judge(one) { sight.judges } else { sight.others };
    let others: Vec<GivenAnswer> = all
        .iter()
        .filter(|one| !one.adjudicator && !is_me(one))
        .chain(elsewhere.iter())
        .filter(|one| may_see(one))
        .cloned()
        .collect();
    let changed = row.state == AssignmentState::Submitted
        && state
            .assignment(row.id, seat.reviewer)?
            .and_then(|assignment| assignment.snapshot)
            .is_some_and(|then| state.snapshot(&row.target).ok().flatten().is_some_and(|now| now != then));
    let held_by = match row.held.take() {
        Some((reviewer, process, _)) if asked.settings.leases() && processes.is_alive(&process) => {
            Some(state.reviewer(reviewer)?.name)
        }
        _ => None,
    };
    if !sight.origin {
        row.project = None;
        row.start = None;
        row.name = None;
    }
    if row.swap
        && let ReviewTarget::Pair(sides) = &mut row.target
    {
        sides.swap(0, 1);
    }
    Ok(ItemView {
        shows_reviews: sight.others,
        queue: asked.queue.id,
        lease: lease_of(state, processes, asked, row.id, seat)?,
        draft: state.draft(row.id, seat.reviewer)?,
        mine: all.iter().filter(|one| !one.adjudicator && is_me(one)).cloned().collect(),
        others: (sight.others || !others.is_empty()).then_some(others),
        adjudicated: all.into_iter().filter(|one| one.adjudicator && sight.others).collect(),
        suggestions,
        changed,
        bytes: state.bytes(&row.target)?,
        masked: !sight.origin,
        held_by,
        row,
    })
}

/// The next item to review after this one, going round; items that others have open come only when nothing else is
/// left, so that a queue never seems finished while items remain.
pub(crate) fn next_item(
    state: &State<'_>,
    processes: &Processes,
    asked: &Asked,
    seat: &Seat,
    after: Option<Uuid>,
) -> store::Result<Option<Uuid>> {
    // One is enough unless others have the next ones open.
    let mut count = 1;
    loop {
        let items = state.open_after(asked.queue.id, seat.reviewer, seat.at, after, count)?;
        for (id, is_held) in &items {
            if !is_held || !matches!(lease_of(state, processes, asked, *id, seat)?, Lease::Other(..)) {
                return Ok(Some(*id));
            }
        }
        if items.len() < count {
            return Ok(items.first().map(|(id, _)| *id));
        }
        count = count.saturating_mul(16);
    }
}

/// Gives items that came since their places at the end of this reviewer's order (§6).
pub(super) fn place_items(
    writer: &mut ReviewWriter<'_, '_>,
    asked: &Asked,
    seat: &Seat,
) -> store::Result<()> {
    if writer.state().is_placed(asked.queue.id, seat.reviewer)? {
        return Ok(());
    }
    let mut unplaced = writer.state().unplaced(asked.queue.id, seat.reviewer, asked.settings.order_by)?;
    if asked.settings.order_mode == ::review::OrderMode::Uncertainty {
        for one in &mut unplaced {
            let item = writer.state().item(one.id)?;
            let mut all = standing(&writer.state(), asked, one.id)?;
            all.extend(given(asked, &writer.state().said_elsewhere(&item.target)?));
            let mut reviews: std::collections::BTreeMap<String, Vec<Answer>> =
                std::collections::BTreeMap::new();
            for (index, given) in all.into_iter().enumerate() {
                // Judges without a name are each a voice of their own.
                let who = given.reviewer.unwrap_or_else(|| format!("#{index}"));
                reviews.entry(who).or_default().push(given.answer);
            }
            let slices: Vec<&[Answer]> = reviews.values().map(Vec::as_slice).collect();
            one.disagreement = ::review::disagreement(&slices, &asked.rubric);
        }
    }
    let reviewer = (!asked.settings.same_order).then_some(seat.reviewer);
    let order = in_order(unplaced, asked.settings.order_mode, asked.settings.order_seed, reviewer);
    writer.append_positions(asked.queue.id, seat.reviewer, &order)
}

/// Items of any bucket that follow one, going round.
pub(super) fn in_bucket_after(
    state: &State<'_>,
    queue: Uuid,
    after: Option<Uuid>,
    bucket: ItemBucket,
    count: usize,
    seat: &Seat,
) -> store::Result<Vec<Uuid>> {
    let all = state.review_order(queue, seat.reviewer, seat.at, ItemBucket::All)?;
    let wanted: HashSet<Uuid> =
        state.review_order(queue, seat.reviewer, seat.at, bucket)?.into_iter().map(|(id, ..)| id).collect();
    let start =
        after.and_then(|after| all.iter().position(|(id, ..)| *id == after)).map_or(0, |place| place + 1);
    let (head, tail) = all.split_at(start.min(all.len()));
    let following = tail.iter().chain(head).map(|(id, ..)| *id);
    Ok(following.filter(|id| wanted.contains(id) && Some(*id) != after).take(count).collect())
}
