//! Who may ask: local names only, known origins, a token for everything but ingest.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use base64::Engine as _;
use engine::{Engine, Transport};

use crate::{assets::plain, otlp};

/// Name of the cookie that holds the token.
const COOKIE: &str = "tracemark_token";

/// The names under which a loopback listener may be asked.
const LOCAL_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Whether `Host` (or the authority of HTTP/2) is a local name, with or without a port.
pub(crate) fn is_local_host(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(http::uri::Authority::as_str));
    host.is_some_and(is_local_authority)
}

pub(crate) fn is_local_authority(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    LOCAL_NAMES.iter().any(|local| name.eq_ignore_ascii_case(local))
}

/// Whether the request comes from this very listener's page, or from no page at all.
fn is_own_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
    origin.is_some() && origin == host
}

/// Refuses everything that is not asked under a local name.
pub(crate) async fn local_only(request: Request, next: Next) -> Response {
    if is_local_host(request.headers(), request.uri()) {
        next.run(request).await
    } else {
        plain(StatusCode::FORBIDDEN, "Only 127.0.0.1 and localhost are served").into_response()
    }
}

/// Refuses requests of foreign pages and those without the token.
pub(crate) async fn own_page_with_token(
    State(token): State<String>,
    request: Request,
    next: Next,
) -> Response {
    let refuse = |status: StatusCode, message: &str| {
        let error = api::ApiError::new(api::ErrorCode::Unauthorized, message);
        (status, [(header::CONTENT_TYPE, "application/json")], Body::from(error.to_json())).into_response()
    };
    if !is_own_origin(request.headers()) {
        return refuse(StatusCode::FORBIDDEN, "Requests of other pages are refused");
    }
    if !has_token(request.headers(), &token) {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "Open the address that tracemark serve printed, which holds the token",
        );
    }
    next.run(request).await
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let bearer =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    });
    [bearer, cookie].into_iter().flatten().any(|sent| is_equal(sent.as_bytes(), token.as_bytes()))
}

/// Paths below which an address carries its own right: what it names was handed out by somebody with the key.
const OPEN_PATHS: [&str; 2] = ["/feedback/tokens/", "/attachments/"];

fn is_open(path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    path == "/health"
        || OPEN_PATHS.iter().any(|open| path.strip_prefix(open).is_some_and(|rest| !rest.is_empty()))
}

/// What a client shows: a header of its own, a bearer token, or the password of Basic, as Langfuse's SDK sends it.
fn shown_keys(headers: &HeaderMap) -> Vec<Vec<u8>> {
    let named = ["x-api-key", "x-service-key"].into_iter().filter_map(|name| headers.get(name));
    let mut shown: Vec<Vec<u8>> = named.map(|value| value.as_bytes().to_vec()).collect();
    let credentials =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    if let Some((scheme, credentials)) = credentials {
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            shown.push(credentials.as_bytes().to_vec());
        } else if scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = base64::engine::general_purpose::STANDARD.decode(credentials)
            && let Some(colon) = pair.iter().position(|byte| *byte == b':')
        {
            shown.push(pair[colon + 1..].to_vec());
        }
    }
    shown
}

/// What senders without the key are told.
const NO_KEY: &str = "The key of this endpoint is missing or wrong; it stands in the settings of Tracemark";

/// Refuses clients of the ingest listener without the key, where the owner has set one.
pub(crate) async fn with_endpoint_key(
    State(engine): State<Arc<Engine>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let shown = shown_keys(headers);
    let is_right = |key: &str| shown.iter().any(|shown| is_equal(shown, key.as_bytes()));
    if is_open(request.uri().path()) || engine.admits(is_right) {
        return next.run(request).await;
    }
    let is_grpc = otlp::is_grpc(headers);
    let path = request.uri().path().to_owned();
    if is_grpc || otlp::signal_of(&path).is_some() || path.contains("/runs") {
        let transport = match (is_grpc, otlp::signal_of(&path)) {
            (true, _) => Transport::OtlpGrpc,
            (false, Some(_)) => Transport::OtlpHttp,
            (false, None) => Transport::Langsmith,
        };
        let (parts, _) = request.into_parts();
        engine.note_refused(otlp::arrival(transport, &parts), NO_KEY);
    }
    if is_grpc {
        return otlp::unauthenticated(NO_KEY);
    }
    // LangSmith clients look for `detail` (`langsmith-api.md` §2.2), OTLP exporters for `message`.
    let body = serde_json::json!({ "detail": NO_KEY, "message": NO_KEY }).to_string();
    (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Compares without telling by its time where the first difference is.
pub(crate) fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0, |difference, (left, right)| difference | (left ^ right)) == 0
}

/// The header that keeps the token in the browser.
pub(crate) fn token_cookie(token: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"))
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_names_are_served() {
        for host in ["127.0.0.1:4318", "localhost", "LOCALHOST:80", "[::1]:4318"] {
            assert!(is_local_authority(host), "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example:4318", "localhost.evil", "0.0.0.0:4318", "[::1", ""]
        {
            assert!(!is_local_authority(host), "{host}");
        }
    }

    #[test]
    fn only_addresses_with_a_right_of_their_own_are_open() {
        for path in
            ["/health", "/feedback/tokens/1", "/api/v1/feedback/tokens/1", "/api/v1/attachments/1/2/x"]
        {
            assert!(is_open(path), "{path}");
        }
        for path in [
            "/v1/traces",
            "/runs/batch",
            "/feedback/tokens",
            "/feedback/tokens/",
            "/api/v1/feedback",
            "/info",
        ] {
            assert!(!is_open(path), "{path}");
        }
    }

    #[test]
    fn a_key_is_shown_in_any_of_four_ways() {
        for (name, value) in [
            ("x-api-key", "s3cret"),
            ("x-service-key", "s3cret"),
            ("authorization", "bearer s3cret"),
            ("authorization", "Basic cGstbGY6czNjcmV0"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(shown_keys(&headers), [b"s3cret".to_vec()], "{name}: {value}");
        }
        for value in ["s3cret", "Digest s3cret", "Basic czNjcmV0", "Basic %"] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            assert!(shown_keys(&headers).is_empty(), "{value}");
        }
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(is_equal(b"abc", b"abc"));
        assert!(!is_equal(b"abc", b"abd") && !is_equal(b"abc", b"ab"));
    }
}
