//! OTLP over gRPC (`otel-transport.md` §4).
//!
//! tonic does the protocol; messages go through as bytes, since `ingest` decodes them itself and keeps what a stock
//! decoder refuses with the whole request.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use bytes::{Buf as _, BufMut as _, Bytes};
use engine::{Arrival, Encoding, Engine, OtlpRequest, Signal, Transport};
use tonic::{
    Code, Status,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::{MetadataMap, MetadataValue},
    server::{Grpc, UnaryService},
};

use super::{answer, arrival, project};

const GRPC_STATUS: &str = "grpc-status";

/// The services and the one method of each.
const METHODS: [(&str, Signal); 3] = [
    ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", Signal::Traces),
    ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", Signal::Logs),
    ("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", Signal::Metrics),
];

/// Whether a request speaks gRPC.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// The answer to a sender without the key.
pub(crate) fn unauthenticated(message: &str) -> Response {
    Status::unauthenticated(message).into_http()
}

pub(super) async fn take(engine: Arc<Engine>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let arrival = arrival(Transport::OtlpGrpc, &parts);
    let Some((_, signal)) = METHODS.iter().find(|(path, _)| *path == parts.uri.path()) else {
        let message = format!(
            "There is no method {}; traces, logs and metrics are taken by the Export methods of OTLP",
            parts.uri.path()
        );
        engine.note_refused(arrival, &message);
        return Status::unimplemented(message).into_http();
    };
    let arrival = Arc::new(Mutex::new(Some(arrival)));
    let export = Export { engine: Arc::clone(&engine), signal: *signal, arrival: Arc::clone(&arrival) };
    let response = Grpc::new(Bare)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .accept_compressed(CompressionEncoding::Deflate)
        .max_decoding_message_size(engine.most_request_bytes())
        .unary(export, Request::from_parts(parts, body))
        .await;
    let mut response = response.map(Body::new);
    // A message that could not even be read was refused before anybody took the arrival.
    let unread = arrival.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(arrival) = unread {
        let status = Status::from_header_map(response.headers());
        engine.note_refused(arrival, status.as_ref().map_or("The message cannot be read", Status::message));
        // tonic says OUT_OF_RANGE of a message that is too large, upon which clients would send it again.
        if status.is_some_and(|status| status.code() == Code::OutOfRange) {
            let code = HeaderValue::from(Code::ResourceExhausted as i32);
            response.headers_mut().insert(GRPC_STATUS, code);
        }
    }
    response
}

/// One call of an `Export` method.
struct Export {
    engine: Arc<Engine>,
    signal: Signal,
    arrival: Arc<Mutex<Option<Arrival>>>,
}

impl UnaryService<Bytes> for Export {
    type Response = Vec<u8>;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<Vec<u8>>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let engine = Arc::clone(&self.engine);
        let signal = self.signal;
        let arrival = self.arrival.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (metadata, _, bytes) = request.into_parts();
        let project = project(&metadata.into_headers());
        Box::pin(async move {
            let arrival = arrival.ok_or_else(|| Status::internal("A call has one message"))?;
            let request = OtlpRequest { bytes, encoding: Encoding::Protobuf, signal, project };
            match engine.take_otlp(request, arrival).await {
                Ok(taken) => Ok(tonic::Response::new(answer::response(&taken, signal, Encoding::Protobuf))),
                Err(error) => Err(failure(&error)),
            }
        })
    }
}

/// Only what may succeed later is answered so that clients try again.
fn failure(error: &engine::Error) -> Status {
    let message = error.to_string();
    match error {
        engine::Error::Decode(_) => Status::invalid_argument(message),
        error if error.is_transient() => {
            let code = Code::Unavailable;
            let details = answer::status_with_retry(u32::try_from(code as i32).unwrap_or_default(), &message);
            // Where clients look that do not read the details of a status, such as OpenTelemetry's for Python.
            let mut metadata = MetadataMap::new();
            metadata.insert_bin("google.rpc.retryinfo-bin", MetadataValue::from_bytes(&answer::retry_info()));
            Status::with_details_and_metadata(code, message, details.into(), metadata)
        }
        _ => {
            tracing::error!("intake failed: {message}");
            Status::internal(message)
        }
    }
}

/// Messages as the bytes that they are.
#[derive(Debug, Clone, Copy, Default)]
struct Bare;

impl Codec for Bare {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bare {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bare {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}
