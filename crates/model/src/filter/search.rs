//! The reader of the search bar's syntax (`langsmith-otel-filter-export.md` §10.6).

use super::{
    Field, Filter, FilterError, MAX_DEPTH, Number, Op, Part, RecordCondition, RecordFilter, RecordKind,
    Value,
    field::{Kind, Raw},
    parse::{all_of, any_of, found, too_deep},
};

type Result<T> = std::result::Result<T, FilterError>;

pub(super) fn parse(text: &str) -> Result<Filter> {
    let mut parser = Parser { text, at: 0, is_enclosed: false };
    parser.space();
    if parser.at == text.len() {
        return Ok(Filter::And(Vec::new()));
    }
    let filter = parser.any(0)?;
    if parser.at < text.len() {
        return Err(parser.expected("`AND`, `OR` or the end"));
    }
    Ok(filter)
}

/// The conditions that all have to hold, each with its place; an `OR` outside of parentheses leaves one condition.
pub(super) fn clauses(text: &str) -> Result<Vec<(std::ops::Range<usize>, Filter)>> {
    let mut parser = Parser { text, at: 0, is_enclosed: false };
    let mut clauses: Vec<(std::ops::Range<usize>, Filter)> = Vec::new();
    loop {
        parser.space();
        if parser.at == text.len() {
            return Ok(clauses);
        }
        if !clauses.is_empty() && parser.keyword("AND") {
            parser.space();
        }
        if !clauses.is_empty() && parser.keyword("OR") {
            return Ok(vec![(0..text.len(), parse(text)?)]);
        }
        let start = parser.at;
        let filter = parser.one(0)?;
        clauses.push((start..parser.at, filter));
        if parser.rest().starts_with(')') {
            return Err(parser.expected("`AND`, `OR` or the end"));
        }
    }
}

/// Levels of parentheses that are read. Each may become three levels of the tree, which prints within [`MAX_DEPTH`].
const MAX_PARENTHESES: usize = MAX_DEPTH / 4;

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Within a range or a group, so that its closing bracket ends a word.
    is_enclosed: bool,
}

/// A word or a text in quotes.
struct Term {
    offset: usize,
    /// With the escapes resolved.
    text: String,
    is_quoted: bool,
    /// Places in `text` of stars that are wildcards.
    stars: Vec<usize>,
}

/// What stands left of the colon.
enum Place {
    Field(Field),
    /// Inputs, outputs or metadata as a whole.
    Whole(Field),
    /// Entries of this key; all entries without one.
    Entry(RecordKind, Option<String>),
    /// A part of the feedback of this key.
    Feedback(String, Part),
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

    fn eat(&mut self, prefix: &str) -> bool {
        let is_next = self.rest().starts_with(prefix);
        self.at += if is_next { prefix.len() } else { 0 };
        is_next
    }

