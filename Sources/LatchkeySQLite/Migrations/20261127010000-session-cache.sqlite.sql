-- Servers remember sessions for as long as this number stands. So everything raises it by which what
-- they remember would be wrong; when a session was last seen is the one thing that does not.

-- migrate:up

CREATE TRIGGER session_changed
AFTER UPDATE OF token_sha256, id, account_id, created_at_ms, expires_at_ms, proven_at_ms, address,
  user_agent ON session
BEGIN UPDATE revocation SET count = count + 1; END;

CREATE TRIGGER session_unseen AFTER UPDATE OF last_seen_at_ms ON session
WHEN new.last_seen_at_ms < old.last_seen_at_ms
BEGIN UPDATE revocation SET count = count + 1; END;

CREATE TRIGGER account_changed
AFTER UPDATE OF id, username, username_folded, created_at_ms ON account
BEGIN UPDATE revocation SET count = count + 1; END;

-- Its sessions go with it, and are counted, only where foreign keys are watched: sqlite3, for one, does
-- not.
CREATE TRIGGER account_gone AFTER DELETE ON account
BEGIN UPDATE revocation SET count = count + 1; END;

-- What REPLACE takes away is no DELETE to a trigger.
CREATE TRIGGER session_replaced BEFORE INSERT ON session
WHEN EXISTS (SELECT 1 FROM session WHERE token_sha256 = new.token_sha256 OR id = new.id)
BEGIN UPDATE revocation SET count = count + 1; END;

CREATE TRIGGER account_replaced BEFORE INSERT ON account
WHEN EXISTS (
  SELECT 1 FROM account WHERE id = new.id OR username_folded = new.username_folded)
BEGIN UPDATE revocation SET count = count + 1; END;

CREATE TRIGGER revocations_only_rise BEFORE UPDATE ON revocation
WHEN new.count <= old.count OR new.only <> old.only
BEGIN SELECT raise(ABORT, 'the number of revocations only rises'); END;

CREATE TRIGGER revocations_stay BEFORE DELETE ON revocation
BEGIN SELECT raise(ABORT, 'the number of revocations is never forgotten'); END;
