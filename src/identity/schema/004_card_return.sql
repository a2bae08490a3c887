-- The SHA-256 of what the browser was given that brought the card's answer.
ALTER TABLE identity_challenge ADD COLUMN returned BLOB;
