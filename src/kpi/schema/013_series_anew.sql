-- Gathered anew: what was gathered for definitions of the binary that it no longer has would belong to none.
DELETE FROM kpi_cell;
DELETE FROM kpi_pair;
DELETE FROM kpi_series;
