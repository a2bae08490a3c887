-- Who made the link, when, and which of the officer's links it is: the counter of its record identity.link_made.
ALTER TABLE identity_link ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identity_link ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_link ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;
