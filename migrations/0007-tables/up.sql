-- What tables of runs filter, sort, count and sum by stands in the index of their order: a look through a million of
-- runs reads this index and not the rows.
DROP INDEX run_by_start;
CREATE INDEX run_by_start ON run (
  start_ns, trace, uuid, run_type, status, name, model, provider, prompt_version, end_ns, input_tokens, output_tokens,
  total_tokens, cost_pico, source
);

-- Filters, facets and orders by what was said; what was taken back is not asked for.
CREATE INDEX feedback_by_key ON feedback (key, score, run, trace) WHERE retracted_ns IS NULL;
CREATE INDEX feedback_by_thread ON feedback (thread) WHERE thread IS NOT NULL;

-- Tables as somebody arranged them: filter, columns, order, density, as the UI writes them down.
CREATE TABLE saved_view (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  json_definition TEXT NOT NULL,
  pinned INTEGER NOT NULL,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
