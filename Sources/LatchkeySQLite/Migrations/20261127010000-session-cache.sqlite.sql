-- Servers remember sessions for as long as this number stands. So everything raises it by which what
-- they remember would be wrong; when a session was last seen is the one thing that does not.

-- migrate:up

CREATE TRIGGER session_changed
AFTER UPDATE OF token_sha256, id, account_id, created_at_ms, expires_at_ms, proven_at_ms, address,
  user_agent ON session
BEGIN UPDATE revocation SET count = count + 1; END;

CREATE TRIGGER account_changed AFTER UPDATE OF id, username, created_at_ms ON account
BEGIN UPDATE revocation SET count = count + 1; END;

CREATE TRIGGER revocations_only_rise BEFORE UPDATE ON revocation
WHEN new.count <= old.count OR new.only <> old.only
BEGIN SELECT raise(ABORT, 'the number of revocations only rises'); END;

CREATE TRIGGER revocations_stay BEFORE DELETE ON revocation
BEGIN SELECT raise(ABORT, 'the number of revocations is never forgotten'); END;
