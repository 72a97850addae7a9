//! Filters as conditions of SQL, as far as rows can decide them.

use model::{
    CostOrigin, RunStatus, RunType,
    filter::{Detail, Field, Filter, Op, Part, RecordCondition, RecordFilter, RecordKind, Value},
    words::{Query, Term, Whole},
};
use rusqlite::types::Value as Sql;
use uuid::Uuid;

use super::Scope;
use crate::{
    read::lists::{TraceTerm, list_of},
    row::{origin_to, run_type_to, status_to},
};

/// A piece of SQL with `?` for each of its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause {
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
}

impl Clause {
    pub(super) fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Sql>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }

    fn plain(sql: impl Into<String>) -> Self {
        Self::new(sql, [])
    }

    fn always(is_met: bool) -> Self {
        Self::plain(if is_met { "1" } else { "0" })
    }

    /// What is absent meets no comparison, and so the opposite of each.
    fn negated(self) -> Self {
        Self { sql: format!("NOT coalesce(({}), 0)", self.sql), values: self.values }
    }

    fn joined(clauses: Vec<Self>, word: &str, empty: bool) -> Self {
        if clauses.is_empty() {
            return Self::always(empty);
        }
        let sql: Vec<String> = clauses.iter().map(|clause| format!("({})", clause.sql)).collect();
        let values = clauses.into_iter().flat_map(|clause| clause.values).collect();
        Self { sql: sql.join(&format!(" {word} ")), values }
    }
}

/// The filter in SQL; `None` where only an opened run can decide it. `found` knows in which traces words stand beyond
/// what rows show.
pub(super) fn compile(filter: &Filter, scope: Scope, found: &[TraceTerm]) -> Option<Clause> {
    let all = |filters: &[Filter]| -> Option<Vec<Clause>> {
        filters.iter().map(|filter| compile(filter, scope, found)).collect()
    };
    match filter {
        Filter::And(filters) => Some(Clause::joined(all(filters)?, "AND", true)),
        Filter::Or(filters) => Some(Clause::joined(all(filters)?, "OR", false)),
        Filter::Not(inner) => Some(compile(inner, scope, found)?.negated()),
        Filter::Compare { field, op, value } => comparison(field, *op, value, scope),
        Filter::Record(record) if record.kind == RecordKind::Feedback => feedback(record, scope),
        Filter::Record(_) => None,
        Filter::Search(text) => words_of_trace(text, scope, found),
    }
}

/// Words in the texts of a trace, or in what its row shows. Of runs, rows hold too little of their text.
fn words_of_trace(text: &str, scope: Scope, found: &[TraceTerm]) -> Option<Clause> {
    if scope == Scope::Runs {
        return None;
    }
    let places = "trace.id IN (SELECT value FROM json_each(?)) \
         OR (SELECT text FROM word WHERE id = trace.name) LIKE ? ESCAPE '\\' \
         OR (SELECT text FROM word WHERE id = trace.model) LIKE ? ESCAPE '\\' \
         OR (SELECT text FROM word WHERE id = (SELECT key FROM thread WHERE thread.id = trace.thread)) LIKE ? ESCAPE '\\' \
         OR trace.input_preview LIKE ? ESCAPE '\\' OR trace.output_preview LIKE ? ESCAPE '\\' \
         OR lower(hex(trace.uuid)) LIKE replace(lower(?), '-', '') ESCAPE '\\'";
    let clauses = terms(text).map(|term| {
        let traces = found.iter().find(|known| known.term == term).map_or(&[][..], |known| &known.traces[..]);
        let literal = Sql::Text(crate::review::like_literal(term.text()));
        let values = std::iter::once(Sql::Text(list_of(traces))).chain(std::iter::repeat_n(literal, 6));
        Clause::new(places, values)
    });
    Some(Clause::joined(clauses.collect(), "AND", true))
}

fn terms(text: &str) -> impl Iterator<Item = Term> {
    Query::parse(text, Whole::Beginning).terms.into_iter()
}

