//! Reading the sums.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    hash::BuildHasherDefault,
};

use model::{Cost, TraceId, UnixNanos};
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter, types::Value as Sql};

use super::{
    CostGroup, CostScope, CostSums, DAY_NS, Dimension, GatheredGroups, METADATA, TopTrace, TraceAverage,
    TrendPoint, packed,
};
use crate::{
    Store,
    error::Result,
    read::WordHasher,
    row::{ROLL_UP_COLUMNS, RollUp},
};

/// Traces of a group that are looked at before the search for more of them ends.
const MOST_LOOKED_AT: usize = 200_000;

/// Traces whose runs are read in one go.
const TRACES_AT_ONCE: usize = 500;

/// Sorts groups, the dearest first.
pub(super) fn dearest_first(groups: &mut [CostGroup]) {
    groups.sort_by(|left, right| {
        let rank = |group: &CostGroup| (group.sums.cost.unwrap_or_default(), group.sums.usage.total());
        rank(right).cmp(&rank(left)).then_with(|| left.value.cmp(&right.value))
    });
}

impl Store {
    /// Groups of a scope, the dearest first.
    pub fn cost_groups(&self, scope: &CostScope, dimension: &Dimension) -> Result<Vec<CostGroup>> {
        if scope.is_narrow() {
            let (traces, _) = self.spending_traces(scope, u32::MAX)?;
            let mut gathered = GatheredGroups::default();
            for traces in traces.chunks(TRACES_AT_ONCE) {
                for spent in self.spent(traces, std::slice::from_ref(dimension))? {
                    gathered.add(&spent, 0);
                }
            }
            return Ok(gathered.groups());
        }
        self.reading(|connection| {
            let mut points = by_day(connection, scope, dimension, false, None)?;
            points.extend(without_key(connection, scope, dimension, false, &points)?);
            let mut groups: Vec<CostGroup> = points
                .into_iter()
                .map(|point| CostGroup { value: point.value, sums: CostSums::new(point.traces, &point.sums) })
                .collect();
            dearest_first(&mut groups);
            Ok(groups)
        })
    }

    /// Groups day by day, in order of time; only these, if they are given.
    pub fn cost_trend(
        &self,
        scope: &CostScope,
        dimension: &Dimension,
        only: Option<&[Option<String>]>,
    ) -> Result<Vec<TrendPoint>> {
        self.reading(|connection| {
            let mut points = by_day(connection, scope, dimension, true, only)?;
            if only.is_none_or(|only| only.contains(&None)) {
                // What is left of a day is known only beside every group of it.
                let all = match only {
                    None => Vec::new(),
                    Some(_) => by_day(connection, scope, dimension, true, None)?,
                };
                let groups = if only.is_none() { &points } else { &all };
                points.extend(without_key(connection, scope, dimension, true, groups)?);
            }
            let mut points: Vec<TrendPoint> = points
                .into_iter()
                .map(|point| TrendPoint {
                    day: point.day,
                    value: point.value,
                    sums: CostSums::new(point.traces, &point.sums),
                })
                .collect();
            points.sort_by(|left, right| (left.day, &left.value).cmp(&(right.day, &right.value)));
            Ok(points)
        })
    }

