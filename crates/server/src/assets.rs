//! The built UI. Read from the disk in debug builds, carried in the binary otherwise.

use axum::{
    body::Body,
    http::{Response, StatusCode, header},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// What the page may do: nothing inline but styles, and nothing remote but pictures and sounds over TLS, which the UI asks
/// for only after a press that names the host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob: https:; font-src 'self'; connect-src 'self'; \
     media-src 'self' blob: https:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file at this path; paths that the UI routes itself get its page.
pub(crate) fn serve(path: &str) -> Response<Body> {
    let path = path.trim_start_matches('/');
    let found = Dist::get(path).filter(|_| !path.is_empty());
    let is_page = found.is_none();
    let Some(file) = found.or_else(|| Dist::get("index.html").filter(|_| !path.starts_with("assets/")))
    else {
        let text = "The UI is not part of this build. Run `make run`, or `npm run build` in ui/.";
        return plain(StatusCode::NOT_FOUND, text);
    };
    let content_type =
        if is_page { "text/html; charset=utf-8".to_owned() } else { file.metadata.mimetype().to_owned() };
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    Response::builder()
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CACHE_CONTROL, cache)
        .header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from(file.data.into_owned()))
        .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "The file cannot be sent"))
}

pub(crate) fn plain(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    let mut response = Response::new(Body::from(text.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
