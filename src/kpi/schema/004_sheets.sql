-- Sheets of evaluation, in parts ("header", "indicator", "programme"): a row for each revision of a part. A withdrawn part
-- has a last row without content. Rows are only added; which record holds which row stands in kpi_sheet_record.
-- @evidenced v1 key(id) columns(id, sheet_id, part, number, revision, kind, digest, content)
CREATE TABLE kpi_sheet_part (
  id TEXT PRIMARY KEY,
  sheet_id TEXT NOT NULL,
  part TEXT NOT NULL,
  number TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  digest TEXT NOT NULL,
  content TEXT,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_sheet_part_revision ON kpi_sheet_part (sheet_id, part, number, revision);

-- The way of an edition to the public ("reviewed", "approved", "returned", "published"), counted from 1 in each sheet.
-- @evidenced v1 key(id) columns(id, sheet_id, revision, step, edition, actor, remark)
CREATE TABLE kpi_sheet_step (
  id TEXT PRIMARY KEY,
  sheet_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  step TEXT NOT NULL,
  edition TEXT NOT NULL,
  actor TEXT NOT NULL,
  remark TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_sheet_step_revision ON kpi_sheet_step (sheet_id, revision);

-- Which record holds which row (a part or a step), and when it was written. From the heads of the records.
-- @derived
CREATE TABLE kpi_sheet_record (
  idx INTEGER PRIMARY KEY,
  sheet_id TEXT NOT NULL,
  what TEXT NOT NULL,
  number TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX kpi_sheet_record_what ON kpi_sheet_record (sheet_id, what, number, idx);
