//! The reader of the query language (`langsmith-otel-filter-export.md` §10.1).

use super::{
    Field, Filter, FilterError, MAX_DEPTH, Number, Op, Part, RecordCondition, RecordFilter, RecordKind,
    Value,
    field::{Raw, Target, is_name_char},
    flatten::{flatten_json, unescape},
};

type Result<T> = std::result::Result<T, FilterError>;

pub(super) fn parse(text: &str) -> Result<Filter> {
    let mut parser = Parser { text, at: 0 };
    parser.space();
    if parser.at == text.len() {
        return Ok(Filter::And(Vec::new()));
    }
    let filter = parser.expression(0)?.into_filter();
    parser.space();
    if parser.at < text.len() {
        return Err(parser.expected("the end"));
    }
    Ok(filter)
}

/// What an expression gives: a condition on a record may still find neighbours in the `and` around it.
enum Piece {
    Filter(Filter),
    Condition(RecordKind, RecordCondition),
}

impl Piece {
    fn into_filter(self) -> Filter {
        match self {
            Self::Filter(filter) => filter,
            Self::Condition(kind, condition) => {
                Filter::Record(RecordFilter { kind, conditions: vec![condition] })
            }
        }
    }
}

/// Joins the conditions on one kind of record, at the place of the first.
fn join(pieces: Vec<Piece>) -> Filter {
    let mut joined: Vec<Filter> = Vec::new();
    let mut places: Vec<(RecordKind, usize)> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Filter(filter) => joined.push(filter),
            Piece::Condition(kind, condition) => {
                let place = places.iter().find(|(known, _)| *known == kind).map(|(_, place)| *place);
                if let Some(Filter::Record(record)) = place.and_then(|place| joined.get_mut(place)) {
                    record.conditions.push(condition);
                } else {
                    places.push((kind, joined.len()));
                    joined.push(Filter::Record(RecordFilter { kind, conditions: vec![condition] }));
                }
            }
        }
    }
    all_of(joined)
}

/// The conjunction, without an `and` around a single member.
pub(super) fn all_of(mut filters: Vec<Filter>) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { Filter::And(filters) }
}

/// The disjunction, without an `or` around a single member.
pub(super) fn any_of(mut filters: Vec<Filter>) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { Filter::Or(filters) }
}

pub(super) fn too_deep(offset: usize, levels: usize) -> FilterError {
    FilterError { offset, message: format!("nested deeper than {levels} levels") }
}

