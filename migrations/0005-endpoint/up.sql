-- Records that were kept, but not as they were sent, stand in the report too: severity 0 was not read, 1 was kept.
ALTER TABLE reject ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN warnings INTEGER NOT NULL DEFAULT 0;
