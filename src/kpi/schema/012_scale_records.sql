-- Which record holds which revision of a scale, and when it was written. From the records.
-- @derived
CREATE TABLE kpi_scale_record (
  idx INTEGER PRIMARY KEY,
  scale TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL
);
CREATE UNIQUE INDEX kpi_scale_record_revision ON kpi_scale_record (scale, revision);

-- Scales that were there before.
INSERT INTO kpi_scale_record (idx, scale, revision, at)
  SELECT r.idx, s.scale, s.revision, r.at FROM kpi_scale s
  JOIN evidence_record r ON r.stream = 'kpi/scale/' || s.scale AND r.counter = s.revision;
