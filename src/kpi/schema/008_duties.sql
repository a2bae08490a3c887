-- Which posts draft, review, approve and publish sheets: a row for each statement; the newest one counts.
-- @evidenced v1 key(id) columns(id, revision, actor, content)
CREATE TABLE kpi_sheet_duty (
  id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  actor TEXT NOT NULL,
  content TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_sheet_duty_revision ON kpi_sheet_duty (revision);
