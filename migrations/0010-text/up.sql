-- What the full-text index, which is a file of its own, has to read: blocks in the order of the commits that wrote
-- them last, and traces of which it has to forget what it holds.
ALTER TABLE block ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
CREATE INDEX block_by_change ON block (change);

CREATE TABLE text_void (
  trace INTEGER PRIMARY KEY,
  change INTEGER NOT NULL
) STRICT;
CREATE INDEX text_void_by_change ON text_void (change);

-- Tells whether an index belongs to this library.
INSERT INTO setting (key, value) VALUES ('library_id', lower(hex(randomblob(16))));
