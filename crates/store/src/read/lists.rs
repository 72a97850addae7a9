//! What lists show: traces, threads, projects, sources, rejects. No query returns more than its window.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
};

use model::{
    Cost, RunStatus, RunType, TraceId, UnixNanos, Usage,
    words::{Query, Term, Whole},
};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};

use crate::{
    RejectRow, Severity, SourceId, SourceKind,
    error::{Error, Result},
    row::{ROLL_UP_COLUMNS, RollUp, qualified, run_type_from, status_from, status_to},
};

/// A window of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows of the window.
    pub rows: Vec<T>,
    /// Rows in all.
    pub total: u64,
    /// Blocks of payloads in which there was no time to look for words: they are not in the full-text index yet.
    pub unread: u64,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Traces.
    pub traces: u64,
    /// Threads.
    pub threads: u64,
    /// Runs.
    pub runs: u64,
    /// Records that could not be read.
    pub rejected: u64,
}

/// Which traces to list; every given field must match.
#[derive(Debug, Clone, Default)]
pub struct TraceFilter {
    /// Project by name.
    pub project: Option<String>,
    /// Source that delivered the trace first.
    pub source: Option<SourceId>,
    /// Thread key.
    pub thread: Option<String>,
    /// Status of the trace.
    pub status: Option<RunStatus>,
    /// Words that must occur in name, id, thread, model or previews.
    pub text: Option<String>,
    /// The same, with the traces that have each word in their texts; goes before `text`.
    pub terms: Vec<TraceTerm>,
}

/// What is searched for, and which traces have it.
#[derive(Clone)]
pub struct TraceTerm {
    /// A word or a phrase.
    pub term: Term,
    /// Keys of the traces that have it in their texts.
    pub traces: Arc<[i64]>,
}

/// Without the traces, which may be very many.
impl fmt::Debug for TraceTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traces = self.traces.len();
        f.debug_struct("TraceTerm").field("term", &self.term).field("traces", &traces).finish()
    }
}

/// Column that orders a trace list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each names its column")]
pub enum SortTraces {
    #[default]
    Start,
    Name,
    Latency,
    Runs,
    Errors,
    Tokens,
    Cost,
}

/// A window of the trace table.
#[derive(Debug, Clone, Default)]
pub struct TraceQuery {
    /// What to list.
    pub filter: TraceFilter,
    /// Order; ties by start and id.
    pub sort: SortTraces,
    /// Smallest first.
    pub ascending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to return.
    pub limit: u32,
}

/// A trace as its table shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct TraceRow {
    pub trace_id: TraceId,
    pub name: Option<String>,
    pub run_type: RunType,
    pub status: RunStatus,
    pub project: String,
    pub thread: Option<String>,
    pub source: SourceId,
    pub start: Option<UnixNanos>,
    pub latency_nanos: Option<i64>,
    pub first_token_nanos: Option<i64>,
    pub runs: u64,
    pub errors: u64,
    pub pending: u64,
    pub usage: Usage,
    pub cost: Option<Cost>,
    pub unpriced_runs: u64,
    pub model: Option<String>,
    pub input_preview: Option<String>,
    pub output_preview: Option<String>,
    pub error: Option<String>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct ThreadRow {
    pub thread: String,
    pub project: String,
    pub turns: u64,
    pub failed_turns: u64,
    pub runs: u64,
    pub first_start: Option<UnixNanos>,
    pub last_activity: Option<UnixNanos>,
    pub usage: Usage,
    pub cost: Option<Cost>,
    pub unpriced_runs: u64,
    pub first_input: Option<String>,
    pub last_output: Option<String>,
    pub latency_p50: Option<i64>,
    pub latency_p99: Option<i64>,
    pub feedback: u64,
}

/// A project with its roll-up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct ProjectRow {
    pub name: String,
    pub traces: u64,
    pub failed_traces: u64,
    pub runs: u64,
    pub usage: Usage,
    pub cost: Option<Cost>,
    pub last_activity: Option<UnixNanos>,
}

/// A source with what came out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the wire type and documented there")]
pub struct SourceRow {
    pub id: SourceId,
    pub kind: SourceKind,
    pub label: String,
    pub path: Option<String>,
    pub watching: bool,
    pub bytes: Option<u64>,
    pub read_offset: u64,
    pub runs: u64,
    pub rejected: u64,
    pub warnings: u64,
    pub added: UnixNanos,
}

