//! Tables, their facets and sums, the search bar, saved views.

use std::ops::Range;

use engine::{COUNTED, Engine, ExportFormat, Filter, RowKey, Scope, TableRequest, TableSort};
use model::{TraceId, UnixNanos, filter::search_fields};
use uuid::Uuid;

use super::{Answer, MOST_ROWS, parse_trace_id};
use crate::{
    error::{ApiError, ErrorCode},
    wire::{
        CheckSearch, Count, DurationNanos, ExportRows, ExportedTraces, GetTableFacets, Hindrance, ListTable,
        Nothing, RemoveRows, RemovedRows, RowName, RowNames, SaidOfRow, SaveView, SavedView, SearchCheck,
        SearchField, SearchFieldKind, SearchProblem, TableFacet, TableFilter, TablePage, TableRow,
        TableScope, TableSums, TableValue, TextPlace, Timestamp, TraceExport, Usd, ViewRef,
    },
};

/// Runs that may be opened for one list when the caller does not say.
const REACH: u32 = 20_000;
/// Bytes of an export that go through one answer.
const MOST_EXPORTED: usize = 256 << 20;
const MOST_NAME: usize = 120;
const MOST_DEFINITION: usize = 64 << 10;

impl From<TableScope> for Scope {
    fn from(scope: TableScope) -> Self {
        match scope {
            TableScope::Runs => Self::Runs,
            TableScope::Traces => Self::Traces,
            TableScope::Threads => Self::Threads,
        }
    }
}

/// Bytes of a text as the UTF-16 units that JavaScript counts.
fn units(text: &str, bytes: usize) -> u32 {
    let before = text.get(..bytes).unwrap_or(text);
    u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
}

fn text_place(text: &str, place: &Range<usize>) -> TextPlace {
    TextPlace { start: units(text, place.start), end: units(text, place.end) }
}

fn time(text: Option<&Timestamp>) -> Answer<Option<UnixNanos>> {
    let Some(Timestamp(text)) = text else { return Ok(None) };
    let nanos = text.parse().map_err(|_| ApiError::invalid_input("A time is nanoseconds since 1970"))?;
    Ok(Some(UnixNanos(nanos)))
}

fn row_key(name: &RowName, scope: Scope) -> Answer<RowKey> {
    let missing = || ApiError::invalid_input("A row is named by trace and run, or by project and thread");
    if scope == Scope::Threads {
        let pair = name.project.clone().zip(name.thread.clone());
        return pair.map(|(project, thread)| RowKey::Thread(project, thread)).ok_or_else(missing);
    }
    let trace = parse_trace_id(name.trace_id.as_deref().ok_or_else(missing)?)?;
    let run = name.run_id.as_deref().ok_or_else(missing)?;
    let run = run.parse().map_err(|error| ApiError::invalid_input(format!("The run id is {error}")))?;
    Ok(if scope == Scope::Runs { RowKey::Run(trace, run) } else { RowKey::Trace(trace, run) })
}

fn row_name(key: RowKey) -> RowName {
    match key {
        RowKey::Run(trace, run) | RowKey::Trace(trace, run) => {
            RowName { trace_id: Some(trace.to_string()), run_id: Some(run.to_string()), ..RowName::default() }
        }
        RowKey::Thread(project, thread) => {
            RowName { project: Some(project), thread: Some(thread), ..RowName::default() }
        }
    }
}

fn sort_of(name: &str) -> Answer<TableSort> {
    Ok(match name {
        "" | "start" => TableSort::Start,
        "name" => TableSort::Name,
        "run_type" => TableSort::RunType,
        "status" => TableSort::Status,
        "latency" => TableSort::Latency,
        "first_token" => TableSort::FirstToken,
        "input_tokens" => TableSort::InputTokens,
        "output_tokens" => TableSort::OutputTokens,
        "tokens" => TableSort::Tokens,
        "cache_read" => TableSort::CacheRead,
        "cost" => TableSort::Cost,
        "model" => TableSort::Model,
        "provider" => TableSort::Provider,
        "prompt_version" => TableSort::PromptVersion,
        "thread" => TableSort::Thread,
        "project" => TableSort::Project,
        "runs" => TableSort::Runs,
        "errors" => TableSort::Errors,
        "turns" => TableSort::Turns,
        other => match other.strip_prefix("feedback.") {
            Some(key) => TableSort::Feedback(key.to_owned()),
            None => return Err(ApiError::invalid_input(format!("There is no order by {other}"))),
        },
    })
}

