-- The log: one row per record, in the order of the tree. head and manifest stay for ever; they hold no personal data.
-- @log
CREATE TABLE evidence_record (
  idx INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  counter INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  head BLOB NOT NULL,
  head_salt BLOB NOT NULL,
  manifest BLOB NOT NULL,
  body_commitment BLOB NOT NULL,
  leaf_hash BLOB NOT NULL
);
CREATE UNIQUE INDEX evidence_record_stream ON evidence_record (stream, counter);
CREATE INDEX evidence_record_type ON evidence_record (type, idx);

-- Bodies may hold personal data: one narrow table, so that erasure touches one place.
-- @log
CREATE TABLE evidence_body (
  idx INTEGER PRIMARY KEY,
  salt BLOB NOT NULL,
  body BLOB NOT NULL
);

-- Full tiles and their roots: level 1 holds the hash of each 256 leaves, level 2 of each 256 of those, and so on. tile: the
-- 256 hashes under it and 16 over each 16 of those, so that a proof reads one row of each level.
-- @log
CREATE TABLE evidence_node (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hash BLOB NOT NULL,
  tile BLOB NOT NULL,
  PRIMARY KEY (level, idx)
);

-- Checkpoints that were kept (at most one a second under load) and their RFC 3161 stamps, numbered from 1, so that one that
-- is taken away leaves a gap.
-- @log
CREATE TABLE evidence_checkpoint (
  size INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,
  note TEXT NOT NULL,
  stamp BLOB,
  stamped_at INTEGER
);

-- The identity of the log. One row.
-- @evidenced v1 key(id) columns(id, origin, previous_origin, previous_size, previous_root)
CREATE TABLE evidence_log (
  id INTEGER PRIMARY KEY,
  origin TEXT NOT NULL,
  previous_origin TEXT,
  previous_size INTEGER,
  previous_root BLOB,
  row_salt BLOB NOT NULL
);

-- Verifier keys, active ones and those of the past (they stay published).
-- @evidenced v1 key(key_id) columns(key_id, verifier_key, status, since)
CREATE TABLE evidence_key (
  key_id TEXT PRIMARY KEY,
  verifier_key TEXT NOT NULL,
  status TEXT NOT NULL,
  since INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);

-- Bodies that were erased on order: what, why, when. The order itself is a record.
-- @evidenced v1 key(idx) columns(idx, ground, at)
CREATE TABLE evidence_erasure (
  idx INTEGER PRIMARY KEY,
  ground TEXT NOT NULL,
  at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);

-- Where each reader of the record stream stands.
-- @working
CREATE TABLE evidence_cursor (
  reader TEXT PRIMARY KEY,
  position INTEGER NOT NULL
);

-- Answers already given, by idempotency key.
-- @working
CREATE TABLE evidence_idempotency (
  key TEXT PRIMARY KEY,
  request_digest BLOB NOT NULL,
  answer BLOB NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX evidence_idempotency_at ON evidence_idempotency (at);
