-- Baskets that were submitted, at the portal. Person and signature are personal: null once erased.
-- @evidenced v1 key(id) columns(id, person, event, pack, pack_version, jws, submitted_at)
CREATE TABLE procedures_basket (
  id TEXT PRIMARY KEY,
  person TEXT,
  event TEXT NOT NULL,
  pack TEXT NOT NULL,
  pack_version INTEGER NOT NULL,
  jws TEXT,
  submitted_at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX procedures_basket_person ON procedures_basket (person);

-- One form to one recipient, at the portal. What is personal is null once erased. What the recipient gave back (number, receipt,
-- notice) stands in bodies alone: no row here holds a value of another organisation's.
-- @evidenced v1 key(reference) columns(reference, basket, person, procedure, version, recipient, form, salt, files, state, filed_at, changed_at)
CREATE TABLE procedures_filing (
  reference TEXT PRIMARY KEY,
  basket TEXT NOT NULL,
  person TEXT,
  procedure TEXT NOT NULL,
  version INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  form TEXT,
  salt BLOB,
  files TEXT,
  state TEXT NOT NULL,
  filed_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX procedures_filing_person ON procedures_filing (person);
CREATE INDEX procedures_filing_basket ON procedures_filing (basket);

-- What an office said about a filing, in order. Messages are personal: null once erased.
-- @evidenced v1 key(id) columns(id, filing, serial, state, text_ja, text_en, extra, at)
CREATE TABLE procedures_status (
  id TEXT PRIMARY KEY,
  filing TEXT NOT NULL,
  serial INTEGER NOT NULL,
  state TEXT NOT NULL,
  text_ja TEXT,
  text_en TEXT,
  extra TEXT,
  at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX procedures_status_serial ON procedures_status (filing, serial);

-- Drafts: what a person has typed and not submitted. `signing`: the list and the salts that wait for a signature.
-- @working
CREATE TABLE procedures_draft (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  content TEXT NOT NULL,
  signing TEXT
);
CREATE INDEX procedures_draft_person ON procedures_draft (person);
CREATE INDEX procedures_draft_updated ON procedures_draft (updated_at);

-- Files of drafts, by draft and field.
-- @working
CREATE TABLE procedures_draft_file (
  draft TEXT NOT NULL,
  field TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (draft, field)
);
