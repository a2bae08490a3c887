-- Scales of judgement that this organisation made: a row for each revision, its rules as they were then. A withdrawn one has a
-- last row without content; of one that was erased the texts are blanked, steps and rules stay.
-- @evidenced v1 key(id) columns(id, scale, revision, digest, content)
CREATE TABLE kpi_scale (
  id TEXT PRIMARY KEY,
  scale TEXT NOT NULL,
  revision INTEGER NOT NULL,
  digest TEXT NOT NULL,
  content TEXT,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_scale_revision ON kpi_scale (scale, revision);