fn comparison(field: &Field, op: Op, value: &Value, scope: Scope) -> Option<Clause> {
    let runs = scope == Scope::Runs;
    let pick = |of_run: &str, of_trace: &str| if runs { of_run.to_owned() } else { of_trace.to_owned() };
    match field {
        Field::Id => ordered(&pick("run.uuid", "trace.root"), op, value, id),
        Field::TraceId if runs => {
            let inner = ordered("trace.uuid", op, value, id)?;
            Some(Clause {
                sql: format!("run.trace IN (SELECT id FROM trace WHERE {})", inner.sql),
                values: inner.values,
            })
        }
        Field::TraceId => ordered("trace.uuid", op, value, id),
        Field::ParentRunId => ordered("run.parent", op, value, id),
        Field::IsRoot => match (op, value) {
            (Op::Exists, _) => Some(Clause::always(true)),
            (Op::Eq, Value::Bool(flag)) => Some(root(*flag)),
            (Op::Neq, Value::Bool(flag)) => Some(root(!flag)),
            _ => None,
        },
        Field::Name => word(&pick("run.name", "trace.name"), op, value),
        Field::ThreadId => word(&thread_key(scope), op, value),
        // A trace has what one of its runs has.
        Field::Model => of_any_run("model", op, value, scope),
        Field::Provider => of_any_run("provider", op, value, scope),
        Field::PromptVersion => of_any_run("prompt_version", op, value, scope),
        Field::User => of_any_run("user", op, value, scope),
        Field::CostOrigin => any_run(op, value, scope, |op, value| {
            let origin = |value: &Value| {
                let Value::Text(text) = value else { return None };
                let origin = CostOrigin::ALL.into_iter().find(|origin| origin.name() == text)?;
                Some(Sql::Integer(origin_to(origin)))
            };
            if matches!(op, Op::Eq | Op::Neq | Op::In | Op::Exists) {
                ordered("run.cost_origin", op, value, origin)
            } else {
                None
            }
        }),
        Field::Status => {
            let status = |value: &Value| {
                let Value::Text(text) = value else { return None };
                let status = RunStatus::ALL.into_iter().find(|status| status.as_str() == text)?;
                Some(Sql::Integer(status_to(status)))
            };
            ordered(&pick("run.status", "trace.status"), op, value, status)
        }
        Field::RunType => {
            let known = |value: &Value| {
                let Value::Text(text) = value else { return None };
                RunType::parse(text).map(|run_type| Sql::Integer(run_type_to(run_type)))
            };
            // A type that is not known stands as a chain in the row, its name only in the payload.
            ordered("run.run_type", op, value, known)
        }
        Field::Error if op == Op::Exists || *value == Value::Null => {
            let failed =
                [RunStatus::Error, RunStatus::Interrupted].map(|status| status_to(status).to_string());
            let column = pick("run.status", "trace.status");
            let is_in = if op == Op::Eq { "NOT IN" } else { "IN" };
            Some(Clause::plain(format!("{column} {is_in} ({})", failed.join(", "))))
        }
        Field::StartTime => ordered(&pick("run.start_ns", "trace.start_ns"), op, value, time),
        Field::EndTime => ordered(&pick("run.end_ns", "trace.end_ns"), op, value, time),
        Field::FirstTokenTime => ordered("run.first_token_ns", op, value, time),
        Field::Latency => ordered(latency(scope), op, value, duration),
        Field::FirstTokenLatency => ordered("(run.first_token_ns - run.start_ns)", op, value, duration),
        Field::PromptTokens => ordered(&tokens("input_tokens", scope), op, value, number),
        Field::CompletionTokens => ordered(&tokens("output_tokens", scope), op, value, number),
        Field::TotalTokens => ordered(&total_tokens(scope), op, value, number),
        Field::TotalCost => ordered(&cost(scope), op, value, pico),
        Field::Detail(Detail::PromptTokens, class) if class == "cache_read" => {
            ordered(&tokens("cache_read_tokens", scope), op, value, number)
        }
        Field::Detail(Detail::PromptTokens, class) if class == "cache_creation" => {
            ordered(&tokens("cache_creation_tokens", scope), op, value, number)
        }
        Field::Detail(Detail::CompletionTokens, class) if class == "reasoning" => {
            ordered(&tokens("reasoning_tokens", scope), op, value, number)
        }
        _ => None,
    }
}

fn root(is_root: bool) -> Clause {
    Clause::plain(if is_root { "run.parent IS NULL" } else { "run.parent IS NOT NULL" })
}

/// Word of the thread of a row.
pub(super) fn thread_key(scope: Scope) -> String {
    match scope {
        Scope::Runs => {
            "coalesce(run.thread, (SELECT thread.key FROM trace JOIN thread ON thread.id = trace.thread \
             WHERE trace.id = run.trace))"
                .to_owned()
        }
        Scope::Traces | Scope::Threads => {
            "(SELECT key FROM thread WHERE thread.id = trace.thread)".to_owned()
        }
    }
}

