-- Which procedures this organisation takes on line, in which version, since when; `closed_at`: no longer.
-- @evidenced v1 key(procedure_id) columns(procedure_id, version, since, closed_at)
CREATE TABLE procedures_offer (
  procedure_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  since INTEGER NOT NULL,
  closed_at INTEGER,
  row_salt BLOB NOT NULL
);
