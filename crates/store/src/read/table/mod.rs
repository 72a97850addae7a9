//! Tables of runs, traces and threads: windows, counts, sums and facets of what a filter lets through.
//!
//! Rows are named by [`RowKey`]s, which are found here in the order asked for; what they show is read for the few in
//! sight. Every query is bounded: windows by their limit, counts and facets by a cap that the answer admits to.

mod condition;
mod facets;
mod feedback;

use model::{RunId, TraceId, UnixNanos, filter::Filter};
use rusqlite::{Connection, types::Value as Sql};

pub use facets::{Facet, FacetValue};
pub use feedback::KeySaid;

use self::condition::{Clause, compile, cost, latency, thread_key, tokens, total_tokens};
use super::find::TextCandidates;
use super::lists::{ThreadRow, TraceRow, TraceTerm, list_of, thread_of, trace};
use super::runs::{RunRow, run_row};
use crate::{SourceId, error::Result};

/// Latencies that percentiles are taken of; sums and counts are of all rows.
const MOST_LATENCIES: u32 = 100_000;

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// Runs of all traces.
    Runs,
    /// Traces; a condition on a run is about the root.
    #[default]
    Traces,
    /// Threads with a trace that fits.
    Threads,
}

/// What decides the order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "each names its column")]
pub enum TableSort {
    /// Of threads: the last activity.
    #[default]
    Start,
    Name,
    RunType,
    Status,
    Latency,
    FirstToken,
    InputTokens,
    OutputTokens,
    Tokens,
    CacheRead,
    Cost,
    Model,
    Provider,
    PromptVersion,
    Thread,
    Project,
    Runs,
    Errors,
    Turns,
    /// Mean score of this key.
    Feedback(String),
}

/// Names a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// A run.
    Run(TraceId, RunId),
    /// A trace, and its root.
    Trace(TraceId, RunId),
    /// A thread: project and key.
    Thread(String, String),
}

/// Which rows, in which order.
#[derive(Debug, Clone, Default)]
pub struct TableQuery {
    /// What the rows are.
    pub scope: Scope,
    /// Project by name.
    pub project: Option<String>,
    /// Source that delivered them first.
    pub source: Option<SourceId>,
    /// Thread key.
    pub thread: Option<String>,
    /// Started at or after.
    pub start_min: Option<UnixNanos>,
    /// Started at or before.
    pub start_max: Option<UnixNanos>,
    /// Conditions that rows can decide; see [`decided_by_rows`].
    pub filters: Vec<Filter>,
    /// In which traces the words of these conditions stand; without it only rows are asked.
    pub terms: Vec<TraceTerm>,
    /// Each of these holds for the run, of a trace for its root.
    pub texts: Vec<TextCandidates>,
    /// Only traces that belong to a thread.
    pub in_threads: bool,
    /// Only traces that belong to none.
    pub unthreaded: bool,
    /// Only these traces, or what is in them.
    pub traces: Option<Vec<TraceId>>,
    /// Only these.
    pub picked: Option<Vec<RowKey>>,
    /// What decides the order.
    pub sort: TableSort,
    /// Smallest first; what has no value comes last either way.
    pub ascending: bool,
}

/// Sums over rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableSums {
    /// Rows.
    pub rows: u64,
    /// Tokens, where any is known.
    pub tokens: Option<i64>,
    /// Cost in 10^-12 US dollars, where any is known.
    pub cost_pico: Option<i64>,
    /// Median latency in nanoseconds.
    pub latency_p50: Option<i64>,
    /// 95th percentile.
    pub latency_p95: Option<i64>,
    /// Whether the percentiles are of the newest rows only.
    pub sampled: bool,
}

/// What a row shows.
#[derive(Debug, Clone)]
pub enum TableRow {
    /// A run, with the project of its trace.
    Run(TraceId, Box<RunRow>, String),
    /// A trace, and its root.
    Trace(Box<TraceRow>, RunId),
    /// A thread.
    Thread(Box<ThreadRow>),
}

