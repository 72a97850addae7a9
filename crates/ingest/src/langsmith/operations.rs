//! What LangSmith's write endpoints carry, as records (`langsmith-api.md` §4): multipart parts, batches, single runs.

use std::{borrow::Cow, collections::HashMap};

use base64::Engine as _;
use model::{Attachment, Feedback, Operation, RunId};

use super::{
    feedback,
    multipart::{Cut, Part},
    repair,
};
use crate::{
    Context, DecodeError, Decoded, Reject,
    json::{self, elements},
    langsmith, preview,
};

/// Parts that one run may bring in one body; more are refused one by one.
const MAX_PARTS_A_RUN: usize = 10_000;
/// Fields that have a part of their own.
const SPLIT_FIELDS: [&str; 6] = ["inputs", "outputs", "events", "extra", "error", "serialized"];

/// What a body brought.
#[derive(Debug, Default)]
pub struct Taken {
    /// Runs, with what was refused.
    pub decoded: Decoded,
    /// Judgements.
    pub feedback: Vec<Feedback>,
}

/// One operation while its parts come in.
#[derive(Debug)]
struct Pending {
    operation: Operation,
    run_id: RunId,
    main: Option<Vec<u8>>,
    fields: Vec<(String, Vec<u8>)>,
    attachments: Vec<Attachment>,
}

/// Gathers the parts of one body by run, since they come in any order.
///
/// What was gathered may be taken at any time: parts that come later are further records about the same run, and
/// records are merged field by field.
#[derive(Debug, Default)]
pub struct Assembler {
    context: Context,
    /// In the order in which they were first named; those that are records already are gone.
    pending: Vec<Option<Pending>>,
    /// Where the operations that gather parts stand.
    places: HashMap<(Operation, RunId), usize>,
    bytes: usize,
    taken: Taken,
}

impl Assembler {
    /// An assembler for one body.
    pub fn new(context: Context) -> Self {
        Self { context, ..Self::default() }
    }

    /// Bytes that are held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a part. One that cannot be read is refused by name and never stops its neighbours.
    pub fn part(&mut self, mut part: Part) {
        self.bytes += part.body.len() + part.name.len();
        let mut names = part.name.splitn(3, '.');
        let (kind, id, rest) = (names.next().unwrap_or_default(), names.next(), names.next());
        let operation = match kind {
            "post" => Some(Operation::Create),
            "patch" => Some(Operation::Update),
            "attachment" | "feedback" => None,
            _ => return self.refuse("unknown_part", "The name of the part is none that is known", &part),
        };
        if kind == "feedback" {
            return self.feedback(id, &part);
        }
        let Some(run_id) = id.and_then(|id| id.parse::<RunId>().ok()) else {
            return self.refuse("invalid_run_id", "The name of the part holds no run id", &part);
        };
        match (operation, rest) {
            (Some(operation), None) => match checked(&mut part.body) {
                Some(main) if main.first() == Some(&b'{') => {
                    let known = self.pending(operation, run_id);
                    // The same operation twice in one body: each is a record of its own.
                    if known.main.is_some() {
                        self.settle(operation, run_id);
                    }
                    self.pending(operation, run_id).main = Some(main);
                }
                other => {
                    part.body = other.unwrap_or(part.body);
                    self.refuse("not_a_run", "The part of a run holds no JSON object", &part);
                }
            },
            (Some(operation), Some(field)) if SPLIT_FIELDS.contains(&field) => {
                let field = field.to_owned();
                let value = checked(&mut part.body).unwrap_or_else(|| {
                    let text = json::lossy(&part.body);
                    self.warn("invalid_json", "The field is not valid JSON; it is kept as a text", &part);
                    let mut value = Vec::new();
                    json::write_string(&text, &mut value);
                    value
                });
                let pending = self.pending(operation, run_id);
                if pending.fields.len() < MAX_PARTS_A_RUN {
                    pending.fields.push((field, value));
                } else {
                    part.body = value;
                    self.refuse("too_many_parts", "The run has too many parts", &part);
                }
            }
            (None, Some(name)) => {
                let attachment = Attachment {
                    name: name.to_owned(),
                    mime_type: mime_type(&part.content_type),
                    bytes: part.body,
                };
                self.pending(Operation::Update, run_id).attachments.push(attachment);
            }
            (Some(_), Some(_)) => {
                self.refuse("unknown_part", "The field of the part is none that is known", &part);
            }
            (None, None) => self.refuse("unknown_part", "The attachment has no name", &part),
        }
    }

