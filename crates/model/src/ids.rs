//! Identities of runs and traces.
//!
//! LangSmith names both by UUID. OpenTelemetry names a trace by 16 bytes and a span by 8; the mapping to UUIDs is
//! the one LangSmith's own SDKs use: the trace bytes printed as a UUID, the span bytes right-aligned behind eight
//! zero bytes. Span ids are unique only within their trace, so a run is identified by the pair (trace, run).

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Text that is not a UUID in any of the accepted spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId(pub String);

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a UUID: {}", self.0)
    }
}

impl std::error::Error for InvalidId {}

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes of the id, as the library stores it.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these sixteen bytes; no version bits are forced.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        /// Accepts the hyphenated and the 32-digit spelling, in any case and of any UUID version.
        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text.trim()).map(Self).map_err(|_| InvalidId(text.chars().take(80).collect()))
            }
        }
    };
}

uuid_newtype! {
    /// Identifies a run within its trace.
    RunId
}
uuid_newtype! {
    /// Identifies a trace.
    TraceId
}

impl RunId {
    /// The run id of an OpenTelemetry span: eight zero bytes, then the span id.
    pub fn from_span_id(span_id: [u8; 8]) -> Self {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&span_id);
        Self::from_bytes(bytes)
    }

    /// The OpenTelemetry span id for this run: the inverse of [`RunId::from_span_id`], or the first eight bytes of
    /// any other UUID (the rule of LangSmith's Python exporter).
    pub fn to_span_id(self) -> [u8; 8] {
        let bytes = self.as_bytes();
        let half = if bytes[..8] == [0; 8] { &bytes[8..] } else { &bytes[..8] };
        half.try_into().expect("a slice of eight bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_ids_round_trip_through_run_ids() {
        let id = RunId::from_span_id([0x0c, 0x71, 0x89, 0x41, 0xe8, 0x7a, 0x3e, 0xa1]);
        assert_eq!(id.to_string(), "00000000-0000-0000-0c71-8941e87a3ea1");
        assert_eq!(id.to_span_id(), [0x0c, 0x71, 0x89, 0x41, 0xe8, 0x7a, 0x3e, 0xa1]);
    }

    #[test]
    fn ids_parse_in_every_spelling() {
        let hyphenated: RunId = "0197a3c2-51f0-7b3e-9c1d-0a1b2c3d4e5f".parse().unwrap();
        assert_eq!("0197A3C251F07B3E9C1D0A1B2C3D4E5F".parse(), Ok(hyphenated));
        assert!("0197a3c2".parse::<RunId>().is_err());
    }
}
