-- What runs tell that are no model calls: their tokens are a sum over everything below them, which counts only where
-- nothing below tells its own. What is there is found when it is read again (remap).

-- Tokens and cost as told, as JSON; absent where the run tells none. The columns of usage and cost hold them while they count.
ALTER TABLE run ADD COLUMN json_sum TEXT;
