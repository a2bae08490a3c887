-- The register of residents. `content` holds the personal data (canonical JSON), `kana` the name to sort by; both are null
-- once they were erased. `number` counts the entries and is the row id of the full-text index.
-- @evidenced v1 key(code) columns(code, number, state, household, kana, content)
CREATE TABLE identity_resident (
  code TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  household TEXT NOT NULL,
  kana TEXT,
  content TEXT,
  row_salt BLOB NOT NULL
);
CREATE UNIQUE INDEX identity_resident_number ON identity_resident (number);
CREATE INDEX identity_resident_household ON identity_resident (household);
CREATE INDEX identity_resident_kana ON identity_resident (state, kana, code);

-- @fulltext identity_resident_search

-- Where somebody lived in this town, and when. Rows are added, and closed once; erased with the person.
-- @evidenced v1 key(resident, from_day) columns(resident, from_day, until_day, content)
CREATE TABLE identity_address (
  resident TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT,
  content TEXT,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (resident, from_day)
);

-- Units and posts of the office, and who holds a post. Days are text, 2026-04-01; the last day counts.
-- @evidenced v1 key(id) columns(id, title_ja, title_en, parent, from_day, until_day)
CREATE TABLE identity_unit (
  id TEXT PRIMARY KEY,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  parent TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT,
  row_salt BLOB NOT NULL
);

-- @evidenced v1 key(id) columns(id, unit, title_ja, title_en, from_day, until_day)
CREATE TABLE identity_post (
  id TEXT PRIMARY KEY,
  unit TEXT NOT NULL,
  title_ja TEXT NOT NULL,
  title_en TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT,
  row_salt BLOB NOT NULL
);

-- @evidenced v1 key(post, officer, from_day) columns(post, officer, from_day, until_day, kind)
CREATE TABLE identity_holding (
  post TEXT NOT NULL,
  officer TEXT NOT NULL,
  from_day TEXT NOT NULL,
  until_day TEXT,
  kind TEXT NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (post, officer, from_day)
);
CREATE INDEX identity_holding_officer ON identity_holding (officer);

-- Sessions of residents, by the SHA-256 of the cookie's token.
-- @working
CREATE TABLE identity_resident_session (
  digest BLOB PRIMARY KEY,
  person TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  csrf BLOB NOT NULL
);
CREATE INDEX identity_resident_session_person ON identity_resident_session (person);

-- Challenges to a card: from the form until the answer was used. `session` binds it to one browser: the SHA-256 of the
-- pre-session cookie, or the digest of the resident's session. `answer` is the card's JWS.
-- @working
CREATE TABLE identity_challenge (
  handle TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  session BLOB NOT NULL,
  challenge BLOB NOT NULL,
  content TEXT NOT NULL,
  state TEXT NOT NULL,
  answer TEXT,
  answered_at INTEGER,
  expires_at INTEGER NOT NULL
);
CREATE INDEX identity_challenge_expires ON identity_challenge (expires_at);

-- Public keys of authenticators that may open a session of a person beside the card (WebAuthn). No page registers any yet.
-- @evidenced v1 key(id) columns(id, person, public_key, added_at)
CREATE TABLE identity_passkey (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  public_key TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX identity_passkey_person ON identity_passkey (person);

-- The linker's own: persons without names, the mappings made (by a keyed digest of organisation and code), cards (by keyed
-- digests of their certificates).
-- @evidenced v1 key(id) columns(id, added_at)
CREATE TABLE identity_person (
  id TEXT PRIMARY KEY,
  added_at INTEGER NOT NULL,
  row_salt BLOB NOT NULL
);

-- @evidenced v1 key(digest) columns(digest, person, organisation)
CREATE TABLE identity_mapping (
  digest TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  organisation TEXT NOT NULL,
  row_salt BLOB NOT NULL
);
CREATE INDEX identity_mapping_person ON identity_mapping (person);

-- @evidenced v1 key(id) columns(id, person, state, ordered_at, expires_at, login, signing)
CREATE TABLE identity_card (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  state TEXT NOT NULL,
  ordered_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  login TEXT,
  signing TEXT,
  row_salt BLOB NOT NULL
);
CREATE INDEX identity_card_person ON identity_card (person);
CREATE INDEX identity_card_login ON identity_card (login);
CREATE INDEX identity_card_signing ON identity_card (signing);
