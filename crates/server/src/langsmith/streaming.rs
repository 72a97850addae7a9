//! Pages of the second generation as a stream of events (`langsmith-api.md` §13): the whole page as one patch of an
//! empty document, since everything is there at once.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::error::Failure;

const EVENTS: &str = "text/event-stream";

/// Answers those who ask for events with events. Errors stay what they are.
pub(super) async fn as_events(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let wants_events = accepts.is_some_and(|accepts| accepts.to_ascii_lowercase().contains(EVENTS));
    let response = next.run(request).await;
    if !wants_events || response.status() != StatusCode::OK {
        return response;
    }
    // The page is in memory already.
    let Ok(page) = to_bytes(response.into_body(), usize::MAX).await else {
        return Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "The page broke off").into_response();
    };
    // A break ends an event's line; in JSON one can only stand between tokens, where a blank does as well.
    let page: Vec<u8> =
        page.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
    let events = [
        b"event: data\ndata: [{\"op\":\"add\",\"path\":\"\",\"value\":".as_slice(),
        &page,
        b"}]\n\nevent: end\ndata: {}\n\n",
    ]
    .concat();
    ([(header::CONTENT_TYPE, EVENTS), (header::CACHE_CONTROL, "no-store")], Body::from(events))
        .into_response()
}
