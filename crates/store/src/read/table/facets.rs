//! How often values occur among what a filter lets through.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params_from_iter, types::Value as Sql};

use super::{Base, Scope, TableQuery, base, traces_base};
use crate::{
    error::Result,
    row::{run_type_from, status_from},
};

/// A column and its values, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Name of the field in the search bar.
    pub field: String,
    /// Values, cut.
    pub values: Vec<FacetValue>,
    /// Rows that were looked at, where these were not all.
    pub among: Option<u64>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// As the search bar writes it.
    pub value: String,
    /// Rows that have it.
    pub count: u64,
}

/// Columns that stand in the index of the order of runs.
const OF_RUNS: [(&str, &str); 6] = [
    ("status", "run.status"),
    ("run_type", "run.run_type"),
    ("name", "run.name"),
    ("model", "run.model"),
    ("provider", "run.provider"),
    ("prompt_version", "run.prompt_version"),
];

type Counts = HashMap<i64, u64>;

pub(super) fn facets(
    connection: &Connection,
    query: &TableQuery,
    values: usize,
    cap: u32,
) -> Result<Vec<Facet>> {
    // Threads are counted by their turns: a value says how many turns have it.
    let traces = TableQuery { in_threads: query.scope == Scope::Threads, ..query.clone() };
    let mut facets = match query.scope {
        Scope::Runs => of_runs(connection, &base(query), values, cap)?,
        Scope::Traces => of_traces(connection, &base(query), values, cap)?,
        Scope::Threads => of_traces(connection, &traces_base(&traces), values, cap)?,
    };
    facets.push(of_feedback(connection, query, values)?);
    Ok(facets)
}

fn of_runs(connection: &Connection, base: &Base, values: usize, cap: u32) -> Result<Vec<Facet>> {
    let columns: Vec<&str> = OF_RUNS.iter().map(|(_, column)| *column).collect();
    let order = "run.start_ns DESC";
    let (counts, among) = scan(connection, base, &columns, order, cap)?;
    OF_RUNS
        .iter()
        .zip(counts)
        .map(|((field, _), counts)| facet(connection, field, counts, values, among))
        .collect()
}

fn of_traces(connection: &Connection, base: &Base, values: usize, cap: u32) -> Result<Vec<Facet>> {
    let own = [("status", "trace.status"), ("run_type", "run.run_type"), ("name", "trace.name")];
    let columns: Vec<&str> = own.iter().map(|(_, column)| *column).collect();
    let (counts, among) = scan(connection, base, &columns, "trace.start_ns DESC", cap)?;
    let mut facets: Vec<Facet> = own
        .iter()
        .zip(counts)
        .map(|((field, _), counts)| facet(connection, field, counts, values, among))
        .collect::<Result<_>>()?;
    // A trace has what one of its runs has.
    for column in ["model", "provider", "prompt_version"] {
        let sql = format!(
            "SELECT any_run.{column}, count(DISTINCT any_run.trace) FROM run AS any_run WHERE any_run.{column} IS NOT NULL \
             AND any_run.trace IN (SELECT trace.id FROM {} WHERE {} ORDER BY trace.start_ns DESC LIMIT {cap}) GROUP BY 1",
            base.from,
            base.condition()
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let counts = statement
            .query_map(params_from_iter(base.values()), |row| {
                Ok((row.get::<_, i64>(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0)))
            })?
            .collect::<rusqlite::Result<Counts>>()?;
        facets.push(facet(connection, column, counts, values, among)?);
    }
    Ok(facets)
}

/// Counts the values of several columns in one go through the newest rows.
fn scan(
    connection: &Connection,
    base: &Base,
    columns: &[&str],
    order: &str,
    cap: u32,
) -> Result<(Vec<Counts>, Option<u64>)> {
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {order} LIMIT {cap}",
        columns.join(", "),
        base.from,
        base.condition()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(base.values()))?;
    let mut counts = vec![Counts::new(); columns.len()];
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        seen += 1;
        for (column, counts) in counts.iter_mut().enumerate() {
            if let Some(value) = row.get::<_, Option<i64>>(column)? {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    Ok((counts, (seen == u64::from(cap)).then_some(seen)))
}

fn facet(
    connection: &Connection,
    field: &str,
    counts: Counts,
    values: usize,
    among: Option<u64>,
) -> Result<Facet> {
    let mut sorted: Vec<(i64, u64)> = counts.into_iter().collect();
    sorted.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    sorted.truncate(values);
    let values = sorted
        .into_iter()
        .map(|(stored, count)| {
            let value = match field {
                "status" => status_from(stored).as_str().to_owned(),
                "run_type" => run_type_from(stored).as_str().to_owned(),
                _ => connection
                    .prepare_cached("SELECT text FROM word WHERE id = ?1")?
                    .query_row([stored], |row| row.get(0))?,
            };
            Ok(FacetValue { value, count })
        })
        .collect::<Result<_>>()?;
    Ok(Facet { field: field.to_owned(), values, among })
}

/// Keys of feedback: begun from what was said, which is less than what there is.
fn of_feedback(connection: &Connection, query: &TableQuery, values: usize) -> Result<Facet> {
    let (base, join, subject) = match query.scope {
        Scope::Runs => (base(query), "run ON run.uuid = f.run", "f.run"),
        Scope::Traces => (
            base(query),
            "trace ON trace.uuid = f.trace LEFT JOIN run ON run.trace = trace.id AND run.uuid = trace.root",
            "f.trace",
        ),
        Scope::Threads => (
            traces_base(&TableQuery { in_threads: true, ..query.clone() }),
            "trace ON trace.uuid = f.trace LEFT JOIN run ON run.trace = trace.id AND run.uuid = trace.root",
            "f.trace",
        ),
    };
    let sql = format!(
        "SELECT f.key, count(DISTINCT {subject}) FROM feedback AS f CROSS JOIN {join} \
         WHERE f.retracted_ns IS NULL AND {} GROUP BY f.key",
        base.condition()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters: Vec<Sql> = base.values().collect();
    let counts: BTreeMap<String, u64> = statement
        .query_map(params_from_iter(parameters), |row| {
            Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0)))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut values_of: Vec<FacetValue> =
        counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
    values_of.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    values_of.truncate(values);
    Ok(Facet { field: "feedback".to_owned(), values: values_of, among: None })
}
