-- Reports as they stood at the end of past days: kpi_report holds the newest of each organisation, and what stood there goes here
-- when the next one comes on a later day. `day`: of its record, Asia/Tokyo; `revision`: the counter of its record in
-- kpi/report/ORGANISATION; `content`: as in kpi_report, deflated (RFC 1950).
-- @evidenced v1 key(organisation, day) columns(organisation, day, revision, title_ja, title_en, size, at, content)
CREATE TABLE kpi_report_past (
  organisation TEXT NOT NULL,
  day TEXT NOT NULL,
  revision INTEGER NOT NULL,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  size INTEGER NOT NULL,
  at INTEGER NOT NULL,
  content BLOB NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (organisation, day)
);
