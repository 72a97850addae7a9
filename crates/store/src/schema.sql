-- Written by `cargo xtask codegen` from the migrations, which alone are changed by hand.

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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
, warnings INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE reject (
  source INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  line INTEGER,
  byte_offset INTEGER,
  path TEXT,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  excerpt TEXT NOT NULL, severity INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE recent_file (
  path TEXT PRIMARY KEY,
  opened_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
, uuid BLOB, description TEXT, json_extra TEXT, start_ns INTEGER, end_ns INTEGER, reference_dataset BLOB, default_dataset BLOB, cache_creation_1h_tokens INTEGER NOT NULL DEFAULT 0, audio_input_tokens INTEGER NOT NULL DEFAULT 0, image_input_tokens INTEGER NOT NULL DEFAULT 0, audio_output_tokens INTEGER NOT NULL DEFAULT 0, image_output_tokens INTEGER NOT NULL DEFAULT 0, unpriced_runs INTEGER NOT NULL DEFAULT 0, cache_saved_pico INTEGER NOT NULL DEFAULT 0, cost_input_pico INTEGER NOT NULL DEFAULT 0, cost_cache_read_pico INTEGER NOT NULL DEFAULT 0, cost_cache_write_5m_pico INTEGER NOT NULL DEFAULT 0, cost_cache_write_1h_pico INTEGER NOT NULL DEFAULT 0, cost_audio_input_pico INTEGER NOT NULL DEFAULT 0, cost_image_input_pico INTEGER NOT NULL DEFAULT 0, cost_output_pico INTEGER NOT NULL DEFAULT 0, cost_reasoning_pico INTEGER NOT NULL DEFAULT 0, cost_audio_output_pico INTEGER NOT NULL DEFAULT 0, cost_image_output_pico INTEGER NOT NULL DEFAULT 0, cost_other_pico INTEGER NOT NULL DEFAULT 0) STRICT;

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
  cost_pico INTEGER NOT NULL DEFAULT 0, cache_creation_1h_tokens INTEGER NOT NULL DEFAULT 0, audio_input_tokens INTEGER NOT NULL DEFAULT 0, image_input_tokens INTEGER NOT NULL DEFAULT 0, audio_output_tokens INTEGER NOT NULL DEFAULT 0, image_output_tokens INTEGER NOT NULL DEFAULT 0, unpriced_runs INTEGER NOT NULL DEFAULT 0, cache_saved_pico INTEGER NOT NULL DEFAULT 0, cost_input_pico INTEGER NOT NULL DEFAULT 0, cost_cache_read_pico INTEGER NOT NULL DEFAULT 0, cost_cache_write_5m_pico INTEGER NOT NULL DEFAULT 0, cost_cache_write_1h_pico INTEGER NOT NULL DEFAULT 0, cost_audio_input_pico INTEGER NOT NULL DEFAULT 0, cost_image_input_pico INTEGER NOT NULL DEFAULT 0, cost_output_pico INTEGER NOT NULL DEFAULT 0, cost_reasoning_pico INTEGER NOT NULL DEFAULT 0, cost_audio_output_pico INTEGER NOT NULL DEFAULT 0, cost_image_output_pico INTEGER NOT NULL DEFAULT 0, cost_other_pico INTEGER NOT NULL DEFAULT 0,
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
, echo_of BLOB, cache_creation_1h_tokens INTEGER NOT NULL DEFAULT 0, audio_input_tokens INTEGER NOT NULL DEFAULT 0, image_input_tokens INTEGER NOT NULL DEFAULT 0, audio_output_tokens INTEGER NOT NULL DEFAULT 0, image_output_tokens INTEGER NOT NULL DEFAULT 0, unpriced_runs INTEGER NOT NULL DEFAULT 0, cache_saved_pico INTEGER NOT NULL DEFAULT 0, cost_input_pico INTEGER NOT NULL DEFAULT 0, cost_cache_read_pico INTEGER NOT NULL DEFAULT 0, cost_cache_write_5m_pico INTEGER NOT NULL DEFAULT 0, cost_cache_write_1h_pico INTEGER NOT NULL DEFAULT 0, cost_audio_input_pico INTEGER NOT NULL DEFAULT 0, cost_image_input_pico INTEGER NOT NULL DEFAULT 0, cost_output_pico INTEGER NOT NULL DEFAULT 0, cost_reasoning_pico INTEGER NOT NULL DEFAULT 0, cost_audio_output_pico INTEGER NOT NULL DEFAULT 0, cost_image_output_pico INTEGER NOT NULL DEFAULT 0, cost_other_pico INTEGER NOT NULL DEFAULT 0, cost_day INTEGER) STRICT;

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
  hash BLOB, json_usage TEXT, user INTEGER REFERENCES word (id), labels INTEGER REFERENCES word (id), metadata_usage INTEGER, price INTEGER REFERENCES word (id), cost_origin INTEGER NOT NULL DEFAULT 0, cache_saved_pico INTEGER, cost_input_pico INTEGER, cost_cache_read_pico INTEGER, cost_cache_write_5m_pico INTEGER, cost_cache_write_1h_pico INTEGER, cost_audio_input_pico INTEGER, cost_image_input_pico INTEGER, cost_output_pico INTEGER, cost_reasoning_pico INTEGER, cost_audio_output_pico INTEGER, cost_image_output_pico INTEGER, cost_other_pico INTEGER, agent_tags INTEGER REFERENCES word (id), agent INTEGER REFERENCES word (id), json_sum TEXT,
  PRIMARY KEY (trace, uuid)
) STRICT, WITHOUT ROWID;

CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL REFERENCES trace (id),
  raw_bytes INTEGER NOT NULL,
  data BLOB NOT NULL
, change INTEGER NOT NULL DEFAULT 0) STRICT;

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
  hash BLOB NOT NULL REFERENCES attachment_content (hash), rank INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (trace, run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_alias (
  name TEXT PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_example (
  example BLOB NOT NULL,
  trace INTEGER NOT NULL REFERENCES trace (id),
  run BLOB NOT NULL,
  PRIMARY KEY (trace, run)
) STRICT, WITHOUT ROWID;

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
, reviewer TEXT, reviewer_name TEXT, retracted_ns INTEGER, supersedes BLOB, queue_item BLOB) STRICT, WITHOUT ROWID;

CREATE TABLE feedback_config (
  key TEXT PRIMARY KEY,
  json_config TEXT NOT NULL,
  lower_is_better INTEGER NOT NULL,
  enforced INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE feedback_token (
  id BLOB PRIMARY KEY,
  run BLOB NOT NULL,
  key TEXT NOT NULL,
  json_config TEXT,
  expires_ns INTEGER NOT NULL,
  created_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
, rubric_version INTEGER NOT NULL DEFAULT 1, archived_ns INTEGER) STRICT, WITHOUT ROWID;

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
, pair_run BLOB, pair_trace BLOB, swap INTEGER NOT NULL DEFAULT 0, removed_ns INTEGER, conflict INTEGER NOT NULL DEFAULT 0, adjudicated_ns INTEGER, pinned INTEGER NOT NULL DEFAULT 0, priority REAL NOT NULL DEFAULT 0, json_source TEXT, stage INTEGER GENERATED ALWAYS AS (
  CASE WHEN removed_ns IS NOT NULL THEN 4 WHEN status = 1 AND conflict = 1 THEN 2 WHEN status = 1 THEN 3 ELSE 0 END), band INTEGER GENERATED ALWAYS AS (
  CASE WHEN removed_ns IS NOT NULL THEN 2 WHEN pinned = 1 THEN 0 ELSE 1 END)) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_tag (
  dataset BLOB NOT NULL REFERENCES dataset (id),
  tag TEXT NOT NULL,
  as_of_ns INTEGER NOT NULL,
  PRIMARY KEY (dataset, tag)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE example_attachment (
  example BLOB NOT NULL,
  as_of_ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  hash BLOB NOT NULL REFERENCES attachment_content (hash),
  PRIMARY KEY (example, as_of_ns, name)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE cost_day (
  dimension INTEGER NOT NULL,
  day INTEGER NOT NULL,
  project INTEGER NOT NULL,
  value INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  -- The sums of a roll-up in the order of its columns, as zigzag varints.
  sums BLOB NOT NULL,
  PRIMARY KEY (dimension, day, project, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE price (
  id INTEGER PRIMARY KEY,
  json_entry TEXT NOT NULL,
  created_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE reviewer (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  -- 0 a person, 1 a model, 2 a program.
  kind INTEGER NOT NULL,
  created_ns INTEGER NOT NULL,
  archived_ns INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE queue_rubric (
  queue BLOB NOT NULL REFERENCES queue (id),
  version INTEGER NOT NULL,
  json_rubric TEXT NOT NULL,
  -- An object: key to its configuration.
  json_configs TEXT NOT NULL,
  created_ns INTEGER NOT NULL,
  PRIMARY KEY (queue, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE assignment (
  item BLOB NOT NULL REFERENCES queue_item (id),
  reviewer BLOB NOT NULL REFERENCES reviewer (id),
  -- 0 pending, 1 reserved, 2 draft, 3 submitted, 4 skipped, 5 discarded.
  state INTEGER NOT NULL,
  -- Place in this reviewer's order; absent until it is first opened.
  position INTEGER,
  -- Window that has it open, the process of that window, and until when.
  lease_session TEXT,
  lease_process TEXT,
  lease_until_ns INTEGER,
  -- Why it was skipped or discarded.
  reason TEXT,
  first_seen_ns INTEGER,
  opened_ns INTEGER,
  submitted_ns INTEGER,
  -- Time with the item before the eyes, in milliseconds.
  active_ms INTEGER NOT NULL DEFAULT 0,
  -- Rubric of the submitted answers.
  rubric_version INTEGER,
  -- Hash of what was judged.
  snapshot BLOB,
  PRIMARY KEY (item, reviewer)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
  item BLOB NOT NULL REFERENCES queue_item (id),
  reviewer BLOB NOT NULL REFERENCES reviewer (id),
  rubric_version INTEGER NOT NULL,
  json_answers TEXT NOT NULL,
  -- Where the reviewer was; the interface's own.
  json_cursor TEXT,
  updated_ns INTEGER NOT NULL,
  PRIMARY KEY (item, reviewer)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Joins the events of one step: what was done to many items at once is undone at once.
  step BLOB NOT NULL,
  at_ns INTEGER NOT NULL,
  reviewer BLOB NOT NULL,
  session TEXT NOT NULL,
  queue BLOB NOT NULL,
  item BLOB NOT NULL,
  op TEXT NOT NULL,
  json_before TEXT NOT NULL,
  json_after TEXT NOT NULL,
  -- The event that undid this one; absent while it stands.
  undone_by INTEGER,
  -- The step that this event undid or did again.
  undo_of BLOB
) STRICT;

CREATE TABLE queue_tally (
  queue BLOB NOT NULL,
  stage INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (queue, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE reviewer_tally (
  queue BLOB NOT NULL,
  reviewer BLOB NOT NULL,
  stage INTEGER NOT NULL,
  state INTEGER NOT NULL,
  drafted INTEGER NOT NULL,
  placed INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (queue, reviewer, stage, state, drafted, placed)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_place (
  queue BLOB NOT NULL,
  reviewer BLOB NOT NULL,
  band INTEGER NOT NULL,
  position INTEGER NOT NULL,
  item BLOB NOT NULL,
  open INTEGER NOT NULL,
  PRIMARY KEY (queue, reviewer, band, position, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_block (
  queue BLOB NOT NULL,
  reviewer BLOB NOT NULL,
  band INTEGER NOT NULL,
  block INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (queue, reviewer, band, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  json_definition TEXT NOT NULL,
  pinned INTEGER NOT NULL,
  created_ns INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE repriced (
  trace INTEGER NOT NULL,
  run BLOB NOT NULL,
  -- The price entry as it was, as JSON.
  price_before INTEGER REFERENCES word (id),
  price_after INTEGER REFERENCES word (id),
  PRIMARY KEY (trace, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE repricing (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at_ns INTEGER NOT NULL,
  runs INTEGER NOT NULL
) STRICT;

CREATE TABLE "dataset" (
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

CREATE TABLE text_void (
  trace INTEGER PRIMARY KEY,
  change INTEGER NOT NULL
) STRICT;

CREATE TABLE repeat (
  -- Stands for the item wherever a reviewer works on one.
  id BLOB PRIMARY KEY,
  queue BLOB NOT NULL,
  item BLOB NOT NULL,
  reviewer BLOB NOT NULL,
  -- The item that it follows in the order.
  behind BLOB NOT NULL,
  -- As of assignments.
  state INTEGER NOT NULL,
  -- Drafted, then submitted; sides of a pair are as shown.
  json_answers TEXT,
  -- Where the reviewer was; the interface's own.
  json_cursor TEXT,
  rubric_version INTEGER NOT NULL,
  -- Why it was skipped or discarded.
  reason TEXT,
  asked_ns INTEGER NOT NULL,
  updated_ns INTEGER NOT NULL,
  submitted_ns INTEGER,
  active_ms INTEGER NOT NULL DEFAULT 0,
  UNIQUE (item, reviewer)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX source_by_path ON source (kind, path) WHERE path IS NOT NULL;

CREATE INDEX trace_by_thread ON trace (thread, start_ns, uuid) WHERE thread IS NOT NULL;

CREATE INDEX run_by_uuid ON run (uuid);

CREATE INDEX run_model_child ON run (trace, parent) WHERE run_type IN (0, 4) AND parent IS NOT NULL;

CREATE INDEX run_guessed ON run (parent) WHERE flags & 2;

CREATE INDEX block_by_trace ON block (trace, id);

CREATE INDEX attachment_by_hash ON attachment (hash);

CREATE UNIQUE INDEX project_by_uuid ON project (uuid);

CREATE INDEX trace_by_echo ON trace (echo_of) WHERE echo_of IS NOT NULL;

CREATE INDEX trace_by_start ON trace (start_ns, uuid) WHERE echo_of IS NULL;

CREATE INDEX trace_by_project ON trace (project, start_ns, uuid) WHERE echo_of IS NULL;

CREATE INDEX run_example_by_example ON run_example (example);

CREATE INDEX feedback_by_run ON feedback (run) WHERE run IS NOT NULL;

CREATE INDEX feedback_by_trace ON feedback (trace) WHERE trace IS NOT NULL;

CREATE INDEX feedback_by_created ON feedback (created_ns, id);

CREATE INDEX feedback_token_by_run ON feedback_token (run);

CREATE INDEX queue_item_in_order ON queue_item (queue, status, order_ns, id);

CREATE INDEX queue_item_of_run ON queue_item (run) WHERE run IS NOT NULL;

CREATE INDEX example_by_dataset ON example (dataset, as_of_ns);

CREATE INDEX example_by_number ON example (dataset, number);

CREATE INDEX example_attachment_by_hash ON example_attachment (hash);

CREATE INDEX outgoing_size ON outgoing (runs, bytes);

CREATE INDEX feedback_by_item ON feedback (queue_item) WHERE queue_item IS NOT NULL;

CREATE INDEX feedback_by_reviewer ON feedback (reviewer) WHERE reviewer IS NOT NULL;

CREATE UNIQUE INDEX queue_item_by_run ON queue_item (queue, run, trace, coalesce(pair_run, x''))
  WHERE run IS NOT NULL AND removed_ns IS NULL;

CREATE UNIQUE INDEX queue_item_by_thread ON queue_item (queue, project, thread)
  WHERE thread IS NOT NULL AND removed_ns IS NULL;

CREATE INDEX queue_item_in_conflict ON queue_item (queue) WHERE conflict = 1;

CREATE INDEX assignment_by_reviewer ON assignment (reviewer, state);

CREATE INDEX review_event_by_step ON review_event (step);

CREATE INDEX review_event_by_reviewer ON review_event (reviewer, seq);

CREATE INDEX review_event_by_item ON review_event (item, seq);

CREATE INDEX review_event_by_queue ON review_event (queue, seq);

CREATE INDEX review_place_open ON review_place (queue, reviewer, band, position, item) WHERE open = 1;

CREATE INDEX review_event_taken ON review_event (reviewer, seq) WHERE undo_of IS NULL;

CREATE INDEX review_event_standing ON review_event (reviewer, seq) WHERE undo_of IS NULL AND undone_by IS NULL;

CREATE INDEX review_event_undone ON review_event (reviewer, undone_by) WHERE undo_of IS NULL AND undone_by IS NOT NULL;

CREATE INDEX assignment_opened ON assignment (reviewer, opened_ns) WHERE opened_ns IS NOT NULL;

CREATE INDEX assignment_leased ON assignment (lease_process) WHERE lease_process IS NOT NULL;

CREATE INDEX feedback_standing_by_key ON feedback (key) WHERE retracted_ns IS NULL;

CREATE INDEX run_by_start ON run (
  start_ns, trace, uuid, run_type, status, name, model, provider, prompt_version, end_ns, input_tokens, output_tokens,
  total_tokens, cost_pico, source
);

CREATE INDEX feedback_by_key ON feedback (key, score, run, trace) WHERE retracted_ns IS NULL;

CREATE INDEX feedback_by_thread ON feedback (thread) WHERE thread IS NOT NULL;

CREATE INDEX example_by_source ON example (source_run) WHERE source_run IS NOT NULL;

CREATE UNIQUE INDEX dataset_by_name ON dataset (name) WHERE deleted_ns IS NULL;

CREATE INDEX example_by_source_run ON example (source_run) WHERE source_run IS NOT NULL;

CREATE INDEX block_by_change ON block (change);

CREATE INDEX text_void_by_change ON text_void (change);

CREATE INDEX trace_by_priced ON trace (start_ns, project, cost_pico)
  WHERE echo_of IS NULL AND cost_runs > 0 AND unpriced_runs = 0;

CREATE INDEX review_event_submitted ON review_event (queue, reviewer, seq)
  WHERE op IN ('submit', 'bulk') AND undone_by IS NULL;

CREATE INDEX repeat_by_queue ON repeat (queue, reviewer, state);

CREATE VIEW live_queue_item AS SELECT * FROM queue_item WHERE removed_ns IS NULL;

CREATE VIEW assigned AS
  SELECT i.queue, a.reviewer, i.stage, a.state,
    EXISTS (SELECT 1 FROM draft WHERE draft.item = a.item AND draft.reviewer = a.reviewer) AS drafted,
    a.position IS NOT NULL AS placed, i.band, a.position, a.item, i.stage = 0 AND a.state < 3 AS open
  FROM assignment AS a JOIN queue_item AS i ON i.id = a.item;

CREATE TRIGGER review_place_added AFTER INSERT ON review_place BEGIN
  INSERT INTO review_block VALUES (NEW.queue, NEW.reviewer, NEW.band, NEW.position / 512, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER review_place_gone AFTER DELETE ON review_place BEGIN
  UPDATE review_block SET count = count - 1 WHERE queue = OLD.queue AND reviewer = OLD.reviewer AND band = OLD.band
    AND block = OLD.position / 512;
END;

CREATE TRIGGER queue_item_added AFTER INSERT ON queue_item BEGIN
  INSERT INTO queue_tally VALUES (NEW.queue, NEW.stage, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER queue_item_gone AFTER DELETE ON queue_item BEGIN
  UPDATE queue_tally SET count = count - 1 WHERE queue = OLD.queue AND stage = OLD.stage;
END;

CREATE TRIGGER queue_item_moved AFTER UPDATE OF status, conflict, removed_ns, pinned ON queue_item
  WHEN OLD.stage <> NEW.stage OR OLD.band <> NEW.band
BEGIN
  UPDATE queue_tally SET count = count - 1 WHERE queue = OLD.queue AND stage = OLD.stage;
  INSERT INTO queue_tally VALUES (NEW.queue, NEW.stage, 1) ON CONFLICT DO UPDATE SET count = count + 1;
  UPDATE reviewer_tally SET count = count - 1 WHERE (queue, reviewer, stage, state, drafted, placed) IN
    (SELECT queue, reviewer, OLD.stage, state, drafted, placed FROM assigned WHERE item = NEW.id);
  INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, drafted, placed, 1 FROM assigned WHERE item = NEW.id
    ON CONFLICT DO UPDATE SET count = count + 1;
  DELETE FROM review_place WHERE (queue, reviewer, band, position, item) IN
    (SELECT queue, reviewer, OLD.band, position, item FROM assigned WHERE item = NEW.id AND placed);
  INSERT INTO review_place SELECT queue, reviewer, band, position, item, open FROM assigned WHERE item = NEW.id AND placed;
END;

CREATE TRIGGER assignment_added AFTER INSERT ON assignment BEGIN
  INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, drafted, placed, 1 FROM assigned
    WHERE item = NEW.item AND reviewer = NEW.reviewer ON CONFLICT DO UPDATE SET count = count + 1;
  INSERT INTO review_place SELECT queue, reviewer, band, position, item, open FROM assigned
    WHERE item = NEW.item AND reviewer = NEW.reviewer AND placed;
END;

CREATE TRIGGER assignment_gone AFTER DELETE ON assignment BEGIN
  UPDATE reviewer_tally SET count = count - 1 WHERE (queue, reviewer, stage, state, drafted, placed) =
    (SELECT queue, OLD.reviewer, stage, OLD.state, EXISTS (SELECT 1 FROM draft WHERE draft.item = OLD.item
      AND draft.reviewer = OLD.reviewer), OLD.position IS NOT NULL FROM queue_item WHERE id = OLD.item);
  DELETE FROM review_place WHERE (queue, reviewer, band, position, item) =
    (SELECT queue, OLD.reviewer, band, OLD.position, OLD.item FROM queue_item WHERE id = OLD.item);
END;

CREATE TRIGGER assignment_changed AFTER UPDATE OF reviewer, state, position ON assignment
  WHEN OLD.state <> NEW.state OR OLD.position IS NOT NEW.position OR OLD.reviewer <> NEW.reviewer
BEGIN
  UPDATE reviewer_tally SET count = count - 1 WHERE (queue, reviewer, stage, state, drafted, placed) =
    (SELECT queue, OLD.reviewer, stage, OLD.state, EXISTS (SELECT 1 FROM draft WHERE draft.item = OLD.item
      AND draft.reviewer = OLD.reviewer), OLD.position IS NOT NULL FROM queue_item WHERE id = OLD.item);
  INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, drafted, placed, 1 FROM assigned
    WHERE item = NEW.item AND reviewer = NEW.reviewer ON CONFLICT DO UPDATE SET count = count + 1;
  DELETE FROM review_place WHERE (queue, reviewer, band, position, item) =
    (SELECT queue, OLD.reviewer, band, OLD.position, OLD.item FROM queue_item WHERE id = OLD.item);
  INSERT INTO review_place SELECT queue, reviewer, band, position, item, open FROM assigned
    WHERE item = NEW.item AND reviewer = NEW.reviewer AND placed;
END;

CREATE TRIGGER draft_added AFTER INSERT ON draft BEGIN
  UPDATE reviewer_tally SET count = count - 1 WHERE (queue, reviewer, stage, state, drafted, placed) =
    (SELECT queue, reviewer, stage, state, 0, placed FROM assigned WHERE item = NEW.item AND reviewer = NEW.reviewer);
  INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, 1, placed, 1 FROM assigned
    WHERE item = NEW.item AND reviewer = NEW.reviewer ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER draft_gone AFTER DELETE ON draft BEGIN
  UPDATE reviewer_tally SET count = count - 1 WHERE (queue, reviewer, stage, state, drafted, placed) =
    (SELECT queue, reviewer, stage, state, 1, placed FROM assigned WHERE item = OLD.item AND reviewer = OLD.reviewer);
  INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, 0, placed, 1 FROM assigned
    WHERE item = OLD.item AND reviewer = OLD.reviewer ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER draft_renamed AFTER UPDATE OF reviewer ON draft WHEN OLD.reviewer <> NEW.reviewer BEGIN
  UPDATE reviewer_tally SET count = count - 1 WHERE (queue, reviewer, stage, state, drafted, placed) =
    (SELECT queue, reviewer, stage, state, 0, placed FROM assigned WHERE item = NEW.item AND reviewer = NEW.reviewer);
  INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, 1, placed, 1 FROM assigned
    WHERE item = NEW.item AND reviewer = NEW.reviewer ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER queue_gone AFTER DELETE ON queue BEGIN
  DELETE FROM review_place WHERE queue = OLD.id;
  DELETE FROM review_block WHERE queue = OLD.id;
  DELETE FROM reviewer_tally WHERE queue = OLD.id;
  DELETE FROM queue_tally WHERE queue = OLD.id;
END;

CREATE TRIGGER repeat_gone AFTER DELETE ON queue_item BEGIN
  DELETE FROM repeat WHERE item = OLD.id;
END;

INSERT INTO reviewer (id, name, kind, created_ns) VALUES (x'726163656d614b008000000000000002', 'Me', 0, 0);

INSERT INTO setting (key, value) VALUES ('library_id', lower(hex(randomblob(16))));
