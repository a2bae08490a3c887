-- What lets somebody in, under the record that opened it: a link, the session of an officer or of a resident. A working row without its
-- row here opens nothing. `id` is the SHA-256 of kind and digest; `at` is when a link runs out, when a session began.
-- @evidenced v1 key(id) columns(id, kind, holder, at)
CREATE TABLE identity_opened (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  holder TEXT NOT NULL,
  at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX identity_opened_at ON identity_opened (at);

-- What was opened before stands under no record in this way: everybody signs in once more.
DELETE FROM identity_session;
DELETE FROM identity_resident_session;
DELETE FROM identity_link WHERE used_at IS NULL;
