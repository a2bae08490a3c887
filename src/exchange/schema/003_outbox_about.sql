-- What a post is about: the reference of a filing, the number of a case. What is erased is taken out of the outbox by it.
ALTER TABLE exchange_outbox ADD COLUMN about TEXT NOT NULL DEFAULT '';
UPDATE exchange_outbox SET about = substr(idempotency_key, length(idempotency_key) - 25) WHERE state = 'waiting' AND (idempotency_key LIKE 'filing/%' OR idempotency_key LIKE 'amend/%');
UPDATE exchange_outbox SET about = substr(idempotency_key, 9, 11) WHERE state = 'waiting' AND idempotency_key LIKE 'records/%';
UPDATE exchange_outbox SET about = substr(idempotency_key, 10) WHERE state = 'waiting' AND idempotency_key LIKE 'moved-in/%';
-- The keys of these are random. Both bodies begin with the reference, of 26 characters.
UPDATE exchange_outbox SET about = substr(body, 15, 26) WHERE state = 'waiting' AND (idempotency_key LIKE 'withdraw/%' OR idempotency_key LIKE 'message/%');
CREATE INDEX exchange_outbox_about ON exchange_outbox (about, state);
