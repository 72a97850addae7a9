//! The reviewed runs of an annotation queue as CSV (`langsmith-api.md` §11.2).
//!
//! The reference fixes no columns. Here a row is a run: what it is, its inputs and outputs as JSON, and two columns for
//! every feedback key, with what was said last under it.

use std::collections::BTreeSet;

use engine::{DescribedRun, Feedback, QueueItem};

use super::runs::members;

const COLUMNS: [&str; 9] = [
    "queue_run_id",
    "run_id",
    "trace_id",
    "name",
    "start_time",
    "inputs",
    "outputs",
    "added_at",
    "completed_at",
];

/// One row of headings and one for every run; `annotators` adds who is done with it.
pub(super) fn csv(rows: &[(&QueueItem, &DescribedRun)], annotators: bool) -> String {
    let keys: BTreeSet<&str> =
        rows.iter().flat_map(|(_, run)| &run.feedback).map(|feedback| feedback.key.as_str()).collect();
    let headings = COLUMNS.iter().map(|&name| name.to_owned());
    let of_annotators = annotators.then(|| "completed_by".to_owned());
    let of_keys = keys.iter().flat_map(|key| [(*key).to_owned(), format!("{key} comment")]);
    let mut out = line(headings.chain(of_annotators).chain(of_keys));
    for (item, run) in rows {
        out.push_str(&line(row(item, run, annotators, &keys)));
    }
    out
}

fn row(item: &QueueItem, run: &DescribedRun, annotators: bool, keys: &BTreeSet<&str>) -> Vec<String> {
    let members = members(run, "");
    let json = |key: &str| {
        let found = members.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.clone()).filter(|value| value != "null").unwrap_or_default()
    };
    let time =
        |time: Option<engine::UnixNanos>| time.map(engine::UnixNanos::to_iso_micros).unwrap_or_default();
    let mut row = vec![
        item.id.to_string(),
        run.row.run_id.to_string(),
        run.trace_id.to_string(),
        run.row.name.as_deref().unwrap_or_default().to_owned(),
        time(run.row.start),
        json("inputs"),
        json("outputs"),
        time(Some(item.order)),
        time(item.completed_at),
    ];
    if annotators {
        row.push(item.completed_by.join(" "));
    }
    for key in keys {
        // What was said last comes first.
        let said = run.feedback.iter().find(|feedback| feedback.key == *key);
        row.push(said.map(verdict).unwrap_or_default());
        row.push(said.and_then(|said| said.comment.clone()).unwrap_or_default());
    }
    row
}

/// The score, else the value.
fn verdict(feedback: &Feedback) -> String {
    match (feedback.score, &feedback.value) {
        (Some(score), _) => score.to_string(),
        (None, Some(value)) => serde_json::from_str::<String>(value).unwrap_or_else(|_| value.clone()),
        (None, None) => String::new(),
    }
}

/// A line as RFC 4180 has it. A text that a spreadsheet would take for a formula is marked as text.
fn line(fields: impl IntoIterator<Item = String>) -> String {
    let fields: Vec<String> = fields
        .into_iter()
        .map(|field| {
            let is_number = field.parse::<f64>().is_ok();
            let mark =
                if field.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number { "'" } else { "" };
            if mark.is_empty() && !field.contains(['"', ',', '\n', '\r']) {
                field
            } else {
                format!("\"{mark}{}\"", field.replace('"', "\"\""))
            }
        })
        .collect();
    fields.join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn lines_are_quoted_where_they_must_be() {
        let check = |fields: &[&str]| line(fields.iter().map(|&field| field.to_owned()));
        assert_eq!(check(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            check(&["a,b", "say \"x\"", "two\nlines"]),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n"
        );
        assert_eq!(check(&["-1.5", "=1+1", "-x"]), "-1.5,\"'=1+1\",\"'-x\"\r\n");
    }
}
