-- What people and programs say about runs, and the projects, queues and datasets that they say it in.
-- Columns named json_… hold JSON texts. Identities are the 16 bytes of a UUID.

-- A project has an identity of its own, so that it can be renamed and described.
ALTER TABLE project ADD COLUMN uuid BLOB;
ALTER TABLE project ADD COLUMN description TEXT;
ALTER TABLE project ADD COLUMN json_extra TEXT;
ALTER TABLE project ADD COLUMN start_ns INTEGER;
ALTER TABLE project ADD COLUMN end_ns INTEGER;
ALTER TABLE project ADD COLUMN reference_dataset BLOB;
ALTER TABLE project ADD COLUMN default_dataset BLOB;
UPDATE project SET uuid = randomblob(16);
CREATE UNIQUE INDEX project_by_uuid ON project (uuid);

-- Names under which runs may still come for a project that was renamed.
CREATE TABLE project_alias (
  name TEXT PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project (id)
) STRICT, WITHOUT ROWID;

-- A trace that came a second time under other ids (an SDK that exports the same runs in two protocols): the trace that
-- is shown in its place. Lists and roll-ups leave it out.
ALTER TABLE trace ADD COLUMN echo_of BLOB;
CREATE INDEX trace_by_echo ON trace (echo_of) WHERE echo_of IS NOT NULL;
DROP INDEX trace_by_start;
DROP INDEX trace_by_project;
CREATE INDEX trace_by_start ON trace (start_ns, uuid) WHERE echo_of IS NULL;
CREATE INDEX trace_by_project ON trace (project, start_ns, uuid) WHERE echo_of IS NULL;

-- Runs in order of time, across traces.
CREATE INDEX run_by_start ON run (start_ns, trace, uuid);

-- Runs that answer an example of a dataset.
CREATE TABLE run_example (
  example BLOB NOT NULL,
  trace INTEGER NOT NULL REFERENCES trace (id),
  run BLOB NOT NULL,
  PRIMARY KEY (trace, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_example_by_example ON run_example (example);

-- Of two files of one name the one of the update stays, as with everything else of a run.
ALTER TABLE attachment ADD COLUMN rank INTEGER NOT NULL DEFAULT 1;

DROP TABLE feedback;
CREATE TABLE feedback (
  id BLOB PRIMARY KEY,
  run BLOB,
  trace BLOB,
  project BLOB,
  thread TEXT,
  key TEXT NOT NULL,
  score REAL,
  json_value TEXT,
  comment TEXT,
  json_correction TEXT,
  source_kind TEXT NOT NULL,
  json_source_metadata TEXT,
  error INTEGER NOT NULL,
  group_id BLOB,
  comparative_experiment BLOB,
  json_extra TEXT,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_by_run ON feedback (run) WHERE run IS NOT NULL;
CREATE INDEX feedback_by_trace ON feedback (trace) WHERE trace IS NOT NULL;
CREATE INDEX feedback_by_created ON feedback (created_ns, id);

-- What the score of a key means.
CREATE TABLE feedback_config (
  key TEXT PRIMARY KEY,
  json_config TEXT NOT NULL,
  lower_is_better INTEGER NOT NULL,
  enforced INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Addresses at which anybody who knows them may say something about one run.
CREATE TABLE feedback_token (
  id BLOB PRIMARY KEY,
  run BLOB NOT NULL,
  key TEXT NOT NULL,
  json_config TEXT,
  expires_ns INTEGER NOT NULL,
  created_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_token_by_run ON feedback_token (run);

-- Addresses at which a trace or a dataset may be read; on loopback only, like everything.
CREATE TABLE share (
  token BLOB PRIMARY KEY,
  kind INTEGER NOT NULL,
  subject BLOB NOT NULL,
  created_ns INTEGER NOT NULL,
  UNIQUE (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE queue (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  -- 0 single, 1 pairwise.
  kind INTEGER NOT NULL,
  instructions TEXT,
  json_rubric TEXT NOT NULL,
  -- Everything that decides how items are handed out: reviewers per item, reservations, access.
  json_settings TEXT NOT NULL,
  json_metadata TEXT,
  default_dataset BLOB,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE queue_item (
  id BLOB PRIMARY KEY,
  queue BLOB NOT NULL REFERENCES queue (id),
  -- 0 a run, 1 a thread.
  kind INTEGER NOT NULL,
  trace BLOB,
  run BLOB,
  thread TEXT,
  project BLOB,
  -- 0 open, 1 completed.
  status INTEGER NOT NULL,
  source_example BLOB,
  added_ns INTEGER NOT NULL,
  -- Place in the queue: the time of adding, unless the item was moved.
  order_ns INTEGER NOT NULL,
  reviewed_ns INTEGER,
  completed_ns INTEGER,
  -- Names of those who are done with it.
  json_completed_by TEXT NOT NULL,
  -- Who looks at it, and since when.
  viewed_by TEXT,
  viewed_ns INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX queue_item_by_run ON queue_item (queue, run, trace) WHERE run IS NOT NULL;
CREATE UNIQUE INDEX queue_item_by_thread ON queue_item (queue, project, thread) WHERE thread IS NOT NULL;
CREATE INDEX queue_item_in_order ON queue_item (queue, status, order_ns, id);
CREATE INDEX queue_item_of_run ON queue_item (run) WHERE run IS NOT NULL;

CREATE TABLE dataset (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT,
  -- kv, llm or chat.
  data_type TEXT NOT NULL,
  json_inputs_schema TEXT,
  json_outputs_schema TEXT,
  json_metadata TEXT,
  json_extra TEXT,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_tag (
  dataset BLOB NOT NULL REFERENCES dataset (id),
  tag TEXT NOT NULL,
  as_of_ns INTEGER NOT NULL,
  PRIMARY KEY (dataset, tag)
) STRICT, WITHOUT ROWID;

-- Every state that an example was in. The latest one at or before a time is its state then.
CREATE TABLE example (
  id BLOB NOT NULL,
  as_of_ns INTEGER NOT NULL,
  dataset BLOB NOT NULL REFERENCES dataset (id),
  -- Counts the examples of the dataset in the order in which they were made.
  number INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  json_inputs TEXT NOT NULL,
  json_outputs TEXT,
  json_metadata TEXT,
  source_run BLOB,
  created_ns INTEGER NOT NULL,
  PRIMARY KEY (id, as_of_ns)
) STRICT, WITHOUT ROWID;
CREATE INDEX example_by_dataset ON example (dataset, as_of_ns);
CREATE INDEX example_by_number ON example (dataset, number);

-- Files of one state of an example; the content lies with the files of runs.
CREATE TABLE example_attachment (
  example BLOB NOT NULL,
  as_of_ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  hash BLOB NOT NULL REFERENCES attachment_content (hash),
  PRIMARY KEY (example, as_of_ns, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX example_attachment_by_hash ON example_attachment (hash);

-- Records that are still to be sent on to the endpoint that the owner named, oldest first.
CREATE TABLE outgoing (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  runs INTEGER NOT NULL,
  -- Bytes of the data before compression.
  raw_bytes INTEGER NOT NULL,
  -- Bytes of the data.
  bytes INTEGER NOT NULL,
  -- Records as in a block, compressed.
  data BLOB NOT NULL
) STRICT;
CREATE INDEX outgoing_size ON outgoing (runs, bytes);