/// Whether rows decide the filter; otherwise runs have to be opened for it.
pub fn decided_by_rows(filter: &Filter, scope: Scope) -> bool {
    compile(filter, scope, &[]).is_some()
}

/// `FROM` and `WHERE` of a query.
pub(super) struct Base {
    from: &'static str,
    clauses: Vec<Clause>,
}

impl Base {
    fn add(&mut self, sql: impl Into<String>, values: impl IntoIterator<Item = Sql>) {
        self.clauses.push(Clause::new(sql, values));
    }

    fn condition(&self) -> String {
        let all: Vec<&str> = self.clauses.iter().map(|clause| clause.sql.as_str()).collect();
        if all.is_empty() { "1".to_owned() } else { format!("({})", all.join(") AND (")) }
    }

    fn values(&self) -> impl Iterator<Item = Sql> + '_ {
        self.clauses.iter().flat_map(|clause| clause.values.iter().cloned())
    }
}

const FROM_TRACES: &str = "trace LEFT JOIN run ON run.trace = trace.id AND run.uuid = trace.root";
const FROM_THREADS: &str = "thread";

/// Names a thread in one text; the separator is no character of a name.
const THREAD_NAME: &str = "((SELECT name FROM project WHERE id = thread.project) || char(31) || \
     (SELECT text FROM word WHERE id = thread.key))";

fn base(query: &TableQuery) -> Base {
    let mut base = match query.scope {
        Scope::Runs => runs_base(query),
        Scope::Traces => traces_base(query),
        Scope::Threads => threads_base(query),
    };
    if let Some(picked) = &query.picked {
        let ids = picked.iter().map(|key| match key {
            RowKey::Run(_, run) => Sql::Blob(run.as_bytes().to_vec()),
            RowKey::Trace(trace, _) => Sql::Blob(trace.as_bytes().to_vec()),
            RowKey::Thread(project, key) => Sql::Text(format!("{project}\u{1f}{key}")),
        });
        let column = match query.scope {
            Scope::Runs => "run.uuid",
            Scope::Traces => "trace.uuid",
            Scope::Threads => THREAD_NAME,
        };
        let marks = vec!["?"; picked.len()].join(", ");
        base.add(format!("{column} IN ({marks})"), ids);
    }
    base
}

fn conditions(base: &mut Base, query: &TableQuery, scope: Scope) {
    let row = if scope == Scope::Runs { "run" } else { "trace" };
    if let Some(source) = query.source {
        base.add(format!("{row}.source = ?"), [Sql::Integer(source.0)]);
    }
    if let Some(traces) = &query.traces {
        let listed = format!("uuid IN ({})", vec!["?"; traces.len()].join(", "));
        let sql = match scope {
            Scope::Runs => format!("run.trace IN (SELECT id FROM trace WHERE {listed})"),
            Scope::Traces | Scope::Threads => format!("trace.{listed}"),
        };
        base.add(sql, traces.iter().map(|trace| Sql::Blob(trace.as_bytes().to_vec())));
    }
    if let Some(thread) = &query.thread {
        let key = thread_key(scope);
        base.add(format!("{key} = (SELECT id FROM word WHERE text = ?)"), [Sql::Text(thread.clone())]);
    }
    if let Some(min) = query.start_min {
        base.add(format!("{row}.start_ns >= ?"), [Sql::Integer(min.0)]);
    }
    if let Some(max) = query.start_max {
        base.add(format!("{row}.start_ns <= ?"), [Sql::Integer(max.0)]);
    }
    for filter in &query.filters {
        // What rows cannot decide is not given here; if it were, it would let nothing through.
        let clause = compile(filter, scope, &query.terms).unwrap_or_else(|| Clause::new("0", []));
        base.clauses.push(clause);
    }
    for TextCandidates { traces, names } in &query.texts {
        let trace = if scope == Scope::Runs { "run.trace" } else { "trace.id" };
        let listed = "IN (SELECT value FROM json_each(?))";
        if names.is_empty() {
            base.add(format!("{trace} {listed}"), [Sql::Text(list_of(traces))]);
        } else {
            let values = [traces, names].map(|keys| Sql::Text(list_of(keys)));
            base.add(format!("{trace} {listed} OR run.name {listed}"), values);
        }
    }
}

