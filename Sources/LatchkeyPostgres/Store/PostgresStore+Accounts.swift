#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func insertAccount(
      _ account: NewAccount, recovery: NewRecovery?, audit: AuditEntry
    ) async throws -> Account? {
      try await pool.write { db in
        guard let inserted = try Self.insert(account, db) else { return nil }
        if let recovery { try Self.replaceRecovery(recovery, inserted.id, db) }
        try Self.append(audit, about: inserted.id, db)
        return inserted
      }
    }

    public func importAccounts(
      _ accounts: [NewAccount], audit: AuditEntry, progress: @Sendable @escaping (Int) -> Void,
      keeping: @Sendable @escaping ([AccountImport]) -> Bool
    ) async throws -> (outcomes: [AccountImport], isKept: Bool) {
      try await pool.write { db in
        try db.execute("SAVEPOINT import")
        var outcomes: [AccountImport] = []
        for start in stride(from: 0, to: accounts.count, by: 1000) {
          progress(start)
          let next = accounts[start..<min(start + 1000, accounts.count)]
          outcomes += try Self.insert(next, audit: audit, db)
        }
        let isKept = keeping(outcomes)
        if !isKept { try db.execute("ROLLBACK TO SAVEPOINT import") }
        return (outcomes, isKept)
      }
    }

    public func account(_ id: AccountID) async throws -> Account? {
      try await pool.read { db in
        try db.row("SELECT \(Account.columns) FROM account WHERE id = $1", [.integer(id.rawValue)])
          .map { try Account(row: $0) }
      }
    }

    public func account(folded: String) async throws -> Account? {
      try await pool.read { db in try Self.account(folded: folded, db) }
    }

    public func accounts(after id: AccountID?, limit: Int) async throws -> [Account] {
      try await pool.read { db in
        try db.rows(
          "SELECT \(Account.columns) FROM account WHERE id > $1 ORDER BY id LIMIT $2",
          [.integer(id?.rawValue ?? 0), .integer(Int64(limit))]
        ).map { try Account(row: $0) }
      }
    }

    public func credentials(
      folded: String, devices: [DeviceToken.Digest]
    ) async throws -> CredentialLookup {
      try await pool.read { db in
        try Self.lookup("username_folded = $1", .text(folded), devices, db)
      }
    }

    public func credentials(
      of id: AccountID, devices: [DeviceToken.Digest]
    ) async throws -> CredentialLookup {
      try await pool.read { db in
        try Self.lookup("id = $1", .integer(id.rawValue), devices, db)
      }
    }

    public func comparePassword(
      _ hash: PasswordHash?, computedLike setting: PasswordSetting?, of id: AccountID?
    ) async throws -> PasswordComparison {
      try await pool.read { db in
        let id = PostgresValue.integer(id?.rawValue ?? 0)
        let isSame = try db.row(
          "SELECT latchkey_password_is($1, $2)", [id, .text(hash?.text ?? "")])
        if try isSame?.boolean(0) == true { return .same }
        // A statement of its own, which sees what the first one has seen, or what came after it.
        let isLike = try db.row(
          "SELECT latchkey_password_setting($1) IS NOT DISTINCT FROM $2::text",
          [id, PostgresValue(setting?.hash.text)])
        return try isLike?.boolean(0) == true ? .different : .outdated
      }
    }

    public func setEnabled(
      _ isEnabled: Bool, _ id: AccountID, audit: AuditEntry
    ) async throws -> Bool {
      try await pool.write { db in
        let count = try db.execute(
          "UPDATE account SET is_enabled = $1 WHERE id = $2",
          [.boolean(isEnabled), .integer(id.rawValue)])
        guard count > 0 else { return false }
        if !isEnabled { try Self.endSessions(of: id, db) }
        try Self.append(audit, about: id, db)
        return true
      }
    }

    public func setPassword(
      _ password: NewPassword, _ id: AccountID, verifiedHash: PasswordHash?,
      renewal: SessionRenewal?, audit: AuditEntry
    ) async throws -> Bool {
      try await pool.write { db in
        guard try Self.holds(id, verifiedHash, db) else { return false }
        if let renewal {
          guard try Self.renew(renewal, of: id, db) else { return false }
        }
        try Self.replacePassword(password, id, keeping: renewal, db)
        try Self.append(audit, about: id, db)
        return true
      }
    }

    public func deleteAccount(_ id: AccountID, audit: AuditEntry) async throws -> Bool {
      try await pool.write { db in
        // The sessions go with it: ON DELETE CASCADE.
        let count = try db.execute("DELETE FROM account WHERE id = $1", [.integer(id.rawValue)])
        guard count > 0 else { return false }
        try Self.clearThrottles(of: id, db)
        try Self.append(audit, about: id, db)
        return true
      }
    }
  }

  extension PostgresStore {
    static func account(folded: String, _ db: PostgresSession) throws -> Account? {
      try db.row(
        "SELECT \(Account.columns) FROM account WHERE username_folded = $1", [.text(folded)]
      ).map { try Account(row: $0) }
    }

    private static func lookup(
      _ condition: String, _ value: PostgresValue, _ devices: [DeviceToken.Digest],
      _ db: PostgresSession
    ) throws -> CredentialLookup {
      let row = try db.row(
        """
        SELECT \(Account.columns), latchkey_password_setting(account.id), password_is_imported
        FROM account
        WHERE \(condition)
        """, [value])
      let credentials = try row.map { row in
        Credentials(
          account: try Account(row: row),
          password: try row.optionalText(4).map { text in
            PasswordSetting(text: text, isImported: try row.boolean(5))
          })
      }
      return CredentialLookup(
        credentials: credentials,
        knownBrowser: try knownBrowser(of: credentials?.account.id, among: devices, db),
        worksInUse: try worksInUse(db))
    }

    /// The same query for an account and for none.
    private static func knownBrowser(
      of id: AccountID?, among devices: [DeviceToken.Digest], _ db: PostgresSession
    ) throws -> DeviceToken.Digest? {
      let known = try db.rows(
        "SELECT token_sha256 FROM known_browser WHERE account_id = $1",
        [.integer(id?.rawValue ?? 0)]
      ).map { try $0.bytes(0) }
      return devices.first { known.contains($0.bytes) }
    }

    /// Whether the account is there and, if a hash is given, still has it; and it stays so until the
    /// end of the transaction.
    static func holds(_ id: AccountID, _ hash: PasswordHash?, _ db: PostgresSession) throws -> Bool
    {
      try db.row(
        """
        SELECT 1 FROM account
        WHERE id = $1 AND ($2::text IS NULL OR latchkey_password_is(id, $2)) FOR NO KEY UPDATE
        """, [.integer(id.rawValue), PostgresValue(hash?.text)]) != nil
    }

    /// A new password ends all that an old one has opened, but for what is kept.
    static func replacePassword(
      _ password: NewPassword, _ id: AccountID, keeping renewed: SessionRenewal?,
      _ db: PostgresSession
    ) throws {
      try update(password, id, db)
      try endSessions(of: id, except: renewed?.id, db)
      try db.execute("DELETE FROM recovery_code WHERE account_id = $1", [.integer(id.rawValue)])
      try db.execute(
        """
        DELETE FROM known_browser
        WHERE account_id = $1 AND token_sha256 IS DISTINCT FROM $2::bytea
        """, [.integer(id.rawValue), PostgresValue(renewed?.device.new.bytes)])
      try clearThrottles(of: id, db)
    }

    static func update(_ password: NewPassword, _ id: AccountID, _ db: PostgresSession) throws {
      try db.execute(
        "SELECT latchkey_set_password($1, $2, $3, $4)",
        [
          .integer(id.rawValue), .text(password.stored.hash.text), .text(password.work.rawValue),
          .boolean(password.stored.isImported),
        ])
    }

    /// Nil when the folded name is taken: the unique index decides, no look beforehand.
    private static func insert(_ account: NewAccount, _ db: PostgresSession) throws -> Account? {
      // The hash comes afterwards: to whom a conflict shows a row it shows the inserted columns.
      let inserted = try db.row(
        """
        INSERT INTO account (username, username_folded, password_is_imported, is_enabled,
          created_at_ms)
        VALUES ($1, $2, false, $3, $4)
        ON CONFLICT (username_folded) DO NOTHING
        RETURNING \(Account.columns)
        """,
        [
          .text(account.username.text), .text(account.username.folded),
          .boolean(account.isEnabled), .integer(account.createdAt.millisecondsSinceEpoch),
        ]
      ).map { try Account(row: $0) }
      if let inserted, let password = account.password { try update(password, inserted.id, db) }
      return inserted
    }

    /// The same for many, in their order, with an audit record for each that is inserted. In a few statements: a round trip for each
    /// would be minutes for a hundred thousand.
    private static func insert(
      _ accounts: ArraySlice<NewAccount>, audit: AuditEntry, _ db: PostgresSession
    ) throws -> [AccountImport] {
      let inserted = try db.rows(
        """
        INSERT INTO account (username, username_folded, password_is_imported, is_enabled,
          created_at_ms)
        SELECT username, folded, false, is_enabled, created_at_ms
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::bigint[])
          WITH ORDINALITY AS new (username, folded, is_enabled, created_at_ms, place)
        ORDER BY place
        ON CONFLICT (username_folded) DO NOTHING
        RETURNING \(Account.columns), username_folded
        """,
        [
          .array(accounts.map(\.username.text)), .array(accounts.map(\.username.folded)),
          .array(accounts.map { "\($0.isEnabled)" }),
          .array(accounts.map { "\($0.createdAt.millisecondsSinceEpoch)" }),
        ])
      var new = Dictionary(
        try inserted.map { (try $0.text(4), try Account(row: $0)) }, uniquingKeysWith: { $1 })
      let others = try db.rows(
        """
        SELECT \(Account.columns), username_folded FROM account
        WHERE username_folded = ANY ($1::text[])
        """, [.array(accounts.map(\.username.folded))])
      let all = Dictionary(
        try others.map { (try $0.text(4), try Account(row: $0)) }, uniquingKeysWith: { $1 })
      var passwords: [(AccountID, NewPassword)] = []
      let outcomes: [AccountImport] = try accounts.map { account in
        if let account = new.removeValue(forKey: account.username.folded) {
          return .imported(account)
        }
        guard let other = all[account.username.folded] else {
          throw PostgresError.unexpected("a name is taken by no account")
        }
        return .nameTaken(by: other)
      }
      for (account, outcome) in zip(accounts, outcomes) {
        if case .imported(let imported) = outcome, let password = account.password {
          passwords.append((imported.id, password))
        }
      }
      try db.execute(
        """
        SELECT latchkey_set_password(id, hash, work, is_imported)
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[])
          AS new (id, hash, work, is_imported)
        """,
        [
          .array(passwords.map { "\($0.0)" }), .array(passwords.map(\.1.stored.hash.text)),
          .array(passwords.map(\.1.work.rawValue)),
          .array(passwords.map { "\($0.1.stored.isImported)" }),
        ])
      let entries = outcomes.compactMap { outcome -> AuditEntry? in
        guard case .imported(let account) = outcome else { return nil }
        var entry = audit
        entry.account = account.id
        return entry
      }
      try append(entries, db)
      return outcomes
    }

    /// The distinct works, one index seek for each, however many accounts there are.
    private static func worksInUse(_ db: PostgresSession) throws -> Set<PasswordWork> {
      let works = try db.rows(
        """
        WITH RECURSIVE used (work) AS (
          SELECT min(password_work) FROM account
          UNION ALL
          SELECT (SELECT min(password_work) FROM account WHERE password_work > used.work)
          FROM used WHERE used.work IS NOT NULL
        )
        SELECT work FROM used WHERE work IS NOT NULL
        """)
      return Set(try works.map { PasswordWork(rawValue: try $0.text(0)) })
    }
  }

  extension Account {
    static let columns = "account.id, username, is_enabled, account.created_at_ms"

    init(row: PostgresRow) throws {
      self.init(
        id: AccountID(rawValue: try row.integer(0)), username: try row.text(1),
        isEnabled: try row.boolean(2),
        createdAt: Timestamp(millisecondsSinceEpoch: try row.integer(3)))
    }
  }
#endif
