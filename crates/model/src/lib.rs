//! The words of Tracemark: run, trace, usage, cost, and the rule that makes one run of many records.
//!
//! Everything that comes in becomes a [`RunRecord`]; records about the same run are merged by [`merge`] into one
//! [`RunFields`]. The merge is a pure function of the *set* of records, so the order of arrival, repetition and
//! the split into requests never matter. This crate does no I/O and its types are not serialisable: wire types
//! belong to `api`, stored forms to `store`.

mod agent;
mod bill;
mod cost;
mod feedback;
pub mod filter;
mod ids;
mod record;
mod time;
mod token_class;
mod usage;
pub mod words;

pub use agent::{AgentRun, AgentTags};
pub use bill::{Bill, CostByClass, CostClass, CostOrigin, GivenCost};
pub use cost::Cost;
pub use feedback::{Feedback, FeedbackId};
pub use filter::Filter;
pub use ids::{InvalidId, RunId, TraceId};
pub use record::{
    Attachment, ContentHash, MetadataUsage, Operation, Precedence, RawFormat, RawRecord, RunFields,
    RunRecord, RunStatus, RunType, merge,
};
pub use time::{InvalidTime, UnixNanos, millis};
pub use token_class::{TokenClass, TokenSide};
pub use usage::{TokenDetails, Usage};
