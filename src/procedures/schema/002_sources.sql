-- What a filing needs to be put right without losing anything: own codes of its further persons and where its fields came from
-- (JSON). Personal: null once erased.
-- @evidenced v1 key(reference) columns(reference, further, sources)
CREATE TABLE procedures_origin (
  reference TEXT PRIMARY KEY,
  further TEXT,
  sources TEXT,
  row_salt BLOB NOT NULL
);
