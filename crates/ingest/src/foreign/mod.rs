//! Exports of other tools. What they call a span or an observation is written as a span in the vocabulary that the tool's
//! own SDK speaks over OTLP, and read like one: the rules of that vocabulary hold here too, and what an export has beside
//! them stays in the attributes.

mod langfuse;
mod phoenix;
mod span;

use crate::{Context, Decoded, Reject, json, otlp};

/// Reads an export, if the value is one.
pub(crate) fn decode(value: &[u8], context: &Context) -> Option<Decoded> {
    if value.first() != Some(&b'{') {
        return None;
    }
    let mut found = Found::default();
    let known = phoenix::read(value, "", &mut found) || langfuse::read(value, "", &mut found);
    known.then(|| found.decode(context))
}

/// What an export holds.
#[derive(Debug, Default)]
struct Found {
    /// Spans, each a whole OTLP request in JSON, with its place in the value.
    spans: Vec<(String, Vec<u8>)>,
    decoded: Decoded,
}

impl Found {
    fn reject(&mut self, code: &'static str, message: impl Into<String>, value: &[u8], path: &str) {
        let mut reject = Reject::new(code, message, value);
        if !path.is_empty() {
            reject = reject.at_path(path);
        }
        self.decoded.rejects.push(reject);
    }

    fn decode(mut self, context: &Context) -> Decoded {
        for (path, span) in &self.spans {
            match otlp::decode_json(span, context) {
                Ok(one) => {
                    self.decoded.records.extend(one.records);
                    self.decoded.feedback.extend(one.feedback);
                    // Places within the translation are places of nothing in the file.
                    let placed = |mut reject: Reject| {
                        reject.offset = None;
                        reject.path = Some(path.clone()).filter(|path| !path.is_empty());
                        reject
                    };
                    self.decoded.rejects.extend(one.rejects.into_iter().map(placed));
                    self.decoded.warnings.extend(one.warnings.into_iter().map(placed));
                }
                Err(error) => self.decoded.rejects.push(error.0.at_path(path.clone())),
            }
        }
        self.decoded
    }
}

/// Elements of the list under this key, each with its place.
fn listed<'v>(
    value: &'v [u8],
    key: &'static str,
    path: &str,
) -> impl Iterator<Item = (String, &'v [u8])> + use<'v> {
    let prefix = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let list = json::member(value, key).filter(|list| list.first() == Some(&b'[')).unwrap_or(b"[]");
    json::elements(list).enumerate().map(move |(index, element)| (format!("{prefix}[{index}]"), element))
}
