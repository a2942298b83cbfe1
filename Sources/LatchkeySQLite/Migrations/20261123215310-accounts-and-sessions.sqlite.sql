-- The first schema. The database itself refuses what must not be: wrong types (STRICT), a
-- second account of one name (UNIQUE), a session without its account (REFERENCES … CASCADE),
-- and a reused ID (AUTOINCREMENT; in the seed a deleted user's session logged in as the next
-- person who registered).

-- migrate:up

CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL CHECK (length(username) BETWEEN 1 AND 64),
  username_folded TEXT NOT NULL UNIQUE CHECK (length(username_folded) > 0),
  password_hash TEXT NOT NULL CHECK (length(password_hash) > 0),
  -- What verifying the hash costs, such as 'bcrypt cost=12'; see PasswordWork.
  password_work TEXT NOT NULL CHECK (length(password_work) > 0),
  password_is_imported INTEGER NOT NULL CHECK (password_is_imported IN (0, 1)),
  is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX account_by_password_work ON account (password_work);

CREATE TABLE session (
  -- The SHA-256 of the token. The token itself is only in the browser's cookie.
  token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL CHECK (expires_at_ms > created_at_ms),
  address TEXT NOT NULL CHECK (length(address) <= 64),
  user_agent TEXT NOT NULL CHECK (length(user_agent) <= 256)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_account ON session (account_id);
