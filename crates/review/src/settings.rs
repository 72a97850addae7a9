//! How a queue is worked: its settings as they are kept.

use serde::{Deserialize, Serialize};

/// What the items of a queue are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum TargetLevel {
    #[default]
    Run,
    Trace,
    Thread,
}

/// Order of items (`annotation-ux.md` §6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented in annotation-ux.md §6")]
pub enum OrderMode {
    #[default]
    Added,
    Newest,
    Oldest,
    Random,
    Interleave,
    Priority,
    Uncertainty,
    Thread,
    Shortest,
    Longest,
}

/// What items are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names a field of the run")]
pub enum Stratum {
    #[default]
    RunName,
    Model,
    Project,
    Status,
    PromptVersion,
}

/// What is hidden from reviewers (§14.2); each level hides what the one before does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blind {
    /// Nothing.
    None,
    /// What others answered, until one's own answers are submitted.
    #[default]
    Reviewers,
    /// What judges said.
    ReviewersAndModels,
    /// Where the run comes from.
    Full,
}

/// What comes after a submit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSubmit {
    /// The next item.
    #[default]
    Next,
    /// The same item.
    Stay,
}

/// How a queue is worked. LangSmith's members have its names; members that neither knows are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct QueueSettings {
    pub target_level: TargetLevel,
    pub order_mode: OrderMode,
    pub order_seed: u32,
    pub order_by: Stratum,
    pub same_order: bool,
    #[serde(deserialize_with = "said")]
    pub num_reviewers_per_item: Option<u32>,
    pub enable_reservations: bool,
    pub lease_seconds: u32,
    /// LangSmith's `any` or `assigned`; kept for the round trip.
    pub reviewer_access_mode: String,
    pub assigned_reviewers: Vec<String>,
    pub blind: Blind,
    pub hide_metadata: Vec<String>,
    pub on_submit: OnSubmit,
    pub instant_submit: bool,
    pub prefill: bool,
    pub add_to_dataset: bool,
    pub both_bad: bool,
    pub strength: bool,
    pub skip_reasons: Vec<String>,
    pub discard_reason_required: bool,
    /// Of what a reviewer submitted, what share comes again, in percent (§14.5).
    pub repeat_percent: u8,
    pub view: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub others: serde_json::Map<String, serde_json::Value>,
}

/// Null is "everybody"; only a member that is not there is the default.
fn said<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(deserializer)
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            target_level: TargetLevel::default(),
            order_mode: OrderMode::default(),
            order_seed: 0,
            order_by: Stratum::default(),
            same_order: false,
            num_reviewers_per_item: Some(1),
            enable_reservations: true,
            lease_seconds: 1800,
            reviewer_access_mode: "any".to_owned(),
            assigned_reviewers: Vec::new(),
            blind: Blind::default(),
            hide_metadata: Vec::new(),
            on_submit: OnSubmit::default(),
            instant_submit: false,
            prefill: false,
            add_to_dataset: false,
            both_bad: false,
            strength: false,
            skip_reasons: Vec::new(),
            discard_reason_required: false,
            repeat_percent: 0,
            view: None,
            others: serde_json::Map::new(),
        }
    }
}

impl QueueSettings {
    /// What is wrong with them, in one sentence (§7).
    pub fn problem(&self) -> Option<String> {
        if !(60..=86_400).contains(&self.lease_seconds) {
            return Some("A reservation lasts from 60 to 86,400 seconds".to_owned());
        }
        if self.num_reviewers_per_item == Some(0) {
            return Some("An item needs one review at least".to_owned());
        }
        if self.repeat_percent > crate::MOST_REPEATS {
            return Some(format!("From 0 to {} percent of items come again", crate::MOST_REPEATS));
        }
        if self.view.as_ref().is_some_and(|view| view.len() > 16 * 1024) {
            return Some("The view of a queue may have 16 KiB".to_owned());
        }
        None
    }

    /// Reviews that an item needs; `reviewers` is how many people there are (§3.2: "everybody").
    pub fn required_reviews(&self, reviewers: u32) -> u32 {
        if self.assigned_reviewers.is_empty() {
            self.num_reviewers_per_item.unwrap_or(reviewers.max(1))
        } else {
            u32::try_from(self.assigned_reviewers.len()).unwrap_or(u32::MAX)
        }
    }

    /// Whether an open item is kept from others; with everybody reviewing everything it is not (§7).
    pub fn leases(&self) -> bool {
        self.enable_reservations
            && self.num_reviewers_per_item.is_some()
            && self.assigned_reviewers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_langsmith_are_read_and_foreign_members_kept() {
        let text = r#"{"num_reviewers_per_item":null,"enable_reservations":false,"reservation_minutes":3}"#;
        let settings: QueueSettings = serde_json::from_str(text).unwrap();
        assert_eq!((settings.num_reviewers_per_item, settings.required_reviews(1)), (None, 1));
        let again = serde_json::to_value(&settings).unwrap();
        assert_eq!(
            (&again["reservation_minutes"], &again["num_reviewers_per_item"]),
            (&3.into(), &serde_json::Value::Null)
        );
        assert_eq!(serde_json::from_str::<QueueSettings>("{}").unwrap(), QueueSettings::default());
        assert_eq!(QueueSettings::default().problem(), None);
    }
}
