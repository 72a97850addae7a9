//! Sums of cost by day and by everything that it is grouped by, and the person's own prices.
//!
//! A trace counts whole on the day (UTC) on which it started, under the project that it stands in. Sums change by
//! difference in the transaction that writes the runs ([`mod@write`]); lists of groups read only them ([`mod@read`]).

mod packed;
mod price;
mod read;
mod reprice;
mod scan;
mod write;

use model::{Cost, CostByClass, CostOrigin, RunFields, TraceId, UnixNanos, Usage};

pub use price::OwnPrice;
pub use reprice::{Repriced, RepricedModel, Repricing};
pub use scan::{Gathered, GatheredGroups, Spent};
pub(crate) use write::{CostChanges, OfRoot, TraceCosts};

use crate::row::RollUp;

/// Nanoseconds of a day.
const DAY_NS: i64 = 86_400_000_000_000;
/// Dimensions from here on are keys of metadata.
const METADATA: i64 = 1000;

/// What cost is grouped by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// No groups: everything.
    All,
    /// Model.
    Model,
    /// Provider.
    Provider,
    /// Name of the run.
    Name,
    /// Version of the prompt.
    Prompt,
    /// Tag of the run or of its trace, which are those of the root; a run with several counts in each.
    Tag,
    /// User of the run, else of its trace.
    User,
    /// Sub-agent that the run works for; absent for the main agent.
    Agent,
    /// Models without a price, as `provider/model`.
    Unpriced,
    /// Models of runs of which only the sum of tokens is known, in the same way.
    SumOnly,
    /// Models of runs with a count that cannot be meant, in the same way.
    BadCount,
    /// Metadata of this key. Of the runs without it the sums are known, but not in how many traces they are.
    Metadata(String),
}

impl Dimension {
    /// Why costs are not known, each a dimension of its own.
    pub const UNKNOWN: [Self; 3] = [Self::Unpriced, Self::SumOnly, Self::BadCount];

    /// Where runs are counted whose cost is not known for this reason.
    pub(crate) fn of_unknown(origin: CostOrigin) -> Option<Self> {
        Some(match origin {
            CostOrigin::Unpriced => Self::Unpriced,
            CostOrigin::SumOnly => Self::SumOnly,
            CostOrigin::BadCount => Self::BadCount,
            _ => return None,
        })
    }

    /// Whether it tells why costs are not known.
    pub fn is_unknown(&self) -> bool {
        Self::UNKNOWN.contains(self)
    }

    /// Id of a dimension that has a fixed one.
    fn fixed(&self) -> Option<i64> {
        match self {
            Self::All => Some(0),
            Self::Model => Some(1),
            Self::Provider => Some(2),
            Self::Name => Some(3),
            Self::Prompt => Some(4),
            Self::Tag => Some(5),
            Self::User => Some(6),
            Self::Unpriced => Some(7),
            Self::Agent => Some(8),
            Self::SumOnly => Some(9),
            Self::BadCount => Some(10),
            Self::Metadata(_) => None,
        }
    }

    /// Reads `model`, `provider`, `name`, `prompt`, `tag`, `user`, `agent`, `metadata.KEY`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "all" => Self::All,
            "model" => Self::Model,
            "provider" => Self::Provider,
            "name" => Self::Name,
            "prompt" => Self::Prompt,
            "tag" => Self::Tag,
            "user" => Self::User,
            "agent" => Self::Agent,
            "unpriced" => Self::Unpriced,
            "sum_only" => Self::SumOnly,
            "bad_count" => Self::BadCount,
            other => {
                Self::Metadata(other.strip_prefix("metadata.").filter(|key| !key.is_empty())?.to_owned())
            }
        })
    }
}

/// Which traces are summed up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostScope {
    /// First day (since 1970, UTC).
    pub from_day: Option<i64>,
    /// Last day.
    pub to_day: Option<i64>,
    /// Project by name.
    pub project: Option<String>,
    /// Only the traces of this thread.
    pub thread: Option<String>,
    /// Only this trace.
    pub trace: Option<TraceId>,
}

impl CostScope {
    /// Whether single traces are asked for, which sums by day do not tell.
    fn is_narrow(&self) -> bool {
        self.thread.is_some() || self.trace.is_some()
    }
}

/// Sums of a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CostSums {
    /// Traces that the group occurs in.
    pub traces: u64,
    /// Runs that used something or cost something.
    pub runs: u64,
    /// Tokens.
    pub usage: Usage,
    /// Cost of what has a price; nothing where nothing has.
    pub cost: Option<Cost>,
    /// The cost by class.
    pub by_class: CostByClass,
    /// Runs whose tokens have no price.
    pub unpriced_runs: u64,
    /// What caching saved.
    pub cache_saved: Cost,
}

impl CostSums {
    fn new(traces: i64, sums: &RollUp) -> Self {
        let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
        Self {
            traces: unsigned(traces),
            runs: unsigned(sums.runs),
            usage: sums.usage(),
            cost: sums.cost(),
            by_class: sums.by_class(),
            unpriced_runs: unsigned(sums.unpriced_runs),
            cache_saved: Cost { pico_usd: sums.cache_saved },
        }
    }
}

/// A group with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostGroup {
    /// What the runs of the group have in common; absent for those that name nothing.
    pub value: Option<String>,
    /// The sums.
    pub sums: CostSums,
}

/// A group on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendPoint {
    /// Day since 1970, UTC.
    pub day: i64,
    /// As in [`CostGroup`].
    pub value: Option<String>,
    /// The sums.
    pub sums: CostSums,
}

/// A trace among the dearest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopTrace {
    /// The trace.
    pub trace_id: TraceId,
    /// Name of its root.
    pub name: Option<String>,
    /// Project.
    pub project: String,
    /// Start.
    pub start: Option<UnixNanos>,
    /// Runs in it.
    pub runs: u64,
    /// Tokens.
    pub tokens: Option<u64>,
    /// Cost of the whole trace.
    pub cost: Option<Cost>,
    /// Runs whose tokens have no price.
    pub unpriced_runs: u64,
}

/// The day of a moment.
fn day_of(start: Option<UnixNanos>) -> i64 {
    start.map_or(0, |start| start.0.div_euclid(DAY_NS))
}

/// The average of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceAverage {
    /// Traces of which the whole cost is known.
    pub traces: u64,
    /// What one of them costs.
    pub cost: Option<Cost>,
}

/// Tags and labels of a run as one text: tags are labels without a key.
pub(crate) fn labels_text(fields: &RunFields) -> Option<String> {
    let tags = fields.tags.iter().map(|tag| ("", tag.as_str()));
    let labels = fields.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let all: Vec<(&str, &str)> = tags.chain(labels).collect();
    text_of(&all)
}

/// The tags alone, in the same way.
pub(crate) fn tags_text(fields: &RunFields) -> Option<String> {
    text_of(&fields.tags.iter().map(|tag| ("", tag.as_str())).collect::<Vec<_>>())
}

fn text_of(labels: &[(&str, &str)]) -> Option<String> {
    (!labels.is_empty()).then(|| serde_json::to_string(labels).unwrap_or_default())
}
