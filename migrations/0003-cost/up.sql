-- What runs cost, by what it was spent on, and sums of it by day and by everything that cost is grouped by.
-- Costs are 10^-12 US dollars.

-- Classes of tokens beyond those that have columns, as JSON: {"class of the input or output": count}.
ALTER TABLE run ADD COLUMN json_usage TEXT;
ALTER TABLE run ADD COLUMN user INTEGER REFERENCES word (id);
-- Tags and metadata that cost is grouped by, as JSON: [["", tag], [key, value]].
ALTER TABLE run ADD COLUMN labels INTEGER REFERENCES word (id);
-- Hash of a usage object in the metadata, which children of the run may inherit.
ALTER TABLE run ADD COLUMN metadata_usage INTEGER;
-- The price entry as it was when the cost was computed, as JSON.
ALTER TABLE run ADD COLUMN price INTEGER REFERENCES word (id);
-- 0 nothing used, 1 sent by the producer, 2 computed, 3 one side each, 4 no price is known.
ALTER TABLE run ADD COLUMN cost_origin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN cache_saved_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_input_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_cache_read_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_cache_write_5m_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_cache_write_1h_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_audio_input_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_image_input_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_output_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_reasoning_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_audio_output_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_image_output_pico INTEGER;
ALTER TABLE run ADD COLUMN cost_other_pico INTEGER;
UPDATE run SET cost_origin = 1, cost_other_pico = cost_pico WHERE cost_pico IS NOT NULL;
ALTER TABLE project ADD COLUMN cache_creation_1h_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN audio_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN image_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN audio_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN image_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN unpriced_runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cache_saved_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_cache_read_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_cache_write_5m_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_cache_write_1h_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_audio_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_image_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_reasoning_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_audio_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_image_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN cost_other_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cache_creation_1h_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN audio_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN image_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN audio_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN image_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN unpriced_runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cache_saved_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_cache_read_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_cache_write_5m_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_cache_write_1h_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_audio_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_image_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_reasoning_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_audio_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_image_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN cost_other_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cache_creation_1h_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN audio_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN image_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN audio_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN image_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN unpriced_runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cache_saved_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_cache_read_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_cache_write_5m_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_cache_write_1h_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_audio_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_image_input_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_reasoning_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_audio_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_image_output_pico INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trace ADD COLUMN cost_other_pico INTEGER NOT NULL DEFAULT 0;
UPDATE project SET cost_other_pico = cost_pico;
UPDATE thread SET cost_other_pico = cost_pico;
UPDATE trace SET cost_other_pico = cost_pico;
-- The day (since 1970, UTC) under which the trace stands in `cost_day`; absent while it does not.
ALTER TABLE trace ADD COLUMN cost_day INTEGER;

-- Sums by day on which the trace started, project, and one thing that cost is grouped by. Dimensions: 0 everything,
-- 1 model, 2 provider, 3 name of the run, 4 prompt version, 5 tag, 6 user, 7 model without a price; from 1000 on the
-- metadata of the key with that word less 1000. Value: a word, 0 where the run names none.
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

-- The person's own prices, in the order in which they were made.
CREATE TABLE price (
  id INTEGER PRIMARY KEY,
  json_entry TEXT NOT NULL,
  created_ns INTEGER NOT NULL
) STRICT;
