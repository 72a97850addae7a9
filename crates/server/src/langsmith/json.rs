//! Reading requests and writing answers.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use engine::Engine;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{Answer, Failure};
use crate::body;

/// A JSON body, whatever its content type says: JavaScript sends some as `text/plain` (`langsmith-api.md` §1.3). An
/// empty body is an empty object.
pub(crate) struct Sent(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(&parts.headers, body).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Failure::invalid(format!("The body is not valid JSON: {error}")))
    }
}

impl Sent {
    /// As an object.
    pub(crate) fn object(self) -> Answer<Map<String, Value>> {
        match self.0 {
            Value::Object(object) => Ok(object),
            _ => Err(Failure::invalid("The body must be a JSON object")),
        }
    }
}

/// What stands between the parts of a multipart body.
pub(crate) fn boundary(headers: &HeaderMap) -> Answer<String> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    engine::multipart_boundary(content_type)
        .ok_or_else(|| Failure::bad_request("The content type must be multipart/form-data with a boundary"))
}

/// A member that is not null.
pub(crate) fn given<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).filter(|value| !value.is_null())
}

/// A text member.
pub(crate) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    match given(object, key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A member of any type that can be read from text, such as an id.
pub(crate) fn parsed<T: std::str::FromStr>(object: &Map<String, Value>, key: &str) -> Answer<Option<T>> {
    match text(object, key) {
        None => Ok(None),
        Some(text) => match text.trim().parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Failure::invalid(format!("{key} cannot be read: {text}"))),
        },
    }
}

/// A member of any shape.
pub(crate) fn shaped<T: DeserializeOwned>(object: &Map<String, Value>, key: &str) -> Answer<Option<T>> {
    given(object, key)
        .map(|value| {
            serde_json::from_value(value.clone()).map_err(|error| Failure::invalid(format!("{key}: {error}")))
        })
        .transpose()
}

/// A time member: ISO 8601, or milliseconds since 1970.
pub(crate) fn time(object: &Map<String, Value>, key: &str) -> Answer<Option<engine::UnixNanos>> {
    match given(object, key) {
        None => Ok(None),
        Some(Value::Number(millis)) => {
            let millis = millis.as_i64().or_else(|| millis.as_f64().map(whole)).unwrap_or(0);
            engine::UnixNanos::from_millis(millis)
                .map(Some)
                .map_err(|error| Failure::invalid(format!("{key} is {error}")))
        }
        Some(value) => {
            let text = value.as_str().unwrap_or_default();
            engine::UnixNanos::parse(text)
                .map(Some)
                .map_err(|error| Failure::invalid(format!("{key} is {error}")))
        }
    }
}

fn whole(number: f64) -> i64 {
    format!("{:.0}", number.trunc()).parse().unwrap_or(0)
}

/// A JSON text as it goes out: nothing is null.
pub(crate) fn raw(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// A time as it goes out.
pub(crate) fn iso(time: Option<engine::UnixNanos>) -> Value {
    time.map_or(Value::Null, |time| Value::String(time.to_iso_micros()))
}

/// An answer of JSON text.
pub(crate) fn respond(status: StatusCode, json: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], Body::from(json)).into_response()
}

/// Does work that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    engine: &Arc<Engine>,
    work: impl FnOnce(&Engine) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let engine = Arc::clone(engine);
    tokio::task::spawn_blocking(move || work(&engine)).await.unwrap_or_else(|_| {
        Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "The request ended unexpectedly"))
    })
}

/// The address under which the client reached this server, for URLs that must be absolute (§1.4).
pub(crate) fn base_url(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}
