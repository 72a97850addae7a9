//! Points in time as integer nanoseconds, and the spellings in which they arrive.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

/// Nanoseconds since 1970-01-01T00:00:00Z. Covers 1677 to 2262; whatever lies outside is refused, not clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixNanos(pub i64);

/// A time that cannot be read or lies outside of what 64-bit nanoseconds can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTime(pub String);

impl fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a time between 1677 and 2262: {}", self.0)
    }
}

impl std::error::Error for InvalidTime {}

impl UnixNanos {
    /// Reads ISO 8601 with or without a zone; a time without one is UTC (`langsmith-data.md` §1.5).
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        let invalid = || InvalidTime(text.chars().take(80).collect());
        let trimmed = text.trim();
        let zoned = DateTime::parse_from_rfc3339(trimmed)
            .or_else(|_| DateTime::parse_from_str(trimmed, "%Y-%m-%d %H:%M:%S%.f%:z"))
            .map(|time| time.naive_utc());
        let naive = || {
            let unzoned = trimmed.trim_end_matches(['Z', 'z']);
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(unzoned, format).ok())
        };
        let time = zoned.ok().or_else(naive).ok_or_else(invalid)?;
        time.and_utc().timestamp_nanos_opt().map(Self).ok_or_else(invalid)
    }

    /// A time given in milliseconds, as some JavaScript payloads do.
    pub fn from_millis(millis: i64) -> Result<Self, InvalidTime> {
        millis.checked_mul(1_000_000).map(Self).ok_or_else(|| InvalidTime(millis.to_string()))
    }

    /// A time given in unsigned nanoseconds, as OTLP does. Zero means "not set" there and is the caller's concern.
    pub fn from_unsigned(nanos: u64) -> Result<Self, InvalidTime> {
        i64::try_from(nanos).map(Self).map_err(|_| InvalidTime(nanos.to_string()))
    }

    /// Nanoseconds from `earlier` to `self`; zero when the clocks disagree about the order.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }

    fn to_datetime(self) -> DateTime<chrono::Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }

    /// ISO 8601 in UTC with microseconds, as LangSmith writes times.
    pub fn to_iso_micros(self) -> String {
        self.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// ISO 8601 in UTC with every digit that the time has.
    pub fn to_iso_nanos(self) -> String {
        self.to_datetime().to_rfc3339_opts(SecondsFormat::Nanos, true)
    }

    /// The time part of a `dotted_order` segment: `YYYYMMDDTHHMMSSffffffZ` (`langsmith-data.md` §1.3).
    pub fn to_dotted_order_segment(self) -> String {
        self.to_datetime().format("%Y%m%dT%H%M%S%6fZ").to_string()
    }
}

/// A span of time in milliseconds, with three digits behind the point.
pub fn millis(nanos: i64) -> f64 {
    // Written out, since an f64 of the nanoseconds would lose the digits of long times.
    let text = format!("{}.{:03}", nanos / 1_000_000, nanos % 1_000_000 / 1000);
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> String {
        UnixNanos::parse(text).unwrap().to_iso_micros()
    }

    #[test]
    fn every_seen_spelling_is_the_same_instant() {
        for text in [
            "2024-05-05T23:23:11.077838",
            "2024-05-05T23:23:11.077838Z",
            "2024-05-05T23:23:11.077838+00:00",
            "2024-05-06T01:23:11.077838+02:00",
            "2024-05-05 23:23:11.077838",
        ] {
            assert_eq!(iso(text), "2024-05-05T23:23:11.077838Z", "{text}");
        }
    }

    #[test]
    fn times_outside_of_the_range_are_refused() {
        assert!(UnixNanos::parse("2263-01-01T00:00:00Z").is_err());
        assert!(UnixNanos::parse("1600-01-01T00:00:00Z").is_err());
        assert!(UnixNanos::from_unsigned(u64::MAX).is_err());
        assert!(UnixNanos::from_millis(i64::MAX).is_err());
        assert_eq!(iso("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.500000Z");
    }

    #[test]
    fn dotted_order_segments_sort_like_their_times() {
        let segment = UnixNanos::parse("2024-09-19T17:16:48.521691Z").unwrap().to_dotted_order_segment();
        assert_eq!(segment, "20240919T171648521691Z");
    }

    #[test]
    fn a_later_start_gives_no_negative_duration() {
        assert_eq!(UnixNanos(5).since(UnixNanos(9)), 0);
    }
}
