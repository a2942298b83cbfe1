-- A password is checked without its hash being read: whoever may call these learns how a hash was made
-- and whether a hash is the account's, and needs no right to read the column. db roles takes that away.

-- migrate:up

-- What computes a hash of the same kind: all of it but the digest, which is `A` over and over. bcrypt's
-- salt has 22 characters and no end of its own; elsewhere the digest is what stands last.
CREATE FUNCTION latchkey_password_setting(id BIGINT) RETURNS TEXT
LANGUAGE sql STABLE STRICT SECURITY DEFINER AS $$
  SELECT kept || repeat('A', length(password_hash) - length(kept)) FROM (
    SELECT password_hash, CASE WHEN password_hash LIKE '$2%' THEN left(password_hash, 29)
      ELSE regexp_replace(password_hash, '[^$]*$', '') END AS kept
    FROM account WHERE account.id = $1
  ) AS found
$$;

-- VOLATILE: who has waited for a lock on the account asks about it as it is now.
-- COLLATE: not by one that the caller has brought along.
CREATE FUNCTION latchkey_password_is(id BIGINT, hash TEXT) RETURNS BOOLEAN
LANGUAGE sql VOLATILE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT 1 FROM account WHERE account.id = $1 AND password_hash = $2 COLLATE "C")
$$;

-- The only way to write a hash for who may not read it: with a right to UPDATE the column it could be had
-- from the words of a refusal, which show the columns that a statement changes.
CREATE FUNCTION latchkey_set_password(id BIGINT, hash TEXT, work TEXT, is_imported BOOLEAN)
RETURNS VOID LANGUAGE sql VOLATILE SECURITY DEFINER AS $$
  UPDATE account SET password_hash = $2, password_work = $3, password_is_imported = $4
  WHERE account.id = $1
$$;

-- They run with the rights of the owner: names are looked up here, and nowhere that a caller can write.
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION latchkey_password_setting SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION latchkey_set_password SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION latchkey_password_is SET search_path = %I, pg_temp', current_schema());
  -- And so do the trail's triggers: a temporary table of a caller's must not stand in for the trail.
  EXECUTE format('ALTER FUNCTION latchkey_guard_audit SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION latchkey_guard_anchor SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION latchkey_refuse SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION latchkey_tell_revocation SET search_path = %I, pg_temp', current_schema());
END $$;
-- Nor may anybody hang the trail's triggers on a table of their own, where columns have types of theirs.
REVOKE ALL ON FUNCTION latchkey_password_setting, latchkey_password_is, latchkey_set_password,
  latchkey_refuse, latchkey_guard_audit, latchkey_guard_anchor, latchkey_tell_revocation FROM PUBLIC;
