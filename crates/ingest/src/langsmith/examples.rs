//! Examples of datasets as multipart bodies carry them (`langsmith-api.md` §12.2).

use super::{multipart::Part, repair};
use crate::json;

/// What one body says about one example. Texts are JSON as it was sent, without `NaN`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExampleBody {
    /// Its id, as the names of its parts begin.
    pub id: String,
    /// The main part: metadata, splits, the run that it is made of.
    pub about: Option<String>,
    /// Inputs.
    pub inputs: Option<String>,
    /// What is expected.
    pub outputs: Option<String>,
    /// Which files stay, and under which names.
    pub attachments_operations: Option<String>,
    /// New files.
    pub attachments: Vec<ExampleFile>,
}

/// A file of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Gathers parts by example, in the order in which the examples are first named.
#[derive(Debug, Default)]
pub struct ExampleAssembler {
    examples: Vec<ExampleBody>,
    problem: Option<String>,
}

impl ExampleAssembler {
    /// Takes a part; what cannot be read is remembered, and the whole body refused in the end.
    pub fn part(&mut self, part: Part) {
        if let Err(problem) = self.take(part) {
            self.problem.get_or_insert(problem);
        }
    }

    /// The examples, or what is wrong with the first part that could not be read.
    pub fn finish(self) -> Result<Vec<ExampleBody>, String> {
        self.problem.map_or(Ok(self.examples), Err)
    }

    fn take(&mut self, part: Part) -> Result<(), String> {
        let (id, field) = match part.name.split_once('.') {
            Some((id, field)) => (id, Some(field)),
            None => (part.name.as_str(), None),
        };
        let example = match self.examples.iter().position(|example| example.id == id) {
            Some(at) => &mut self.examples[at],
            None => {
                self.examples.push(ExampleBody { id: id.to_owned(), ..ExampleBody::default() });
                self.examples.last_mut().ok_or("there is no example")?
            }
        };
        let place = match field {
            None => &mut example.about,
            Some("inputs") => &mut example.inputs,
            Some("outputs") => &mut example.outputs,
            Some("attachments_operations") => &mut example.attachments_operations,
            Some(field) => {
                let name = field
                    .strip_prefix("attachment.")
                    .ok_or_else(|| format!("The part {} is of no known kind", part.name))?;
                example.attachments.push(ExampleFile {
                    name: name.to_owned(),
                    mime_type: part.content_type,
                    bytes: part.body,
                });
                return Ok(());
            }
        };
        let text = repair::value(&part.body)
            .map_err(|error| format!("The part {} is not valid JSON: {error:?}", part.name))?;
        *place = Some(json::lossy(&text).into_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, body: &str) -> Part {
        Part {
            name: name.to_owned(),
            file_name: None,
            content_type: "text/plain".to_owned(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn parts_come_in_any_order() {
        let mut assembler = ExampleAssembler::default();
        for (name, body) in [
            ("b.attachment.my.file", "bytes"),
            ("a", "{\"split\":\"train\"}"),
            ("b.outputs", "{\"x\":NaN}"),
            ("a.inputs", "{\"big\":123456789012345678901234567890}"),
            ("b", "{}"),
            ("b.attachments_operations", "{\"retain\":[]}"),
        ] {
            assembler.part(part(name, body));
        }
        let examples = assembler.finish().unwrap();
        assert_eq!(examples.iter().map(|example| example.id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(examples[0].outputs.as_deref(), Some("{\"x\":null}"));
        assert_eq!(examples[0].attachments[0].name, "my.file");
        assert_eq!(examples[0].attachments[0].bytes, b"bytes");
        assert_eq!(examples[0].attachments_operations.as_deref(), Some("{\"retain\":[]}"));
        assert_eq!(examples[1].about.as_deref(), Some("{\"split\":\"train\"}"));
        assert_eq!(examples[1].inputs.as_deref(), Some("{\"big\":123456789012345678901234567890}"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, body, word) in [("a.inputs", "{", "a.inputs"), ("a.unknown", "{}", "a.unknown")] {
            let mut assembler = ExampleAssembler::default();
            assembler.part(part(name, body));
            assert!(assembler.finish().unwrap_err().contains(word));
        }
    }
}