pub(super) fn request(filter: TableFilter) -> Answer<TableRequest> {
    // What cannot be read is said with its place, which the engine does not know in the units of the UI.
    if let Some(problem) = problem(&filter.text) {
        let shown: String = filter.text.chars().skip(problem.place.start as usize).collect();
        let mut error = ApiError::invalid_input(problem.message);
        error.detail = Some(if shown.is_empty() { "at the end".to_owned() } else { format!("at {shown}") });
        return Err(error);
    }
    let scope = filter.scope.into();
    let picked =
        filter.picked.map(|rows| rows.iter().map(|row| row_key(row, scope)).collect()).transpose()?;
    if picked.as_ref().is_some_and(|rows: &Vec<RowKey>| rows.len() > engine::MOST_FOUND) {
        return Err(ApiError::invalid_input("At most 10,000 rows can be picked at once"));
    }
    let traces: Option<Vec<TraceId>> =
        filter.trace_ids.map(|ids| ids.iter().map(|id| parse_trace_id(id)).collect()).transpose()?;
    if traces.as_ref().is_some_and(|ids| ids.len() > engine::MOST_FOUND) {
        return Err(ApiError::invalid_input("At most 10,000 traces can be named at once"));
    }
    Ok(TableRequest {
        scope,
        traces,
        text: filter.text,
        project: filter.project,
        source: filter.source_id.map(Into::into),
        thread: filter.thread,
        start_min: time(filter.from.as_ref())?,
        start_max: time(filter.to.as_ref())?,
        picked,
        reach: filter.reach.unwrap_or(REACH),
        ..TableRequest::default()
    })
}

pub(crate) fn list_table(engine: &Engine, params: ListTable) -> Answer<TablePage> {
    let text = params.filter.text.clone();
    let request =
        TableRequest { sort: sort_of(&params.sort)?, ascending: params.ascending, ..request(params.filter)? };
    let limit = params.limit.clamp(1, MOST_ROWS);
    let window = engine.table(&request, params.offset, limit, &params.columns, params.exact)?;
    Ok(TablePage {
        rows: window.rows.into_iter().map(Into::into).collect(),
        total: Count(window.total),
        more: window.more,
        looked: window.looked.map(Count),
        not_applied: window.not_applied.iter().map(|place| text_place(&text, place)).collect(),
        unread: Count(window.unread),
    })
}

impl From<engine::KeySaid> for SaidOfRow {
    fn from(said: engine::KeySaid) -> Self {
        let values = said.values.into_iter();
        Self {
            key: said.key,
            count: Count(said.count),
            mean: said.mean,
            values: values.map(|(value, count)| TableValue { value, count: Count(count) }).collect(),
        }
    }
}

impl From<engine::TableLine> for TableRow {
    fn from(line: engine::TableLine) -> Self {
        let mut row = match line.row {
            engine::TableRow::Run(trace_id, run, project) => of_run(trace_id, *run, project),
            engine::TableRow::Trace(trace, root) => of_trace(*trace, root),
            engine::TableRow::Thread(thread) => of_thread(*thread),
        };
        row.feedback = line.said.into_iter().map(Into::into).collect();
        row.cells = line.cells;
        row
    }
}

fn owned(text: Option<std::sync::Arc<str>>) -> Option<String> {
    text.map(|text| text.to_string())
}