    /// Takes a keyword, in any case, that stands alone.
    fn keyword(&mut self, keyword: &str) -> bool {
        let rest = self.rest();
        let is_next = rest.get(..keyword.len()).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
            && rest[keyword.len()..]
                .chars()
                .next()
                .is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')'));
        self.at += if is_next { keyword.len() } else { 0 };
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<Filter> {
        let mut members = vec![self.all(depth)?];
        loop {
            self.space();
            if !self.keyword("OR") {
                return Ok(any_of(members));
            }
            members.push(self.all(depth)?);
        }
    }

    fn all(&mut self, depth: usize) -> Result<Filter> {
        let mut members = Vec::new();
        loop {
            self.space();
            let start = self.at;
            let is_end = self.rest().is_empty() || self.rest().starts_with(')');
            if !members.is_empty() && (is_end || self.keyword("OR")) {
                self.at = start;
                return Ok(all_of(members));
            }
            if !members.is_empty() && self.keyword("AND") {
                self.space();
            }
            members.push(self.one(depth)?);
        }
    }

    fn one(&mut self, depth: usize) -> Result<Filter> {
        let mut negated = false;
        loop {
            if self.keyword("NOT") || self.eat("-") {
                negated = !negated;
                self.space();
                continue;
            }
            break;
        }
        let start = self.at;
        let filter = if self.eat("(") {
            if depth >= MAX_PARENTHESES {
                return Err(too_deep(start, MAX_PARENTHESES));
            }
            let inner = self.any(depth + 1)?;
            self.space();
            if !self.eat(")") {
                return Err(self.expected("`)`"));
            }
            inner
        } else {
            let is_keyword = ["AND", "OR"].into_iter().any(|keyword| self.keyword(keyword));
            self.at = start;
            if is_keyword {
                return Err(self.expected("a condition"));
            }
            self.clause()?
        };
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn clause(&mut self) -> Result<Filter> {
        let start = self.at;
        if self.rest().starts_with('"') {
            let term = self.term("a term")?;
            return Ok(Filter::Search(term.as_search()));
        }
        let segments = self.path()?;
        if self.eat(":") {
            return self.condition(&segments, start);
        }
        self.at = start;
        let term = self.term("a field name or a term")?;
        Ok(Filter::Search(term.as_search()))
    }

    /// The names left of a colon: separated by dots, each perhaps in quotes.
    fn path(&mut self) -> Result<Vec<String>> {
        let mut segments = vec![String::new()];
        loop {
            let rest = self.rest();
            let last = segments.last_mut();
            match (rest.chars().next(), last) {
                (Some('"'), Some(last)) if last.is_empty() && self.text[..self.at].ends_with('.') => {
                    let quoted = self.term("a key")?;
                    *last = quoted.text;
                }
                (Some('.'), _) => {
                    self.at += 1;
                    segments.push(String::new());
                }
                (Some('\\'), Some(last)) => {
                    let Some(escaped) = rest[1..].chars().next() else { return Ok(segments) };
                    last.push(escaped);
                    self.at += 1 + escaped.len_utf8();
                }
                (Some(char), Some(last)) if !self.ends_word(char) && !matches!(char, ':' | '"') => {
                    last.push(char);
                    self.at += char.len_utf8();
                }
                _ => return Ok(segments),
            }
        }
    }

    /// A text in quotes, or what reaches to the next space or parenthesis.
    fn term(&mut self, what: &str) -> Result<Term> {
        let offset = self.at;
        let is_quoted = self.eat("\"");
        let mut term = Term { offset, text: String::new(), is_quoted, stars: Vec::new() };
        loop {
            let mut chars = self.rest().chars();
            match chars.next() {
                Some('"') if is_quoted => {
                    self.at += 1;
                    return Ok(term);
                }
                None if is_quoted => {
                    let message = "expected a closing `\"` for the text that starts here".to_owned();
                    return Err(FilterError { offset, message });
                }
                Some('\\') => {
                    self.at += 1;
                    if let Some(escaped) = chars.next() {
                        term.text.push(escaped);
                        self.at += escaped.len_utf8();
                    }
                }
                Some(char) if is_quoted || !self.ends_word(char) => {
                    if char == '*' && !is_quoted {
                        term.stars.push(term.text.len());
                    }
                    term.text.push(char);
                    self.at += char.len_utf8();
                }
                _ if self.at == offset => return Err(self.expected(what)),
                _ => return Ok(term),
            }
        }
    }

    fn condition(&mut self, segments: &[String], start: usize) -> Result<Filter> {
        if segments == ["feedback"] && self.eat("{") {
            self.is_enclosed = true;
            let group = self.feedback_group();
            self.is_enclosed = false;
            return group;
        }
        let place = place(segments).map_err(|message| FilterError { offset: start, message })?;
        self.comparison(place)
    }

    /// `feedback:{key.score:>0.5 key.comment:~late}`: conditions on one key are about one feedback.
    fn feedback_group(&mut self) -> Result<Filter> {
        let mut members: Vec<RecordFilter> = Vec::new();
        loop {
            self.space();
            if !members.is_empty() {
                if self.eat("}") {
                    return Ok(all_of(members.into_iter().map(Filter::Record).collect()));
                }
                if self.keyword("AND") {
                    self.space();
                }
            }
            let start = self.at;
            let mut segments = self.path()?;
            if !self.eat(":") {
                return Err(self.expected(if members.is_empty() { "`key.score:…`" } else { "`}`" }));
            }
            segments.insert(0, "feedback".to_owned());
            let place = place(&segments).map_err(|message| FilterError { offset: start, message })?;
            for filter in self.comparisons(place)? {
                let Filter::Record(record) = filter else { continue };
                match members.iter_mut().find(|known| known.conditions.first() == record.conditions.first()) {
                    Some(known) => known.conditions.extend(record.conditions.into_iter().skip(1)),
                    None => members.push(record),
                }
            }
        }
    }

    fn comparison(&mut self, place: Place) -> Result<Filter> {
        let mut filters = self.comparisons(place)?;
        // A range over entries is about one entry.
        if let [Filter::Record(one), Filter::Record(other)] = filters.as_mut_slice()
            && one.conditions.first() == other.conditions.first()
        {
            one.conditions.extend(other.conditions.drain(1..));
            filters.truncate(1);
        }
        Ok(all_of(filters))
    }

    /// One comparison, or the two of a range.
    fn comparisons(&mut self, place: Place) -> Result<Vec<Filter>> {
        if self.rest().is_empty() || self.rest().starts_with(char::is_whitespace) {
            return Err(self.expected("a value right after the colon"));
        }
        if self.eat("~") {
            let term = self.term("a text right after `~`")?;
            let text = Value::Text(term.as_search());
            return Ok(vec![place.compare(Op::Search, text, term.offset)?]);
        }
        for (sign, op) in [(">=", Op::Gte), ("<=", Op::Lte), (">", Op::Gt), ("<", Op::Lt)] {
            if self.eat(sign) {
                let term = self.term(&format!("a value right after `{sign}`"))?;
                return Ok(vec![place.ordered(op, term)?]);
            }
        }
        if self.rest().starts_with(['[', '{']) {
            let from = if self.eat("[") { Op::Gte } else { Op::Gt };
            self.at += usize::from(from == Op::Gt);
            self.space();
            let least = self.range_end("the lower end of the range")?;
            self.space();
            if !self.keyword("TO") {
                return Err(self.expected("`TO`"));
            }
            self.space();
            let most = self.range_end("the upper end of the range")?;
            self.space();
            let to = if self.eat("]") {
                Op::Lte
            } else if self.eat("}") {
                Op::Lt
            } else {
                return Err(self.expected("`]` or `}`"));
            };
            return Ok(vec![place.ordered(from, least)?, place.ordered(to, most)?]);
        }
        let term = self.term("a value right after the colon")?;
        if !term.is_quoted && term.text == "*" && term.stars.len() == 1 {
            return Ok(vec![place.compare(Op::Exists, Value::Null, term.offset)?]);
        }
        if !term.stars.is_empty() {
            return Ok(vec![place.compare(Op::Like, Value::Text(term.as_pattern()), term.offset)?]);
        }
        let offset = term.offset;
        let place = place.part_of_feedback(&term.text).unwrap_or(place);
        let value = place.value(Op::Eq, term)?;
        Ok(vec![place.compare(Op::Eq, value, offset)?])
    }

    fn range_end(&mut self, what: &str) -> Result<Term> {
        let was_enclosed = std::mem::replace(&mut self.is_enclosed, true);
        let term = self.term(what);
        self.is_enclosed = was_enclosed;
        term
    }

    fn ends_word(&self, char: char) -> bool {
        char.is_whitespace() || matches!(char, '(' | ')') || (self.is_enclosed && matches!(char, ']' | '}'))
    }
}

