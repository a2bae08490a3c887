-- What cases run under: route, decision document, standard days, effect. One row for each distinct content; cases keep
-- theirs when a pack changes.
-- @evidenced v1 key(id) columns(id, procedure, title_ja, title_en, content)
CREATE TABLE records_terms (
  id TEXT PRIMARY KEY,
  procedure TEXT NOT NULL,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  content TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX records_terms_procedure ON records_terms (procedure);

-- A case, without anything personal. number = fiscal year times 10,000,000 plus serial; post = of the step it waits at;
-- reference = digest of portal and reference under records_secret; due_at is far away where nothing is due.
-- @evidenced v1 key(id) columns(id, number, procedure, terms, pack_version, portal, reference, online, state, open, step, post, officer, proposal, version, form_revision, filed_at, opened_at, step_at, due_at, closed_at)
CREATE TABLE records_case (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  procedure TEXT NOT NULL,
  terms TEXT NOT NULL,
  pack_version TEXT NOT NULL,
  portal TEXT NOT NULL,
  reference TEXT NOT NULL,
  online INTEGER NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NOT NULL,
  step INTEGER NOT NULL,
  post TEXT NOT NULL,
  officer TEXT NOT NULL,
  proposal TEXT NOT NULL,
  version INTEGER NOT NULL,
  form_revision INTEGER NOT NULL,
  filed_at INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  step_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  closed_at INTEGER,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX records_case_number ON records_case (number);
CREATE UNIQUE INDEX records_case_reference ON records_case (reference);
-- Queues: small, since they hold open work only, and covering, since each page counts.
CREATE INDEX records_case_desk ON records_case (post, due_at, number, officer, state, procedure) WHERE open = 1;
CREATE INDEX records_case_desk_number ON records_case (post, number) WHERE open = 1;
CREATE INDEX records_case_officer ON records_case (officer, due_at, number, state, procedure) WHERE open = 1;
CREATE INDEX records_case_due ON records_case (due_at, number, procedure) WHERE open = 1;
CREATE INDEX records_case_closed ON records_case (closed_at, number, procedure) WHERE open = 0;

-- Who filed. Emptied by an erasure; the row stays.
-- @evidenced v1 key(case_id) columns(case_id, person, further, name, kana)
CREATE TABLE records_applicant (
  case_id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  further TEXT NOT NULL,
  name TEXT NOT NULL,
  kana TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX records_applicant_person ON records_applicant (person, case_id);

-- Each revision of the form, as filed and as amended.
-- @evidenced v1 key(case_id, revision) columns(case_id, revision, content, at)
CREATE TABLE records_form (
  case_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  content TEXT NOT NULL,
  at INTEGER NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (case_id, revision)
);

-- @evidenced v1 key(case_id, number) columns(case_id, number, revision, name, media_type, bytes, content)
CREATE TABLE records_file (
  case_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  content BLOB NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (case_id, number)
);

-- @evidenced v1 key(case_id, number) columns(case_id, number, from_applicant, officer, text, at)
CREATE TABLE records_message (
  case_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  from_applicant INTEGER NOT NULL,
  officer TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (case_id, number)
);

-- Notices: what was issued, by code. The document is personal and goes with an erasure; digest, signature and stamp stay.
-- @evidenced v1 key(code) columns(code, case_id, kind, title_ja, title_en, outcome, issued_at, valid_until, document, digest, jws, stamp, withdrawn_at)
CREATE TABLE records_notice (
  code TEXT PRIMARY KEY,
  case_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  outcome TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  valid_until TEXT,
  document TEXT,
  digest TEXT NOT NULL,
  jws TEXT NOT NULL,
  stamp BLOB NOT NULL,
  withdrawn_at INTEGER,
  row_salt BLOB NOT NULL
);
CREATE INDEX records_notice_case ON records_notice (case_id, issued_at);

-- The secret under which references are looked up. Made with the first case.
-- @working
CREATE TABLE records_secret (
  id INTEGER PRIMARY KEY,
  secret BLOB NOT NULL
);

-- Number, procedure and applicant of each case; row id = records_case.number.
-- @fulltext records_search
