//! Agent traces as they look in practice: a model is called turn after turn with the whole history, tools in between.
//!
//! Deterministic for a seed. Words follow Zipf's law, messages are fresh picks of sentences, so compression finds in them
//! about what it finds in real text.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use serde_json::{Value, json};

use super::vocabulary::Vocabulary;

/// Start of the first trace: 2026-01-05T00:00:00Z.
const EPOCH_NANOS: u64 = 1_767_571_200_000_000_000;
/// Messages of history that a call carries at most; then it is compacted.
const HISTORY: usize = 12;
const SYLLABLES: [&str; 24] = [
    "ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "na", "pe", "ri", "so", "ta", "ve", "wi", "sta",
    "tro", "en", "al", "ur", "ing", "ion", "er",
];

/// How large traces and messages are.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) runs_a_trace: usize,
    pub(crate) text_chars: usize,
}

pub(crate) struct Workload {
    random: u64,
    sizes: Sizes,
    sentences: Vec<String>,
    trace: u64,
    span: u64,
    time: u64,
    history: Vec<Value>,
    runs_in_trace: usize,
    vocabulary: Vocabulary,
}

/// A run before it is written in one format or another.
pub(crate) struct Run {
    trace: u64,
    span: u64,
    parent: Option<u64>,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    start: u64,
    end: u64,
    pub(crate) input: Value,
    pub(crate) output: Value,
    pub(crate) tokens: (u64, u64),
}

