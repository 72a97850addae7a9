//! One request to the endpoint that the owner named, over HTTP or HTTPS, and what its answer means.

use std::{sync::Arc, time::Duration};

use ureq::tls::{RootCerts, TlsConfig};

use crate::{Forward, ForwardProtocol};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request may take for each megabyte of its body on top.
const TIMEOUT_A_MEGABYTE: Duration = Duration::from_secs(1);
/// Characters of an answer that are shown.
const ANSWER_CHARS: usize = 200;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Delivery {
    Sent,
    /// May work later; the server may say when.
    Later(String, Option<Duration>),
    TooLarge(String),
    Refused(String),
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) path: &'static str,
    pub(super) content_type: String,
    pub(super) project: Option<String>,
    pub(super) body: Vec<u8>,
}

pub(super) fn client() -> ureq::Agent {
    // Whom to trust is what the system says, where the owner can add authorities.
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    // A redirect would carry the key and the traces to a place that nobody named.
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).tls_config(tls).build();
    config.into()
}

pub(super) fn post(client: &ureq::Agent, target: &Forward, message: &Message) -> Delivery {
    // An address that names the path of traces is that of the endpoint as well.
    let named = [message.path, "/v1/traces"].into_iter().find_map(|path| target.url.strip_suffix(path));
    let base = named.unwrap_or(&target.url);
    let megabytes = u32::try_from(message.body.len() >> 20).unwrap_or(u32::MAX);
    let mut request = client
        .post(format!("{base}{}", message.path))
        .config()
        .timeout_global(Some(TIMEOUT + TIMEOUT_A_MEGABYTE.saturating_mul(megabytes)))
        .build()
        .header("content-type", &message.content_type);
    if let Some(key) = &target.key {
        request = match (target.protocol, key.contains(' ')) {
            (ForwardProtocol::Langsmith, _) => request.header("x-api-key", key),
            // A key that names its scheme (`Basic …`) goes as it is.
            (ForwardProtocol::Otlp, true) => request.header("authorization", key),
            (ForwardProtocol::Otlp, false) => {
                request.header("authorization", format!("Bearer {key}")).header("x-api-key", key)
            }
        };
    }
    if let Some(project) = message.project.as_ref().filter(|project| project.is_ascii()) {
        request = request.header("langsmith-project", project);
    }
    match request.send(&message.body) {
        Ok(mut response) => {
            let status = response.status().as_u16();
            let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            let answer = response.body_mut().with_config().limit(16 * 1024).read_to_string();
            let answer: String = answer.unwrap_or_default().trim().chars().take(ANSWER_CHARS).collect();
            judge(status, after, &answer)
        }
        Err(ureq::Error::BadUri(reason)) => {
            Delivery::Refused(format!("The address cannot be used: {reason}"))
        }
        Err(error) => Delivery::Later(format!("{base} cannot be reached: {error}"), None),
    }
}

/// What a status means for what was sent (OTLP specification, "OTLP/HTTP Response"; `langsmith-api.md` §4).
fn judge(status: u16, after: Option<Duration>, answer: &str) -> Delivery {
    let reason = format!("The endpoint answered {status}: {answer}");
    match status {
        // A run that is there already is what was wanted.
        200..=299 | 409 => Delivery::Sent,
        408 | 425 | 429 | 500..=599 => Delivery::Later(reason, after),
        413 => Delivery::TooLarge(reason),
        _ => Delivery::Refused(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [200, 202, 204, 409] {
            assert_eq!(judge(status, None, ""), Delivery::Sent, "{status}");
        }
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(matches!(judge(status, None, ""), Delivery::Later(..)), "{status}");
        }
        for status in [301, 400, 401, 403, 404, 415, 422] {
            assert!(matches!(judge(status, None, ""), Delivery::Refused(_)), "{status}");
        }
    }
}