/// The first characters of what was found, for a message.
pub(super) fn found(rest: &str) -> String {
    let word: String = rest.chars().take_while(|char| !char.is_whitespace()).take(20).collect();
    if word.is_empty() { "the end".to_owned() } else { format!("`{word}`") }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn expected(&self, what: &str) -> FilterError {
        FilterError { offset: self.at, message: format!("expected {what}, found {}", found(self.rest())) }
    }

    fn peek(&mut self) -> Option<char> {
        self.space();
        self.rest().chars().next()
    }

    fn punctuation(&mut self, char: char, what: &str) -> Result<()> {
        if self.peek() != Some(char) {
            return Err(self.expected(what));
        }
        self.at += char.len_utf8();
        Ok(())
    }

    /// Letters, digits, `_`, `.` and `-`, perhaps none.
    fn word(&mut self) -> &'t str {
        self.space();
        let rest = self.rest();
        let word = &rest[..rest.find(|char| !is_name_char(char)).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn expression(&mut self, depth: usize) -> Result<Piece> {
        self.space();
        let start = self.at;
        let word = self.word();
        match word {
            "and" | "or" | "not" => {
                self.punctuation('(', "`(`")?;
                if depth >= MAX_DEPTH {
                    return Err(too_deep(start, MAX_DEPTH));
                }
                let mut pieces = vec![self.expression(depth + 1)?];
                while word != "not" && self.peek() == Some(',') {
                    self.at += 1;
                    pieces.push(self.expression(depth + 1)?);
                }
                self.punctuation(')', if word == "not" { "`)`" } else { "`,` or `)`" })?;
                Ok(Piece::Filter(match word {
                    "and" => join(pieces),
                    "or" => any_of(pieces.into_iter().map(Piece::into_filter).collect()),
                    _ => Filter::Not(Box::new(join(pieces))),
                }))
            }
            _ => {
                let Some(op) = Op::parse(word) else {
                    self.at = start;
                    return Err(self.expected("`and`, `or`, `not` or a comparison such as eq(name, \"…\")"));
                };
                self.punctuation('(', "`(`")?;
                let piece = self.comparison(op, start)?;
                self.punctuation(')', "`)`")?;
                Ok(piece)
            }
        }
    }

    fn comparison(&mut self, op: Op, start: usize) -> Result<Piece> {
        if op == Op::Search && matches!(self.peek(), Some('"' | '\'')) {
            return Ok(Piece::Filter(Filter::Search(self.string()?)));
        }
        self.space();
        let name_start = self.at;
        let name = self.word();
        if name.is_empty() {
            return Err(self.expected("a field name without quotes"));
        }
        let Some(target) = Target::parse(name) else {
            return Err(FilterError { offset: name_start, message: format!("unknown field `{name}`") });
        };
        let kind = target.kind();
        if !kind.takes(op) {
            let message =
                format!("`{}` does not apply to `{name}`; expected {}", op.as_str(), kind.operators());
            return Err(FilterError { offset: start, message });
        }
        if op == Op::Exists {
            // Filters of examples name the key in a second place: `exists(metadata, "k")`.
            if matches!(target, Target::Field(Field::Metadata)) && self.peek() == Some(',') {
                self.at += 1;
                if !matches!(self.peek(), Some('"' | '\'')) {
                    return Err(self.expected("a key in quotes"));
                }
                let key = RecordCondition { part: Part::Key, op: Op::Eq, value: Value::Text(self.string()?) };
                let record = RecordFilter { kind: RecordKind::Metadata, conditions: vec![key] };
                return Ok(Piece::Filter(Filter::Record(record)));
            }
            return Ok(piece(target, op, Value::Null));
        }
        self.punctuation(',', "`,`")?;
        self.space();
        let value_start = self.at;
        let raw = self.raw()?;
        let value = kind.value(op, raw, value_start).map_err(|(offset, message)| FilterError {
            offset,
            message: format!("{message} for `{name}`"),
        })?;
        match (&target, op, value) {
            (Target::Field(Field::Metadata), Op::Has, Value::Text(json)) => entries(&json, value_start),
            (_, _, value) => Ok(piece(target, op, value)),
        }
    }

    fn raw(&mut self) -> Result<Raw> {
        match self.peek() {
            Some('"' | '\'') => self.string().map(Raw::Text),
            Some('[') => {
                self.at += 1;
                let mut elements = Vec::new();
                while elements.is_empty() && self.peek() != Some(']') || self.peek() == Some(',') {
                    if !elements.is_empty() {
                        self.at += 1;
                    }
                    self.space();
                    let start = self.at;
                    if self.rest().starts_with('[') {
                        return Err(self.expected("a text or a number"));
                    }
                    elements.push((start, self.raw()?));
                }
                self.punctuation(']', "`,` or `]`")?;
                Ok(Raw::List(elements))
            }
            _ => self.bare(),
        }
    }

    /// A number, `true`, `false` or `null`.
    fn bare(&mut self) -> Result<Raw> {
        let rest = self.rest();
        let is_part = |char| is_name_char(char) || char == '+';
        let word = &rest[..rest.find(|char| !is_part(char)).unwrap_or(rest.len())];
        let raw = match word {
            "true" => Raw::Bool(true),
            "false" => Raw::Bool(false),
            "null" => Raw::Null,
            _ => match Number::parse(word) {
                Some(number) => Raw::Number(number),
                None => return Err(self.expected("a text in quotes, a number, true, false or null")),
            },
        };
        self.at += word.len();
        Ok(raw)
    }

    fn string(&mut self) -> Result<String> {
        let quote = if self.rest().starts_with('\'') { '\'' } else { '"' };
        let Some((text, length)) = unescape(self.rest(), quote) else {
            let message = format!("expected a closing `{quote}` for the text that starts here");
            return Err(FilterError { offset: self.at, message });
        };
        self.at += length;
        Ok(text)
    }
}

fn piece(target: Target, op: Op, value: Value) -> Piece {
    match target {
        Target::Field(field) => Piece::Filter(Filter::Compare { field, op, value }),
        Target::Part(kind, part) => Piece::Condition(kind, RecordCondition { part, op, value }),
    }
}

/// `has(metadata, '{"k": "v"}')`: an entry for each member of the object.
fn entries(json: &str, offset: usize) -> Result<Piece> {
    let pairs = flatten_json(json).filter(|pairs| json.trim_start().starts_with('{') && !pairs.is_empty());
    let pairs = pairs.filter(|pairs| pairs.iter().all(|(key, _)| !key.is_empty()));
    let Some(pairs) = pairs else {
        let message = "expected a JSON object with at least one key for `metadata`".to_owned();
        return Err(FilterError { offset, message });
    };
    let records = pairs
        .into_iter()
        .map(|(key, value)| Filter::Record(RecordFilter::entry(RecordKind::Metadata, key, value)));
    Ok(Piece::Filter(all_of(records.collect())))
}

impl RecordFilter {
    /// An entry with this key and this value.
    pub fn entry(kind: RecordKind, key: String, value: String) -> Self {
        let is = |part, value| RecordCondition { part, op: Op::Eq, value: Value::Text(value) };
        Self { kind, conditions: vec![is(Part::Key, key), is(Part::Value, value)] }
    }
}
