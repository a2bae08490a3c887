-- Duties that a post carries beyond its steps of cases. `register`: entering changes in the register of residents by hand.
-- @evidenced v1 key(post, duty) columns(post, duty)
CREATE TABLE identity_duty (
  post TEXT NOT NULL,
  duty TEXT NOT NULL,
  row_salt BLOB NOT NULL,
  PRIMARY KEY (post, duty)
);

-- Decisions that wait for an entry by hand, by the number of their case. What is to be entered stands in the case alone.
-- @evidenced v1 key(case_id) columns(case_id, person, item, opened_at, outcome, settled_at)
CREATE TABLE identity_due (
  case_id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  item TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  settled_at INTEGER,
  row_salt BLOB NOT NULL
);
CREATE INDEX identity_due_open ON identity_due (outcome, opened_at);
