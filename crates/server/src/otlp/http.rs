//! OTLP over HTTP (`otel-transport.md` §1–3).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use engine::{Arrival, Encoding, Engine, IntakeAnswer, OtlpRequest, Signal, Transport};
use tonic::Code;

use super::{answer, arrival, project};
use crate::body::{self, BodyError};

/// Why a request is not taken.
struct Refusal {
    http: StatusCode,
    code: Code,
    message: String,
}

pub(super) async fn take(engine: &Engine, request: Request, signal: Signal) -> Response {
    let (parts, body) = request.into_parts();
    let mut arrival = arrival(Transport::OtlpHttp, &parts);
    let encoding = answer_encoding(&parts.headers);
    if parts.method != Method::POST {
        let message = "OTLP is sent with POST".to_owned();
        let refusal = Refusal { http: StatusCode::METHOD_NOT_ALLOWED, code: Code::Unimplemented, message };
        let mut response = refused(&refusal, Encoding::Json);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let read = match body::read_up_to(&parts.headers, body, engine.most_request_bytes()).await {
        Ok(read) => read,
        Err(error) => return refuse(engine, arrival, &error.into(), encoding),
    };
    arrival.sent_bytes = u64::try_from(read.sent).ok();
    let Some(encoding) = body_encoding(&parts.headers, &read.bytes) else {
        let message = "The content type must be application/x-protobuf or application/json".to_owned();
        let refusal =
            Refusal { http: StatusCode::UNSUPPORTED_MEDIA_TYPE, code: Code::InvalidArgument, message };
        return refuse(engine, arrival, &refusal, Encoding::Json);
    };
    let project = project(&parts.headers);
    let request = OtlpRequest { bytes: read.bytes, encoding, signal, project };
    match engine.take_otlp(request, arrival).await {
        Ok(taken) => success(&taken, signal, encoding),
        Err(error) => failure(&error, encoding),
    }
}

/// Tells where to go. Only exports are remembered; whoever reads at a wrong place sends no traces.
pub(super) fn unknown_path(engine: &Engine, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // A client of LangSmith has its own header for the key; it asked for a part of the protocol that is not there.
    let advice = if parts.headers.contains_key("x-api-key") {
        "Of LangSmith's protocol, what a library of traces keeps is answered: runs, projects, threads, feedback, queues, datasets"
    } else {
        "Traces are taken at /v1/traces: set OTEL_EXPORTER_OTLP_ENDPOINT to this address without a path"
    };
    let message = format!("There is nothing at {}. {advice}", parts.uri.path());
    if parts.method == Method::POST {
        engine.note_refused(arrival(Transport::OtlpHttp, &parts), &message);
    }
    // Only an exporter that sends protobuf reads it; a request without a body is nobody's export.
    let names_a_type = parts.headers.contains_key(header::CONTENT_TYPE);
    match Some(answer_encoding(&parts.headers)).filter(|_| names_a_type).unwrap_or(Encoding::Json) {
        // LangSmith clients look for `detail` (`langsmith-api.md` §2.2), OTLP exporters for `message`.
        Encoding::Json => {
            let code = Code::InvalidArgument as i32;
            let body = serde_json::json!({ "code": code, "message": message, "detail": message });
            respond(StatusCode::NOT_FOUND, body.to_string().into_bytes(), Encoding::Json)
        }
        Encoding::Protobuf => {
            let refusal = Refusal { http: StatusCode::NOT_FOUND, code: Code::InvalidArgument, message };
            refused(&refusal, Encoding::Protobuf)
        }
    }
}

/// How a body is to be read and answered.
fn body_encoding(headers: &HeaderMap, body: &[u8]) -> Option<Encoding> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match content_type.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()) {
        Some(value) if value == "application/x-protobuf" || value == "application/protobuf" => {
            Some(Encoding::Protobuf)
        }
        Some(value) if value == "application/json" => Some(Encoding::Json),
        Some(value) if !value.is_empty() => None,
        _ if body.trim_ascii_start().first() == Some(&b'{') => Some(Encoding::Json),
        _ => Some(Encoding::Protobuf),
    }
}

/// The encoding of an answer to a body that was not read.
fn answer_encoding(headers: &HeaderMap) -> Encoding {
    body_encoding(headers, &[]).unwrap_or(Encoding::Json)
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(message) => {
                Self { http: StatusCode::PAYLOAD_TOO_LARGE, code: Code::ResourceExhausted, message }
            }
            BodyError::UnknownEncoding(name) => Self {
                http: StatusCode::UNSUPPORTED_MEDIA_TYPE,
                code: Code::InvalidArgument,
                message: format!("The content encoding {name} is not understood; use gzip, deflate or zstd"),
            },
            BodyError::Damaged(message) => {
                Self { http: StatusCode::BAD_REQUEST, code: Code::InvalidArgument, message }
            }
        }
    }
}

/// Only what may succeed later is answered so that clients try again (503).
fn failure(error: &engine::Error, encoding: Encoding) -> Response {
    let message = error.to_string();
    let (http, code) = match error {
        engine::Error::Decode(_) => (StatusCode::BAD_REQUEST, Code::InvalidArgument),
        error if error.is_transient() => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
        _ => {
            tracing::error!("intake failed: {message}");
            (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal)
        }
    };
    let mut response = refused(&Refusal { http, code, message }, encoding);
    if http == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(answer::RETRY_SECONDS));
    }
    response
}

fn refuse(engine: &Engine, arrival: Arrival, refusal: &Refusal, encoding: Encoding) -> Response {
    engine.note_refused(arrival, &refusal.message);
    refused(refusal, encoding)
}

fn refused(refusal: &Refusal, encoding: Encoding) -> Response {
    let body = match encoding {
        Encoding::Protobuf => {
            answer::status(u32::try_from(refusal.code as i32).unwrap_or_default(), &refusal.message)
        }
        Encoding::Json => serde_json::json!({ "code": refusal.code as i32, "message": refusal.message })
            .to_string()
            .into_bytes(),
    };
    respond(refusal.http, body, encoding)
}

fn success(taken: &IntakeAnswer, signal: Signal, encoding: Encoding) -> Response {
    respond(StatusCode::OK, answer::response(taken, signal, encoding), encoding)
}

fn respond(code: StatusCode, body: Vec<u8>, encoding: Encoding) -> Response {
    let content_type = match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    };
    (code, [(header::CONTENT_TYPE, content_type)], Body::from(body)).into_response()
}