    /// Keys of metadata that cost can be grouped by.
    pub fn cost_metadata_keys(&self) -> Result<Vec<String>> {
        self.reading(|connection| {
            // One step of the index for each key, instead of a walk over all of it.
            let mut statement = connection.prepare_cached(
                "WITH RECURSIVE key (dimension) AS (SELECT min(dimension) FROM cost_day WHERE dimension >= ?1 \
                 UNION ALL SELECT (SELECT min(dimension) FROM cost_day WHERE dimension > key.dimension) FROM key \
                 WHERE key.dimension IS NOT NULL) \
                 SELECT word.text FROM key JOIN word ON word.id = key.dimension - ?1 ORDER BY word.text",
            )?;
            Ok(statement.query_map([METADATA], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The dearest traces of a scope, or of one group of it. Of a group, the traces are looked at in order of their cost.
    pub fn top_cost_traces(
        &self,
        scope: &CostScope,
        group: Option<(&Dimension, Option<&str>)>,
        limit: u32,
    ) -> Result<Vec<TopTrace>> {
        self.reading(|connection| {
            let (condition, values) = trace_condition(scope);
            let mut statement = connection.prepare_cached(&format!(
                "SELECT trace.id, trace.uuid, name.text, project.name, trace.start_ns, trace.runs, trace.usage_runs, \
                 trace.total_tokens, trace.cost_runs, trace.cost_pico, trace.unpriced_runs FROM trace \
                 JOIN project ON project.id = trace.project LEFT JOIN word AS name ON name.id = trace.name \
                 WHERE {condition} AND (trace.usage_runs > 0 OR trace.cost_runs > 0 OR trace.unpriced_runs > 0) \
                 ORDER BY trace.cost_pico DESC, trace.start_ns DESC, trace.uuid"
            ))?;
            let member = group.map(|(dimension, value)| Member::new(connection, dimension, value)).transpose()?;
            let mut rows = statement.query(params_from_iter(values.iter()))?;
            let mut found = Vec::new();
            let mut looked_at = 0;
            while let Some(row) = rows.next()? {
                looked_at += 1;
                if looked_at > MOST_LOOKED_AT || found.len() >= limit as usize {
                    break;
                }
                if let Some(member) = &member
                    && !member.is_in(connection, row.get(0)?)?
                {
                    continue;
                }
                let unsigned = |column: usize| row.get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0));
                found.push(TopTrace {
                    trace_id: TraceId::from_bytes(row.get(1)?),
                    name: row.get(2)?,
                    project: row.get(3)?,
                    start: row.get::<_, Option<i64>>(4)?.map(UnixNanos),
                    runs: unsigned(5)?,
                    tokens: Some(unsigned(7)?).filter(|_| unsigned(6).is_ok_and(|runs| runs > 0)),
                    cost: (unsigned(8)? > 0).then_some(Cost { pico_usd: row.get(9)? }),
                    unpriced_runs: unsigned(10)?,
                });
            }
            Ok(found)
        })
    }

    /// What a trace of a scope costs on the average, over those of which the whole cost is known.
    pub fn trace_average(&self, scope: &CostScope) -> Result<TraceAverage> {
        self.reading(|connection| {
            let (condition, values) = trace_condition(scope);
            // An average and no sum, which might not fit. Of an index made for these conditions.
            let mut statement = connection.prepare_cached(&format!(
                "SELECT count(*), CAST(round(avg(cost_pico)) AS INTEGER) FROM trace \
                 WHERE {condition} AND cost_runs > 0 AND unpriced_runs = 0"
            ))?;
            Ok(statement.query_row(params_from_iter(values.iter()), |row| {
                Ok(TraceAverage {
                    traces: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                    cost: row.get::<_, Option<i64>>(1)?.map(|pico_usd| Cost { pico_usd }),
                })
            })?)
        })
    }

    /// The price that a run was computed with, as it was then.
    pub fn price_of_run(&self, trace_id: TraceId, run_id: model::RunId) -> Result<Option<String>> {
        self.reading(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT word.text FROM run JOIN trace ON trace.id = run.trace JOIN word ON word.id = run.price \
                     WHERE trace.uuid = ?1 AND run.uuid = ?2",
                )?
                .query_row(params![trace_id.as_bytes(), run_id.as_bytes()], |row| row.get(0))
                .optional()?)
        })
    }

    /// Sums of one trace.
    pub fn cost_of_trace(&self, trace_id: TraceId) -> Result<CostSums> {
        self.reading(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {} FROM trace WHERE uuid = ?1",
                ROLL_UP_COLUMNS.join(", ")
            ))?;
            let sums =
                statement.query_row([trace_id.as_bytes()], |row| RollUp::from_row(row, 0)).optional()?;
            sums.map(|sums| CostSums::new(1, &sums))
                .ok_or_else(|| crate::Error::NotFound { what: "trace", id: trace_id.to_string() })
        })
    }
}

/// A condition on a run whose model is `provider/model`.
macro_rules! of_model {
    ($condition:literal) => {
        concat!(
            $condition,
            "coalesce((SELECT text FROM word WHERE id = provider) || '/', '') || \
             coalesce((SELECT text FROM word WHERE id = model), '') = coalesce(?2, '')"
        )
    };
}

/// Whether the root of the trace has a tag.
macro_rules! root_has_tag {
    () => {
        "EXISTS (SELECT 1 FROM trace JOIN run root ON root.trace = trace.id AND root.uuid = trace.root \
         JOIN word ON word.id = root.labels WHERE trace.id = ?1 AND root.flags & 64 AND instr(word.text, ?2) > 0)"
    };
}

/// How a run tells that it belongs to a group.
struct Member {
    condition: &'static str,
    value: Sql,
}

