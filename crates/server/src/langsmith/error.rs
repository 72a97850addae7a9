//! Errors in the protocol's shape (`langsmith-api.md` §2.2).

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::body::BodyError;

/// Parts of a path; what is no UTF-8 is answered in the shape of the protocol.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(parts)| Self(parts))
            .map_err(|rejection| Failure::bad_request(format!("The path cannot be read: {rejection}")))
    }
}

/// A status and a sentence.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    detail: String,
}

/// The answer of a handler.
pub(crate) type Answer<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The request reads well, but not all of it is there or fits.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// There is nothing of this name.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "detail": self.detail }))).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Self {
        let detail = error.to_string();
        let status = match &error {
            engine::Error::InvalidInput(_) => StatusCode::BAD_REQUEST,
            engine::Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            engine::Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
            engine::Error::Store(engine::StoreError::NotFound { .. }) => StatusCode::NOT_FOUND,
            engine::Error::Decode(_)
            | engine::Error::Store(
                engine::StoreError::Invalid(_) | engine::StoreError::AmbiguousRun { .. },
            ) => StatusCode::UNPROCESSABLE_ENTITY,
            engine::Error::Store(engine::StoreError::Exists { .. }) => StatusCode::CONFLICT,
            engine::Error::Store(error) if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            _ => {
                tracing::error!("a LangSmith request failed: {detail}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self { status, detail }
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(message) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, message),
            BodyError::UnknownEncoding(name) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("The content encoding {name} is not understood; use zstd, gzip or deflate"),
            ),
            BodyError::Damaged(message) => Self::bad_request(message),
        }
    }
}
