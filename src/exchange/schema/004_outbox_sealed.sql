-- Each message that waits in the outbox, as it was queued: SHA-256 over all of it that is sent. It stands under the record of the act
-- that queued the message and goes when that is done, so that nothing altered while it waits is sent, nor passed over by `verify`.
-- @evidenced v1 key(id) columns(id, digest)
CREATE TABLE exchange_waiting (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
