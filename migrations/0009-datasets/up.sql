-- A dataset that was deleted in the application can come back; its name is free meanwhile.
CREATE TABLE dataset_kept (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  -- kv, llm or chat.
  data_type TEXT NOT NULL,
  json_inputs_schema TEXT,
  json_outputs_schema TEXT,
  json_metadata TEXT,
  json_extra TEXT,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  -- When it was put away.
  deleted_ns INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO dataset_kept
  SELECT id, name, description, data_type, json_inputs_schema, json_outputs_schema, json_metadata, json_extra,
    created_ns, modified_ns, NULL FROM dataset;
DROP TABLE dataset;
ALTER TABLE dataset_kept RENAME TO dataset;
CREATE UNIQUE INDEX dataset_by_name ON dataset (name) WHERE deleted_ns IS NULL;

-- Whether a run is in a dataset already.
CREATE INDEX example_by_source_run ON example (source_run) WHERE source_run IS NOT NULL;
