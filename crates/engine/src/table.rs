//! Tables of runs, traces and threads under the search bar: windows, sums, facets, and why nothing is left.
//!
//! Conditions that rows hold are the library's to decide. Where one needs opened runs, candidates are opened in the
//! order of the table, as many as the caller allows, and what was found is kept until something changes.

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
    ops::Range,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use model::{
    RunId, TraceId, UnixNanos,
    filter::{self, Field, Filter, FilterError},
    words::{Query, Term, Whole},
};
use store::{
    Facet, FacetValue, KeySaid, RowKey, Scope, TableQuery, TableRow, TableSort, TableSums, decided_by_rows,
};

use crate::{Engine, Error, ExportFormat, ExportSummary, error::Result};

/// Rows that are looked at together.
const AT_ONCE: u32 = 500;
/// Rows that are found by opening runs, at most; also those that one action may be about.
pub const MOST_FOUND: usize = 10_000;
/// Rows that are counted exactly without being asked to.
pub const COUNTED: u64 = 100_000;
/// Rows that facets of stored columns look at.
const FACET_ROWS: u32 = 100_000;
/// Runs that facets of tags and metadata open.
const FACET_RUNS: u32 = 300;
/// Keys of metadata that become facets.
const MOST_METADATA: usize = 24;
/// Longer values are no values to choose among.
const LONGEST_VALUE: usize = 120;
/// Searches whose finds are kept.
const KEPT: usize = 4;
/// Characters of an additional column.
const CELL_CHARS: usize = 200;
/// Rows that are counted to tell what a condition keeps away.
const EXPLAINED: u64 = 1000;
/// Runs that are opened for the same.
const EXPLAIN_REACH: u32 = 2000;

/// Which rows of which table.
#[derive(Debug, Clone, Default)]
pub struct TableRequest {
    /// What the rows are.
    pub scope: Scope,
    /// In the syntax of the search bar.
    pub text: String,
    /// Project by name.
    pub project: Option<String>,
    /// Source that delivered them first.
    pub source: Option<store::SourceId>,
    /// Thread key.
    pub thread: Option<String>,
    /// Started at or after.
    pub start_min: Option<UnixNanos>,
    /// Started at or before.
    pub start_max: Option<UnixNanos>,
    /// Only these traces, or what is in them.
    pub traces: Option<Vec<TraceId>>,
    /// Only traces without a thread key.
    pub unthreaded: bool,
    /// Only these.
    pub picked: Option<Vec<RowKey>>,
    /// What decides the order.
    pub sort: TableSort,
    /// Smallest first.
    pub ascending: bool,
    /// Runs that may be opened to decide.
    pub reach: u32,
}

/// A row with what was said about it and its additional columns.
#[derive(Debug, Clone)]
pub struct TableLine {
    /// The row.
    pub row: TableRow,
    /// Feedback by key.
    pub said: Vec<KeySaid>,
    /// Values of the columns asked for, in their order.
    pub cells: Vec<Option<String>>,
}

/// A window of a table.
#[derive(Debug, Clone, Default)]
pub struct TableWindow {
    /// The rows.
    pub rows: Vec<TableLine>,
    /// Rows in all, as far as they were counted.
    pub total: u64,
    /// Whether there may be more than `total`.
    pub more: bool,
    /// Rows that were looked at, where runs had to be opened and not all were.
    pub looked: Option<u64>,
    /// Conditions that rows of this kind cannot meet or miss, by their place in the text.
    pub not_applied: Vec<Range<usize>>,
    /// Blocks of payloads in which there was no time to look for words: they are not in the full-text index yet.
    pub unread: u64,
}

/// A condition and what would be there without it.
#[derive(Debug, Clone)]
pub struct Hindrance {
    /// Its place in the text.
    pub place: Range<usize>,
    /// Rows without it, counted up to a thousand.
    pub without: u64,
    /// Whether it took the last rows away, the conditions taken in their order.
    pub last: bool,
}

/// What was found by opening runs.
#[derive(Debug)]
struct Found {
    keys: Vec<RowKey>,
    looked: u64,
    complete: bool,
}

