//! Numbers as JavaScript can hold them.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A count; below 2⁵³ by nature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Count(#[specta(type = specta_typescript::Number)] pub u64);

/// A duration in nanoseconds; exact up to 104 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct DurationNanos(#[specta(type = specta_typescript::Number)] pub i64);

/// Nanoseconds since 1970 as a decimal string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Timestamp(pub String);

impl From<model::UnixNanos> for Timestamp {
    fn from(time: model::UnixNanos) -> Self {
        Self(time.0.to_string())
    }
}

/// US dollars as an exact decimal string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Usd(pub String);

impl From<model::Cost> for Usd {
    fn from(cost: model::Cost) -> Self {
        Self(cost.to_string())
    }
}