/// A window of a report.
#[derive(Debug, Clone)]
pub struct RejectPage {
    /// Source, its label, and the line.
    pub rows: Vec<(SourceId, String, RejectRow)>,
    /// Records in all that could not be read, those included that are only counted.
    pub rejected: u64,
    /// Warnings in all, those included that are only counted.
    pub warnings: u64,
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(crate) fn counts(connection: &Connection) -> Result<Counts> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT coalesce(sum(traces), 0) FROM project), (SELECT count(*) FROM thread WHERE traces > 0), \
         (SELECT coalesce(sum(runs), 0) FROM project), (SELECT coalesce(sum(rejected), 0) FROM source)",
    )?;
    Ok(statement.query_row([], |row| {
        Ok(Counts {
            traces: unsigned(row.get(0)?),
            threads: unsigned(row.get(1)?),
            runs: unsigned(row.get(2)?),
            rejected: unsigned(row.get(3)?),
        })
    })?)
}

pub(crate) fn projects(connection: &Connection) -> Result<Vec<ProjectRow>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT name, traces, failed_traces, \
         (SELECT max(start_ns) FROM trace WHERE trace.project = project.id AND echo_of IS NULL), {} FROM project WHERE traces > 0 ORDER BY name",
        ROLL_UP_COLUMNS.join(", ")
    ))?;
    let rows = statement.query_map([], |row| {
        let sums = RollUp::from_row(row, 4)?;
        Ok(ProjectRow {
            name: row.get(0)?,
            traces: unsigned(row.get(1)?),
            failed_traces: unsigned(row.get(2)?),
            runs: unsigned(sums.runs),
            usage: sums.usage(),
            cost: sums.cost(),
            last_activity: row.get::<_, Option<i64>>(3)?.map(UnixNanos),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

const SOURCE_COLUMNS: &str =
    "id, kind, label, path, watching, bytes, read_offset, runs, rejected, warnings, added_ns";

fn source_from_row(row: &Row<'_>) -> rusqlite::Result<SourceRow> {
    Ok(SourceRow {
        id: SourceId(row.get(0)?),
        kind: SourceKind::from_stored(row.get(1)?),
        label: row.get(2)?,
        path: row.get(3)?,
        watching: row.get(4)?,
        bytes: row.get::<_, Option<i64>>(5)?.map(unsigned),
        read_offset: unsigned(row.get(6)?),
        runs: unsigned(row.get(7)?),
        rejected: unsigned(row.get(8)?),
        warnings: unsigned(row.get(9)?),
        added: UnixNanos(row.get(10)?),
    })
}

pub(crate) fn sources(connection: &Connection) -> Result<Vec<SourceRow>> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {SOURCE_COLUMNS} FROM source ORDER BY id"))?;
    Ok(statement.query_map([], source_from_row)?.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn source(connection: &Connection, id: SourceId) -> Result<SourceRow> {
    connection
        .prepare_cached(&format!("SELECT {SOURCE_COLUMNS} FROM source WHERE id = ?1"))?
        .query_row([id.0], source_from_row)
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "source", id: id.0.to_string() })
}

/// The joins that a trace row needs; the root's own columns come from its run.
const TRACE_FROM: &str = "FROM trace \
     JOIN project ON project.id = trace.project \
     LEFT JOIN thread ON thread.id = trace.thread \
     LEFT JOIN word AS thread_key ON thread_key.id = thread.key \
     LEFT JOIN word AS name ON name.id = trace.name \
     LEFT JOIN word AS model ON model.id = trace.model";

/// In the order of [`trace_from_row`].
fn trace_columns() -> String {
    format!(
        "trace.uuid, name.text, trace.status, project.name, thread_key.text, trace.source, trace.start_ns, \
         trace.latency_ns, model.text, trace.input_preview, trace.output_preview, trace.id, trace.root, {}",
        qualified("trace", ROLL_UP_COLUMNS)
    )
}

/// Type, start, first token and error of a root.
type RootColumns = (i64, Option<i64>, Option<i64>, Option<String>);

fn trace_from_row(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<TraceRow> {
    let sums = RollUp::from_row(row, 13)?;
    let root: Option<RootColumns> = connection
        .prepare_cached(
            "SELECT run_type, start_ns, first_token_ns, error FROM run WHERE trace = ?1 AND uuid = ?2",
        )?
        .query_row(params![row.get::<_, i64>(11)?, row.get::<_, Vec<u8>>(12)?], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let (run_type, start, first_token, error) = root.unwrap_or((2, None, None, None));
    Ok(TraceRow {
        trace_id: TraceId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        run_type: run_type_from(run_type),
        status: status_from(row.get(2)?),
        project: row.get(3)?,
        thread: row.get(4)?,
        source: SourceId(row.get(5)?),
        start: row.get::<_, Option<i64>>(6)?.map(UnixNanos),
        latency_nanos: row.get(7)?,
        first_token_nanos: start
            .zip(first_token)
            .map(|(start, token)| UnixNanos(token).since(UnixNanos(start))),
        runs: unsigned(sums.runs),
        errors: unsigned(sums.errors),
        pending: unsigned(sums.pending),
        usage: sums.usage(),
        cost: sums.cost(),
        unpriced_runs: unsigned(sums.unpriced_runs),
        model: row.get(8)?,
        input_preview: row.get(9)?,
        output_preview: row.get(10)?,
        error,
    })
}

pub(crate) fn trace(connection: &Connection, id: TraceId) -> Result<TraceRow> {
    let columns = trace_columns();
    connection
        .prepare_cached(&format!("SELECT {columns} {TRACE_FROM} WHERE trace.uuid = ?1"))?
        .query_row([id.as_bytes()], |row| trace_from_row(connection, row))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "trace", id: id.to_string() })
}

pub(crate) fn traces(connection: &Connection, query: &TraceQuery) -> Result<Page<TraceRow>> {
    let mut condition = "WHERE trace.echo_of IS NULL".to_owned();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let filter = &query.filter;
    let mut joined = false;
    let bind =
        |values: &mut Vec<Box<dyn ToSql>>, condition: &mut String, clause: &str, value: Box<dyn ToSql>| {
            values.push(value);
            let _ = write!(condition, " AND {}", clause.replace('?', &format!("?{}", values.len())));
        };
    if let Some(project) = &filter.project {
        bind(
            &mut values,
            &mut condition,
            "trace.project = (SELECT id FROM project WHERE name = ?)",
            Box::new(project.clone()),
        );
    }
    if let Some(source) = filter.source {
        bind(&mut values, &mut condition, "trace.source = ?", Box::new(source.0));
    }
    if let Some(thread) = &filter.thread {
        let clause =
            "trace.thread IN (SELECT id FROM thread WHERE key = (SELECT id FROM word WHERE text = ?))";
        bind(&mut values, &mut condition, clause, Box::new(thread.clone()));
    }
    if let Some(status) = filter.status {
        bind(&mut values, &mut condition, "trace.status = ?", Box::new(status_to(status)));
    }
    let words: Vec<TraceTerm> = if filter.terms.is_empty() {
        let terms = filter.text.iter().flat_map(|text| Query::parse(text, Whole::Beginning).terms);
        terms.map(|term| TraceTerm { term, traces: Arc::default() }).collect()
    } else {
        filter.terms.clone()
    };
    for TraceTerm { term, traces } in &words {
        joined = true;
        let escaped = term.text().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let clause = "(name.text LIKE ? ESCAPE '\\' OR model.text LIKE ? ESCAPE '\\' OR thread_key.text LIKE ? ESCAPE '\\' \
             OR trace.input_preview LIKE ? ESCAPE '\\' OR trace.output_preview LIKE ? ESCAPE '\\' \
             OR lower(hex(trace.uuid)) LIKE replace(lower(?), '-', '') ESCAPE '\\'";
        bind(&mut values, &mut condition, clause, Box::new(format!("%{escaped}%")));
        values.push(Box::new(list_of(traces)));
        let _ = write!(condition, " OR trace.id IN (SELECT value FROM json_each(?{})))", values.len());
    }
    let total = {
        let from = if joined { TRACE_FROM } else { "FROM trace" };
        let mut statement = connection.prepare_cached(&format!("SELECT count(*) {from} {condition}"))?;
        unsigned(statement.query_row(params_from_iter(values.iter()), |row| row.get(0))?)
    };
    let column = match query.sort {
        SortTraces::Start => "trace.start_ns",
        SortTraces::Name => "name.text COLLATE NOCASE",
        SortTraces::Latency => "trace.latency_ns",
        SortTraces::Runs => "trace.runs",
        SortTraces::Errors => "trace.errors",
        SortTraces::Tokens => "trace.total_tokens",
        SortTraces::Cost => "trace.cost_pico",
    };
    let direction = if query.ascending { "ASC" } else { "DESC" };
    let order = if query.sort == SortTraces::Start {
        format!("{column} {direction}, trace.uuid {direction}")
    } else {
        format!("{column} {direction}, trace.start_ns DESC, trace.uuid DESC")
    };
    let columns = trace_columns();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {columns} {TRACE_FROM} {condition} ORDER BY {order} LIMIT {} OFFSET {}",
        query.limit, query.offset
    ))?;
    let rows = statement
        .query_map(params_from_iter(values.iter()), |row| trace_from_row(connection, row))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Page { rows, total, unread: 0 })
}

