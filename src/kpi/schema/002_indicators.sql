-- How far each series of an indicator was gathered: the index of the first record not yet looked at.
-- @derived
CREATE TABLE kpi_series (
  series TEXT PRIMARY KEY,
  position INTEGER NOT NULL
);

-- What a series holds: by month (year * 12 + month - 1, Asia/Tokyo), by the value of a fact, and for spreads by whole
-- minutes. From the heads of records; made anew and compared by verification.
-- @derived
CREATE TABLE kpi_cell (
  series TEXT NOT NULL,
  month INTEGER NOT NULL,
  part TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  n INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (series, month, part, bucket)
);

-- What other organisations reported of their indicators, the newest of each. Only sums over months, no records.
-- @evidenced v1 key(organisation) columns(organisation, title_ja, title_en, size, at, content)
CREATE TABLE kpi_report (
  organisation TEXT PRIMARY KEY,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  size INTEGER NOT NULL,
  at INTEGER NOT NULL,
  content TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
