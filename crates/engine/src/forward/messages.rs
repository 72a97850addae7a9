//! What is sent on, as the requests of the protocol that the other endpoint speaks.

use std::{collections::BTreeSet, fmt::Write as _};

use ingest::{
    exchange::otel,
    export::{RunPlace, langsmith_operation, langsmith_run_as_otlp_json, names_only_its_run},
    langsmith::feedback,
};
use model::{Attachment, Feedback, Operation, RawFormat, RawRecord, RunId, TraceId};
use uuid::Uuid;

use super::send::Message;
use crate::{Engine, Forward, ForwardProtocol};

/// Feedback as it is put into the queue. A project is known by its id only here, so what is about a project alone
/// stays here.
pub(super) fn feedback_to_send_on(feedback: &Feedback) -> Option<String> {
    if feedback.run_id.is_none() && feedback.trace_id.is_none() {
        return None;
    }
    let mut record = feedback::write(feedback);
    if let Some(members) = record.as_object_mut() {
        for key in ["session_id", "is_root"] {
            members.remove(key);
        }
        members.retain(|_, value| !value.is_null());
    }
    Some(record.to_string())
}

/// The request that brings feedback there; over OTLP as the log record of an evaluation (`otel-genai.md` G).
pub(super) fn feedback_message(engine: &Engine, target: &Forward, record: &str) -> Result<Message, String> {
    if target.protocol == ForwardProtocol::Otlp {
        let mut feedback = feedback::read(record.as_bytes(), None)?;
        if let (None, Some(run_id)) = (feedback.trace_id, feedback.run_id) {
            feedback.trace_id = engine.store.trace_of_run(run_id).ok();
        }
        return Ok(Message {
            path: "/v1/logs",
            content_type: "application/json".to_owned(),
            project: target.project.clone(),
            body: otel::request(&[feedback.into()]).into_bytes(),
        });
    }
    Ok(Message {
        path: "/feedback",
        content_type: "application/json".to_owned(),
        project: None,
        body: record.as_bytes().to_vec(),
    })
}

/// Where the record of a run belongs; `None` when it cannot be told, or no run came of it.
fn place_of(engine: &Engine, record: &RawRecord) -> Option<(TraceId, RunId)> {
    let known = ingest::interpret(record)?;
    let trace_id = known.trace_id.map_or_else(|| engine.store.trace_of_run(known.run_id).ok(), Some)?;
    Some((trace_id, known.run_id))
}

/// The files that came with these records, record by record.
fn files_of(engine: &Engine, records: &[RawRecord]) -> Vec<Vec<Attachment>> {
    records
        .iter()
        .map(|record| {
            let place = Some(record).filter(|record| record.format == RawFormat::LangsmithRun);
            let Some((trace_id, run_id)) = place.and_then(|record| place_of(engine, record)) else {
                return Vec::new();
            };
            // A file that cannot be read is no reason to hold back everything else.
            engine.store.attachments_of(trace_id, run_id, record.operation).unwrap_or_else(|error| {
                tracing::warn!("files of a run are not sent on: {error}");
                Vec::new()
            })
        })
        .collect()
}

/// Bytes of the files that came with these records.
pub(super) fn file_bytes(engine: &Engine, target: &Forward, records: &[RawRecord]) -> u64 {
    let mut sum = 0;
    if target.protocol == ForwardProtocol::Langsmith {
        for record in records.iter().filter(|record| record.format == RawFormat::LangsmithRun) {
            if let Some((trace_id, run_id)) = place_of(engine, record) {
                let files = engine.store.attachments(trace_id, run_id).unwrap_or_default();
                sum += files.iter().map(|file| file.bytes).sum::<u64>();
            }
        }
    }
    sum
}

/// What cannot go with these records, and why; nothing where all of it goes.
pub(super) fn left_behind(engine: &Engine, target: &Forward, records: &[RawRecord]) -> Option<String> {
    if target.protocol != ForwardProtocol::Otlp {
        return None;
    }
    let runs: BTreeSet<(TraceId, RunId)> = records
        .iter()
        .filter(|record| record.format == RawFormat::LangsmithRun)
        .filter_map(|record| place_of(engine, record))
        .collect();
    let files: usize = runs
        .iter()
        .map(|(trace, run)| engine.store.attachments(*trace, *run).map_or(0, |all| all.len()))
        .sum();
    match files {
        0 => None,
        1 => Some("1 file stays here: OTLP has no place for files".to_owned()),
        files => Some(format!("{files} files stay here: OTLP has no place for files")),
    }
}