    fn feedback(&mut self, id: Option<&str>, part: &Part) {
        let Ok(value) = repair::value(&part.body) else {
            return self.refuse("invalid_json", "The feedback is not valid JSON", part);
        };
        match feedback::check(&value).and_then(|()| feedback::read(&value, id)) {
            Ok(feedback) => self.taken.feedback.push(feedback),
            Err(message) => self.refuse("invalid_feedback", message, part),
        }
    }

    /// Names a part within which the body ended, of which nothing can be kept.
    pub fn cut(&mut self, cut: &Cut) {
        let came = cut.part.body.len();
        let message = match cut.stated {
            Some(stated) => format!("The body ends within this part: {came} of its {stated} bytes came"),
            None => format!("The body ends within this part: {came} bytes of it came, and no boundary"),
        };
        let reject = Reject::new("cut_off", message, &cut.part.body);
        let place = if cut.part.name.is_empty() { "the last part" } else { &cut.part.name };
        self.taken.decoded.rejects.push(reject.at_path(place));
    }

    fn refuse(&mut self, code: &'static str, message: impl Into<String>, part: &Part) {
        self.taken.decoded.rejects.push(Reject::new(code, message, &part.body).at_path(part.name.clone()));
    }

    fn warn(&mut self, code: &'static str, message: &str, part: &Part) {
        self.taken.decoded.warnings.push(Reject::new(code, message, &part.body).at_path(part.name.clone()));
    }

    fn pending(&mut self, operation: Operation, run_id: RunId) -> &mut Pending {
        let place = *self.places.entry((operation, run_id)).or_insert_with(|| {
            self.pending.push(None);
            self.pending.len() - 1
        });
        self.pending[place].get_or_insert_with(|| Pending {
            operation,
            run_id,
            main: None,
            fields: Vec::new(),
            attachments: Vec::new(),
        })
    }

    /// Makes a record of one operation.
    fn settle(&mut self, operation: Operation, run_id: RunId) {
        let place = self.places.remove(&(operation, run_id));
        if let Some(pending) = place.and_then(|place| self.pending[place].take()) {
            finish(pending, &self.context, &mut self.taken.decoded);
        }
    }

    /// Everything gathered so far.
    pub fn take(&mut self) -> Taken {
        self.places.clear();
        for pending in std::mem::take(&mut self.pending).into_iter().flatten() {
            finish(pending, &self.context, &mut self.taken.decoded);
        }
        self.bytes = 0;
        std::mem::take(&mut self.taken)
    }
}

/// The checked JSON of a part, which gives its bytes away if they are nothing else.
fn checked(body: &mut Vec<u8>) -> Option<Vec<u8>> {
    match repair::value(body).ok()? {
        Cow::Borrowed(value) if value.len() == body.len() => Some(std::mem::take(body)),
        value => Some(value.into_owned()),
    }
}

