//! The scheme `tracemark:`, through which the page fetches payloads and attachments as bytes.
//!
//! What it serves came from somebody's traces, so it is hostile: every answer is told apart from a page of ours by a
//! policy that lets it run nothing and load nothing.

use std::sync::Arc;

use api::wire::RunRef;
use engine::Engine;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN,
};
use http::header::{VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

/// Name of the scheme. On Windows the page sees it as `http://tracemark.localhost`.
pub(crate) const SCHEME: &str = "tracemark";
/// Where our page can come from: the bundle (two spellings), or Vite while developing.
const PAGES: [&str; 4] =
    ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost", "http://localhost:5173"];

/// What an address asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    kind: Kind,
    trace: String,
    run: String,
    name: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// A part of the run: its inputs, its outputs and so on.
    Blob,
    /// A file of the run.
    Attachment,
}

/// Answers one request of the page.
pub(crate) async fn answer(engine: &Arc<Engine>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let mut response = match (request.method(), asked(request.uri().path())) {
        (&Method::GET, Some(asked)) => fetch(engine, asked).await,
        (&Method::GET, None) => refusal(StatusCode::NOT_FOUND),
        _ => refusal(StatusCode::METHOD_NOT_ALLOWED),
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    // The page has another scheme than its bytes, so to `fetch` they are another site's.
    let page = request.headers().get(ORIGIN).filter(|origin| PAGES.iter().any(|page| origin == page));
    if let Some(page) = page {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page.clone());
    }
    response
}

async fn fetch(engine: &Arc<Engine>, asked: Asked) -> Response<Vec<u8>> {
    let run = RunRef { trace_id: asked.trace, run_id: asked.run };
    let found = match asked.kind {
        Kind::Blob => api::blob(engine, run, &asked.name).await,
        Kind::Attachment => api::attachment(engine, run, asked.name).await,
    };
    match found {
        Ok(blob) => {
            let mut response = Response::new(blob.bytes);
            let kind = HeaderValue::from_str(&blob.content_type);
            response.headers_mut().insert(
                CONTENT_TYPE,
                kind.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
            );
            response
        }
        Err(error) => {
            tracing::debug!(?error, "bytes were asked for and not found");
            refusal(StatusCode::NOT_FOUND)
        }
    }
}

/// The answer while the library is not open.
pub(crate) fn not_ready() -> Response<Vec<u8>> {
    refusal(StatusCode::SERVICE_UNAVAILABLE)
}

fn refusal(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Reads `/blob/{trace}/{run}/{part}` and `/attachment/{trace}/{run}/{name}`, each piece percent-encoded.
fn asked(path: &str) -> Option<Asked> {
    let mut pieces = path
        .strip_prefix('/')?
        .split('/')
        .map(|piece| percent_decode_str(piece).decode_utf8().ok().map(std::borrow::Cow::into_owned));
    let mut next = || pieces.next()?.filter(|piece| !piece.is_empty());
    let kind = match next()?.as_str() {
        "blob" => Kind::Blob,
        "attachment" => Kind::Attachment,
        _ => return None,
    };
    let asked = Asked { kind, trace: next()?, run: next()?, name: next()? };
    pieces.next().is_none().then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_piece_by_piece() {
        let of =
            |kind, name: &str| Some(Asked { kind, trace: "t".into(), run: "r".into(), name: name.into() });
        assert_eq!(asked("/attachment/t/r/a%2Fb%20%C3%BC.png"), of(Kind::Attachment, "a/b ü.png"));
        assert_eq!(asked("/blob/t/r/outputs"), of(Kind::Blob, "outputs"));
    }

    #[test]
    fn other_addresses_are_refused() {
        for path in [
            "",
            "/",
            "/blob/t/r",
            "/blob/t/r/outputs/more",
            "/blob//r/outputs",
            "/file/t/r/x",
            "/blob/t/r/%ff",
        ] {
            assert_eq!(asked(path), None, "{path}");
        }
    }
}
