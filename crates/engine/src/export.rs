//! Runs written out for other tools, trace by trace, so that memory holds one trace.

use std::{collections::HashMap, io::Write};

use ingest::export::{RunPlace, langsmith_run, langsmith_run_as_otlp_json, otlp_json};
use model::{RawFormat, RawRecord, RunId, TraceId};
use store::{SortTraces, TraceFilter, TraceQuery};

use crate::{Engine, Error, error::Result, query::dotted_orders};

/// Traces that are listed at once.
const PAGE: u32 = 200;

/// Layout of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One LangSmith run a line.
    LangsmithJsonl,
    /// One OTLP/JSON request a line, with one span each.
    OtlpJson,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportSummary {
    /// Runs.
    pub runs: u64,
    /// Traces.
    pub traces: u64,
}

impl Engine {
    /// Writes every trace that matches, oldest first.
    pub fn export_runs(
        &self,
        filter: &TraceFilter,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<ExportSummary> {
        let mut summary = ExportSummary::default();
        let mut offset = 0;
        loop {
            let query = TraceQuery {
                filter: filter.clone(),
                sort: SortTraces::Start,
                ascending: true,
                offset,
                limit: PAGE,
            };
            let page = self.traces(&query)?;
            for row in &page.rows {
                summary.runs += self.export_trace(row.trace_id, format, out)?;
                summary.traces += 1;
            }
            offset += PAGE;
            if u64::from(offset) >= page.total {
                return Ok(summary);
            }
        }
    }

    /// Writes one trace; returns the number of its runs.
    pub fn export_trace(&self, id: TraceId, format: ExportFormat, out: &mut dyn Write) -> Result<u64> {
        let opened = self.open_trace(id)?;
        let mut records: HashMap<RunId, Vec<RawRecord>> = HashMap::new();
        self.store.visit_records(id, |run_id, found| {
            records.insert(run_id, found);
            true
        })?;
        // LangSmith names a trace by the run id of its root.
        let root = opened.tree.nodes.first().map(|node| opened.runs[node.input].run_id);
        let trace_id = root.map_or(id, |root| TraceId::from_bytes(*root.as_bytes()));
        let mut count = 0;
        for (node, dotted_order) in opened.tree.nodes.iter().zip(dotted_orders(&opened)) {
            let run = &opened.runs[node.input];
            let raw = records.remove(&run.run_id).unwrap_or_default();
            let is_otlp = raw.first().is_some_and(|record| record.format != RawFormat::LangsmithRun);
            let place =
                RunPlace { trace_id, run_id: run.run_id, parent_run_id: run.parent_run_id, dotted_order };
            let lines: Vec<String> = match format {
                ExportFormat::LangsmithJsonl => vec![langsmith_run(&ingest::detail(&raw), &place)],
                // The strongest record is the span as it was last sent; log records hold what no span does.
                ExportFormat::OtlpJson if is_otlp => {
                    let logs = raw.iter().skip(1).filter(|record| record.format == RawFormat::OtlpLog);
                    raw.iter().take(1).chain(logs).filter_map(otlp_json).collect()
                }
                ExportFormat::OtlpJson => {
                    let place = RunPlace { trace_id: id, ..place };
                    vec![langsmith_run_as_otlp_json(&ingest::detail(&raw), &place)]
                }
            };
            for line in lines {
                out.write_all(line.as_bytes())
                    .and_then(|()| out.write_all(b"\n"))
                    .map_err(|source| Error::Io { action: "write", path: "the export".to_owned(), source })?;
            }
            count += 1;
        }
        Ok(count)
    }
}
