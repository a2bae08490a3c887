-- Plans: a row for each revision of the header. Rows are only added; which record holds which row stands in kpi_record.
-- @evidenced v1 key(id) columns(id, plan_id, revision, content)
CREATE TABLE kpi_plan (
  id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  content TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_plan_revision ON kpi_plan (plan_id, revision);

-- Measures: a row for each revision. A withdrawn measure has a last row without content.
-- @evidenced v1 key(id) columns(id, plan_id, number, revision, kind, section, field, title_ja, title_en, progress_status, effect_status, has_target, digest, content)
CREATE TABLE kpi_measure (
  id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL,
  number TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  section TEXT NOT NULL,
  field TEXT NOT NULL,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  progress_status TEXT NOT NULL,
  effect_status TEXT NOT NULL,
  has_target INTEGER NOT NULL,
  digest TEXT NOT NULL,
  content TEXT,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_measure_revision ON kpi_measure (plan_id, number, revision);

-- Sign-offs of a plan, counted from 1: the edition that became public.
-- @evidenced v1 key(id) columns(id, plan_id, revision, edition, measures)
CREATE TABLE kpi_sign_off (
  id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  edition TEXT NOT NULL,
  measures INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_sign_off_revision ON kpi_sign_off (plan_id, revision);

-- Which record holds which row ("plan", "measure", "sign_off"), and when it was written. From the heads of the records.
-- @derived
CREATE TABLE kpi_record (
  idx INTEGER PRIMARY KEY,
  plan_id TEXT NOT NULL,
  what TEXT NOT NULL,
  number TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX kpi_record_what ON kpi_record (plan_id, what, number, idx);

-- Row id: index of the record that holds the measure's revision.
-- @fulltext kpi_search

-- Packs that an officer uploaded and has not confirmed yet.
-- @working
CREATE TABLE kpi_upload (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX kpi_upload_at ON kpi_upload (at);