fn of_run(trace_id: TraceId, run: engine::RunRow, project: String) -> TableRow {
    TableRow {
        trace_id: Some(trace_id.to_string()),
        run_id: Some(run.run_id.to_string()),
        project,
        thread: owned(run.thread),
        name: run.name.as_deref().unwrap_or("unnamed").to_owned(),
        run_type: Some(run.run_type.into()),
        status: Some(run.status.into()),
        start: run.start.map(Into::into),
        latency: run.start.zip(run.end).map(|(start, end)| DurationNanos(end.since(start))),
        latency_p99: None,
        first_token: run.start.zip(run.first_token).map(|(start, token)| DurationNanos(token.since(start))),
        usage: run.usage.into(),
        cost: run.cost.map(Into::into),
        unpriced_runs: Count(u64::from(run.usage_counted && run.bill.origin.is_unknown())),
        model: owned(run.model),
        provider: owned(run.provider),
        prompt_version: owned(run.prompt_version),
        error: run.error,
        detail: run.detail,
        input: None,
        output: None,
        runs: None,
        errors: None,
        turns: None,
        feedback: Vec::new(),
        cells: Vec::new(),
    }
}

fn of_trace(trace: engine::TraceRow, root: model::RunId) -> TableRow {
    TableRow {
        trace_id: Some(trace.trace_id.to_string()),
        run_id: Some(root.to_string()),
        project: trace.project,
        thread: trace.thread,
        name: trace.name.unwrap_or_else(|| "unnamed".to_owned()),
        run_type: Some(trace.run_type.into()),
        status: Some(trace.status.into()),
        start: trace.start.map(Into::into),
        latency: trace.latency_nanos.map(DurationNanos),
        latency_p99: None,
        first_token: trace.first_token_nanos.map(DurationNanos),
        usage: trace.usage.into(),
        cost: trace.cost.map(Into::into),
        unpriced_runs: Count(trace.unpriced_runs),
        model: trace.model,
        provider: None,
        prompt_version: None,
        error: trace.error,
        detail: None,
        input: trace.input_preview,
        output: trace.output_preview,
        runs: Some(Count(trace.runs)),
        errors: Some(Count(trace.errors)),
        turns: None,
        feedback: Vec::new(),
        cells: Vec::new(),
    }
}

fn of_thread(thread: engine::ThreadRow) -> TableRow {
    TableRow {
        trace_id: None,
        run_id: None,
        project: thread.project,
        name: thread.thread.clone(),
        thread: Some(thread.thread),
        run_type: None,
        status: None,
        start: thread.last_activity.map(Into::into),
        latency: thread.latency_p50.map(DurationNanos),
        latency_p99: thread.latency_p99.map(DurationNanos),
        first_token: None,
        usage: thread.usage.into(),
        cost: thread.cost.map(Into::into),
        unpriced_runs: Count(thread.unpriced_runs),
        model: None,
        provider: None,
        prompt_version: None,
        error: None,
        detail: None,
        input: thread.first_input,
        output: thread.last_output,
        runs: Some(Count(thread.runs)),
        errors: Some(Count(thread.failed_turns)),
        turns: Some(Count(thread.turns)),
        feedback: Vec::new(),
        cells: Vec::new(),
    }
}

pub(crate) fn list_row_names(engine: &Engine, params: ListTable) -> Answer<RowNames> {
    let request =
        TableRequest { sort: sort_of(&params.sort)?, ascending: params.ascending, ..request(params.filter)? };
    let (keys, all) = engine.table_keys(&request)?;
    Ok(RowNames { rows: keys.into_iter().map(row_name).collect(), all })
}

pub(crate) fn get_table_sums(engine: &Engine, params: TableFilter) -> Answer<TableSums> {
    let sums = engine.table_sums(&request(params)?)?;
    Ok(TableSums {
        rows: Count(sums.rows),
        tokens: sums.tokens.and_then(|tokens| u64::try_from(tokens).ok()).map(Count),
        cost: sums.cost_pico.map(|pico_usd| Usd::from(model::Cost { pico_usd })),
        latency_p50: sums.latency_p50.map(DurationNanos),
        latency_p95: sums.latency_p95.map(DurationNanos),
        sampled: sums.sampled,
    })
}

