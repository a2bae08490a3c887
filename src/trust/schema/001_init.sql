-- Certificates of the organisation's own authority, those of the past too: stamps are judged with the root of their time,
-- also after a restore elsewhere.
-- @evidenced v1 key(fingerprint) columns(fingerprint, purpose, pem, since)
CREATE TABLE trust_certificate (
  fingerprint TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  pem TEXT NOT NULL,
  since INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