fn runs_base(query: &TableQuery) -> Base {
    let mut base = Base { from: "run", clauses: Vec::new() };
    match &query.project {
        Some(project) => base.add(
            "run.trace IN (SELECT id FROM trace WHERE project = (SELECT id FROM project WHERE name = ?) \
             AND echo_of IS NULL)",
            [Sql::Text(project.clone())],
        ),
        None => base.add("run.trace NOT IN (SELECT id FROM trace WHERE echo_of IS NOT NULL)", []),
    }
    conditions(&mut base, query, Scope::Runs);
    base
}

fn traces_base(query: &TableQuery) -> Base {
    let mut base = Base { from: FROM_TRACES, clauses: Vec::new() };
    base.add("trace.echo_of IS NULL", []);
    if query.in_threads {
        base.add("trace.thread IS NOT NULL", []);
    }
    if query.unthreaded {
        base.add("trace.thread IS NULL", []);
    }
    if let Some(project) = &query.project {
        let sql = "trace.project = (SELECT id FROM project WHERE name = ?)";
        base.add(sql, [Sql::Text(project.clone())]);
    }
    conditions(&mut base, query, Scope::Traces);
    base
}

fn threads_base(query: &TableQuery) -> Base {
    let mut base = Base { from: FROM_THREADS, clauses: Vec::new() };
    base.add("thread.traces > 0", []);
    if let Some(project) = &query.project {
        let sql = "thread.project = (SELECT id FROM project WHERE name = ?)";
        base.add(sql, [Sql::Text(project.clone())]);
    }
    let restricts = !query.filters.is_empty()
        || !query.texts.is_empty()
        || query.source.is_some()
        || query.thread.is_some()
        || query.traces.is_some()
        || query.start_min.is_some()
        || query.start_max.is_some();
    if restricts {
        let traces = traces_base(&TableQuery { in_threads: true, ..query.clone() });
        let sql =
            format!("thread.id IN (SELECT trace.thread FROM {} WHERE {})", traces.from, traces.condition());
        let values: Vec<Sql> = traces.values().collect();
        base.add(sql, values);
    }
    base
}

const LAST_ACTIVITY: &str =
    "(SELECT max(coalesce(end_ns, start_ns)) FROM trace WHERE trace.thread = thread.id)";

fn text_of(word: &str) -> String {
    format!("(SELECT text FROM word WHERE id = {word}) COLLATE NOCASE")
}

/// The expression of a column; `None` for one that this scope does not have.
fn order_of(scope: Scope, sort: &TableSort) -> Option<String> {
    use TableSort as By;
    let row = if scope == Scope::Runs { "run" } else { "trace" };
    let sql = match (scope, sort) {
        (Scope::Threads, By::Name | By::Thread) => text_of("thread.key"),
        (Scope::Threads, By::Project) => {
            "(SELECT name FROM project WHERE id = thread.project) COLLATE NOCASE".to_owned()
        }
        (Scope::Threads, By::Turns) => "thread.traces".to_owned(),
        (Scope::Threads, By::Errors) => "thread.failed_traces".to_owned(),
        (Scope::Threads, By::Runs) => "thread.runs".to_owned(),
        (_, By::InputTokens) => tokens("input_tokens", scope),
        (_, By::OutputTokens) => tokens("output_tokens", scope),
        (_, By::CacheRead) => tokens("cache_read_tokens", scope),
        (_, By::Tokens) => total_tokens(scope),
        (_, By::Cost) => cost(scope),
        (Scope::Threads, _) => return None,
        (_, By::Name) => text_of(&format!("{row}.name")),
        (_, By::Status) => format!("{row}.status"),
        (_, By::RunType) => "run.run_type".to_owned(),
        (_, By::Latency) => latency(scope).to_owned(),
        (_, By::FirstToken) => "(run.first_token_ns - run.start_ns)".to_owned(),
        (_, By::Model) => text_of(&format!("{row}.model")),
        (_, By::Provider) => text_of("run.provider"),
        (_, By::PromptVersion) => text_of("run.prompt_version"),
        (_, By::Thread) => text_of(&thread_key(scope)),
        (Scope::Runs, By::Project) => {
            "(SELECT project.name FROM trace JOIN project ON project.id = trace.project \
             WHERE trace.id = run.trace) COLLATE NOCASE"
                .to_owned()
        }
        (Scope::Traces, By::Project) => {
            "(SELECT name FROM project WHERE id = trace.project) COLLATE NOCASE".to_owned()
        }
        (Scope::Traces, By::Runs) => "trace.runs".to_owned(),
        (Scope::Traces, By::Errors) => "trace.errors".to_owned(),
        _ => return None,
    };
    Some(sql)
}

