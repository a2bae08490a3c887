-- What db itself keeps in every organisation.

-- @working       which migrations this database has seen
CREATE TABLE db_migration (
  module TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  PRIMARY KEY (module, number)
);

-- @working       one row; PostgreSQL locks it first in every batch, so that lock order = commit order (unused on SQLite)
CREATE TABLE db_head (
  id INTEGER NOT NULL PRIMARY KEY
);
INSERT INTO db_head (id) VALUES (1);