pub(crate) fn get_table_facets(engine: &Engine, params: GetTableFacets) -> Answer<Vec<TableFacet>> {
    let values = params.values.unwrap_or(12).clamp(1, 200) as usize;
    let facets = engine.table_facets(&request(params.filter)?, values)?;
    let wire = |facet: engine::Facet| TableFacet {
        field: facet.field,
        values: facet
            .values
            .into_iter()
            .map(|one| TableValue { value: one.value, count: Count(one.count) })
            .collect(),
        among: facet.among.map(|among| Count(among.min(COUNTED))),
    };
    Ok(facets.into_iter().map(wire).collect())
}

pub(crate) fn explain_empty_table(engine: &Engine, params: TableFilter) -> Answer<Vec<Hindrance>> {
    let text = params.text.clone();
    let hindrances = engine.explain_empty(&request(params)?)?;
    let wire = |one: engine::Hindrance| Hindrance {
        place: text_place(&text, &one.place),
        text: text[one.place.clone()].to_owned(),
        without: Count(one.without),
        last: one.last,
    };
    Ok(hindrances.into_iter().map(wire).collect())
}

fn problem(text: &str) -> Option<SearchProblem> {
    let error = Filter::search_clauses(text).err()?;
    let rest = text.get(error.offset..).unwrap_or_default();
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let word = rest[..length].trim_start_matches('-');
    let name = word.split_once(':').map_or(word, |(name, _)| name);
    let is_name = error.message.starts_with("unknown field");
    let length = if is_name { name.len() } else { length };
    Some(SearchProblem {
        place: text_place(text, &(error.offset..error.offset + length)),
        message: error.message,
        nearest: if is_name { nearest(name) } else { None },
    })
}

/// The name of a field that was probably meant.
fn nearest(name: &str) -> Option<String> {
    let others = ["metadata", "feedback", "inputs", "outputs"].into_iter();
    let known = search_fields().map(|(name, _)| name).chain(others);
    let (distance, best) = known.map(|known| (distance(name, known), known)).min()?;
    (distance <= 2.max(name.chars().count() / 3)).then(|| best.to_owned())
}

/// Letters to change, add or leave out (Levenshtein). What a person types is short.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in other.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

pub(crate) fn check_search(_: &Engine, params: CheckSearch) -> Answer<SearchCheck> {
    let clauses = Filter::search_clauses(&params.text).unwrap_or_default();
    Ok(SearchCheck {
        problem: problem(&params.text),
        clauses: clauses.iter().map(|(place, _)| text_place(&params.text, place)).collect(),
    })
}

pub(crate) fn list_search_fields(_: &Engine, _: Nothing) -> Answer<Vec<SearchField>> {
    use model::filter::FieldKind;
    let kind = |kind| match kind {
        FieldKind::Text => SearchFieldKind::Text,
        FieldKind::Choice => SearchFieldKind::Choice,
        FieldKind::Number => SearchFieldKind::Number,
        FieldKind::Duration => SearchFieldKind::Duration,
        FieldKind::Time => SearchFieldKind::Time,
        FieldKind::Presence => SearchFieldKind::Presence,
    };
    Ok(search_fields().map(|(name, of)| SearchField { name: name.to_owned(), kind: kind(of) }).collect())
}

/// Rows of any table, by what they are named with.
fn any_rows(rows: &[RowName]) -> Answer<Vec<RowKey>> {
    rows.iter()
        .map(|row| row_key(row, if row.trace_id.is_some() { Scope::Traces } else { Scope::Threads }))
        .collect()
}

pub(crate) fn remove_rows(engine: &Engine, params: RemoveRows) -> Answer<RemovedRows> {
    let traces = engine.traces_of_rows(&any_rows(&params.rows)?)?;
    let count = Count(u64::try_from(traces.len()).unwrap_or(u64::MAX));
    Ok(RemovedRows { traces: count, runs: Count(engine.remove_traces(traces)?) })
}