/// The means of a key by what rows are joined on, of few rows as a rule.
fn means_of(scope: Scope) -> (&'static str, &'static str) {
    match scope {
        Scope::Runs => (
            "(SELECT run AS subject, avg(score) AS mean FROM feedback WHERE key = ? AND retracted_ns IS NULL \
             AND run IS NOT NULL AND score IS NOT NULL GROUP BY run)",
            "run.uuid",
        ),
        Scope::Traces => (
            "(SELECT trace AS subject, avg(score) AS mean FROM feedback WHERE key = ? AND retracted_ns IS NULL \
             AND trace IS NOT NULL AND score IS NOT NULL GROUP BY trace)",
            "trace.uuid",
        ),
        Scope::Threads => (
            "(SELECT coalesce(trace.thread, of_key.id) AS subject, avg(score) AS mean FROM feedback AS f \
             LEFT JOIN trace ON trace.uuid = f.trace \
             LEFT JOIN thread AS of_key ON f.trace IS NULL AND of_key.key = (SELECT id FROM word WHERE text = f.thread) \
             WHERE f.key = ? AND f.retracted_ns IS NULL AND score IS NOT NULL GROUP BY 1)",
            "thread.id",
        ),
    }
}

fn key_columns(scope: Scope) -> &'static str {
    match scope {
        Scope::Runs => "(SELECT uuid FROM trace WHERE trace.id = run.trace), run.uuid",
        Scope::Traces => "trace.uuid, trace.root",
        Scope::Threads => {
            "(SELECT name FROM project WHERE id = thread.project), (SELECT text FROM word WHERE id = thread.key)"
        }
    }
}

fn key_from(scope: Scope, row: &rusqlite::Row<'_>) -> rusqlite::Result<RowKey> {
    Ok(match scope {
        Scope::Runs => RowKey::Run(TraceId::from_bytes(row.get(0)?), RunId::from_bytes(row.get(1)?)),
        Scope::Traces => RowKey::Trace(TraceId::from_bytes(row.get(0)?), RunId::from_bytes(row.get(1)?)),
        Scope::Threads => RowKey::Thread(row.get(0)?, row.get(1)?),
    })
}

/// Ties: the same for every column, so that windows fit together.
fn ties(scope: Scope, direction: &str) -> String {
    match scope {
        Scope::Runs => format!("run.start_ns {direction}, run.trace {direction}, run.uuid {direction}"),
        Scope::Traces => format!("trace.start_ns {direction}, trace.uuid {direction}"),
        Scope::Threads => format!("{LAST_ACTIVITY} {direction}, thread.id {direction}"),
    }
}