/// One record out of the parts of an operation. A field's own part wins over the same key of the main part.
fn finish(pending: Pending, context: &Context, out: &mut Decoded) {
    let Pending { operation, run_id, main, fields, attachments } = pending;
    let id = format!("\"{run_id}\"");
    let other = main.as_deref().and_then(|main| json::member(main, "id")).and_then(json::text);
    if let Some(other) = other.filter(|other| other.parse() != Ok(run_id)) {
        let message = format!("The run's id {other:.80} is not that of its part's name, which counts");
        let warning = Reject::new("other_run_id", message, main.as_deref().unwrap_or_default());
        out.warnings.push(warning.at_path(run_id.to_string()));
    }
    let main = main.unwrap_or_else(|| b"{}".to_vec());
    let mut members: Vec<(Cow<'_, str>, &[u8])> = json::members(&main)
        .filter(|(key, _)| key != "id" && !fields.iter().any(|(field, _)| field == key))
        .collect();
    members.insert(0, ("id".into(), id.as_bytes()));
    for (index, (field, value)) in fields.iter().enumerate() {
        let again = fields[index + 1..].iter().any(|(later, _)| later == field);
        if !again {
            members.push((field.as_str().into(), value));
        }
    }
    let run = preview::object(members.iter().map(|(key, value)| (key.as_ref(), *value)));
    // Large parts are there once while the run is read.
    drop((main, fields));
    take_run(&run, operation, context, &run_id.to_string(), attachments, out);
}

/// Decodes one run object, whose attachments may stand in it as `name: [media type, base64]`.
pub(super) fn take_run(
    run: &[u8],
    operation: Operation,
    context: &Context,
    place: &str,
    mut attachments: Vec<Attachment>,
    out: &mut Decoded,
) {
    let inline = json::member(run, "attachments").map(inline_attachments).unwrap_or_default();
    attachments.extend(inline);
    let run = match json::member(run, "attachments") {
        Some(_) => Cow::Owned(preview::object(
            json::members(run)
                .filter(|(key, _)| key != "attachments")
                .collect::<Vec<_>>()
                .iter()
                .map(|(key, value)| (key.as_ref(), *value)),
        )),
        None => Cow::Borrowed(run),
    };
    match langsmith::decode_json(&run, context, operation) {
        Ok(mut decoded) => {
            if let Some(first) = decoded.records.first_mut() {
                first.attachments = attachments;
            }
            let placed = |mut reject: Reject| {
                reject.path.get_or_insert_with(|| place.to_owned());
                reject
            };
            out.records.append(&mut decoded.records);
            out.rejects.extend(decoded.rejects.into_iter().map(placed));
            out.warnings.extend(decoded.warnings.into_iter().map(placed));
        }
        Err(DecodeError(reject)) => out.rejects.push(reject.at_path(place)),
    }
}

fn inline_attachments(value: &[u8]) -> Vec<Attachment> {
    json::members(value)
        .filter_map(|(name, value)| {
            let mut pair = elements(value);
            let mime_type = json::string(pair.next()?)?;
            let content = json::string(pair.next()?)?;
            let bytes = base64::engine::general_purpose::STANDARD.decode(content.as_bytes()).ok()?;
            Some(Attachment { name: name.into_owned(), mime_type: self::mime_type(&mime_type), bytes })
        })
        .collect()
}

fn mime_type(sent: &str) -> String {
    let kind = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind.is_empty() { "application/octet-stream".to_owned() } else { kind }
}

/// Decodes the body of `POST /runs` or, with the id of its path, of `PATCH /runs/{id}`.
///
/// A new run without an id gets one made of its content, so that sending it again does not make another run.
pub fn single(
    body: &[u8],
    operation: Operation,
    run_id: Option<RunId>,
    context: &Context,
) -> Result<Taken, DecodeError> {
    let value = whole(body)?;
    if value.first() != Some(&b'{') {
        return Err(DecodeError(Reject::new("not_a_run", "A run is a JSON object", &value)));
    }
    let named = json::member(&value, "id").is_some();
    let id = match run_id {
        Some(id) => Some(id),
        None if named => None,
        None => Some(RunId::from_bytes(made_id(&value))),
    };
    let run = match id {
        Some(id) => {
            let id = format!("\"{id}\"");
            let members: Vec<_> = json::members(&value).filter(|(key, _)| key != "id").collect();
            let members = members.iter().map(|(key, value)| (key.as_ref(), *value));
            Cow::Owned(preview::object(std::iter::once(("id", id.as_bytes())).chain(members)))
        }
        None => value,
    };
    let mut taken = Taken::default();
    take_run(&run, operation, context, "", Vec::new(), &mut taken.decoded);
    Ok(taken)
}

/// A UUID (version 8, RFC 9562 §5.8) made of content.
pub(super) fn made_id(content: &[u8]) -> [u8; 16] {
    let mut bytes = model::ContentHash::of_bytes(content).0;
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    bytes
}

fn whole(body: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    // Some programs begin a text with a byte order mark.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    repair::value(body).map_err(|error| {
        let rest = body.get(error.offset..).unwrap_or_default();
        DecodeError(Reject::new(error.kind.code(), error.kind.message(), rest).at_offset(error.offset))
    })
}
