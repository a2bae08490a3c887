-- The organisation itself. One row.
-- @evidenced v1 key(id) columns(id, kind, title_ja, title_en)
CREATE TABLE identity_organisation (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  row_salt BLOB NOT NULL
);

-- Officers. The code stands in records for ever; the name is personal, and null once it was erased.
-- @evidenced v1 key(code) columns(code, name, role, active, appointed_at)
CREATE TABLE identity_officer (
  code TEXT PRIMARY KEY,
  name TEXT,
  role TEXT NOT NULL,
  active INTEGER NOT NULL,
  appointed_at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);

-- One-time sign-in links, by the SHA-256 of their token: the token itself is kept nowhere.
-- @working
CREATE TABLE identity_link (
  digest BLOB PRIMARY KEY,
  officer TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
);
CREATE INDEX identity_link_expires ON identity_link (expires_at);

-- Sessions, by the SHA-256 of the cookie's token.
-- @working
CREATE TABLE identity_session (
  digest BLOB PRIMARY KEY,
  officer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  csrf BLOB NOT NULL
);
CREATE INDEX identity_session_officer ON identity_session (officer);