/// Finds that are kept: the search, the changes of the library that it has seen, what was found.
#[derive(Default)]
pub(crate) struct KeptFinds(std::sync::Mutex<Vec<(String, u64, Arc<Found>)>>);

/// A request whose text was read.
struct Plan {
    query: TableQuery,
    found: Option<Arc<Found>>,
    not_applied: Vec<Range<usize>>,
    /// See [`TableWindow::unread`].
    unread: u64,
}

fn unreadable(error: &FilterError) -> Error {
    Error::InvalidInput(error.to_string())
}

/// What a column shows of an opened run; `None` for a name that is none.
fn cell(column: &str, run: &ingest::RunDetail) -> Option<String> {
    let of = |text: Option<&str>, key: &str| {
        let pairs = filter::flatten_json(text?)?;
        pairs.into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
    };
    let text = match column.split_once('.') {
        None if column == "tags" => (!run.tags.is_empty()).then(|| run.tags.join(", ")),
        None if column == "input" => run.fields.input_preview.clone().or_else(|| run.inputs.clone()),
        None if column == "output" => run.fields.output_preview.clone().or_else(|| run.outputs.clone()),
        Some(("metadata", key)) => of(Some(&run.metadata), key),
        Some(("inputs", key)) => of(run.inputs.as_deref(), key),
        Some(("outputs", key)) => of(run.outputs.as_deref(), key),
        _ => None,
    };
    text.map(|text| text.chars().take(CELL_CHARS).collect())
}

impl Engine {
    fn plan(&self, request: &TableRequest) -> Result<Plan> {
        let clauses = Filter::search_clauses(&request.text).map_err(|error| unreadable(&error))?;
        let mut not_applied = Vec::new();
        let mut filters = Vec::new();
        let mut opened = Vec::new();
        for (place, filter) in clauses {
            let of_runs = [Field::IsRoot, Field::ParentRunId];
            if request.scope != Scope::Runs && of_runs.iter().any(|field| filter.mentions(field)) {
                not_applied.push(place);
            } else if decided_by_rows(&filter, request.scope) {
                filters.push(filter);
            } else {
                opened.push(filter);
            }
        }
        // Of runs, the texts are read where they are opened.
        let (terms, unread) = if request.scope == Scope::Runs {
            (Vec::new(), 0)
        } else {
            let searched = filters.iter().flat_map(Filter::searches);
            let terms: Vec<Term> =
                searched.flat_map(|text| Query::parse(text, Whole::Beginning).terms).collect();
            self.traces_with(terms)?
        };
        let mut query = TableQuery {
            scope: request.scope,
            project: request.project.clone(),
            source: request.source,
            thread: request.thread.clone(),
            start_min: request.start_min,
            start_max: request.start_max,
            filters,
            terms,
            texts: Vec::new(),
            in_threads: false,
            unthreaded: request.unthreaded,
            traces: request.traces.clone(),
            picked: request.picked.clone(),
            sort: request.sort.clone(),
            ascending: request.ascending,
        };
        // Rows that were picked were found before.
        if opened.is_empty() || request.picked.is_some() {
            return Ok(Plan { query, found: None, not_applied, unread });
        }
        let found = self.find(&query, &opened, request.reach)?;
        query.picked = Some(found.keys.clone());
        Ok(Plan { query, found: Some(found), not_applied, unread })
    }