/// A window of the rows.
pub(crate) fn keys(
    connection: &Connection,
    query: &TableQuery,
    offset: u32,
    limit: u32,
) -> Result<Vec<RowKey>> {
    let base = base(query);
    let scope = query.scope;
    let direction = if query.ascending { "ASC" } else { "DESC" };
    let columns = key_columns(scope);
    let condition = base.condition();
    let run = |sql: &str, values: Vec<Sql>| -> Result<Vec<RowKey>> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| key_from(scope, row))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let from = base.from;
    // Rows with a value first, then those without one by their time: two queries, so that an order by feedback looks
    // at what was judged and not at everything.
    let (with, before, with_values, without, order) = if let TableSort::Feedback(key) = &query.sort {
        let (means, column) = means_of(scope);
        let joined = match scope {
            Scope::Traces => format!(
                "{means} AS said JOIN trace ON trace.uuid = said.subject \
                 LEFT JOIN run ON run.trace = trace.id AND run.uuid = trace.root"
            ),
            _ => format!("{means} AS said JOIN {from} ON {column} = said.subject"),
        };
        let without = format!("{column} NOT IN (SELECT subject FROM {means} WHERE subject IS NOT NULL)");
        (joined, "1".to_owned(), vec![Sql::Text(key.clone())], without, "said.mean".to_owned())
    } else if let Some(expr) = order_of(scope, &query.sort) {
        (from.to_owned(), format!("{expr} IS NOT NULL"), Vec::new(), format!("{expr} IS NULL"), expr)
    } else {
        let order = ties(scope, direction);
        let sql = format!(
            "SELECT {columns} FROM {from} WHERE {condition} ORDER BY {order} LIMIT {limit} OFFSET {offset}"
        );
        return run(&sql, base.values().collect());
    };
    let values: Vec<Sql> = with_values.iter().cloned().chain(base.values()).collect();
    let sql = format!(
        "SELECT {columns} FROM {with} WHERE {condition} AND {before} ORDER BY {order} {direction}, {} \
         LIMIT {limit} OFFSET {offset}",
        ties(scope, direction)
    );
    let mut found = run(&sql, values.clone())?;
    let missing = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
    if missing > 0 {
        let counted: i64 = connection
            .prepare_cached(&format!("SELECT count(*) FROM {with} WHERE {condition} AND {before}"))?
            .query_row(rusqlite::params_from_iter(values), |row| row.get(0))?;
        let offset = i64::from(offset).saturating_sub(counted).max(0);
        let sql = format!(
            "SELECT {columns} FROM {from} WHERE {condition} AND {without} ORDER BY {} LIMIT {missing} OFFSET {offset}",
            ties(scope, "DESC")
        );
        found.extend(run(&sql, base.values().chain(with_values).collect())?);
    }
    Ok(found)
}

/// Rows in all, counted up to `cap`.
pub(crate) fn count(connection: &Connection, query: &TableQuery, cap: u64) -> Result<u64> {
    let free = query.filters.is_empty()
        && query.texts.is_empty()
        && query.source.is_none()
        && query.thread.is_none()
        && query.picked.is_none()
        && query.traces.is_none()
        && !query.unthreaded
        && query.start_min.is_none()
        && query.start_max.is_none();
    // Projects know how much they hold.
    if free && query.scope != Scope::Threads && !query.in_threads {
        let column = if query.scope == Scope::Runs { "runs" } else { "traces" };
        let counted: i64 = connection
            .prepare_cached(&format!(
                "SELECT coalesce(sum({column}), 0) FROM project WHERE ?1 IS NULL OR name = ?1"
            ))?
            .query_row([&query.project], |row| row.get(0))?;
        return Ok(u64::try_from(counted).unwrap_or(0));
    }
    let base = base(query);
    let sql =
        format!("SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT {cap})", base.from, base.condition());
    let counted: i64 = connection
        .prepare_cached(&sql)?
        .query_row(rusqlite::params_from_iter(base.values()), |row| row.get(0))?;
    Ok(u64::try_from(counted).unwrap_or(0))
}

