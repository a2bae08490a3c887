-- Definitions of indicators that this organisation made: a row for each revision. A withdrawn one has a last row without
-- content, and so has one whose text was erased.
-- @evidenced v1 key(id) columns(id, indicator, revision, pack, digest, content)
CREATE TABLE kpi_definition (
  id TEXT PRIMARY KEY,
  indicator TEXT NOT NULL,
  revision INTEGER NOT NULL,
  pack TEXT NOT NULL,
  digest TEXT NOT NULL,
  content TEXT,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX kpi_definition_revision ON kpi_definition (indicator, revision);

-- Pairs of records that have begun and not ended, for formulas over the time between two records of one stream. From the
-- heads of records; made anew and compared by verification.
-- @derived
CREATE TABLE kpi_pair (
  formula TEXT NOT NULL,
  stream TEXT NOT NULL,
  since INTEGER NOT NULL,
  part TEXT NOT NULL,
  PRIMARY KEY (formula, stream)
);

-- Gathered anew: what was gathered before counted by series, now by formula.
DELETE FROM kpi_cell;
DELETE FROM kpi_series;