impl Member {
    fn new(connection: &Connection, dimension: &Dimension, value: Option<&str>) -> Result<Self> {
        let word = |text: &str| -> Result<Option<i64>> {
            Ok(connection
                .prepare_cached("SELECT id FROM word WHERE text = ?1")?
                .query_row([text], |row| row.get(0))
                .optional()?)
        };
        let condition = match dimension {
            Dimension::All => "?2 IS NULL",
            Dimension::Model => "model IS ?2",
            Dimension::Provider => "provider IS ?2",
            Dimension::Name => "name IS ?2",
            Dimension::Prompt => "prompt_version IS ?2",
            Dimension::Agent => "agent IS ?2",
            Dimension::User => {
                "(user IS ?2 OR user IS NULL AND ?2 = (SELECT root.user FROM trace JOIN run root ON root.trace = trace.id \
                 AND root.uuid = trace.root WHERE trace.id = ?1))"
            }
            Dimension::Unpriced => of_model!("cost_origin = 4 AND "),
            Dimension::SumOnly => of_model!("cost_origin = 5 AND "),
            Dimension::BadCount => of_model!("cost_origin = 6 AND "),
            Dimension::Tag if value.is_none() => {
                concat!(
                    "instr(coalesce((SELECT text FROM word WHERE id = labels), ''), ?2) = 0 AND NOT ",
                    root_has_tag!()
                )
            }
            Dimension::Tag => {
                concat!(
                    "(instr(coalesce((SELECT text FROM word WHERE id = labels), ''), ?2) > 0 OR ",
                    root_has_tag!(),
                    ")"
                )
            }
            Dimension::Metadata(_) if value.is_none() => {
                "instr(coalesce((SELECT text FROM word WHERE id = labels), ''), ?2) = 0"
            }
            Dimension::Metadata(_) => {
                "instr(coalesce((SELECT text FROM word WHERE id = labels), ''), ?2) > 0"
            }
        };
        let label = |key: &str| match value {
            // How every label of the key begins.
            None => Sql::Text(format!("[{},", serde_json::to_string(key).unwrap_or_default())),
            Some(value) => Sql::Text(serde_json::to_string(&(key, value)).unwrap_or_default()),
        };
        let value = match (dimension, value) {
            (Dimension::Tag, _) => label(""),
            (Dimension::Metadata(key), _) => label(key),
            (_, None) | (Dimension::All, _) => Sql::Null,
            (unknown, Some(value)) if unknown.is_unknown() => Sql::Text(value.to_owned()),
            // A word that is not there belongs to no run.
            (_, Some(value)) => Sql::Integer(word(value)?.unwrap_or(-1)),
        };
        Ok(Self { condition, value })
    }

    fn is_in(&self, connection: &Connection, trace: i64) -> Result<bool> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM run WHERE trace = ?1 AND flags & 1 = 0 \
             AND (cost_origin <> 0 OR input_tokens IS NOT NULL) AND {})",
            self.condition
        ))?;
        Ok(statement.query_row(params![trace, self.value], |row| row.get(0))?)
    }
}

fn unix_nanos(day: i64) -> i64 {
    day.saturating_mul(DAY_NS)
}

/// Which traces a scope holds, as a condition with its values.
pub(super) fn trace_condition(scope: &CostScope) -> (String, Vec<Box<dyn ToSql>>) {
    let mut condition = "trace.echo_of IS NULL".to_owned();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut bind = |clause: &str, value: Box<dyn ToSql>| {
        values.push(value);
        let _ = write!(condition, " AND {}", clause.replace('?', &format!("?{}", values.len())));
    };
    if let Some(day) = scope.from_day {
        bind("trace.start_ns >= ?", Box::new(unix_nanos(day)));
    }
    if let Some(day) = scope.to_day {
        bind("trace.start_ns < ?", Box::new(unix_nanos(day.saturating_add(1))));
    }
    if let Some(project) = &scope.project {
        bind("trace.project = (SELECT id FROM project WHERE name = ?)", Box::new(project.clone()));
    }
    if let Some(thread) = &scope.thread {
        bind(
            "trace.thread IN (SELECT id FROM thread WHERE key = (SELECT id FROM word WHERE text = ?))",
            Box::new(thread.clone()),
        );
    }
    if let Some(trace) = &scope.trace {
        bind("trace.uuid = ?", Box::new(*trace.as_bytes()));
    }
    (condition, values)
}

fn dimension_id(connection: &Connection, dimension: &Dimension) -> Result<Option<i64>> {
    if let Some(fixed) = dimension.fixed() {
        return Ok(Some(fixed));
    }
    let Dimension::Metadata(key) = dimension else { return Ok(None) };
    Ok(connection
        .prepare_cached("SELECT id FROM word WHERE text = ?1")?
        .query_row([key], |row| row.get::<_, i64>(0))
        .optional()?
        .map(|word| METADATA + word))
}

/// Day (one for all of them unless they are told apart) and value, with traces and sums.
type Kept = HashMap<(i64, i64), (i64, packed::Columns), BuildHasherDefault<WordHasher>>;

