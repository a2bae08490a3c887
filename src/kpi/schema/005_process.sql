-- Cases as their streams tell them, a row for each: what happened in which order (kpi_path), and when, in whole seconds since
-- the first record. `record` is the newest one that is in here. From the heads of records; made anew and compared.
-- @derived
CREATE TABLE kpi_trace (
  stream TEXT PRIMARY KEY,
  procedure_id TEXT NOT NULL,
  month INTEGER NOT NULL,
  since INTEGER NOT NULL,
  record INTEGER NOT NULL,
  path TEXT NOT NULL,
  seconds TEXT NOT NULL
);
CREATE INDEX kpi_trace_procedure ON kpi_trace (procedure_id, month);

-- The different orders in which things happened. Rows are only added: one that no case has any more does no harm.
-- @derived
CREATE TABLE kpi_path (
  id TEXT PRIMARY KEY,
  words TEXT NOT NULL
);

-- How far the log was read: the index of the first record not yet looked at. One row.
-- @derived
CREATE TABLE kpi_trace_position (
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL
);
