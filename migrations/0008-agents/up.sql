-- Which sub-agent a run works for, and what computing costs again changed last.

-- What its metadata say of its agent, as JSON: [ls_agent_type, ls_subagent_id, ls_subagent_type, lc_agent_name].
ALTER TABLE run ADD COLUMN agent_tags INTEGER REFERENCES word (id);
-- The sub-agent under which the run's cost is counted, by name; the main agent where absent. Bit 3 of the flags tells that
-- the metadata name a sub-agent.
ALTER TABLE run ADD COLUMN agent INTEGER REFERENCES word (id);
-- Dimension 8 of the sums by day: sub-agent. What is there counts for the main agent until it is read again (remap).
INSERT INTO cost_day (dimension, day, project, value, traces, sums)
  SELECT 8, day, project, 0, traces, sums FROM cost_day WHERE dimension = 0;

-- Prices of the runs that the last computing again changed, before and after, so that it can be undone.
CREATE TABLE repriced (
  trace INTEGER NOT NULL,
  run BLOB NOT NULL,
  -- The price entry as it was, as JSON.
  price_before INTEGER REFERENCES word (id),
  price_after INTEGER REFERENCES word (id),
  PRIMARY KEY (trace, run)
) STRICT, WITHOUT ROWID;
-- When that was; one row, or none.
CREATE TABLE repricing (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at_ns INTEGER NOT NULL,
  runs INTEGER NOT NULL
) STRICT;
-- Examples that were made of a run.
CREATE INDEX example_by_source ON example (source_run) WHERE source_run IS NOT NULL;