/// The groups of a dimension from the sums by day: added up over the days, or day by day. Of the values `only` are read,
/// if they are given. Added up here and not by SQLite, which would sort all of them first.
fn by_day(
    connection: &Connection,
    scope: &CostScope,
    dimension: &Dimension,
    daily: bool,
    only: Option<&[Option<String>]>,
) -> Result<Vec<Point>> {
    let Some(dimension) = dimension_id(connection, dimension)? else { return Ok(Vec::new()) };
    let project: Option<i64> = match &scope.project {
        None => None,
        Some(name) => {
            let found = connection
                .prepare_cached("SELECT id FROM project WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            let Some(id) = found else { return Ok(Vec::new()) };
            Some(id)
        }
    };
    let only: Option<HashSet<i64>> = only
        .map(|values| {
            let id = |value: &Option<String>| match value {
                None => Ok(0),
                Some(text) => Ok(connection
                    .prepare_cached("SELECT id FROM word WHERE text = ?1")?
                    .query_row([text], |row| row.get(0))
                    .optional()?
                    .unwrap_or(-1)),
            };
            values.iter().map(id).collect::<Result<_>>()
        })
        .transpose()?;
    let days = (scope.from_day.unwrap_or(i64::MIN), scope.to_day.unwrap_or(i64::MAX));
    let mut kept = Kept::default();
    let mut keep = |day: i64, value: i64, row: &rusqlite::Row<'_>| -> Result<()> {
        let (traces, sums) = kept.entry((day, value)).or_insert((0, [0; ROLL_UP_COLUMNS.len()]));
        *traces += row.get::<_, i64>(0)?;
        packed::add(sums, row.get_ref(1)?.as_blob().unwrap_or_default());
        Ok(())
    };
    match only {
        None => {
            let mut statement = connection.prepare_cached(
                "SELECT traces, sums, value, day FROM cost_day WHERE dimension = ?1 AND day BETWEEN ?2 AND ?3 \
                 AND (?4 IS NULL OR project = ?4)",
            )?;
            let mut rows = statement.query(params![dimension, days.0, days.1, project])?;
            while let Some(row) = rows.next()? {
                keep(if daily { row.get(3)? } else { 0 }, row.get(2)?, row)?;
            }
        }
        // A few values of perhaps thousands: each is looked for where it would stand.
        Some(values) => {
            let mut statement = connection.prepare_cached(
                "SELECT traces, sums FROM cost_day WHERE dimension = ?1 AND day = ?2 AND project = ?3 AND value = ?4",
            )?;
            for (day, place) in places(connection, dimension, days)? {
                if project.is_some_and(|project| project != place) {
                    continue;
                }
                for value in &values {
                    let mut rows = statement.query([dimension, day, place, *value])?;
                    if let Some(row) = rows.next()? {
                        keep(if daily { day } else { 0 }, *value, row)?;
                    }
                }
            }
        }
    }
    let mut text = connection.prepare_cached("SELECT text FROM word WHERE id = ?1")?;
    kept.into_iter()
        .map(|((day, value), (traces, sums))| {
            let value = text.query_row([value], |row| row.get(0)).optional()?;
            Ok(Point { day, value, traces, sums: RollUp::from_columns(sums) })
        })
        .collect()
}

/// Sums of a group, of one day or of all of them.
struct Point {
    day: i64,
    value: Option<String>,
    traces: i64,
    sums: RollUp,
}

/// The runs without a key of metadata, which no sums are kept of: what the groups of the key leave of everything.
/// In how many traces they are is not known.
fn without_key(
    connection: &Connection,
    scope: &CostScope,
    dimension: &Dimension,
    daily: bool,
    groups: &[Point],
) -> Result<Vec<Point>> {
    if !matches!(dimension, Dimension::Metadata(_)) {
        return Ok(Vec::new());
    }
    let mut rest = by_day(connection, scope, &Dimension::All, daily, None)?;
    for point in &mut rest {
        point.traces = 0;
        for group in groups.iter().filter(|group| group.day == point.day) {
            point.sums = point.sums - group.sums;
        }
    }
    rest.retain(|point| point.sums.spends());
    Ok(rest)
}

/// Days and projects that a dimension has sums of, one step of the index for each.
fn places(connection: &Connection, dimension: i64, days: (i64, i64)) -> Result<Vec<(i64, i64)>> {
    let mut next = connection.prepare_cached(
        "SELECT day, project FROM cost_day WHERE dimension = ?1 AND (day, project) > (?2, ?3) AND day <= ?4 \
         ORDER BY day, project LIMIT 1",
    )?;
    let mut places = Vec::new();
    let mut last = (days.0, i64::MIN);
    while let Some(place) = next
        .query_row([dimension, last.0, last.1, days.1], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
    {
        places.push(place);
        last = place;
    }
    Ok(places)
}
