-- Follow-up of plans. One row for each revision of a thing (`what`): "schedule" of a plan; "owner" (number = measure, kind =
-- post); "entry" (number, item = period, kind = light); "step" (of the entry's revision: signed_off, returned); "finding"
-- (item = its number in the measure: opened, closed); "publication"; "reminder" (number = post, item = period, kind = stage).
-- Rows are only added; which record holds which row stands in kpi_follow_up_record.
-- @evidenced v1 key(id) columns(id, plan_id, what, number, item, revision, kind, actor, content)
CREATE TABLE kpi_follow_up (
  id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL,
  what TEXT NOT NULL,
  number TEXT NOT NULL,
  item TEXT NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  content TEXT,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_follow_up_revision ON kpi_follow_up (plan_id, what, number, item, revision);

-- Which record holds which row, and when it was written. From the heads of the records.
-- @derived
CREATE TABLE kpi_follow_up_record (
  idx INTEGER PRIMARY KEY,
  plan_id TEXT NOT NULL,
  what TEXT NOT NULL,
  number TEXT NOT NULL,
  item TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX kpi_follow_up_record_plan ON kpi_follow_up_record (plan_id, idx);