pub(crate) fn export_rows(engine: &Engine, params: ExportRows) -> Answer<ExportedTraces> {
    let traces = engine.traces_of_rows(&any_rows(&params.rows)?)?;
    let (format, ending) = match params.format {
        TraceExport::LangsmithJsonl => (ExportFormat::LangsmithJsonl, "langsmith.jsonl"),
        TraceExport::OtlpJson => (ExportFormat::OtlpJson, "otlp.jsonl"),
    };
    let mut data = Vec::new();
    let mut runs = 0;
    for trace in &traces {
        runs += engine.export_traces(std::slice::from_ref(trace), format, &mut data)?.runs;
        if data.len() > MOST_EXPORTED {
            let message = "The export is larger than 256 MB; `tracemark export` writes it to a file";
            return Err(ApiError::invalid_input(message));
        }
    }
    let data =
        String::from_utf8(data).map_err(|_| ApiError::new(ErrorCode::Internal, "The export is no text"))?;
    Ok(ExportedTraces {
        file_name: format!("traces.{ending}"),
        data,
        traces: Count(u64::try_from(traces.len()).unwrap_or(u64::MAX)),
        runs: Count(runs),
    })
}

fn view_id(text: &str) -> Answer<Uuid> {
    Uuid::try_parse(text).map_err(|_| ApiError::invalid_input("The id of a view is a UUID"))
}

impl From<engine::SavedView> for SavedView {
    fn from(view: engine::SavedView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            definition: view.definition,
            pinned: view.pinned,
            modified: view.modified.into(),
        }
    }
}

pub(crate) fn list_views(engine: &Engine, _: Nothing) -> Answer<Vec<SavedView>> {
    Ok(engine.saved_views()?.into_iter().map(Into::into).collect())
}

pub(crate) fn save_view(engine: &Engine, params: SaveView) -> Answer<SavedView> {
    let name = params.name.trim();
    if name.is_empty() || name.chars().count() > MOST_NAME {
        return Err(ApiError::invalid_input("A view has a name of 1 to 120 characters"));
    }
    if params.definition.len() > MOST_DEFINITION
        || serde_json::from_str::<serde::de::IgnoredAny>(&params.definition).is_err()
    {
        return Err(ApiError::invalid_input("A view is JSON of at most 64 KB"));
    }
    let now = engine::now();
    let id = params.id.as_deref().map(view_id).transpose()?.unwrap_or_else(Uuid::new_v4);
    let view = engine::SavedView {
        id,
        name: name.to_owned(),
        definition: params.definition,
        pinned: params.pinned,
        created: now,
        modified: now,
    };
    engine.save_view(view.clone())?;
    Ok(view.into())
}

pub(crate) fn delete_view(engine: &Engine, params: ViewRef) -> Answer<Nothing> {
    engine.delete_view(view_id(&params.id)?)?;
    Ok(Nothing {})
}

#[cfg(test)]
mod tests {
    use super::{distance, problem};

    #[test]
    fn an_unknown_field_is_marked_and_its_nearest_name_told() {
        let told = |text: &str| {
            problem(text).map(|one| (one.place.start, one.place.end, one.nearest.unwrap_or_default()))
        };
        assert_eq!(told("run_type:llm latency:>5"), None);
        assert_eq!(told("café runtype:llm"), Some((5, 12, "run_type".to_owned())));
        assert_eq!(told("stats:error"), Some((0, 5, "status".to_owned())));
        assert_eq!(told("lorem:ipsum"), Some((0, 5, String::new())));
        assert_eq!(told("latency:>"), Some((9, 9, String::new())));
    }

    #[test]
    fn distances_are_letters() {
        assert_eq!((distance("", "ab"), distance("ab", "ab"), distance("kitten", "sitting")), (2, 0, 3));
    }
}
