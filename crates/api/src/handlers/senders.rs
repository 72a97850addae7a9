//! What the endpoint saw.

use std::time::Duration;

use engine::{Engine, Fate};

use super::Answer;
use crate::{
    convert::cut_text,
    error::{ApiError, ErrorCode},
    wire::{
        Activity, Count, DurationNanos, Nothing, RequestBody, RequestFate, RequestRef, SeenRequest, Sender,
        TestTrace, Transport,
    },
};

/// Characters of a body that are shown.
const MOST_CHARS: usize = 256 * 1024;

pub(crate) fn get_activity(engine: &Engine, _: Nothing) -> Answer<Activity> {
    let (requests, senders) = engine.activity();
    Ok(Activity {
        requests: requests.into_iter().map(Into::into).collect(),
        senders: senders.into_iter().map(Into::into).collect(),
    })
}

pub(crate) fn read_request_body(engine: &Engine, params: RequestRef) -> Answer<RequestBody> {
    let body = engine
        .request_body(params.number.0)
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, "The body of this request is not kept any more"))?;
    let text = cut_text(&body.text, MOST_CHARS);
    Ok(RequestBody { is_cut: text.len() < body.text.len(), text, note: body.note })
}

pub(crate) fn clear_activity(engine: &Engine, _: Nothing) -> Answer<Nothing> {
    engine.clear_activity();
    Ok(Nothing {})
}

pub(crate) fn send_test_trace(engine: &Engine, _: Nothing) -> Answer<TestTrace> {
    let sent = engine.send_test_trace()?;
    Ok(TestTrace {
        trace_id: sent.trace_id.to_string(),
        url: sent.url,
        status: sent.status,
        message: sent.message,
        duration: nanos(sent.duration),
    })
}

fn nanos(duration: Duration) -> DurationNanos {
    DurationNanos(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

impl From<engine::Transport> for Transport {
    fn from(transport: engine::Transport) -> Self {
        match transport {
            engine::Transport::OtlpHttp => Self::OtlpHttp,
            engine::Transport::OtlpGrpc => Self::OtlpGrpc,
            engine::Transport::Langsmith => Self::Langsmith,
        }
    }
}

impl From<engine::SeenRequest> for SeenRequest {
    fn from(request: engine::SeenRequest) -> Self {
        Self {
            number: Count(request.number),
            time: request.time.into(),
            transport: request.arrival.transport.into(),
            path: request.arrival.path,
            user_agent: request.arrival.user_agent,
            services: request.services,
            packing: request.arrival.packing,
            sent_bytes: request.arrival.sent_bytes.map(Count),
            bytes: request.bytes.map(Count),
            taken: Count(request.taken),
            rejected: Count(request.rejected),
            only_counted: Count(request.only_counted),
            fate: match request.fate {
                Fate::Taken => RequestFate::Taken,
                Fate::Partly => RequestFate::Partly,
                Fate::Refused => RequestFate::Refused,
                Fate::Postponed => RequestFate::Postponed,
            },
            message: request.message,
            duration: nanos(request.duration),
            has_body: request.has_body,
        }
    }
}

impl From<engine::Sender> for Sender {
    fn from(sender: engine::Sender) -> Self {
        Self {
            transport: sender.transport.into(),
            user_agent: sender.user_agent,
            service: sender.service,
            requests: Count(sender.requests),
            taken: Count(sender.taken),
            rejected: Count(sender.rejected),
            last_problem: sender.last_problem,
            last_seen: sender.last_seen.into(),
        }
    }
}