impl Term {
    /// As the text of a search, where a phrase is in quotes.
    fn as_search(&self) -> String {
        let text = self.text.replace('"', " ");
        if self.is_quoted && text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text }
    }

    /// As the pattern of `like`.
    fn as_pattern(&self) -> String {
        let mut pattern = String::new();
        for (index, char) in self.text.char_indices() {
            match char {
                '*' if self.stars.contains(&index) => pattern.push('%'),
                '%' | '_' | '\\' => pattern.extend(['\\', char]),
                char => pattern.push(char),
            }
        }
        pattern
    }

    /// Only where nobody knows the type does it matter whether a number was written.
    fn into_raw(self, kind: Kind) -> Raw {
        match Number::parse(&self.text).filter(|_| kind == Kind::Scalar && !self.is_quoted) {
            Some(number) => Raw::Number(number),
            None => Raw::Text(self.text),
        }
    }
}

/// The place that names stand for, or what is wrong with them.
fn place(segments: &[String]) -> std::result::Result<Place, String> {
    let name = segments.join(".");
    if segments.iter().any(String::is_empty) {
        return Err("expected a field name before the colon".to_owned());
    }
    let (first, rest) = segments.split_first().ok_or("expected a field name")?;
    let entry = |kind| Ok(Place::Entry(kind, Some(rest.join("."))));
    match (first.as_str(), rest) {
        ("input" | "inputs", []) => Ok(Place::Whole(Field::Inputs)),
        ("output" | "outputs", []) => Ok(Place::Whole(Field::Outputs)),
        ("metadata", []) => Ok(Place::Whole(Field::Metadata)),
        ("error", []) => Ok(Place::Whole(Field::Error)),
        // What people say for the sums.
        ("cost", []) => Ok(Place::Field(Field::TotalCost)),
        ("tokens", []) => Ok(Place::Field(Field::TotalTokens)),
        ("feedback", []) => Ok(Place::Entry(RecordKind::Feedback, None)),
        ("input" | "inputs", _) => entry(RecordKind::Input),
        ("output" | "outputs", _) => entry(RecordKind::Output),
        ("metadata", _) => entry(RecordKind::Metadata),
        ("feedback", [_]) => entry(RecordKind::Feedback),
        ("feedback", [key @ .., part]) => match Part::parse(part) {
            Some(part) => Ok(Place::Feedback(key.join("."), part)),
            None => Err(format!(
                "unknown part `{part}` of feedback; expected key, score, value, comment, source or error"
            )),
        },
        _ => match Field::parse(&name) {
            Some(field) => Ok(Place::Field(field)),
            None => Err(format!("unknown field `{name}`; put a text that holds a colon in quotes")),
        },
    }
}