/// Sums over all rows.
pub(crate) fn sums(connection: &Connection, query: &TableQuery) -> Result<TableSums> {
    let base = base(query);
    let (from, condition, scope) = (base.from, base.condition(), query.scope);
    let sql = format!(
        "SELECT count(*), sum({}), sum({}) FROM {from} WHERE {condition}",
        total_tokens(scope),
        cost(scope)
    );
    let mut sums =
        connection.prepare_cached(&sql)?.query_row(rusqlite::params_from_iter(base.values()), |row| {
            Ok(TableSums {
                rows: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                tokens: row.get(1)?,
                cost_pico: row.get(2)?,
                ..TableSums::default()
            })
        })?;
    if scope == Scope::Threads {
        return Ok(sums);
    }
    let expr = latency(scope);
    let row = if scope == Scope::Runs { "run" } else { "trace" };
    let sql = format!(
        "SELECT {expr} FROM {from} WHERE {condition} ORDER BY {row}.start_ns DESC LIMIT {MOST_LATENCIES}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut latencies: Vec<i64> = statement
        .query_map(rusqlite::params_from_iter(base.values()), |row| row.get::<_, Option<i64>>(0))?
        .filter_map(rusqlite::Result::transpose)
        .collect::<rusqlite::Result<_>>()?;
    latencies.sort_unstable();
    let at = |per_mille: usize| {
        let last = latencies.len().checked_sub(1)?;
        latencies.get((last * per_mille + 500) / 1000).copied()
    };
    sums.latency_p50 = at(500);
    sums.latency_p95 = at(950);
    sums.sampled = sums.rows > u64::from(MOST_LATENCIES);
    Ok(sums)
}

/// What rows show; those that went since they were found are left out.
pub(crate) fn rows(connection: &Connection, keys: &[RowKey]) -> Result<Vec<TableRow>> {
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let row = match key {
            RowKey::Run(trace_id, run_id) => run_row(connection, *trace_id, *run_id).and_then(|row| {
                let project = connection
                    .prepare_cached("SELECT project.name FROM trace JOIN project ON project.id = trace.project WHERE trace.uuid = ?1")?
                    .query_row([trace_id.as_bytes()], |row| row.get(0))?;
                Ok(TableRow::Run(*trace_id, Box::new(row), project))
            }),
            RowKey::Trace(trace_id, root) => {
                trace(connection, *trace_id).map(|row| TableRow::Trace(Box::new(row), *root))
            }
            RowKey::Thread(project, key) => {
                thread_of(connection, project, key).map(|row| TableRow::Thread(Box::new(row)))
            }
        };
        match row {
            Ok(row) => rows.push(row),
            Err(crate::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

impl crate::Store {
    /// A window of a table.
    pub fn table_keys(&self, query: &TableQuery, offset: u32, limit: u32) -> Result<Vec<RowKey>> {
        self.readers.with(|connection| keys(connection, query, offset, limit))
    }

    /// Rows of a table, counted up to `cap`.
    pub fn table_count(&self, query: &TableQuery, cap: u64) -> Result<u64> {
        self.readers.with(|connection| count(connection, query, cap))
    }

    /// Sums over a table.
    pub fn table_sums(&self, query: &TableQuery) -> Result<TableSums> {
        self.readers.with(|connection| sums(connection, query))
    }

    /// What rows show, and what was said about them, in the order of the keys.
    pub fn table_rows(&self, keys: &[RowKey]) -> Result<Vec<(TableRow, Vec<KeySaid>)>> {
        self.readers.with(|connection| {
            let rows = rows(connection, keys)?;
            let mut said = feedback::said(connection, &rows)?;
            Ok(rows
                .into_iter()
                .enumerate()
                .map(|(index, row)| (row, said.remove(&index).unwrap_or_default()))
                .collect())
        })
    }

    /// How often the values of each column occur among the newest `cap` rows.
    pub fn table_facets(&self, query: &TableQuery, values: usize, cap: u32) -> Result<Vec<Facet>> {
        self.readers.with(|connection| facets::facets(connection, query, values, cap))
    }
}