/// A list of numbers as one value, to be read by `json_each`: SQLite binds only so many values.
pub(super) fn list_of(numbers: &[i64]) -> String {
    let mut list = String::with_capacity(numbers.len() * 8 + 2);
    for number in numbers {
        let _ = write!(list, "{}{number}", if list.is_empty() { '[' } else { ',' });
    }
    if list.is_empty() { "[]".to_owned() } else { list + "]" }
}

/// In the order of [`thread_from_row`].
fn thread_columns() -> String {
    format!(
        "word.text, project.name, thread.traces, thread.failed_traces, \
         (SELECT min(start_ns) FROM trace WHERE trace.thread = thread.id), \
         (SELECT max(coalesce(end_ns, start_ns)) FROM trace WHERE trace.thread = thread.id) AS last_activity, \
         (SELECT input_preview FROM trace WHERE trace.thread = thread.id ORDER BY start_ns, uuid LIMIT 1), \
         (SELECT output_preview FROM trace WHERE trace.thread = thread.id ORDER BY start_ns DESC, uuid DESC LIMIT 1), \
         thread.id, \
         (SELECT count(*) FROM trace CROSS JOIN feedback ON feedback.trace = trace.uuid \
            WHERE trace.thread = thread.id AND retracted_ns IS NULL), {}",
        qualified("thread", ROLL_UP_COLUMNS)
    )
}

