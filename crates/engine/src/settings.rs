use serde::{Deserialize, Serialize};

/// Port of OTLP over HTTP (OTLP specification, "OTLP/HTTP default port").
pub const DEFAULT_ENDPOINT_PORT: u16 = 4318;

/// Colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What a person can set. Kept in the library as JSON, which is why this type is serialisable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Whether the ingest listener runs.
    pub endpoint_enabled: bool,
    /// Port of the ingest listener on 127.0.0.1.
    pub endpoint_port: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: Theme::System, endpoint_enabled: true, endpoint_port: DEFAULT_ENDPOINT_PORT }
    }
}
