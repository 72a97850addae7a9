-- The library of one person: sources, runs with their payloads, and the roll-ups that lists show.
-- Times are nanoseconds since 1970, costs 10^-12 US dollars, identities the 16 bytes of a UUID.

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Dictionary of short texts that recur: names, models, providers, prompt versions, dialects, thread keys.
CREATE TABLE word (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE source (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  label TEXT NOT NULL,
  path TEXT,
  watching INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER,
  -- Bytes of a followed file that were read and committed.
  read_offset INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  added_ns INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX source_by_path ON source (kind, path) WHERE path IS NOT NULL;

CREATE TABLE reject (
  source INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  line INTEGER,
  byte_offset INTEGER,
  path TEXT,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE recent_file (
  path TEXT PRIMARY KEY,
  opened_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Roll-up columns are the same on trace, thread and project: sums over the counted runs below.
CREATE TABLE project (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  traces INTEGER NOT NULL DEFAULT 0,
  failed_traces INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  usage_runs INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  total_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_creation_tokens INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens INTEGER NOT NULL DEFAULT 0,
  cost_runs INTEGER NOT NULL DEFAULT 0,
  cost_pico INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE thread (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project (id),
  key INTEGER NOT NULL REFERENCES word (id),
  traces INTEGER NOT NULL DEFAULT 0,
  failed_traces INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  usage_runs INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  total_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_creation_tokens INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens INTEGER NOT NULL DEFAULT 0,
  cost_runs INTEGER NOT NULL DEFAULT 0,
  cost_pico INTEGER NOT NULL DEFAULT 0,
  UNIQUE (project, key)
) STRICT;

CREATE TABLE trace (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  source INTEGER NOT NULL REFERENCES source (id),
  project INTEGER NOT NULL REFERENCES project (id),
  thread INTEGER REFERENCES thread (id),
  -- The run that names the trace: the earliest without a parent, else the earliest.
  root BLOB NOT NULL,
  name INTEGER REFERENCES word (id),
  -- Of the root, except that a trace with an open run is pending.
  status INTEGER NOT NULL,
  start_ns INTEGER,
  end_ns INTEGER,
  latency_ns INTEGER,
  model INTEGER REFERENCES word (id),
  input_preview TEXT,
  output_preview TEXT,
  runs INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  usage_runs INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  total_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  reasoning_tokens INTEGER NOT NULL,
  cost_runs INTEGER NOT NULL,
  cost_pico INTEGER NOT NULL
) STRICT;
CREATE INDEX trace_by_start ON trace (start_ns, uuid);
CREATE INDEX trace_by_project ON trace (project, start_ns, uuid);
CREATE INDEX trace_by_thread ON trace (thread, start_ns, uuid) WHERE thread IS NOT NULL;

-- Clustered by trace, so that opening one reads neighbours.
CREATE TABLE run (
  trace INTEGER NOT NULL REFERENCES trace (id),
  uuid BLOB NOT NULL,
  parent BLOB,
  start_ns INTEGER,
  end_ns INTEGER,
  first_token_ns INTEGER,
  run_type INTEGER NOT NULL,
  status INTEGER NOT NULL,
  -- Bit 0: an outer model call already holds this usage. Bit 1: the trace was guessed, since the input did not say.
  flags INTEGER NOT NULL,
  name INTEGER REFERENCES word (id),
  model INTEGER REFERENCES word (id),
  provider INTEGER REFERENCES word (id),
  project INTEGER REFERENCES word (id),
  thread INTEGER REFERENCES word (id),
  prompt_version INTEGER REFERENCES word (id),
  dialect INTEGER REFERENCES word (id),
  input_tokens INTEGER,
  output_tokens INTEGER,
  total_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_creation_tokens INTEGER,
  reasoning_tokens INTEGER,
  cost_pico INTEGER,
  error TEXT,
  detail TEXT,
  source INTEGER NOT NULL REFERENCES source (id),
  -- Where the records of the run stand: `length` bytes at `byte_offset` of the uncompressed block.
  block INTEGER NOT NULL REFERENCES block (id),
  byte_offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  records INTEGER NOT NULL,
  -- Content hash of the only record; absent when several were merged.
  hash BLOB,
  PRIMARY KEY (trace, uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_by_uuid ON run (uuid);
-- Model calls inside model calls: which usage counts (run types llm and embedding).
CREATE INDEX run_model_child ON run (trace, parent) WHERE run_type IN (0, 4) AND parent IS NOT NULL;
CREATE INDEX run_guessed ON run (parent) WHERE flags & 2;

-- Records of neighbouring runs of one trace, compressed together.
CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL REFERENCES trace (id),
  raw_bytes INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX block_by_trace ON block (trace, id);

CREATE TABLE attachment_content (
  hash BLOB PRIMARY KEY,
  bytes INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE attachment (
  trace INTEGER NOT NULL,
  run BLOB NOT NULL,
  name TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  hash BLOB NOT NULL REFERENCES attachment_content (hash),
  PRIMARY KEY (trace, run, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_by_hash ON attachment (hash);

-- What people and programs say about runs, traces, threads and projects.
CREATE TABLE feedback (
  id BLOB PRIMARY KEY,
  trace BLOB,
  run BLOB,
  project INTEGER REFERENCES project (id),
  key TEXT NOT NULL,
  score REAL,
  value TEXT,
  comment TEXT,
  correction TEXT,
  source TEXT,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_by_trace ON feedback (trace, run);
