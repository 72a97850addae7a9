-- Reviewing: who reviews, what each reviewer made of each item, drafts, and every step, so that it can be undone.
-- Columns named json_… hold JSON texts. Identities are the 16 bytes of a UUID.

-- Who said it (LangSmith's `feedback_source.user_id`): a reviewer of this library, or whatever a foreign file says.
ALTER TABLE feedback ADD COLUMN reviewer TEXT;
-- Its name as it came with foreign feedback.
ALTER TABLE feedback ADD COLUMN reviewer_name TEXT;
-- Replaced by a later answer, or taken back; absent while it stands.
ALTER TABLE feedback ADD COLUMN retracted_ns INTEGER;
-- The feedback that this one replaces.
ALTER TABLE feedback ADD COLUMN supersedes BLOB;
-- The queue item that it was given in.
ALTER TABLE feedback ADD COLUMN queue_item BLOB;
CREATE INDEX feedback_by_item ON feedback (queue_item) WHERE queue_item IS NOT NULL;
CREATE INDEX feedback_by_reviewer ON feedback (reviewer) WHERE reviewer IS NOT NULL;

CREATE TABLE reviewer (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  -- 0 a person, 1 a model, 2 a program.
  kind INTEGER NOT NULL,
  created_ns INTEGER NOT NULL,
  archived_ns INTEGER
) STRICT, WITHOUT ROWID;
-- The person that the library belongs to.
INSERT INTO reviewer (id, name, kind, created_ns) VALUES (x'726163656d614b008000000000000002', 'Me', 0, 0);

ALTER TABLE queue ADD COLUMN rubric_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE queue ADD COLUMN archived_ns INTEGER;

-- Every rubric that a queue had, with what its keys meant then.
CREATE TABLE queue_rubric (
  queue BLOB NOT NULL REFERENCES queue (id),
  version INTEGER NOT NULL,
  json_rubric TEXT NOT NULL,
  -- An object: key to its configuration.
  json_configs TEXT NOT NULL,
  created_ns INTEGER NOT NULL,
  PRIMARY KEY (queue, version)
) STRICT, WITHOUT ROWID;

-- The second run of a pair; which of the two stands left is `swap`.
ALTER TABLE queue_item ADD COLUMN pair_run BLOB;
ALTER TABLE queue_item ADD COLUMN pair_trace BLOB;
ALTER TABLE queue_item ADD COLUMN swap INTEGER NOT NULL DEFAULT 0;
-- Taken out of the queue; its answers stay.
ALTER TABLE queue_item ADD COLUMN removed_ns INTEGER;
-- Reviewers disagree, and nobody has decided.
ALTER TABLE queue_item ADD COLUMN conflict INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue_item ADD COLUMN adjudicated_ns INTEGER;
ALTER TABLE queue_item ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue_item ADD COLUMN priority REAL NOT NULL DEFAULT 0;
-- Where it came from and how it was chosen: a JSON object.
ALTER TABLE queue_item ADD COLUMN json_source TEXT;
DROP INDEX queue_item_by_run;
CREATE UNIQUE INDEX queue_item_by_run ON queue_item (queue, run, trace, coalesce(pair_run, x'')) WHERE run IS NOT NULL;
CREATE INDEX queue_item_in_conflict ON queue_item (queue) WHERE conflict = 1;

-- Items that are in their queue.
CREATE VIEW live_queue_item AS SELECT * FROM queue_item WHERE removed_ns IS NULL;

-- What a reviewer made of an item. An item without a row is pending.
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
CREATE INDEX assignment_by_reviewer ON assignment (reviewer, state);

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

-- Every step of every reviewer, with what it found and what it left; the truth for undo, speed and audit.
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
CREATE INDEX review_event_by_step ON review_event (step);
CREATE INDEX review_event_by_reviewer ON review_event (reviewer, seq);
CREATE INDEX review_event_by_item ON review_event (item, seq);
CREATE INDEX review_event_by_queue ON review_event (queue, seq);
