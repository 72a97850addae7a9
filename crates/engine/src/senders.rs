//! What people look at to see whether their application sends: the last requests, their bodies, a test trace.

use std::time::{Duration, Instant};

use ingest::{Context, otlp};
use model::{RawFormat, RawRecord, TraceId};
use serde_json::{Value, json};

use crate::{
    Encoding, EndpointState, Engine, Error, SeenRequest, Sender, Signal,
    activity::{BodyKind, SeenBody, cut},
    error::Result,
    now,
    redaction::shown,
};

/// How long the test trace may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Nanoseconds that the test trace and the call in it pretend to have taken.
const TEST_NANOS: i64 = 850_000_000;
const TEST_CALL_NANOS: i64 = 620_000_000;

/// The body of a request as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestBody {
    /// Its text; OTLP in protobuf as one line of OTLP/JSON a span or log record.
    pub text: String,
    /// A sentence about what is not as it was sent.
    pub note: Option<String>,
}

/// What became of a test trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestTrace {
    /// Its id.
    pub trace_id: TraceId,
    /// Where it was sent.
    pub url: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// What the answer says, where it says something.
    pub message: Option<String>,
    /// Until the answer.
    pub duration: Duration,
}

impl Engine {
    /// Requests that came in lately, newest first, and who sent them, the latest first.
    pub fn activity(&self) -> (Vec<SeenRequest>, Vec<Sender>) {
        self.activity.list()
    }

    /// Forgets the requests and senders of before.
    pub fn clear_activity(&self) {
        self.activity.clear();
        self.announce_endpoint();
    }

    /// The body of a request, redacted by the rules that are in force now; `None` when it is not there any more.
    pub fn request_body(&self, number: u64) -> Option<RequestBody> {
        let SeenBody { bytes, kind } = self.activity.body(number)?;
        let text = self.redaction.body(
            || match kind {
                BodyKind::Otlp(Encoding::Protobuf, _) => lines(&bytes),
                BodyKind::Otlp(Encoding::Json, _) | BodyKind::Langsmith => lossy(&bytes),
            },
            |rules| match kind {
                BodyKind::Langsmith => None,
                BodyKind::Otlp(Encoding::Protobuf, signal) => {
                    let format =
                        if signal == Signal::Logs { RawFormat::OtlpLog } else { RawFormat::OtlpSpan };
                    let operation = model::Operation::Whole;
                    let whole = RawRecord { format, operation, project: None, bytes: bytes.to_vec() };
                    let redacted = rules.redact_raw(&whole).0.unwrap_or(whole);
                    Some(lines(&redacted.bytes))
                }
                BodyKind::Otlp(Encoding::Json, _) => {
                    let records = otlp::decode_json(&bytes, &Context::default()).ok()?.records;
                    let lines = records.into_iter().map(|record| {
                        let redacted = rules.redact_raw(&record.raw).0.unwrap_or(record.raw);
                        shown(&redacted) + "\n"
                    });
                    Some(lines.collect())
                }
            },
        );
        let is_protobuf = matches!(kind, BodyKind::Otlp(Encoding::Protobuf, _));
        Some(match text {
            None => RequestBody {
                text: String::new(),
                note: Some(
                    "Redaction rules name places, which cannot be found in this body, so that it is not shown"
                        .to_owned(),
                ),
            },
            Some(text) if text.is_empty() && is_protobuf => RequestBody {
                text,
                note: Some("This protobuf message holds no whole span or log record".to_owned()),
            },
            Some(text) => RequestBody {
                text,
                note: is_protobuf
                    .then(|| "Sent in protobuf; shown as one line of OTLP/JSON a span or log record".to_owned()),
            },
        })
    }

    /// Sends a trace of two runs to this endpoint over HTTP, as an application would. Blocks.
    pub fn send_test_trace(&self) -> Result<TestTrace> {
        let endpoint = self.endpoint().http;
        let address = endpoint.address.filter(|_| endpoint.state == EndpointState::Listening);
        let Some(address) = address else {
            let why = endpoint.error.unwrap_or_else(|| "It is switched off in the settings.".to_owned());
            return Err(Error::InvalidInput(format!("The endpoint does not listen. {why}")));
        };
        let trace_id = TraceId(uuid::Uuid::new_v4());
        let url = format!("http://{address}/v1/traces");
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .build();
        let mut request = ureq::Agent::from(config)
            .post(&url)
            .header("content-type", "application/json")
            .header("user-agent", concat!("tracemark/", env!("CARGO_PKG_VERSION")));
        if let Some(key) = self.settings().endpoint_key {
            request = request.header("x-api-key", key);
        }
        let began = Instant::now();
        let failed =
            |error: ureq::Error| Error::InvalidInput(format!("The test trace did not reach {url}: {error}"));
        let mut response = request.send(test_trace(trace_id).to_string()).map_err(failed)?;
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_string().unwrap_or_default();
        Ok(TestTrace {
            trace_id,
            url: url.clone(),
            status,
            message: said(&answer),
            duration: began.elapsed(),
        })
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines(bytes: &[u8]) -> String {
    otlp::lines_of_protobuf(bytes).into_iter().map(|line| line + "\n").collect()
}

/// The words of an answer: a partial success or a `google.rpc.Status` (`otel-transport.md` §3).
fn said(answer: &str) -> Option<String> {
    let value: Value = serde_json::from_str(answer).ok()?;
    let text =
        ["/partialSuccess/errorMessage", "/message", "/detail"].into_iter().find_map(|at| value.pointer(at));
    text.and_then(Value::as_str).map(|text| cut(text.to_owned()))
}

/// A chain with one model call, in the words of the GenAI conventions.
fn test_trace(trace_id: TraceId) -> Value {
    let end = now().0;
    let nanos = |time: i64| time.to_string();
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let span_id = |number: usize| {
        let id = uuid::Uuid::new_v4().simple().to_string();
        // Ids of spans are half as long, and never zero.
        format!("{number}{}", &id[..15])
    };
    let (root, call) = (span_id(1), span_id(2));
    let input =
        r#"[{"role":"user","parts":[{"type":"text","content":"Does the endpoint of Tracemark work?"}]}]"#;
    let output = r#"[{"role":"assistant","parts":[{"type":"text","content":"It does: this trace came in over it."}],"finish_reason":"stop"}]"#;
    let trace_id = trace_id.0.simple().to_string();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "tracemark-test")] },
        "scopeSpans": [{
            "scope": { "name": "tracemark", "version": env!("CARGO_PKG_VERSION") },
            "spans": [
                {
                    "traceId": trace_id, "spanId": call, "parentSpanId": root, "name": "chat test-model", "kind": 3,
                    "startTimeUnixNano": nanos(end - TEST_CALL_NANOS), "endTimeUnixNano": nanos(end),
                    "attributes": [
                        text("gen_ai.operation.name", "chat"),
                        text("gen_ai.provider.name", "tracemark"),
                        text("gen_ai.request.model", "test-model"),
                        text("gen_ai.input.messages", input),
                        text("gen_ai.output.messages", output),
                        { "key": "gen_ai.usage.input_tokens", "value": { "intValue": "9" } },
                        { "key": "gen_ai.usage.output_tokens", "value": { "intValue": "10" } },
                    ],
                },
                {
                    "traceId": trace_id, "spanId": root, "name": "Test trace", "kind": 1,
                    "startTimeUnixNano": nanos(end - TEST_NANOS), "endTimeUnixNano": nanos(end),
                    "status": { "code": 1 },
                },
            ],
        }],
    }]})
}