/// The requests that bring these records there.
pub(super) fn messages(engine: &Engine, target: &Forward, records: &[RawRecord]) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut runs: Vec<&RawRecord> = Vec::new();
    let mut spans = |record: &RawRecord| {
        let project = target.project.as_ref().or(record.project.as_ref());
        let path = match target.protocol {
            ForwardProtocol::Langsmith => "/otel/v1/traces",
            ForwardProtocol::Otlp => "/v1/traces",
        };
        match messages.iter_mut().find(|message| message.project.as_ref() == project) {
            // Messages that stand one after the other are one message.
            Some(message) => message.body.extend_from_slice(&record.bytes),
            None => messages.push(Message {
                path,
                content_type: "application/x-protobuf".to_owned(),
                project: project.cloned(),
                body: record.bytes.clone(),
            }),
        }
    };
    for record in records {
        match (record.format, target.protocol) {
            // Log records are taken in as such nowhere.
            (RawFormat::OtlpLog, _) => {}
            (RawFormat::OtlpSpan, _) => spans(record),
            (RawFormat::LangsmithRun, ForwardProtocol::Otlp) => {
                as_span(engine, record).iter().for_each(&mut spans);
            }
            (RawFormat::LangsmithRun, ForwardProtocol::Langsmith) => runs.push(record),
        }
    }
    if !runs.is_empty() {
        let runs: Vec<RawRecord> = runs.into_iter().cloned().collect();
        let files = files_of(engine, &runs);
        messages.push(if files.iter().all(Vec::is_empty) {
            batch(target, &runs)
        } else {
            multipart(target, &runs, &files)
        });
    }
    messages
}

fn batch(target: &Forward, records: &[RawRecord]) -> Message {
    let of = |is_update: bool| {
        let fitting = records.iter().filter(|record| (record.operation == Operation::Update) == is_update);
        let all: Vec<_> =
            fitting.map(|record| langsmith_operation(record, target.project.as_deref())).collect();
        all.join(&b',')
    };
    let body = [b"{\"post\":[".as_slice(), &of(false), b"],\"patch\":[", &of(true), b"]}"].concat();
    Message {
        path: "/runs/batch",
        content_type: "application/json".to_owned(),
        project: target.project.clone(),
        body,
    }
}

/// Runs with their files: parts named as `langsmith-api.md` §4.1 says.
fn multipart(target: &Forward, records: &[RawRecord], files: &[Vec<Attachment>]) -> Message {
    let boundary = Uuid::new_v4().simple().to_string();
    let mut body = Vec::new();
    let mut part = |name: &str, content_type: &str, content: &[u8]| {
        let mut head = String::new();
        let _ = write!(
            head,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\nContent-Type: {}\r\n\
             Content-Length: {}\r\n\r\n",
            quoted(name),
            media_type(content_type),
            content.len()
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    };
    for (record, files) in records.iter().zip(files) {
        let Some(known) = ingest::interpret(record) else { continue };
        let verb = if record.operation == Operation::Update { "patch" } else { "post" };
        // Files that came without their run are a record that says nothing else.
        let says_more = !names_only_its_run(record);
        if says_more || files.is_empty() {
            let operation = langsmith_operation(record, target.project.as_deref());
            part(&format!("{verb}.{}", known.run_id), "application/json", &operation);
        }
        for file in files {
            part(&format!("attachment.{}.{}", known.run_id, file.name), &file.mime_type, &file.bytes);
        }
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Message {
        path: "/runs/multipart",
        content_type: format!("multipart/form-data; boundary={boundary}"),
        project: target.project.clone(),
        body,
    }
}

/// A name in quotes (WHATWG HTML, "multipart/form-data encoding").
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A media type as it may stand in a header.
fn media_type(text: &str) -> &str {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        text
    } else {
        "application/octet-stream"
    }
}

/// A LangSmith run as a span, once it has ended: OTLP knows no others. Further records of it are in the library.
fn as_span(engine: &Engine, record: &RawRecord) -> Option<RawRecord> {
    let (trace_id, run_id) = place_of(engine, record)?;
    let (row, records) = engine.store.run(trace_id, run_id).ok()?;
    row.end?;
    let order = |record: &RawRecord| {
        let run: serde_json::Value = serde_json::from_slice(&record.bytes).ok()?;
        Some(run.get("dotted_order")?.as_str()?.to_owned())
    };
    let place = RunPlace {
        trace_id,
        run_id,
        parent_run_id: row.parent_run_id,
        dotted_order: records.iter().find_map(order).unwrap_or_default(),
    };
    let json = langsmith_run_as_otlp_json(&ingest::detail(&records), &place);
    let decoded = ingest::otlp::decode_json(json.as_bytes(), &ingest::Context::default()).ok()?;
    decoded.records.into_iter().next().map(|span| span.raw)
}

/// The first names of the runs that records are of, for people.
pub(super) fn names(records: &[RawRecord], most: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in records.iter().filter_map(|record| ingest::interpret(record)?.fields.name) {
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() == most {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_of_files_cannot_end_a_header() {
        assert_eq!(quoted("a\"b\r\nc"), "a%22b%0D%0Ac");
        assert_eq!(media_type("image/png; q=1"), "image/png; q=1");
        for hostile in ["", "text/plain\r\nX: y", "bild/é"] {
            assert_eq!(media_type(hostile), "application/octet-stream", "{hostile:?}");
        }
    }
}