fn thread_from_row(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<ThreadRow> {
    let sums = RollUp::from_row(row, 10)?;
    let [latency_p50, latency_p99] = turn_latencies(connection, row.get(8)?)?;
    Ok(ThreadRow {
        latency_p50,
        latency_p99,
        feedback: unsigned(row.get(9)?),
        thread: row.get(0)?,
        project: row.get(1)?,
        turns: unsigned(row.get(2)?),
        failed_turns: unsigned(row.get(3)?),
        runs: unsigned(sums.runs),
        first_start: row.get::<_, Option<i64>>(4)?.map(UnixNanos),
        last_activity: row.get::<_, Option<i64>>(5)?.map(UnixNanos),
        usage: sums.usage(),
        cost: sums.cost(),
        unpriced_runs: unsigned(sums.unpriced_runs),
        first_input: row.get(6)?,
        last_output: row.get(7)?,
    })
}

const THREAD_FROM: &str =
    "FROM thread JOIN project ON project.id = thread.project JOIN word ON word.id = thread.key";

/// One thread.
pub(crate) fn thread_of(connection: &Connection, project: &str, key: &str) -> Result<ThreadRow> {
    connection
        .prepare_cached(&format!(
            "SELECT {} {THREAD_FROM} WHERE project.name = ?1 AND word.text = ?2 AND thread.traces > 0",
            thread_columns()
        ))?
        .query_row([project, key], |row| thread_from_row(connection, row))
        .optional()?
        .ok_or_else(|| Error::NotFound { what: "thread", id: key.to_owned() })
}

pub(crate) fn threads(
    connection: &Connection,
    project: Option<&str>,
    offset: u32,
    limit: u32,
) -> Result<Page<ThreadRow>> {
    let condition = "thread.traces > 0 AND (?1 IS NULL OR project.name = ?1)";
    let total = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM thread JOIN project ON project.id = thread.project WHERE {condition}"
        ))?
        .query_row([project], |row| row.get::<_, i64>(0))?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {} {THREAD_FROM} WHERE {condition} ORDER BY last_activity DESC, thread.id DESC LIMIT ?2 OFFSET ?3",
        thread_columns()
    ))?;
    let rows = statement
        .query_map(params![project, limit, offset], |row| thread_from_row(connection, row))?
        .collect::<rusqlite::Result<_>>()?;
    let mut page: Page<ThreadRow> = Page { rows, total: unsigned(total), unread: 0 };
    add_thread_feedback(connection, &mut page.rows)?;
    Ok(page)
}