impl Workload {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_sizes(seed, Sizes { runs_a_trace: 100, text_chars: 900 })
    }

    pub(crate) fn with_sizes(seed: u64, sizes: Sizes) -> Self {
        let mut workload = Self {
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            sizes,
            sentences: Vec::new(),
            trace: seed << 32,
            span: 0,
            time: EPOCH_NANOS,
            history: Vec::new(),
            runs_in_trace: usize::MAX,
            vocabulary: Vocabulary::Langsmith,
        };
        let words: Vec<String> = (0..6000)
            .map(|_| (0..2 + workload.below(3)).map(|_| SYLLABLES[workload.below(24)]).collect())
            .collect();
        workload.sentences = (0..20_000)
            .map(|_| {
                let count = 7 + workload.below(14);
                let picked: Vec<&str> = (0..count)
                    .map(|_| {
                        // The product of two uniform picks leans towards the first words, as real text does.
                        let index = workload.below(6000) * workload.below(6000) / 6000;
                        words[index].as_str()
                    })
                    .collect();
                format!("{}. ", picked.join(" "))
            })
            .collect();
        workload
    }

    /// The word that is said most.
    pub(crate) fn commonest_word(&self) -> String {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in self.sentences.iter().flat_map(|sentence| sentence.split_whitespace()) {
            *counts.entry(word.trim_end_matches('.')).or_default() += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(word, count)| (*count, *word))
            .map_or_else(String::new, |(word, _)| word.to_owned())
    }

    /// The same runs, in which this word is said besides.
    pub(crate) fn saying(mut self, word: &str) -> Self {
        for sentence in &mut self.sentences {
            sentence.insert_str(0, &format!("{word} "));
        }
        self
    }

    /// The same runs in this vocabulary.
    pub(crate) fn speaking(self, vocabulary: Vocabulary) -> Self {
        Self { vocabulary, ..self }
    }

    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }

    fn text(&mut self, chars: usize) -> String {
        let mut text = String::new();
        while text.len() < chars {
            let index = self.below(self.sentences.len());
            text.push_str(&self.sentences[index]);
        }
        text
    }

    fn run(&mut self) -> Run {
        let chars = self.sizes.text_chars;
        if self.runs_in_trace >= self.sizes.runs_a_trace {
            self.runs_in_trace = 0;
            self.trace += 1;
            self.history.clear();
        }
        let root = self.span - self.runs_in_trace as u64 + 1;
        self.span += 1;
        self.time += 3_000_000 + self.next() % 40_000_000;
        let (start, span, trace) = (self.time, self.span, self.trace);
        let end = start + 1_000_000 + self.next() % 900_000_000;
        let place = self.runs_in_trace;
        self.runs_in_trace += 1;
        let base = |kind, name: String, input, output, tokens| Run {
            trace,
            span,
            parent: (place > 0).then_some(root),
            kind,
            name,
            start,
            end,
            input,
            output,
            tokens,
        };
        if place == 0 {
            let question = self.text(chars / 4);
            let system = self.text(chars);
            self.history.push(json!({ "role": "system", "content": system }));
            self.history.push(json!({ "role": "user", "content": question }));
            return base(
                "chain",
                "support_agent".to_owned(),
                json!({ "question": question }),
                json!({ "answer": self.text(chars / 4) }),
                (0, 0),
            );
        }
        if place % 2 == 1 {
            let answer = self.text(chars / 3);
            let input = json!({ "messages": self.history });
            let output = json!({ "messages": [{ "role": "assistant", "content": answer }] });
            self.history.push(json!({ "role": "assistant", "content": answer }));
            if self.history.len() > HISTORY {
                self.history.drain(2..HISTORY / 2);
            }
            let tokens = (input.to_string().len() as u64 / 4, answer.len() as u64 / 4);
            return base("llm", "ChatModel".to_owned(), input, output, tokens);
        }
        let result = self.text(chars);
        self.history.push(json!({ "role": "tool", "content": result }));
        let query = self.text(40);
        base("tool", "search_docs".to_owned(), json!({ "query": query }), json!({ "output": result }), (0, 0))
    }

    fn span_json(&self, run: &Run) -> Value {
        let attributes = self.vocabulary.attributes(run);
        json!({
            "traceId": format!("{:032x}", run.trace), "spanId": format!("{:016x}", run.span),
            "parentSpanId": run.parent.map(|parent| format!("{parent:016x}")), "name": run.name, "kind": 1,
            "startTimeUnixNano": run.start.to_string(), "endTimeUnixNano": run.end.to_string(), "attributes": attributes,
        })
    }

    /// One protobuf request body with so many of the next spans.
    fn protobuf_request(&mut self, spans: usize) -> Vec<u8> {
        let spans: Vec<Value> = (0..spans)
            .map(|_| {
                let run = self.run();
                self.span_json(&run)
            })
            .collect();
        let resource =
            json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "bench" } }] });
        let request = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "scope": { "name": "bench" }, "spans": spans }] }] });
        let decoded = ingest::otlp::decode_json(request.to_string().as_bytes(), &ingest::Context::default());
        // Records are messages of one span each, and their concatenation is a message again.
        decoded
            .map(|decoded| decoded.records.into_iter().flat_map(|record| record.raw.bytes).collect())
            .unwrap_or_default()
    }

    /// All request bodies at once.
    pub(crate) fn protobuf_requests(self, spans: usize, batch: usize) -> Vec<Vec<u8>> {
        self.into_protobuf_requests(spans, batch).collect()
    }

    /// Request bodies one by one.
    pub(crate) fn into_protobuf_requests(
        mut self,
        spans: usize,
        batch: usize,
    ) -> impl Iterator<Item = Vec<u8>> {
        (0..spans.div_ceil(batch)).map(move |index| self.protobuf_request(batch.min(spans - index * batch)))
    }

    fn langsmith_run(&mut self) -> (String, Value) {
        let uuid = |number: u64| format!("00000000-0000-4000-8000-{number:012x}");
        let time = |nanos: u64| model::UnixNanos(nanos.cast_signed()).to_iso_micros();
        let run = self.run();
        let root = run.parent.unwrap_or(run.span);
        let value = json!({
            "id": uuid(run.span), "trace_id": uuid(root), "parent_run_id": run.parent.map(uuid), "name": run.name,
            "run_type": run.kind, "start_time": time(run.start), "end_time": time(run.end), "session_name": "bench",
            "inputs": run.input, "outputs": run.output, "prompt_tokens": run.tokens.0, "completion_tokens": run.tokens.1,
            "extra": { "metadata": { "ls_model_name": "gpt-4o", "ls_provider": "openai" } },
        });
        (uuid(run.span), value)
    }

    /// Bodies of `POST /runs/multipart` with the boundary `bench`, as the SDK frames them: inputs, outputs and extra of
    /// a run in parts of their own.
    pub(crate) fn multipart_requests(mut self, runs: usize, batch: usize) -> Vec<Vec<u8>> {
        (0..runs.div_ceil(batch))
            .map(|index| {
                let mut body = Vec::new();
                for _ in 0..batch.min(runs - index * batch) {
                    self.append_parts(&mut body);
                }
                body.extend_from_slice(b"--bench--\r\n");
                body
            })
            .collect()
    }

    /// One body of at least so many bytes; the number of its runs.
    pub(crate) fn multipart_body(mut self, bytes: usize) -> (Vec<u8>, usize) {
        let mut body = Vec::with_capacity(bytes + (1 << 20));
        let mut runs = 0;
        while body.len() < bytes {
            self.append_parts(&mut body);
            runs += 1;
        }
        body.extend_from_slice(b"--bench--\r\n");
        (body, runs)
    }

    /// The same as the body of a batch.
    pub(crate) fn batch_body(mut self, bytes: usize) -> (Vec<u8>, usize) {
        let mut body = Vec::with_capacity(bytes + (1 << 20));
        body.extend_from_slice(b"{\"post\":[");
        let mut runs = 0;
        while body.len() < bytes {
            if runs > 0 {
                body.push(b',');
            }
            body.extend_from_slice(self.langsmith_run().1.to_string().as_bytes());
            runs += 1;
        }
        body.extend_from_slice(b"],\"patch\":[]}");
        (body, runs)
    }

    fn append_parts(&mut self, body: &mut Vec<u8>) {
        let (id, mut run) = self.langsmith_run();
        let mut parts = Vec::new();
        for field in ["inputs", "outputs", "extra"] {
            if let Some(value) = run.as_object_mut().and_then(|run| run.remove(field)) {
                parts.push((format!("post.{id}.{field}"), value.to_string()));
            }
        }
        parts.insert(0, (format!("post.{id}"), run.to_string()));
        for (name, content) in parts {
            let head = format!(
                "--bench\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n",
                content.len()
            );
            for piece in [head.as_bytes(), content.as_bytes(), b"\r\n"] {
                body.extend_from_slice(piece);
            }
        }
    }

    /// Writes LangSmith runs, one a line, until the file has so many bytes; returns their number.
    pub(crate) fn write_langsmith_lines(mut self, file: &Path, bytes: usize) -> std::io::Result<u64> {
        let mut out = BufWriter::new(File::create(file)?);
        let mut written = 0;
        let mut runs = 0;
        while written < bytes {
            let line = self.langsmith_run().1.to_string();
            written += line.len() + 1;
            runs += 1;
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        Ok(runs)
    }
}
