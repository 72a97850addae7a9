-- The submits of a reviewer in a queue, the last first, for the time that an item takes them.
DROP INDEX review_event_submitted;
CREATE INDEX review_event_submitted ON review_event (queue, reviewer, seq)
  WHERE op IN ('submit', 'bulk') AND undone_by IS NULL;

-- Items that a reviewer is asked about again, to see whether they say the same. What they say then is kept here and
-- nowhere else: it is no feedback, and counts for nothing but self-agreement.
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
CREATE INDEX repeat_by_queue ON repeat (queue, reviewer, state);
CREATE TRIGGER repeat_gone AFTER DELETE ON queue_item BEGIN
  DELETE FROM repeat WHERE item = OLD.id;
END;
