//! Pages that send traces (CORS). Those that this machine serves to itself may; all others are refused, whatever they
//! send, so that no page of the internet writes into the library.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{assets::plain, guard::is_local_authority, otlp};

/// Where LangSmith's SDK writes, below an optional `/api/v1`.
const WRITES: [&str; 4] = ["/runs", "/runs/batch", "/runs/multipart", "/info"];
/// Seconds that a browser may remember the answer to a preflight.
const PREFLIGHT_SECONDS: &str = "600";

/// Whether an `Origin` is a page of this machine.
fn is_loopback(origin: &HeaderValue) -> bool {
    let Ok(uri) = origin.to_str().unwrap_or_default().parse::<Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some_and(|authority| is_local_authority(authority.as_str()))
}

/// Whether pages may send to this path. What is only read, such as runs, is not for them.
fn is_written(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    otlp::signal_of(path).is_some() || WRITES.contains(&path.strip_prefix("/api/v1").unwrap_or(path))
}

/// Refuses foreign pages, answers the preflights of local ones, and lets them read the answer.
pub(crate) async fn loopback_pages(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else { return next.run(request).await };
    if !is_loopback(&origin) {
        let reason = "Only pages that are served from 127.0.0.1 or localhost may send traces";
        return plain(StatusCode::FORBIDDEN, reason).into_response();
    }
    if !is_written(request.uri().path()) {
        return next.run(request).await;
    }
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first { preflight(request.headers()) } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers
        .insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    // Browsers ask for it before a page of one address space reaches into a more private one.
    let network = HeaderName::from_static("access-control-request-private-network");
    if asked.contains_key(network) {
        let allow = HeaderName::from_static("access-control-allow-private-network");
        headers.insert(allow, HeaderValue::from_static("true"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_and_no_others() {
        for origin in ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:3000", "http://LOCALHOST"]
        {
            assert!(is_loopback(&HeaderValue::from_static(origin)), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://evil.example",
            "http://localhost.evil.example",
            "http://evil.example#localhost",
            "http://localhost@evil.example",
            "chrome-extension://localhost",
            "file://",
        ] {
            assert!(!is_loopback(&HeaderValue::from_static(origin)), "{origin}");
        }
    }

    #[test]
    fn pages_write_but_do_not_read() {
        for path in ["/v1/traces", "/v1/logs/", "/", "/runs/multipart", "/api/v1/runs", "/api/v1/info"] {
            assert!(is_written(path), "{path}");
        }
        for path in ["/runs/query", "/api/v1/sessions", "/v1/unknown", "/health"] {
            assert!(!is_written(path), "{path}");
        }
    }
}
