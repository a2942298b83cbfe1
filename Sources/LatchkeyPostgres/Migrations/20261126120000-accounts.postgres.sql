-- The schema of SQLite's steps up to the audit anchor, in PostgreSQL's words. The database itself
-- refuses what must not be: a second account of one name (UNIQUE), a session without its account
-- (REFERENCES … CASCADE), a reused ID (IDENTITY), a changed audit record (triggers).

-- migrate:up

CREATE TABLE account (
  id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  username TEXT NOT NULL CHECK (length(username) BETWEEN 1 AND 64),
  username_folded TEXT NOT NULL UNIQUE CHECK (length(username_folded) > 0),
  -- NULL as long as the owner has chosen none.
  password_hash TEXT CHECK (length(password_hash) > 0),
  -- What verifying the hash costs, such as 'bcrypt cost=12'; see PasswordWork.
  password_work TEXT CHECK (length(password_work) > 0),
  password_is_imported BOOLEAN NOT NULL,
  is_enabled BOOLEAN NOT NULL,
  created_at_ms BIGINT NOT NULL,
  CHECK ((password_hash IS NULL) = (password_work IS NULL))
);
CREATE INDEX account_by_password_work ON account (password_work);

CREATE TABLE session (
  -- The SHA-256 of the token. The token itself is only in the browser's cookie.
  token_sha256 BYTEA PRIMARY KEY CHECK (length(token_sha256) = 32),
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at_ms BIGINT NOT NULL,
  last_seen_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL CHECK (expires_at_ms > created_at_ms),
  proven_at_ms BIGINT NOT NULL,
  address TEXT NOT NULL CHECK (length(address) <= 64),
  user_agent TEXT NOT NULL CHECK (length(user_agent) <= 256)
);
CREATE INDEX session_by_account ON session (account_id);
CREATE INDEX session_by_end ON session (expires_at_ms);

CREATE TABLE known_browser (
  -- The SHA-256 of the token in the browser's device cookie.
  token_sha256 BYTEA NOT NULL CHECK (length(token_sha256) = 32),
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  last_login_at_ms BIGINT NOT NULL,
  PRIMARY KEY (token_sha256, account_id)
);
CREATE INDEX known_browser_by_account ON known_browser (account_id, last_login_at_ms);
CREATE INDEX known_browser_by_login ON known_browser (last_login_at_ms);

CREATE TABLE recovery_code (
  account_id BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  code_sha256 BYTEA NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL CHECK (expires_at_ms > created_at_ms)
);

CREATE TABLE throttle (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  failures BIGINT NOT NULL CHECK (failures > 0),
  counted_at_ms BIGINT NOT NULL,
  blocked_until_ms BIGINT NOT NULL,
  is_announced BOOLEAN NOT NULL,
  PRIMARY KEY (kind, key)
);

CREATE TABLE audit (
  number BIGINT PRIMARY KEY CHECK (number > 0),
  at_ms BIGINT NOT NULL,
  event TEXT NOT NULL CHECK (length(event) BETWEEN 1 AND 128),
  succeeded BOOLEAN NOT NULL,
  -- No REFERENCES: what an account did is known when it is gone.
  account_id BIGINT,
  session_id TEXT,
  source TEXT NOT NULL CHECK (source IN ('client', 'command-line', 'app')),
  -- The address of a client, or the operating system's user.
  origin TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  -- A JSON object of texts.
  details TEXT NOT NULL CHECK (details LIKE '{%}' AND length(details) <= 65536),
  -- Covers this row and the hash of the one before; see AuditChain.
  hash BYTEA NOT NULL CHECK (length(hash) = 32)
);

-- The last row that retention has removed, and the last number that was given out. Whoever appends
-- holds this row: the chain has one end.
CREATE TABLE audit_anchor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  number BIGINT NOT NULL,
  hash BYTEA NOT NULL CHECK (length(hash) = 32),
  last_number BIGINT NOT NULL
);
INSERT INTO audit_anchor VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);

CREATE FUNCTION latchkey_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0];
END $$;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION latchkey_refuse('audit records are never changed');
CREATE TRIGGER audit_is_never_truncated BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION latchkey_refuse('audit records are only removed by retention');
CREATE TRIGGER audit_anchor_stays BEFORE DELETE OR TRUNCATE ON audit_anchor
FOR EACH STATEMENT EXECUTE FUNCTION latchkey_refuse('the beginning of the audit trail is never forgotten');

-- With the rights of the owner: whoever appends may not write last_number by itself. SECURITY DEFINER
-- makes the owner the current user, and the session's user is still who is logged in.
CREATE FUNCTION latchkey_guard_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_RELID <> 'audit'::regclass THEN
    RAISE EXCEPTION 'this is for the audit trail only';
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF old.number > (SELECT number FROM audit_anchor) THEN
      RAISE EXCEPTION 'audit records are only removed by retention';
    END IF;
    RETURN old;
  END IF;
  -- Whoever else appends waits here, and sees what has become of it.
  PERFORM 1 FROM audit_anchor FOR UPDATE;
  IF new.number <= (SELECT last_number FROM audit_anchor) THEN
    RAISE EXCEPTION 'audit records are never replaced';
  END IF;
  -- A copy of a trail may have gaps, and is made by the owner.
  IF new.number > (SELECT last_number FROM audit_anchor) + 1
    AND NOT pg_has_role(session_user, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'audit records are numbered one by one';
  END IF;
  UPDATE audit_anchor SET last_number = new.number;
  RETURN new;
END $$;
CREATE TRIGGER audit_is_only_appended_and_trimmed BEFORE INSERT OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION latchkey_guard_audit();

CREATE FUNCTION latchkey_guard_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.last_number < old.last_number THEN
    RAISE EXCEPTION 'numbers of the audit trail are never given out again';
  END IF;
  IF (new.number, new.hash) IS DISTINCT FROM (old.number, old.hash) AND (new.number <= old.number
    OR NOT EXISTS (SELECT 1 FROM audit WHERE number = new.number AND hash = new.hash)) THEN
    RAISE EXCEPTION 'the beginning of the audit trail moves on to a record only';
  END IF;
  RETURN new;
END $$;
CREATE TRIGGER audit_anchor_moves_on BEFORE UPDATE ON audit_anchor
FOR EACH ROW EXECUTE FUNCTION latchkey_guard_anchor();

-- Also where session_replication_role lets triggers rest.
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_is_never_changed;
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_is_never_truncated;
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_is_only_appended_and_trimmed;
ALTER TABLE audit_anchor ENABLE ALWAYS TRIGGER audit_anchor_stays;
ALTER TABLE audit_anchor ENABLE ALWAYS TRIGGER audit_anchor_moves_on;

CREATE TABLE store_secret (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  bytes BYTEA NOT NULL CHECK (length(bytes) = 32)
);

-- Told when it is committed, to every server. Not for each record of the trail: the server lets only
-- one transaction commit at a time that tells something.
CREATE FUNCTION latchkey_tell_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('latchkey_revocations', '');
  RETURN NULL;
END $$;
CREATE TRIGGER session_ended AFTER DELETE ON session
FOR EACH ROW EXECUTE FUNCTION latchkey_tell_revocation();
CREATE TRIGGER account_disabled AFTER UPDATE OF is_enabled ON account
FOR EACH ROW WHEN (NOT new.is_enabled) EXECUTE FUNCTION latchkey_tell_revocation();
