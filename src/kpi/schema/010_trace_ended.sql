-- Which record ended the case; -1 while it is open. Gathered anew.
ALTER TABLE kpi_trace ADD COLUMN ended INTEGER NOT NULL DEFAULT -1;
DELETE FROM kpi_trace;
DELETE FROM kpi_trace_position;
