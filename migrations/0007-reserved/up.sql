-- Number kept for another change; goes when that one comes.
SELECT 1;
