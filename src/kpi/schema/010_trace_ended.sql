-- Which record ended the case; -1 while it is open (every row says it: none is left from before). Gathered anew.
ALTER TABLE kpi_trace ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
DELETE FROM kpi_trace;
DELETE FROM kpi_trace_position;
