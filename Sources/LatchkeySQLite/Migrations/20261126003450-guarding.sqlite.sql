-- Accounts whose owner has yet to choose a password, proofs of the password, known browsers,
-- recovery codes, throttles and the audit trail.

-- migrate:up

-- SQLite cannot take NOT NULL away from a column, so the table is made anew.
CREATE TABLE latchkey_account_new (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL CHECK (length(username) BETWEEN 1 AND 64),
  username_folded TEXT NOT NULL UNIQUE CHECK (length(username_folded) > 0),
  -- NULL as long as the owner has chosen none.
  password_hash TEXT CHECK (length(password_hash) > 0),
  -- What verifying the hash costs, such as 'bcrypt cost=12'; see PasswordWork.
  password_work TEXT CHECK (length(password_work) > 0),
  password_is_imported INTEGER NOT NULL CHECK (password_is_imported IN (0, 1)),
  is_enabled INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
  created_at_ms INTEGER NOT NULL,
  CHECK ((password_hash IS NULL) = (password_work IS NULL))
) STRICT;
INSERT INTO latchkey_account_new
  SELECT id, username, username_folded, password_hash, password_work,
    password_is_imported, is_enabled, created_at_ms
  FROM account;
-- An ID that was given out once is never given out again, not even one above all that are left.
UPDATE sqlite_sequence
  SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'account')
  WHERE name = 'latchkey_account_new' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'account');
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'latchkey_account_new', seq FROM sqlite_sequence
  WHERE name = 'account'
    AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'latchkey_account_new');
DROP TABLE account;
ALTER TABLE latchkey_account_new RENAME TO account;
CREATE INDEX account_by_password_work ON account (password_work);

ALTER TABLE session ADD COLUMN proven_at_ms INTEGER NOT NULL DEFAULT 0;
UPDATE session SET proven_at_ms = created_at_ms;
CREATE INDEX session_by_end ON session (expires_at_ms);

CREATE TABLE known_browser (
  -- The SHA-256 of the token in the browser's device cookie.
  token_sha256 BLOB NOT NULL CHECK (length(token_sha256) = 32),
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  last_login_at_ms INTEGER NOT NULL,
  PRIMARY KEY (token_sha256, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX known_browser_by_account ON known_browser (account_id, last_login_at_ms);
CREATE INDEX known_browser_by_login ON known_browser (last_login_at_ms);

CREATE TABLE recovery_code (
  account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  code_sha256 BLOB NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL CHECK (expires_at_ms > created_at_ms)
) STRICT;

CREATE TABLE throttle (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  failures INTEGER NOT NULL CHECK (failures > 0),
  counted_at_ms INTEGER NOT NULL,
  blocked_until_ms INTEGER NOT NULL,
  is_announced INTEGER NOT NULL CHECK (is_announced IN (0, 1)),
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  event TEXT NOT NULL CHECK (length(event) BETWEEN 1 AND 128),
  succeeded INTEGER NOT NULL CHECK (succeeded IN (0, 1)),
  -- No REFERENCES: what an account did is known when it is gone.
  account_id INTEGER,
  session_id TEXT,
  source TEXT NOT NULL CHECK (source IN ('client', 'command-line', 'app')),
  -- The address of a client, or the operating system's user.
  origin TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  -- A JSON object of texts.
  details TEXT NOT NULL CHECK (details GLOB '{*}' AND length(details) <= 65536),
  -- Covers this row and the hash of the one before; see AuditChain.
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_by_account ON audit (account_id);

-- The last row that retention has removed: what the first one that is left follows.
CREATE TABLE audit_anchor (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  number INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_anchor VALUES (1, 0, zeroblob(32));

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'audit records are never changed'); END;
CREATE TRIGGER audit_is_only_removed_behind_the_anchor BEFORE DELETE ON audit
WHEN old.number > (SELECT number FROM audit_anchor)
BEGIN SELECT raise(ABORT, 'audit records are only removed by retention'); END;

-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER audit_is_only_appended BEFORE INSERT ON audit
WHEN new.number <= ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)
BEGIN SELECT raise(ABORT, 'audit records are never replaced'); END;

CREATE TABLE store_secret (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  bytes BLOB NOT NULL CHECK (length(bytes) = 32)
) STRICT;

-- Rises with every session that ends and every account that is disabled, so that whoever
-- watches open pages need not ask for each of them after every write.
CREATE TABLE revocation (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  count INTEGER NOT NULL
) STRICT;
INSERT INTO revocation VALUES (1, 0);
CREATE TRIGGER session_ended AFTER DELETE ON session
BEGIN UPDATE revocation SET count = count + 1; END;
CREATE TRIGGER account_disabled AFTER UPDATE OF is_enabled ON account
WHEN NOT new.is_enabled
BEGIN UPDATE revocation SET count = count + 1; END;