    fn find(&self, query: &TableQuery, filters: &[Filter], reach: u32) -> Result<Arc<Found>> {
        let name = format!("{query:?} {filters:?} {reach}");
        let changes = self.hub.changes.load(Ordering::Relaxed);
        {
            let kept = self.finds.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, _, found)) = kept.iter().find(|(known, at, _)| *known == name && *at == changes) {
                return Ok(Arc::clone(found));
            }
        }
        let found = Arc::new(self.look(query, filters, reach)?);
        let mut kept = self.finds.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, at, _)| *known != name && *at == changes);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((name, changes, Arc::clone(&found)));
        Ok(found)
    }

    /// Opens candidates in the order of the table, and only those that may have the words that are needed. A thread fits
    /// when one of its turns does.
    fn look(&self, query: &TableQuery, filters: &[Filter], reach: u32) -> Result<Found> {
        let threads = query.scope == Scope::Threads;
        let mut candidates = if threads {
            TableQuery {
                scope: Scope::Traces,
                in_threads: true,
                sort: TableSort::Start,
                ascending: false,
                ..query.clone()
            }
        } else {
            query.clone()
        };
        for filter in filters {
            candidates.texts.extend(self.text_candidates(filter)?);
        }
        let mut keys = Vec::new();
        let mut seen = HashSet::new();
        let mut looked: u32 = 0;
        loop {
            let window = self.store.table_keys(&candidates, looked, AT_ONCE)?;
            let runs: Vec<RowKey> = window.iter().filter_map(run_of).collect();
            let rows = self.store.table_rows(&runs)?;
            let fits: HashSet<(TraceId, RunId)> = rows
                .iter()
                .filter_map(|(row, _)| match row {
                    TableRow::Run(trace_id, run, _) => {
                        let fits = filters.iter().all(|filter| self.matches(filter, *trace_id, run));
                        fits.then_some((*trace_id, run.run_id))
                    }
                    _ => None,
                })
                .collect();
            let fitting = window.iter().filter(|key| match key {
                RowKey::Run(trace, run) | RowKey::Trace(trace, run) => fits.contains(&(*trace, *run)),
                RowKey::Thread(..) => false,
            });
            let fitting: Vec<RowKey> = fitting.cloned().collect();
            if threads {
                for (row, _) in self.store.table_rows(&fitting)? {
                    if let TableRow::Trace(trace, _) = row
                        && let Some(thread) = trace.thread
                    {
                        let key = RowKey::Thread(trace.project, thread);
                        if seen.insert(key.clone()) {
                            keys.push(key);
                        }
                    }
                }
            } else {
                keys.extend(fitting);
            }
            let read = u32::try_from(window.len()).unwrap_or(u32::MAX);
            looked = looked.saturating_add(read);
            let complete = read < AT_ONCE;
            if complete || looked >= reach || keys.len() >= MOST_FOUND {
                keys.truncate(MOST_FOUND);
                return Ok(Found { keys, looked: u64::from(looked), complete });
            }
        }
    }

    /// A window of a table. `columns` are those that need an opened run: `tags`, `metadata.KEY`, `inputs.PATH`,
    /// `outputs.PATH`, `input`, `output`.
    pub fn table(
        &self,
        request: &TableRequest,
        offset: u32,
        limit: u32,
        columns: &[String],
        exact: bool,
    ) -> Result<TableWindow> {
        let plan = self.plan(request)?;
        let mut window =
            TableWindow { not_applied: plan.not_applied, unread: plan.unread, ..TableWindow::default() };
        let keys = match &plan.found {
            Some(found) if request.scope != Scope::Threads => {
                window.total = u64::try_from(found.keys.len()).unwrap_or(u64::MAX);
                found.keys.iter().skip(offset as usize).take(limit as usize).cloned().collect()
            }
            _ => {
                let cap = if exact { u64::from(u32::MAX) } else { COUNTED + 1 };
                let counted = self.store.table_count(&plan.query, cap)?;
                window.more = !exact && counted == cap;
                window.total = if window.more { COUNTED } else { counted };
                self.store.table_keys(&plan.query, offset, limit)?
            }
        };
        if let Some(found) = plan.found.filter(|found| !found.complete) {
            window.more = true;
            window.looked = Some(found.looked);
        }
        window.rows = self.table_lines(&keys, columns)?;
        Ok(window)
    }

    fn table_lines(&self, keys: &[RowKey], columns: &[String]) -> Result<Vec<TableLine>> {
        let rows = self.store.table_rows(keys)?;
        let lines = rows.into_iter().map(|(row, said)| {
            let run = match &row {
                TableRow::Run(trace_id, run, _) => Some((*trace_id, run.run_id)),
                TableRow::Trace(trace, root) => Some((trace.trace_id, *root)),
                TableRow::Thread(_) => None,
            };
            let opened = run
                .filter(|_| !columns.is_empty())
                .and_then(|(trace_id, run_id)| self.open_run(trace_id, run_id).ok());
            let cells = columns.iter().map(|column| cell(column, &opened.as_ref()?.detail)).collect();
            TableLine { row, said, cells }
        });
        Ok(lines.collect())
    }

    /// Names of the rows that match, in their order, at most [`MOST_FOUND`]; and whether these are all.
    pub fn table_keys(&self, request: &TableRequest) -> Result<(Vec<RowKey>, bool)> {
        let plan = self.plan(request)?;
        if let Some(found) = plan.found {
            return Ok((found.keys.clone(), found.complete && plan.unread == 0));
        }
        let most = u32::try_from(MOST_FOUND).unwrap_or(u32::MAX);
        let mut keys = self.store.table_keys(&plan.query, 0, most + 1)?;
        let all = keys.len() <= MOST_FOUND && plan.unread == 0;
        keys.truncate(MOST_FOUND);
        Ok((keys, all))
    }

    /// Names of the first rows that match.
    pub(crate) fn first_keys(&self, request: &TableRequest, most: u32) -> Result<Vec<RowKey>> {
        let plan = self.plan(request)?;
        match plan.found {
            Some(found) => Ok(found.keys.iter().take(most as usize).cloned().collect()),
            None => Ok(self.store.table_keys(&plan.query, 0, most)?),
        }
    }

    /// Sums over the rows that match.
    pub fn table_sums(&self, request: &TableRequest) -> Result<TableSums> {
        Ok(self.store.table_sums(&self.plan(request)?.query)?)
    }

    /// How often values occur among the rows that match, the most frequent first.
    pub fn table_facets(&self, request: &TableRequest, values: usize) -> Result<Vec<Facet>> {
        let plan = self.plan(request)?;
        let mut facets = self.store.table_facets(&plan.query, values, FACET_ROWS)?;
        facets.extend(self.payload_facets(&plan.query, values)?);
        Ok(facets)
    }

    /// Tags and metadata of the newest runs that match.
    fn payload_facets(&self, query: &TableQuery, values: usize) -> Result<Vec<Facet>> {
        let newest = TableQuery { sort: TableSort::Start, ascending: false, ..query.clone() };
        let newest = if query.scope == Scope::Threads {
            TableQuery { scope: Scope::Traces, in_threads: true, picked: None, ..newest }
        } else {
            newest
        };
        let keys = self.store.table_keys(&newest, 0, FACET_RUNS)?;
        let mut tags: BTreeMap<String, u64> = BTreeMap::new();
        let mut metadata: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for key in keys.iter().filter_map(run_of) {
            let RowKey::Run(trace_id, run_id) = key else { continue };
            let Ok(opened) = self.open_run(trace_id, run_id) else { continue };
            for tag in opened.detail.tags.iter().collect::<HashSet<_>>() {
                *tags.entry(tag.clone()).or_default() += 1;
            }
            for (key, value) in filter::flatten_json(&opened.detail.metadata).unwrap_or_default() {
                if value.len() <= LONGEST_VALUE && key.len() <= LONGEST_VALUE {
                    *metadata.entry(key).or_default().entry(value).or_default() += 1;
                }
            }
        }
        let among = (keys.len() == FACET_RUNS as usize).then_some(u64::from(FACET_RUNS));
        let facet = |field: String, counts: BTreeMap<String, u64>| {
            let mut sorted: Vec<FacetValue> =
                counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
            sorted.sort_by_key(|value| std::cmp::Reverse(value.count));
            sorted.truncate(values);
            Facet { field, values: sorted, among }
        };
        // What is different everywhere, such as an id, is nothing to choose by.
        let mut keys: Vec<(String, BTreeMap<String, u64>)> = metadata
            .into_iter()
            .filter(|(_, counts)| counts.len() <= 1 || counts.values().any(|count| *count > 1))
            .collect();
        keys.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.values().sum::<u64>()));
        keys.truncate(MOST_METADATA);
        keys.sort_by(|one, other| one.0.cmp(&other.0));
        let mut facets = vec![facet("tags".to_owned(), tags)];
        facets.extend(keys.into_iter().map(|(key, counts)| facet(format!("metadata.{key}"), counts)));
        Ok(facets)
    }

    /// Why nothing matches: what each condition keeps away.
    pub fn explain_empty(&self, request: &TableRequest) -> Result<Vec<Hindrance>> {
        let clauses = Filter::search_clauses(&request.text).map_err(|error| unreadable(&error))?;
        let counted = |text: String| -> Result<u64> {
            let request = TableRequest { text, reach: EXPLAIN_REACH, ..request.clone() };
            let plan = self.plan(&request)?;
            match plan.found {
                Some(found) => Ok(u64::try_from(found.keys.len()).unwrap_or(u64::MAX).min(EXPLAINED)),
                None => Ok(self.store.table_count(&plan.query, EXPLAINED)?),
            }
        };
        let joined = |places: &mut dyn Iterator<Item = &Range<usize>>| {
            places.map(|place| &request.text[place.clone()]).collect::<Vec<_>>().join(" ")
        };
        let mut hindrances = Vec::new();
        let mut is_empty = false;
        for index in 0..clauses.len() {
            let others = clauses.iter().enumerate().filter(|(other, _)| *other != index);
            let without = counted(joined(&mut others.map(|(_, (place, _))| place)))?;
            let so_far = joined(&mut clauses.iter().take(index + 1).map(|(place, _)| place));
            let last = !is_empty && counted(so_far)? == 0;
            is_empty |= last;
            hindrances.push(Hindrance { place: clauses[index].0.clone(), without, last });
        }
        Ok(hindrances)
    }

    /// The traces that rows are of or consist of, each once.
    pub fn traces_of_rows(&self, keys: &[RowKey]) -> Result<Vec<TraceId>> {
        let mut traces = Vec::new();
        let mut seen = HashSet::new();
        for key in keys {
            match key {
                RowKey::Run(trace, _) | RowKey::Trace(trace, _) => {
                    if seen.insert(*trace) {
                        traces.push(*trace);
                    }
                }
                RowKey::Thread(project, thread) => {
                    let query = TableQuery {
                        project: Some(project.clone()),
                        thread: Some(thread.clone()),
                        ascending: true,
                        ..TableQuery::default()
                    };
                    for turn in self.store.table_keys(&query, 0, u32::MAX)? {
                        if let RowKey::Trace(trace, _) = turn
                            && seen.insert(trace)
                        {
                            traces.push(trace);
                        }
                    }
                }
            }
        }
        Ok(traces)
    }

    /// Removes traces with all of their runs.
    pub fn remove_traces(&self, traces: Vec<TraceId>) -> Result<u64> {
        Ok(self.store.remove_traces(traces)?)
    }

    /// Writes these traces, in this order.
    pub fn export_traces(
        &self,
        traces: &[TraceId],
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<ExportSummary> {
        let mut summary = ExportSummary::default();
        for trace in traces {
            summary.runs += self.export_trace(*trace, format, out)?;
            summary.traces += 1;
        }
        Ok(summary)
    }

    /// Saved views by name.
    pub fn saved_views(&self) -> Result<Vec<store::SavedView>> {
        Ok(self.store.saved_views()?)
    }

    /// Keeps a view.
    pub fn save_view(&self, view: store::SavedView) -> Result<()> {
        Ok(self.store.save_view(view)?)
    }

    /// Forgets a view.
    pub fn delete_view(&self, id: uuid::Uuid) -> Result<()> {
        Ok(self.store.delete_view(id)?)
    }
}

/// The run that decides about a row.
fn run_of(key: &RowKey) -> Option<RowKey> {
    match key {
        RowKey::Run(trace, run) | RowKey::Trace(trace, run) => Some(RowKey::Run(*trace, *run)),
        RowKey::Thread(..) => None,
    }
}