impl Place {
    fn kind(&self) -> Kind {
        match self {
            Self::Field(field) | Self::Whole(field) => field.kind(),
            Self::Entry(..) => Kind::Scalar,
            Self::Feedback(_, part) => part.kind(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Field(field) | Self::Whole(field) => field.name(),
            Self::Entry(kind, None) => kind.as_str().to_owned(),
            Self::Entry(kind, Some(key)) => format!("{}.{key}", kind.as_str()),
            Self::Feedback(key, part) => format!("feedback.{key}.{}", part.as_str()),
        }
    }

    fn value(&self, op: Op, term: Term) -> Result<Value> {
        let offset = term.offset;
        self.check(op, offset)?;
        self.kind().value(op, term.into_raw(self.kind()), offset).map_err(|(offset, message)| FilterError {
            offset,
            message: format!("{message} for `{}`", self.name()),
        })
    }

    /// What a comparison of the feedback of a key is about: the score where a number is given, else the value.
    fn part_of_feedback(&self, text: &str) -> Option<Self> {
        let Self::Entry(RecordKind::Feedback, Some(key)) = self else { return None };
        let part = if Number::parse(text).is_some() { Part::Score } else { Part::Value };
        Some(Self::Feedback(key.clone(), part))
    }

    /// One of the comparisons of size.
    fn ordered(&self, op: Op, term: Term) -> Result<Filter> {
        let offset = term.offset;
        if let Some(part) = self.part_of_feedback(&term.text) {
            return part.ordered(op, term);
        }
        // The bar lists this time among the durations: `first_token_time:>2` is two seconds after the start.
        if let Self::Field(Field::FirstTokenTime) = self
            && Number::parse(term.text.strip_suffix('s').unwrap_or(&term.text)).is_some()
        {
            return Self::Field(Field::FirstTokenLatency).ordered(op, term);
        }
        if matches!(self, Self::Entry(RecordKind::Metadata, Some(_))) && Number::parse(&term.text).is_none() {
            return Err(FilterError { offset, message: format!("expected a number for `{}`", self.name()) });
        }
        if matches!(self, Self::Entry(RecordKind::Input | RecordKind::Output, _)) {
            let message = format!("sizes cannot be compared in `{}`, only in metadata", self.name());
            return Err(FilterError { offset, message });
        }
        let term = Term { is_quoted: term.is_quoted && self.kind() != Kind::Scalar, ..term };
        let value = self.value(op, term)?;
        self.compare(op, value, offset)
    }

    /// Refuses what the bar does not offer for this place.
    fn check(&self, op: Op, offset: usize) -> Result<()> {
        let refused = |message: String| Err(FilterError { offset, message });
        match self {
            Self::Whole(field) if !matches!(op, Op::Search | Op::Exists) => {
                refused(format!("expected `~` or `*` after `{}:`", field.name()))
            }
            Self::Entry(RecordKind::Feedback, key) if op != Op::Exists => {
                let key = key.as_deref().unwrap_or("key");
                refused(format!("expected `*`, or a part of the feedback: `feedback.{key}.score:…`"))
            }
            place if !place.kind().takes(op) => {
                let what = match op {
                    Op::Search => "text search",
                    Op::Like => "a wildcard",
                    _ => "a comparison of size",
                };
                refused(format!("{what} does not apply to `{}`", place.name()))
            }
            _ => Ok(()),
        }
    }

    fn compare(&self, op: Op, value: Value, offset: usize) -> Result<Filter> {
        self.check(op, offset)?;
        Ok(match self {
            Self::Field(field) | Self::Whole(field) => Filter::Compare { field: field.clone(), op, value },
            // An entry exists when its key does, whatever it says.
            Self::Entry(kind, key) if op == Op::Exists => {
                let value = key.clone().map_or(Value::Null, Value::Text);
                let op = if key.is_some() { Op::Eq } else { Op::Exists };
                let conditions = vec![RecordCondition { part: Part::Key, op, value }];
                Filter::Record(RecordFilter { kind: *kind, conditions })
            }
            Self::Entry(kind, key) => {
                record(*kind, key.as_deref().unwrap_or_default(), Part::Value, op, value)
            }
            Self::Feedback(key, part) => record(RecordKind::Feedback, key, *part, op, value),
        })
    }
}

fn record(kind: RecordKind, key: &str, part: Part, op: Op, value: Value) -> Filter {
    let key = RecordCondition { part: Part::Key, op: Op::Eq, value: Value::Text(key.to_owned()) };
    Filter::Record(RecordFilter { kind, conditions: vec![key, RecordCondition { part, op, value }] })
}
