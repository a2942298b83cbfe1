#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    /// Looks without opening a store, which would bring Latchkey's own tables up to date.
    ///
    /// - Parameters:
    ///   - options: of a database whose own tables are up to date.
    ///   - now: for what has ended.
    ///   - createdBefore: accounts that are younger are not unused.
    /// - Throws: `StoreUnavailableError`.
    public static func diagnosis(
      of options: PostgresOptions, at now: Timestamp, createdBefore: Timestamp
    ) async throws -> DatabaseDiagnosis {
      try await PostgresPool(options).read { db in
        func count(_ sql: String, _ values: [PostgresValue] = []) throws -> Int {
          try Int(db.row(sql, values)?.integer(0) ?? 0)
        }
        var diagnosis = DatabaseDiagnosis()
        diagnosis.conditions = try conditions(db, options)
        diagnosis.accounts = try count("SELECT count(*) FROM account")
        diagnosis.unusedAccounts = try count(
          """
          SELECT count(*) FROM account WHERE created_at_ms < $1
            AND NOT EXISTS (SELECT 1 FROM session WHERE account_id = account.id)
            AND NOT EXISTS (SELECT 1 FROM known_browser WHERE account_id = account.id)
          """, [.integer(createdBefore.millisecondsSinceEpoch)])
        diagnosis.accountsWithoutWay = try count(
          """
          SELECT count(*) FROM account WHERE password_work IS NULL AND NOT EXISTS (
            SELECT 1 FROM recovery_code WHERE account_id = account.id AND expires_at_ms > $1)
          """, [.integer(now.millisecondsSinceEpoch)])
        let works = try db.rows(
          """
          SELECT password_work, count(*) FROM account WHERE password_work IS NOT NULL
          GROUP BY password_work
          """
        ).map { (PasswordWork(rawValue: try $0.text(0)), Int(try $0.integer(1))) }
        diagnosis.works = Dictionary(works, uniquingKeysWith: +)
        diagnosis.lastEvent = try db.row("SELECT at_ms FROM audit ORDER BY number DESC LIMIT 1")
          .map { Timestamp(millisecondsSinceEpoch: try $0.integer(0)) }
        return diagnosis
      }
    }

    private static func conditions(
      _ db: PostgresSession, _ options: PostgresOptions
    ) throws -> [DatabaseDiagnosis.Condition] {
      let row = try db.row(
        """
        SELECT current_setting('server_version_num')::integer, current_setting('fsync') = 'on',
          current_setting('synchronous_commit') = 'off',
          inet_server_addr() IS NOT NULL AND NOT inet_server_addr() <<= '127.0.0.0/8'
            AND inet_server_addr() <> '::1'
            AND NOT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
          (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
          pg_get_userbyid(relowner) = current_user,
          has_schema_privilege('public', current_schema(), 'CREATE')
        FROM pg_class WHERE oid = 'account'::regclass
        """)
      guard let row else { return [] }
      var found: [DatabaseDiagnosis.Condition] = []
      if try row.integer(0) < 130_000 {
        found.append(
          .init(
            .danger, finding: "The server is older than PostgreSQL 13.",
            why: "It gets no repairs any more, and this program was not tried with it.",
            mend: "Upgrade it."))
      }
      if try !row.boolean(1) || row.boolean(2) {
        found.append(
          .init(
            .danger, finding: "The server answers before a change is on its disk.",
            why:
              "What people were told is done can be gone after a crash: a revoked session lives.",
            mend: "Set fsync = on, and synchronous_commit to on or more."))
      }
      if try row.boolean(3) {
        found.append(
          .init(
            .danger, finding: "The connection to the server has no TLS.",
            why: "Password hashes can be read on the way, and written.",
            mend: "Add sslmode=verify-full to the URL."))
      } else if options.trustsAnybody {
        found.append(
          .init(
            .risk, finding: "The server's certificate is not checked.",
            why: "Whoever is between here and there can be the server.",
            mend: "Add sslmode=verify-full to the URL, and sslrootcert with who vouches for it."))
      }
      if try row.boolean(4) {
        found.append(
          .init(
            .risk, finding: "The user of the database is a superuser.",
            why: "Whoever gets at this program has the whole server.",
            mend: "Make a user for it: db roles says how."))
      } else if try row.boolean(5) {
        found.append(
          .init(
            .note, finding: "The user of the database owns the tables.",
            why: "Whoever gets at this program can take the triggers of the audit trail away.",
            mend: "Use one user for db migrate and another for serve: db roles says how."))
      }
      if try row.boolean(6) {
        found.append(
          .init(
            .risk, finding: "Everybody in the database may make objects in its schema.",
            why: "What they make can stand in for what this program calls.",
            mend: "As who owns the schema: REVOKE CREATE ON SCHEMA … FROM PUBLIC. db roles does it."
          ))
      }
      return found
    }
  }
#endif