pub(super) fn latency(scope: Scope) -> &'static str {
    if scope == Scope::Runs { "(run.end_ns - run.start_ns)" } else { "trace.latency_ns" }
}

pub(super) fn tokens(column: &str, scope: Scope) -> String {
    match scope {
        Scope::Runs => format!("run.{column}"),
        Scope::Traces => format!("(CASE WHEN trace.usage_runs > 0 THEN trace.{column} END)"),
        Scope::Threads => format!("(CASE WHEN thread.usage_runs > 0 THEN thread.{column} END)"),
    }
}

/// As sent, else the sum of what is known.
pub(super) fn total_tokens(scope: Scope) -> String {
    if scope == Scope::Runs {
        return "coalesce(run.total_tokens, run.input_tokens + run.output_tokens, run.input_tokens, run.output_tokens)"
            .to_owned();
    }
    tokens("total_tokens", scope)
}

pub(super) fn cost(scope: Scope) -> String {
    match scope {
        Scope::Runs => "run.cost_pico".to_owned(),
        Scope::Traces => "(CASE WHEN trace.cost_runs > 0 THEN trace.cost_pico END)".to_owned(),
        Scope::Threads => "(CASE WHEN thread.cost_runs > 0 THEN thread.cost_pico END)".to_owned(),
    }
}

fn id(value: &Value) -> Option<Sql> {
    let Value::Text(text) = value else { return None };
    Uuid::try_parse(text).ok().map(|id| Sql::Blob(id.into_bytes().to_vec()))
}

fn time(value: &Value) -> Option<Sql> {
    let Value::Time(time) = value else { return None };
    Some(Sql::Integer(time.0))
}

fn duration(value: &Value) -> Option<Sql> {
    let Value::Duration(nanos) = value else { return None };
    Some(Sql::Integer(*nanos))
}

fn number(value: &Value) -> Option<Sql> {
    let Value::Number(number) = value else { return None };
    Some(Sql::Real(number.to_f64()))
}

/// US dollars as what costs are stored in.
fn pico(value: &Value) -> Option<Sql> {
    let Value::Number(number) = value else { return None };
    Some(Sql::Real((number.to_f64() * 1e12).round()))
}

fn boolean(value: &Value) -> Option<Sql> {
    let Value::Bool(flag) = value else { return None };
    Some(Sql::Integer(i64::from(*flag)))
}

fn text(value: &Value) -> Option<Sql> {
    let Value::Text(text) = value else { return None };
    Some(Sql::Text(text.clone()))
}

/// A comparison of an expression whose values `read` puts into the terms of its column.
fn ordered(expr: &str, op: Op, value: &Value, read: fn(&Value) -> Option<Sql>) -> Option<Clause> {
    let sign = match op {
        Op::Exists => return Some(Clause::plain(format!("{expr} IS NOT NULL"))),
        Op::Eq if *value == Value::Null => return Some(Clause::plain(format!("{expr} IS NULL"))),
        Op::Neq if *value == Value::Null => return Some(Clause::plain(format!("{expr} IS NOT NULL"))),
        Op::Neq => return Some(ordered(expr, Op::Eq, value, read)?.negated()),
        Op::In => {
            let Value::List(values) = value else { return None };
            let each = values.iter().map(|value| ordered(expr, Op::Eq, value, read));
            return Some(Clause::joined(each.collect::<Option<_>>()?, "OR", false));
        }
        Op::Eq => "=",
        Op::Gt => ">",
        Op::Gte => ">=",
        Op::Lt => "<",
        Op::Lte => "<=",
        Op::Has | Op::Like | Op::NotLike | Op::Search => return None,
    };
    Some(Clause::new(format!("{expr} {sign} ?"), [read(value)?]))
}

/// A comparison of a column that names a word.
fn word(column: &str, op: Op, value: &Value) -> Option<Clause> {
    match op {
        Op::Like | Op::NotLike | Op::Search => {
            let inner = of_text("text", if op == Op::NotLike { Op::Like } else { op }, value)?;
            let clause = Clause {
                sql: format!("{column} IN (SELECT id FROM word WHERE {})", inner.sql),
                values: inner.values,
            };
            Some(if op == Op::NotLike { clause.negated() } else { clause })
        }
        _ => {
            // An unknown word has no id, and nothing is equal to that.
            let mut clause = ordered(column, op, value, text)?;
            clause.sql = clause.sql.replace('?', "(SELECT id FROM word WHERE text = ?)");
            Some(clause)
        }
    }
}

