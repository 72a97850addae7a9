//! What was said about the rows in sight, in figures by key.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params_from_iter, types::Value as Sql};

use super::{TableRow, condition::SAID_VALUE};
use crate::error::Result;

/// Different values of a key that are counted.
const MOST_VALUES: usize = 5;

/// What was said under a key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeySaid {
    /// The key.
    pub key: String,
    /// How often.
    pub count: u64,
    /// Mean of the scores.
    pub mean: Option<f64>,
    /// Values that are no numbers, the most frequent first.
    pub values: Vec<(String, u64)>,
}

#[derive(Default)]
struct Gathered {
    count: u64,
    scores: u64,
    sum: f64,
    values: Vec<(String, u64)>,
}

type ByRow = HashMap<usize, BTreeMap<String, Gathered>>;

/// By place of the row.
pub(super) fn said(connection: &Connection, rows: &[TableRow]) -> Result<HashMap<usize, Vec<KeySaid>>> {
    let mut gathered = ByRow::new();
    let of = |pick: &dyn Fn(&TableRow) -> Option<Sql>| -> Vec<(usize, Sql)> {
        rows.iter().enumerate().filter_map(|(index, row)| Some((index, pick(row)?))).collect()
    };
    let runs = of(&|row| match row {
        TableRow::Run(_, run, _) => Some(Sql::Blob(run.run_id.as_bytes().to_vec())),
        _ => None,
    });
    gather(connection, "f.run", "feedback AS f", &runs, &mut gathered)?;
    let traces = of(&|row| match row {
        TableRow::Trace(trace, _) => Some(Sql::Blob(trace.trace_id.as_bytes().to_vec())),
        _ => None,
    });
    gather(connection, "f.trace", "feedback AS f", &traces, &mut gathered)?;
    let threads = of(&|row| match row {
        TableRow::Thread(thread) => Some(Sql::Text(thread.thread.clone())),
        _ => None,
    });
    // About the thread itself, and about its turns.
    gather(connection, "f.thread", "feedback AS f", &threads, &mut gathered)?;
    let of_turns = "thread JOIN word ON word.id = thread.key JOIN trace ON trace.thread = thread.id \
         JOIN feedback AS f ON f.trace = trace.uuid AND f.thread IS NULL";
    gather(connection, "word.text", of_turns, &threads, &mut gathered)?;
    Ok(gathered.into_iter().map(|(index, keys)| (index, keys.into_iter().map(finish).collect())).collect())
}

#[expect(clippy::cast_precision_loss, reason = "nobody says something 2^53 times")]
fn finish((key, all): (String, Gathered)) -> KeySaid {
    let mut values = all.values;
    values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    values.truncate(MOST_VALUES);
    let mean = (all.scores > 0).then(|| all.sum / all.scores as f64);
    KeySaid { key, count: all.count, mean, values }
}

fn gather(
    connection: &Connection,
    subject: &str,
    from: &str,
    wanted: &[(usize, Sql)],
    gathered: &mut ByRow,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let marks = vec!["?"; wanted.len()].join(", ");
    let sql = format!(
        "SELECT {subject}, f.key, {SAID_VALUE}, count(*), count(f.score), total(f.score) FROM {from} \
         WHERE {subject} IN ({marks}) AND f.retracted_ns IS NULL GROUP BY 1, 2, 3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(wanted.iter().map(|(_, value)| value)))?;
    while let Some(row) = rows.next()? {
        let about: Sql = row.get(0)?;
        let key: String = row.get(1)?;
        let value: Option<String> = row.get(2)?;
        let number = |column: usize| row.get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0));
        let (count, scores, sum) = (number(3)?, number(4)?, row.get::<_, f64>(5)?);
        for (index, _) in wanted.iter().filter(|(_, wanted)| *wanted == about) {
            let all = gathered.entry(*index).or_default().entry(key.clone()).or_default();
            all.count += count;
            all.scores += scores;
            all.sum += sum;
            if let Some(value) = &value {
                all.values.push((value.clone(), count));
            }
        }
    }
    Ok(())
}
