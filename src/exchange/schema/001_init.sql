-- Whom this organisation knows. Keys are public ones.
-- @evidenced v1 key(id) columns(id, title_ja, title_en, kind, address, root_pem, seal_key, log_keys, page_url)
CREATE TABLE exchange_member (
  id TEXT PRIMARY KEY,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  kind TEXT NOT NULL,
  address TEXT NOT NULL,
  root_pem TEXT NOT NULL,
  seal_key TEXT NOT NULL,
  log_keys TEXT NOT NULL,
  page_url TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX exchange_member_kind ON exchange_member (kind, id);

-- Rows of law: who may ask whom, in which procedure, for which items. Whoever is not listed may not.
-- @evidenced v1 key(id) columns(id, asking, procedure, answering, items, purpose_ja, purpose_en, basis_ja, basis_en, from_day, until_day)
CREATE TABLE exchange_permit (
  id TEXT PRIMARY KEY,
  asking TEXT NOT NULL,
  procedure TEXT NOT NULL,
  answering TEXT NOT NULL,
  items TEXT NOT NULL,
  purpose_ja TEXT NOT NULL,
  purpose_en TEXT NOT NULL,
  basis_ja TEXT NOT NULL,
  basis_en TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT,
  row_salt BLOB NOT NULL
);

-- Reads of persons' data, a row for everybody an answer was about. Personal: erased with the body of its record.
-- @evidenced v1 key(id, person) columns(id, person, incoming, peer, service, procedure, items, reference, basis_ja, basis_en, purpose_ja, purpose_en, outcome, at)
CREATE TABLE exchange_read (
  id TEXT NOT NULL,
  person TEXT NOT NULL,
  incoming INTEGER NOT NULL,
  peer TEXT NOT NULL,
  service TEXT NOT NULL,
  procedure TEXT NOT NULL,
  items TEXT NOT NULL,
  reference TEXT NOT NULL,
  basis_ja TEXT NOT NULL,
  basis_en TEXT NOT NULL,
  purpose_ja TEXT NOT NULL,
  purpose_en TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at INTEGER NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (id, person)
);
CREATE INDEX exchange_read_person ON exchange_read (person, at);

-- Nonces of messages and tokens that were used, as HMAC under a secret of this organisation, until they would be refused
-- for their age anyway.
-- @working
CREATE TABLE exchange_used (
  digest BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
);
CREATE INDEX exchange_used_expires ON exchange_used (expires_at);

-- Deliveries that were taken, with the answer given: a repeated one gets it again.
-- @working
CREATE TABLE exchange_taken (
  digest BLOB PRIMARY KEY,
  answer TEXT NOT NULL,
  at INTEGER NOT NULL
);

-- What is to be delivered, until the receiver's signed answer is recorded. A body goes when its post is done. A post that
-- waits because its receiver is away (blocks = 1) holds back those made after it for the same receiver: they arrive in order.
-- @working
CREATE TABLE exchange_outbox (
  id TEXT PRIMARY KEY,
  idempotency_key TEXT NOT NULL UNIQUE,
  receiver TEXT NOT NULL,
  service TEXT NOT NULL,
  person TEXT NOT NULL,
  further TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  blocks INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  error_ja TEXT NOT NULL,
  error_en TEXT NOT NULL
);
CREATE INDEX exchange_outbox_due ON exchange_outbox (state, next_at);

-- The secret of the digests above. One row.
-- @working
CREATE TABLE exchange_secret (
  id INTEGER PRIMARY KEY,
  secret BLOB NOT NULL
);
