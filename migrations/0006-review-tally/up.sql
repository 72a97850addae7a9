-- How far queues have come and what comes next in them, kept by difference with every change, so that no step of a
-- reviewer costs more in a long queue. All of it follows from queue_item, assignment and draft; only triggers write it,
-- since items change in many places.

-- Where an item stands, whoever looks: 0 needs reviews, 2 in conflict, 3 completed, 4 removed.
ALTER TABLE queue_item ADD COLUMN stage INTEGER GENERATED ALWAYS AS (
  CASE WHEN removed_ns IS NOT NULL THEN 4 WHEN status = 1 AND conflict = 1 THEN 2 WHEN status = 1 THEN 3 ELSE 0 END);
-- What is sorted first in everybody's order: 0 on top, 1 in line, 2 taken out.
ALTER TABLE queue_item ADD COLUMN band INTEGER GENERATED ALWAYS AS (
  CASE WHEN removed_ns IS NOT NULL THEN 2 WHEN pinned = 1 THEN 0 ELSE 1 END);

-- Items of a queue by stage.
CREATE TABLE queue_tally (
  queue BLOB NOT NULL,
  stage INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (queue, stage)
) STRICT, WITHOUT ROWID;

-- Assignments of a reviewer in a queue; `drafted` and `placed` say whether they have a draft and a place in the order.
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

-- Items in a reviewer's order; `open` are those that this reviewer may still judge.
CREATE TABLE review_place (
  queue BLOB NOT NULL,
  reviewer BLOB NOT NULL,
  band INTEGER NOT NULL,
  position INTEGER NOT NULL,
  item BLOB NOT NULL,
  open INTEGER NOT NULL,
  PRIMARY KEY (queue, reviewer, band, position, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_place_open ON review_place (queue, reviewer, band, position, item) WHERE open = 1;

-- How many places there are in each block of 512 positions, so that an item's rank is a short sum.
CREATE TABLE review_block (
  queue BLOB NOT NULL,
  reviewer BLOB NOT NULL,
  band INTEGER NOT NULL,
  block INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (queue, reviewer, band, block)
) STRICT, WITHOUT ROWID;

-- Assignments with what the tallies need of their items.
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
-- A reviewer was forgotten: the assignment has its new name already.
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

-- What is there already.
INSERT INTO queue_tally SELECT queue, stage, count(*) FROM queue_item GROUP BY queue, stage;
INSERT INTO reviewer_tally SELECT queue, reviewer, stage, state, drafted, placed, count(*) FROM assigned GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO review_place SELECT queue, reviewer, band, position, item, open FROM assigned WHERE placed;

-- The last step that stands, the last that was undone, and the item that was open last, without a walk through all.
CREATE INDEX review_event_taken ON review_event (reviewer, seq) WHERE undo_of IS NULL;
CREATE INDEX review_event_standing ON review_event (reviewer, seq) WHERE undo_of IS NULL AND undone_by IS NULL;
CREATE INDEX review_event_undone ON review_event (reviewer, undone_by) WHERE undo_of IS NULL AND undone_by IS NOT NULL;
-- The submits of a queue, the last first, for the time that an item takes.
CREATE INDEX review_event_submitted ON review_event (queue, seq) WHERE op IN ('submit', 'bulk') AND undone_by IS NULL;
CREATE INDEX assignment_opened ON assignment (reviewer, opened_ns) WHERE opened_ns IS NOT NULL;
CREATE INDEX assignment_leased ON assignment (lease_process) WHERE lease_process IS NOT NULL;
CREATE INDEX feedback_standing_by_key ON feedback (key) WHERE retracted_ns IS NULL;