/// Adds what was said about the threads themselves, in one walk through the feedback.
fn add_thread_feedback(connection: &Connection, rows: &mut [ThreadRow]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let places = vec!["?"; rows.len()].join(", ");
    let mut statement = connection.prepare(&format!(
        "SELECT thread, count(*) FROM feedback WHERE retracted_ns IS NULL AND thread IN ({places}) GROUP BY thread"
    ))?;
    let counted = statement
        .query_map(params_from_iter(rows.iter().map(|row| &row.thread)), |row| {
            Ok((row.get::<_, String>(0)?, unsigned(row.get(1)?)))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for (thread, count) in counted {
        for row in rows.iter_mut().filter(|row| row.thread == thread) {
            row.feedback += count;
        }
    }
    Ok(())
}

/// Nanoseconds that half of the turns of a thread, and 99 of 100, took at most (nearest rank).
fn turn_latencies(connection: &Connection, thread: i64) -> rusqlite::Result<[Option<i64>; 2]> {
    let counted: i64 = connection
        .prepare_cached("SELECT count(latency_ns) FROM trace WHERE thread = ?1")?
        .query_row([thread], |row| row.get(0))?;
    if counted == 0 {
        return Ok([None; 2]);
    }
    let mut ranked = connection.prepare_cached(
        "SELECT latency_ns FROM trace WHERE thread = ?1 AND latency_ns IS NOT NULL ORDER BY latency_ns LIMIT 1 OFFSET ?2",
    )?;
    let mut at = |per_mille: i64| {
        ranked.query_row([thread, ((counted - 1) * per_mille + 500) / 1000], |row| row.get(0)).map(Some)
    };
    Ok([at(500)?, at(990)?])
}

/// Ids as a JSON array, for `json_each`.
fn json_ids(sources: &[SourceId]) -> String {
    let ids: Vec<String> = sources.iter().map(|source| source.0.to_string()).collect();
    format!("[{}]", ids.join(","))
}

pub(crate) fn rejects(
    connection: &Connection,
    sources: &[SourceId],
    severity: Severity,
    offset: u32,
    limit: u32,
) -> Result<RejectPage> {
    let ids = (!sources.is_empty()).then(|| json_ids(sources));
    let (rejected, warnings) = connection
        .prepare_cached(
            "SELECT coalesce(sum(rejected), 0), coalesce(sum(warnings), 0) FROM source \
             WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1))",
        )?
        .query_row([&ids], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = connection.prepare_cached(
        "SELECT reject.source, source.label, line, byte_offset, reject.path, code, message, excerpt, severity FROM reject \
         JOIN source ON source.id = reject.source WHERE (?1 IS NULL OR reject.source IN (SELECT value FROM json_each(?1))) \
         AND severity = ?4 ORDER BY reject.source DESC, number LIMIT ?2 OFFSET ?3",
    )?;
    let rows = statement
        .query_map(params![ids, limit, offset, severity.to_stored()], |row| {
            let reject = RejectRow {
                severity: Severity::from_stored(row.get(8)?),
                line: row.get::<_, Option<i64>>(2)?.map(unsigned),
                offset: row.get::<_, Option<i64>>(3)?.map(unsigned),
                path: row.get(4)?,
                code: row.get(5)?,
                message: row.get(6)?,
                excerpt: row.get(7)?,
            };
            Ok((SourceId(row.get(0)?), row.get(1)?, reject))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(RejectPage { rows, rejected: unsigned(rejected), warnings: unsigned(warnings) })
}
