use std::collections::BTreeMap;

use ingest::redact::{Detector, Rule, RuleKind, Rules};
use serde::{Deserialize, Serialize};

use crate::{Error, error::Result};

/// Port of OTLP over HTTP (OTLP specification, "OTLP/HTTP default port").
pub const DEFAULT_ENDPOINT_PORT: u16 = 4318;

/// Port of OTLP over gRPC (OTLP specification, "OTLP/gRPC default port").
pub const DEFAULT_GRPC_PORT: u16 = 4317;
/// MiB of a request of OTLP (OTLP specification, "recommended limit").
const DEFAULT_MAX_MIB: u32 = 64;
/// Commands that can have other keys.
const MOST_KEYS: usize = 500;
/// The largest limit that can be set.
const MOST_MIB: u32 = 1024;

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

/// What becomes of shortcuts that are a single character (WCAG 2.1.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SingleKeys {
    /// They act.
    #[default]
    On,
    /// They act together with Alt.
    Alt,
    /// They do not act.
    Off,
}

/// What a redaction rule goes by; see [`RuleKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedactionKind {
    /// A path to a value, such as `inputs.messages.content`.
    Path,
    /// The name of a key, anywhere.
    Key,
    /// A regular expression.
    Regex,
    /// The word of a [`Detector`].
    Detector,
}

/// A rule by which values are replaced before anything is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionRule {
    /// Name under which replacements are counted.
    pub name: String,
    /// What it goes by.
    pub kind: RedactionKind,
    /// The path, key, expression or word.
    pub pattern: String,
    /// Whether it also looks into attached files that are text or JSON.
    #[serde(default)]
    pub attachments: bool,
}

/// How traces are sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardProtocol {
    /// LangSmith's write endpoints.
    Langsmith,
    /// OTLP over HTTP.
    Otlp,
}

/// Where traces are sent on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// Address, to which the protocol's paths are appended.
    pub url: String,
    /// Protocol.
    pub protocol: ForwardProtocol,
    /// Key of that endpoint.
    #[serde(default)]
    pub key: Option<String>,
    /// Project that is named there instead of the traces' own.
    #[serde(default)]
    pub project: Option<String>,
    /// What comes in is put into the queue, but nothing is sent.
    #[serde(default)]
    pub paused: bool,
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
    /// Whether OTLP over gRPC is served too, while the ingest listener runs.
    pub grpc_enabled: bool,
    /// Port of OTLP over gRPC on 127.0.0.1.
    pub grpc_port: u16,
    /// MiB that a request of OTLP may have, before and after unpacking.
    pub endpoint_max_mib: u32,
    /// What clients of the ingest listener have to show.
    pub endpoint_key: Option<String>,
    /// What is replaced before anything is stored.
    pub redaction: Vec<RedactionRule>,
    /// Where traces that come in over the endpoint are sent on to.
    pub forward: Option<Forward>,
    /// Keys that the person chose: command of the interface to shortcut, an empty one being none.
    pub keymap: BTreeMap<String, String>,
    /// What becomes of shortcuts that are a single character.
    pub single_keys: SingleKeys,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            endpoint_enabled: true,
            endpoint_port: DEFAULT_ENDPOINT_PORT,
            grpc_enabled: true,
            grpc_port: DEFAULT_GRPC_PORT,
            endpoint_max_mib: DEFAULT_MAX_MIB,
            endpoint_key: None,
            redaction: Vec::new(),
            forward: None,
            keymap: BTreeMap::new(),
            single_keys: SingleKeys::On,
        }
    }
}

