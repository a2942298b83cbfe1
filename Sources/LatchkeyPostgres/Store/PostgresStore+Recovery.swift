#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func issueRecovery(
      _ recovery: NewRecovery, _ id: AccountID, audit: AuditEntry
    ) async throws -> Bool {
      try await pool.write { db in
        guard try Self.holds(id, nil, db) else { return false }
        try db.execute(
          "SELECT latchkey_set_password($1, NULL, NULL, false)", [.integer(id.rawValue)])
        try Self.endSessions(of: id, db)
        try Self.replaceRecovery(recovery, id, db)
        try Self.append(audit, about: id, db)
        return true
      }
    }

    public func recoveryAccount(
      _ digest: RecoveryCode.Digest, now: Timestamp
    ) async throws -> Account? {
      try await pool.read { db in
        try db.row(
          """
          SELECT \(Account.columns) FROM recovery_code JOIN account ON account.id = account_id
          WHERE code_sha256 = $1 AND expires_at_ms > $2 AND is_enabled
          """, [.bytes(digest.bytes), .integer(now.millisecondsSinceEpoch)]
        ).map { try Account(row: $0) }
      }
    }

    public func recover(
      _ digest: RecoveryCode.Digest, _ id: AccountID, password: NewPassword,
      device: DeviceRenewal, now: Timestamp, audit: AuditEntry
    ) async throws -> Recovered? {
      try await pool.write { db in
        // The account first, as all others take them.
        let row = try db.row(
          "SELECT \(Account.columns) FROM account WHERE id = $1 AND is_enabled FOR NO KEY UPDATE",
          [.integer(id.rawValue)])
        guard let row else { return nil }
        // Taking the code is what makes the use the only one.
        let count = try db.execute(
          """
          DELETE FROM recovery_code
          WHERE code_sha256 = $1 AND account_id = $2 AND expires_at_ms > $3
          """,
          [
            .bytes(digest.bytes), .integer(id.rawValue), .integer(now.millisecondsSinceEpoch),
          ])
        guard count > 0 else { return nil }
        let failures = try Self.failures(.account(id), db)
        try Self.replacePassword(password, id, keeping: nil, db)
        try Self.remember(device, for: id, at: now, db)
        try Self.append(audit, about: id, db)
        return Recovered(account: try Account(row: row), failuresOfStrangers: failures)
      }
    }

    static func replaceRecovery(
      _ recovery: NewRecovery, _ id: AccountID, _ db: PostgresSession
    ) throws {
      try db.execute(
        """
        INSERT INTO recovery_code (account_id, code_sha256, created_at_ms, expires_at_ms)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id) DO UPDATE SET code_sha256 = excluded.code_sha256,
          created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms
        """,
        [
          .integer(id.rawValue), .bytes(recovery.digest.bytes),
          .integer(recovery.createdAt.millisecondsSinceEpoch),
          .integer(recovery.expiresAt.millisecondsSinceEpoch),
        ])
    }
  }
#endif
