//! What the endpoint saw last: requests with what became of them, who sends, and bodies for a closer look.
//!
//! Kept in memory only, and bounded in every direction. A body is shown through the redaction rules that are in force
//! when it is looked at.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use model::UnixNanos;

use crate::{Encoding, now};

/// Requests that are remembered.
const MOST_REQUESTS: usize = 500;
/// Senders that are told apart; the one that was quiet longest makes room.
const MOST_SENDERS: usize = 100;
/// Bytes of one body that is kept, and of all of them together.
pub(crate) const MOST_BODY_BYTES: usize = 1024 * 1024;
const MOST_BODIES_BYTES: usize = 4 * 1024 * 1024;
/// Characters of a text that comes from outside.
const MOST_CHARS: usize = 1000;

/// A protocol of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// OTLP over HTTP.
    OtlpHttp,
    /// OTLP over gRPC.
    OtlpGrpc,
    /// LangSmith's write endpoints.
    Langsmith,
}

/// What a request of OTLP carries, by the path or service that it was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the signals")]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// What the transport knows of a request.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Protocol.
    pub transport: Transport,
    /// Path it was sent to.
    pub path: String,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Content-Encoding` or `grpc-encoding`, where it was packed.
    pub packing: Option<String>,
    /// Bytes as sent, where that is known.
    pub sent_bytes: Option<u64>,
    /// When it was there.
    began: Instant,
}

impl Arrival {
    /// A request that just arrived.
    pub fn new(transport: Transport, path: impl Into<String>) -> Self {
        let path = cut(path.into());
        Self { transport, path, user_agent: None, packing: None, sent_bytes: None, began: Instant::now() }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Everything was taken.
    Taken,
    /// Some of it was refused.
    Partly,
    /// Nothing was taken, and sending it again is no use.
    Refused,
    /// The sender was asked to come again.
    Postponed,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct SeenRequest {
    /// Grows by one from request to request.
    pub number: u64,
    /// When it was answered.
    pub time: UnixNanos,
    /// What the transport knows.
    pub arrival: Arrival,
    /// `service.name` of its resources, at most a few.
    pub services: Vec<String>,
    /// Bytes after unpacking.
    pub bytes: Option<u64>,
    /// Spans, log records or runs that were taken.
    pub taken: u64,
    /// Those that were refused.
    pub rejected: u64,
    /// Metrics, and log records that tell nothing of a run: counted and not kept.
    pub only_counted: u64,
    /// What became of it.
    pub fate: Fate,
    /// What the sender was told.
    pub message: Option<String>,
    /// From its arrival to the commit.
    pub duration: Duration,
    /// Whether its body can be read.
    pub has_body: bool,
}

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Protocol.
    pub transport: Transport,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `service.name`.
    pub service: Option<String>,
    /// Requests.
    pub requests: u64,
    /// Spans, log records and runs that were taken.
    pub taken: u64,
    /// Those that were refused. A refused request of which nothing could be read counts as one.
    pub rejected: u64,
    /// What the sender was told last when something was wrong.
    pub last_problem: Option<String>,
    /// The last request.
    pub last_seen: UnixNanos,
}

/// What came of a request, as far as the intake got with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) services: Vec<(String, u64)>,
    pub(crate) bytes: Option<u64>,
    pub(crate) taken: u64,
    pub(crate) rejected: u64,
    pub(crate) only_counted: u64,
    pub(crate) body: Option<SeenBody>,
}

/// A body as it came, unpacked.
#[derive(Debug, Clone)]
pub(crate) struct SeenBody {
    pub(crate) bytes: Bytes,
    pub(crate) kind: BodyKind,
}

/// How a body is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Otlp(Encoding, Signal),
    /// LangSmith's JSON or multipart, shown as it is.
    Langsmith,
}

/// The memory of the endpoint.
#[derive(Debug, Default)]
pub(crate) struct Activity(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    next: u64,
    requests: VecDeque<SeenRequest>,
    bodies: VecDeque<(u64, SeenBody)>,
    senders: Vec<Sender>,
}

impl Activity {
    pub(crate) fn note(&self, arrival: Arrival, seen: Seen, fate: Fate, message: Option<String>) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { services, bytes, taken, rejected, only_counted, body } = seen;
        let message = message.map(cut);
        let rejected = if fate == Fate::Refused { rejected.max(1) } else { rejected };
        remembered.next += 1;
        let number = remembered.next;
        let time = now();
        let problem = message.as_ref().filter(|_| fate != Fate::Taken);
        let names: Vec<Option<(String, u64)>> =
            if services.is_empty() { vec![None] } else { services.into_iter().map(Some).collect() };
        for (index, named) in names.iter().enumerate() {
            let sender = remembered.sender(&arrival, named.as_ref().map(|(name, _)| name.as_str()));
            sender.requests += 1;
            sender.taken += named.as_ref().map_or(taken, |(_, count)| *count);
            // What was refused names no service.
            sender.rejected += if index == 0 { rejected } else { 0 };
            if let Some(problem) = problem {
                sender.last_problem = Some(problem.clone());
            }
            sender.last_seen = time;
        }
        let body = body.filter(|body| !body.bytes.is_empty() && body.bytes.len() <= MOST_BODY_BYTES);
        let has_body = body.is_some();
        if let Some(body) = body {
            remembered.bodies.push_back((number, body));
            remembered.forget_bodies();
        }
        if remembered.requests.len() == MOST_REQUESTS {
            remembered.requests.pop_front();
        }
        let duration = arrival.began.elapsed();
        let services = names.into_iter().flatten().map(|(name, _)| name).take(5).collect();
        remembered.requests.push_back(SeenRequest {
            number,
            time,
            arrival,
            services,
            bytes,
            taken,
            rejected,
            only_counted,
            fate,
            message,
            duration,
            has_body,
        });
    }

    /// Requests, newest first, and senders, the latest first.
    pub(crate) fn list(&self) -> (Vec<SeenRequest>, Vec<Sender>) {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = remembered.requests.iter().rev().cloned().collect();
        let mut senders = remembered.senders.clone();
        senders.sort_by_key(|sender| std::cmp::Reverse(sender.last_seen));
        (requests, senders)
    }

    pub(crate) fn body(&self, number: u64) -> Option<SeenBody> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.bodies.iter().find(|(known, _)| *known == number).map(|(_, body)| body.clone())
    }

    /// Forgets everything but the numbering.
    pub(crate) fn clear(&self) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *remembered = Remembered { next: remembered.next, ..Remembered::default() };
    }
}

impl Remembered {
    fn sender(&mut self, arrival: &Arrival, service: Option<&str>) -> &mut Sender {
        let is_it = |sender: &Sender| {
            sender.transport == arrival.transport
                && sender.user_agent == arrival.user_agent
                && sender.service.as_deref() == service
        };
        let index = self.senders.iter().position(is_it).unwrap_or_else(|| {
            if self.senders.len() == MOST_SENDERS {
                let quiet = self.senders.iter().enumerate().min_by_key(|(_, sender)| sender.last_seen);
                if let Some((index, _)) = quiet {
                    self.senders.swap_remove(index);
                }
            }
            self.senders.push(Sender {
                transport: arrival.transport,
                user_agent: arrival.user_agent.clone(),
                service: service.map(str::to_owned),
                requests: 0,
                taken: 0,
                rejected: 0,
                last_problem: None,
                last_seen: UnixNanos(0),
            });
            self.senders.len() - 1
        });
        &mut self.senders[index]
    }

    fn forget_bodies(&mut self) {
        let mut bytes: usize = self.bodies.iter().map(|(_, body)| body.bytes.len()).sum();
        while bytes > MOST_BODIES_BYTES {
            let Some((number, body)) = self.bodies.pop_front() else { return };
            bytes -= body.bytes.len();
            if let Some(request) = self.requests.iter_mut().find(|request| request.number == number) {
                request.has_body = false;
            }
        }
    }
}

/// Texts from outside are shortened.
pub(crate) fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(agent: &str) -> Arrival {
        let mut arrival = Arrival::new(Transport::OtlpHttp, "/v1/traces");
        arrival.user_agent = Some(agent.to_owned());
        arrival
    }

    fn body(bytes: usize) -> Option<SeenBody> {
        let kind = BodyKind::Otlp(Encoding::Json, Signal::Traces);
        Some(SeenBody { bytes: vec![b'x'; bytes].into(), kind })
    }

    #[test]
    fn memory_is_bounded_in_every_direction() {
        let activity = Activity::default();
        for number in 0..MOST_REQUESTS + 50 {
            let seen = Seen { body: body(100_000), ..Seen::default() };
            activity.note(arrival(&format!("agent {number}")), seen, Fate::Taken, Some("x".repeat(5000)));
        }
        activity.note(
            arrival("big"),
            Seen { body: body(MOST_BODY_BYTES + 1), ..Seen::default() },
            Fate::Taken,
            None,
        );
        let (requests, senders) = activity.list();
        assert_eq!((requests.len(), senders.len()), (MOST_REQUESTS, MOST_SENDERS));
        let with_body: Vec<u64> =
            requests.iter().filter(|request| request.has_body).map(|request| request.number).collect();
        assert_eq!(with_body.len(), MOST_BODIES_BYTES / 100_000);
        assert!(with_body.iter().all(|number| activity.body(*number).is_some()));
        assert!(!requests[0].has_body && requests[1].has_body);
        assert!(
            requests[1].message.as_ref().is_some_and(|message| message.chars().count() == MOST_CHARS + 1)
        );
        assert_eq!(senders[0].user_agent.as_deref(), Some("big"));
    }

    #[test]
    fn a_request_of_several_services_counts_for_each_by_its_spans() {
        let activity = Activity::default();
        let services = vec![("shop".to_owned(), 2), ("mail".to_owned(), 1)];
        let seen = Seen { services, taken: 3, rejected: 1, ..Seen::default() };
        activity.note(arrival("collector"), seen.clone(), Fate::Partly, Some("a bad id".to_owned()));
        activity.note(arrival("collector"), Seen { rejected: 0, ..seen }, Fate::Taken, None);
        let (requests, mut senders) = activity.list();
        senders.sort_by(|left, right| left.service.cmp(&right.service));
        let counted: Vec<_> = senders
            .iter()
            .map(|sender| (sender.service.as_deref(), sender.requests, sender.taken, sender.rejected))
            .collect();
        assert_eq!(counted, [(Some("mail"), 2, 2, 0), (Some("shop"), 2, 4, 1)]);
        assert_eq!(senders[1].last_problem.as_deref(), Some("a bad id"));
        assert_eq!(requests[0].services, ["shop", "mail"]);
    }

    #[test]
    fn a_request_of_which_nothing_can_be_read_counts_as_one_refusal() {
        let activity = Activity::default();
        activity.note(arrival("x"), Seen::default(), Fate::Refused, Some("no".to_owned()));
        activity.note(arrival("x"), Seen::default(), Fate::Postponed, Some("later".to_owned()));
        let (requests, senders) = activity.list();
        assert_eq!((requests[1].rejected, requests[0].rejected, senders[0].rejected), (1, 0, 1));
        activity.clear();
        assert!(activity.list().0.is_empty());
    }
}