impl Settings {
    /// The settings without blanks around texts, empty texts being absent; an error names what cannot be.
    pub(crate) fn checked(&self) -> Result<Self> {
        let mut settings = self.clone();
        if settings.endpoint_port < 1024 || settings.grpc_port < 1024 {
            return Err(invalid("The port must lie between 1024 and 65535"));
        }
        if settings.grpc_enabled && settings.grpc_port == settings.endpoint_port {
            return Err(invalid("OTLP over HTTP and over gRPC need a port each"));
        }
        if !(1..=MOST_MIB).contains(&settings.endpoint_max_mib) {
            return Err(invalid(format!("The largest request must lie between 1 and {MOST_MIB} MiB")));
        }
        let is_short = |(command, shortcut): (&String, &String)| command.len() <= 200 && shortcut.len() <= 60;
        if settings.keymap.len() > MOST_KEYS || !settings.keymap.iter().all(is_short) {
            return Err(invalid(format!("At most {MOST_KEYS} commands can have keys of their own")));
        }
        tidy(&mut settings.endpoint_key);
        check_key("The key of the endpoint", settings.endpoint_key.as_deref())?;
        for rule in &mut settings.redaction {
            rule.name = rule.name.trim().to_owned();
        }
        if let Some(forward) = &mut settings.forward {
            tidy(&mut forward.key);
            tidy(&mut forward.project);
            check_key("The key for forwarding", forward.key.as_deref())?;
            // A project travels in a header.
            if forward
                .project
                .as_ref()
                .is_some_and(|name| !name.chars().all(|c| c.is_ascii_graphic() || c == ' '))
            {
                return Err(invalid(
                    "The project for forwarding may have letters, digits and signs of ASCII only",
                ));
            }
            forward.url = forward.url.trim().trim_end_matches('/').to_owned();
            // Both ports understand HTTP.
            let grpc_port = settings.grpc_enabled.then_some(settings.grpc_port);
            check_url(&forward.url, &[Some(settings.endpoint_port), grpc_port])?;
        }
        Ok(settings)
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::InvalidInput(message.into())
}

fn tidy(text: &mut Option<String>) {
    *text = text.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
}

fn check_key(what: &str, key: Option<&str>) -> Result<()> {
    // A key for forwarding may name its scheme, such as `Basic …`.
    if key.is_some_and(|key| !key.chars().all(|c| c.is_ascii_graphic() || c == ' ')) {
        return Err(invalid(format!("{what} may have letters, digits and signs of ASCII only")));
    }
    Ok(())
}

fn check_url(url: &str, own_ports: &[Option<u16>]) -> Result<()> {
    let (rest, default_port) = match url.strip_prefix("https://") {
        Some(rest) => (Some(rest), 443),
        None => (url.strip_prefix("http://"), 80),
    };
    let authority = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_odd = |c: char| !c.is_ascii_graphic() || matches!(c, '@' | '\\');
    let Some(authority) = authority.filter(|authority| !authority.is_empty() && !url.contains(is_odd)) else {
        return Err(invalid(
            "The address for forwarding must be like https://api.example.com or http://127.0.0.1:4320",
        ));
    };
    if url.contains(['?', '#']) {
        return Err(invalid("The address for forwarding must end with its path"));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, Some(default_port)),
    };
    let Some(port) = port else {
        return Err(invalid("The port of the address for forwarding is not a number"));
    };
    let is_here = ["127.0.0.1", "localhost", "[::1]"].iter().any(|here| here.eq_ignore_ascii_case(host));
    if is_here && own_ports.contains(&Some(port)) {
        return Err(invalid("Forwarding to this endpoint itself would go round in circles"));
    }
    Ok(())
}

/// Prepares rules; an error names the one that cannot be used.
pub(crate) fn compile(rules: &[RedactionRule]) -> Result<Rules> {
    let refused = |rule: &RedactionRule, reason: &str| {
        invalid(format!("The redaction rule {:?} cannot be used: {reason}", rule.name))
    };
    let compiled: Vec<Rule> = rules
        .iter()
        .map(|rule| {
            if rule.name.trim().is_empty() {
                return Err(refused(rule, "it has no name"));
            }
            let pattern = rule.pattern.clone();
            let kind = match rule.kind {
                RedactionKind::Path => RuleKind::Path(pattern),
                RedactionKind::Key => RuleKind::Key(pattern),
                RedactionKind::Regex => RuleKind::Regex(pattern),
                RedactionKind::Detector => RuleKind::Detector(
                    Detector::parse(&pattern)
                        .ok_or_else(|| refused(rule, &format!("there is no detector {pattern:?}")))?,
                ),
            };
            Ok(Rule { name: rule.name.clone(), kind, attachments: rule.attachments })
        })
        .collect::<Result<_>>()?;
    Rules::compile(&compiled).map_err(|error| refused(&rules[error.index], &error.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(url: &str) -> Result<Settings> {
        let forward = Forward {
            url: url.to_owned(),
            protocol: ForwardProtocol::Otlp,
            key: Some("  ".to_owned()),
            project: None,
            paused: false,
        };
        Settings { forward: Some(forward), ..Settings::default() }.checked()
    }

    #[test]
    fn addresses_for_forwarding() {
        let checked = forward(" http://127.0.0.1:4320/ ").unwrap().forward.unwrap();
        assert_eq!((checked.url.as_str(), checked.key), ("http://127.0.0.1:4320", None));
        for url in ["http://collector", "http://[::1]:9/x/y", "http://127.0.0.2:4318", "https://x/api/v1"] {
            assert!(forward(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "http://",
            "ftp://x",
            "https://",
            "https://localhost:4318",
            "http://a:b@c",
            "http://x:y",
            "http://x/?q",
            "http://x y",
            "http://127.0.0.1:4318",
            "http://127.0.0.1:4317",
            "http://LOCALHOST:4318/x",
            "http://[::1]:4318",
        ] {
            assert!(forward(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_named() {
        let rule = |name: &str, kind, pattern: &str| RedactionRule {
            name: name.to_owned(),
            kind,
            pattern: pattern.to_owned(),
            attachments: false,
        };
        let good = rule("mail", RedactionKind::Detector, "email");
        for bad in [
            rule("open", RedactionKind::Regex, "("),
            rule("open", RedactionKind::Path, "a..b"),
            rule("open", RedactionKind::Key, " "),
            rule("open", RedactionKind::Detector, "shoe_size"),
        ] {
            let error = compile(&[good.clone(), bad]).unwrap_err().to_string();
            assert!(error.contains("\"open\""), "{error}");
        }
        assert!(compile(&[rule("", RedactionKind::Key, "x")]).is_err());
        assert!(compile(&[good]).is_ok());
    }
}
