-- Which sheets name a measure of a plan, or did in some revision of a part: where to look for those that evaluate it. From the rows
-- of the parts.
-- @derived
CREATE TABLE kpi_sheet_measure (
  plan_id TEXT NOT NULL,
  number TEXT NOT NULL,
  sheet_id TEXT NOT NULL,
  PRIMARY KEY (plan_id, number, sheet_id)
);

-- How far the parts were looked at: the index of the first record not yet in kpi_sheet_measure. One row, or none yet.
-- @derived
CREATE TABLE kpi_sheet_measure_position (
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL
);
