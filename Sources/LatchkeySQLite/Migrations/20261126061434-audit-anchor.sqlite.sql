-- The beginning of the audit trail moves only as retention moves it.

-- migrate:up

CREATE TRIGGER audit_anchor_moves_on_to_a_record BEFORE UPDATE ON audit_anchor
WHEN new.number <= old.number
  OR NOT EXISTS (SELECT 1 FROM audit WHERE number = new.number AND hash = new.hash)
BEGIN SELECT raise(ABORT, 'the beginning of the audit trail moves on to a record only'); END;

CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor
BEGIN SELECT raise(ABORT, 'the beginning of the audit trail is never forgotten'); END;

-- The trail is read as a whole: an index could be made to hide a record.
DROP INDEX audit_by_account;
