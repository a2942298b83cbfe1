#if Postgres
  internal import LatchkeyCore
  internal import LatchkeySchema

  extension PostgresStore {
    /// The steps of Latchkey's own tables. A step that has been released is never edited.
    private static let files = Result {
      try [
        MigrationFile(
          id: "20261126120000-accounts",
          text: String(
            decoding: PackageResources._0261126120000_accounts_postgres_sql, as: UTF8.self))
      ]
    }

    /// Takes what is pending, in one transaction. Of servers that start at once one does it, and the
    /// others wait for it.
    func migrate(at now: Timestamp) async throws {
      let files = try Self.files.get()
      // A look first: on every start but the first of a version there is nothing to do.
      let pending = try await pool.read { db in try Self.state(files, db).pending }
      guard !pending.isEmpty else { return }
      try await pool.write { db in
        // A number of our own; until the end of the transaction.
        try db.execute("SELECT pg_advisory_xact_lock(7019267256)")
        try db.execute(
          script: """
            SET LOCAL statement_timeout = 0;
            CREATE TABLE IF NOT EXISTS latchkey_migration (
              owner TEXT NOT NULL CHECK (owner IN ('latchkey', 'app')),
              id TEXT NOT NULL,
              -- The SHA-256 of the statements, in hexadecimal digits.
              checksum TEXT NOT NULL CHECK (length(checksum) = 64),
              applied_at_ms BIGINT NOT NULL,
              PRIMARY KEY (owner, id)
            )
            """)
        for file in try Self.state(files, db).pending {
          try db.execute(script: file.up.sql)
          try db.execute(
            "INSERT INTO latchkey_migration VALUES ('latchkey', $1, $2, $3)",
            [.text(file.id), .text(file.checksum), .integer(now.millisecondsSinceEpoch)])
        }
      }
    }

    private static func state(
      _ files: [MigrationFile], _ db: PostgresSession
    ) throws -> MigrationState {
      let exists = try db.row("SELECT to_regclass('latchkey_migration') IS NOT NULL")
      let applied =
        try exists?.boolean(0) != true
        ? []
        : db.rows(
          """
          SELECT id, checksum, applied_at_ms FROM latchkey_migration WHERE owner = 'latchkey'
          ORDER BY id
          """
        ).map { row in
          AppliedMigration(
            id: try row.text(0), checksum: try row.text(1), appliedAt: try row.integer(2))
        }
      let unknown = Set(applied.map(\.id)).subtracting(files.map(\.id))
      guard unknown.isEmpty else { throw StoreIsNewerError(unknownMigrations: unknown.sorted()) }
      do {
        return try MigrationState(files: files, applied: applied)
      } catch {
        throw StoreUnavailableError(
          reason: "The database was made by another build of this program. \(error)")
      }
    }
  }
#endif