/// A comparison of a text. SQLite folds the case of ASCII only, so that other patterns are left to an opened run.
fn of_text(column: &str, op: Op, value: &Value) -> Option<Clause> {
    let pattern = |text: &str| text.is_ascii().then(|| Sql::Text(text.to_owned()));
    match (op, value) {
        (Op::Like, Value::Text(text)) => {
            Some(Clause::new(format!("{column} LIKE ? ESCAPE '\\'"), [pattern(text)?]))
        }
        (Op::NotLike, Value::Text(_)) => Some(of_text(column, Op::Like, value)?.negated()),
        (Op::Search, Value::Text(text)) => {
            let each = terms(text).map(|term| {
                let literal = pattern(&crate::review::like_literal(term.text()))?;
                Some(Clause::new(format!("{column} LIKE ? ESCAPE '\\'"), [literal]))
            });
            Some(Clause::joined(each.collect::<Option<_>>()?, "AND", true))
        }
        _ => ordered(column, op, value, text),
    }
}

fn of_any_run(column: &str, op: Op, value: &Value, scope: Scope) -> Option<Clause> {
    any_run(op, value, scope, |op, value| word(&format!("run.{column}"), op, value))
}

/// A condition on a run, for a trace that on any of its runs.
fn any_run(
    op: Op,
    value: &Value,
    scope: Scope,
    of_run: impl Fn(Op, &Value) -> Option<Clause>,
) -> Option<Clause> {
    if scope == Scope::Runs {
        return of_run(op, value);
    }
    let has = |op, value: &Value| {
        let inner = of_run(op, value)?;
        Some(Clause {
            sql: format!("trace.id IN (SELECT run.trace FROM run WHERE {})", inner.sql),
            values: inner.values,
        })
    };
    match (op, value) {
        (Op::Eq, Value::Null) => Some(has(Op::Exists, &Value::Null)?.negated()),
        (Op::Neq, value) if *value != Value::Null => Some(has(Op::Eq, value)?.negated()),
        (Op::NotLike, value) => Some(has(Op::Like, value)?.negated()),
        (op, value) => has(op, value),
    }
}

/// What was said: of a run about the run, of a trace about it and all of its runs.
fn feedback(record: &RecordFilter, scope: Scope) -> Option<Clause> {
    let subject = if scope == Scope::Runs { ("run.uuid", "run") } else { ("trace.uuid", "trace") };
    let excludes =
        |one: &RecordCondition| one.op == Op::NotLike || (one.op == Op::Neq && one.value != Value::Null);
    let names_key = record.conditions.iter().any(|one| one.part == Part::Key && !excludes(one));
    let (none, one): (Vec<&RecordCondition>, Vec<_>) =
        record.conditions.iter().partition(|one| excludes(one) && (one.part == Part::Key || !names_key));
    let about = |conditions: Vec<Clause>| {
        let all = Clause::joined(conditions, "AND", true);
        let sql = format!(
            "{} IN (SELECT f.{} FROM feedback AS f WHERE f.retracted_ns IS NULL AND f.{} IS NOT NULL AND {})",
            subject.0, subject.1, subject.1, all.sql
        );
        Clause { sql, values: all.values }
    };
    let mut clauses = Vec::new();
    for excluded in none {
        let op = if excluded.op == Op::NotLike { Op::Like } else { Op::Eq };
        let opposite = said(excluded.part, op, &excluded.value)?;
        clauses.push(about(vec![opposite]).negated());
    }
    if !one.is_empty() {
        let met = one.into_iter().map(|one| said(one.part, one.op, &one.value));
        clauses.push(about(met.collect::<Option<_>>()?));
    }
    Some(Clause::joined(clauses, "AND", true))
}

fn said(part: Part, op: Op, value: &Value) -> Option<Clause> {
    match part {
        Part::Key => of_text("f.key", op, value),
        Part::Comment => of_text("f.comment", op, value),
        Part::Source => of_text("f.source_kind", op, value),
        Part::Score => ordered("f.score", op, value, number),
        Part::Error => ordered("f.error", op, value, boolean),
        Part::Value => match (op, value) {
            (Op::Eq | Op::Neq | Op::In | Op::Exists, Value::Text(_) | Value::Null | Value::List(_)) => {
                ordered(SAID_VALUE, op, value, text)
            }
            _ => None,
        },
    }
}

/// The value of a feedback as text: a text without its quotes, anything else as JSON.
pub(super) const SAID_VALUE: &str = "(CASE WHEN json_valid(f.json_value) AND json_type(f.json_value) = 'text' \
     THEN json_extract(f.json_value, '$') ELSE f.json_value END)";
