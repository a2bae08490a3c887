-- What is swept: deliveries that cannot come again, posts that are done.
CREATE INDEX exchange_taken_at ON exchange_taken (at);
CREATE INDEX exchange_outbox_created ON exchange_outbox (state, created_at);
