#if Postgres
  internal import LatchkeyCore
  internal import LatchkeySchema

  /// The steps of Latchkey's own tables. A step that has been released is never edited.
  enum OwnMigrations {
    static let files = Result {
      try [
        MigrationFile(
          id: "20261126120000-accounts",
          text: String(
            decoding: PackageResources._0261126120000_accounts_postgres_sql, as: UTF8.self)),
        MigrationFile(
          id: "20261126190000-password-comparison",
          text: String(
            decoding: PackageResources._0261126190000_password_comparison_postgres_sql,
            as: UTF8.self)),
      ]
    }

    /// The names of all that the steps make, whatever of it is there: a database without them can have
    /// others of these names.
    static let tables: Set = [
      "account", "session", "known_browser", "recovery_code", "throttle", "audit", "audit_anchor",
      "store_secret", "latchkey_migration",
    ]
    static let indexes: Set = [
      "account_by_password_work", "session_by_account", "session_by_end",
      "known_browser_by_account", "known_browser_by_login",
    ]
    static let triggers: Set = [
      "audit_is_never_changed", "audit_is_never_truncated", "audit_anchor_stays",
      "audit_is_only_appended_and_trimmed", "audit_anchor_moves_on", "session_ended",
      "account_disabled",
    ]
    /// What begins so is Latchkey's, also what is yet to come.
    static let prefix = "latchkey_"

    /// - Throws: `StoreIsNewerError`, `StoreUnavailableError`.
    static func state(of db: PostgresSession) throws -> MigrationState {
      let files = try files.get()
      let applied = try MigrationHistory.latchkey.applied(in: db)
      let unknown = Set(applied.map(\.id)).subtracting(files.map(\.id))
      guard unknown.isEmpty else { throw StoreIsNewerError(unknownMigrations: unknown.sorted()) }
      do {
        return try MigrationState(files: files, applied: applied)
      } catch {
        throw StoreUnavailableError(
          reason: "The database was made by another build of this program. \(error)")
      }
    }

    /// Takes what is pending, in one transaction. Of servers that start at once one does it, and the
    /// others wait for it.
    static func bringUpToDate(_ pool: PostgresPool, at now: Timestamp) async throws {
      // A look first: on every start but the first of a version there is nothing to do.
      guard try await !pool.read({ try state(of: $0).pending.isEmpty }) else { return }
      try await pool.write { db in
        do {
          try take(at: now, in: db)
        } catch PostgresError.refused(let state, let message) where state.hasPrefix("42") {
          // Class 42 names things of the schema, and no values.
          throw StoreUnavailableError(
            reason:
              "Latchkey's own tables cannot be made: \(message) (SQLSTATE \(state)). It needs a "
              + "database of its own, or a schema of its own on the search_path.")
        }
      }
    }

    private static func take(at now: Timestamp, in db: PostgresSession) throws {
      try MigrationHistory.lock(db)
      try checkRights(db)
      try MigrationHistory.prepare(db)
      for file in try state(of: db).pending {
        try db.execute(script: file.up.sql)
        try MigrationHistory.latchkey.add(file, appliedAt: now.millisecondsSinceEpoch, in: db)
      }
    }

    private static func checkRights(_ db: PostgresSession) throws {
      let may = try db.row(
        "SELECT has_schema_privilege(current_schema(), 'CREATE') AND current_schema() IS NOT NULL")
      guard try may?.boolean(0) != true else { return }
      throw StoreUnavailableError(
        reason:
          "Latchkey's own tables are not up to date, and this user of the database may not make "
          + "them. Run db migrate as the user that owns them.")
    }
  }

  /// The steps that a database has been through: Latchkey's own, or the app's.
  enum MigrationHistory: String {
    case latchkey, app

    /// In order; none when nobody has ever taken a step.
    func applied(in db: PostgresSession) throws -> [AppliedMigration] {
      guard try db.row("SELECT to_regclass('latchkey_migration') IS NOT NULL")?.boolean(0) == true
      else { return [] }
      return try db.rows(
        """
        SELECT id, checksum, applied_at_ms FROM latchkey_migration WHERE owner = $1 ORDER BY id
        """, [.text(rawValue)]
      ).map { row in
        AppliedMigration(
          id: try row.text(0), checksum: try row.text(1), appliedAt: try row.integer(2))
      }
    }

    func add(_ file: MigrationFile, appliedAt: Int64, in db: PostgresSession) throws {
      try db.execute(
        "INSERT INTO latchkey_migration VALUES ($1, $2, $3, $4)",
        [.text(rawValue), .text(file.id), .text(file.checksum), .integer(appliedAt)])
    }

    func remove(_ id: String, in db: PostgresSession) throws {
      try db.execute(
        "DELETE FROM latchkey_migration WHERE owner = $1 AND id = $2",
        [.text(rawValue), .text(id)])
    }

    /// Until the end of the transaction; whoever takes a step holds it. The number is our own.
    static func lock(_ db: PostgresSession) throws {
      // A step over many rows takes its time; but it does not stand in line for a lock while all others
      // stand behind it.
      try db.execute(script: "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 60000")
      db.waitsForEver = true
      try db.execute("SELECT pg_advisory_xact_lock(7019267256)")
      try db.execute(script: "SET LOCAL lock_timeout = 10000")
      try checkPlace(db)
    }

    /// What is made now must come to where the rest is.
    private static func checkPlace(_ db: PostgresSession) throws {
      let place = try db.row(
        """
        SELECT relnamespace::regnamespace, relnamespace = current_schema()::regnamespace
        FROM pg_class WHERE oid = to_regclass('latchkey_migration')
        """)
      guard let place, try place.boolean(1) != true else { return }
      let schema = try place.text(0)
      throw StoreUnavailableError(
        reason:
          "Latchkey's tables are in the schema \(schema), and the search_path of this user begins "
          + "with another one, where new ones would be. Set it: ALTER ROLE … SET search_path = \(schema)"
      )
    }

    /// The one table that no step makes: the steps are written down in it.
    static func prepare(_ db: PostgresSession) throws {
      try db.execute(
        script: """
          CREATE TABLE IF NOT EXISTS latchkey_migration (
            owner TEXT NOT NULL CHECK (owner IN ('latchkey', 'app')),
            id TEXT NOT NULL,
            -- The SHA-256 of the statements, in hexadecimal digits.
            checksum TEXT NOT NULL CHECK (length(checksum) = 64),
            applied_at_ms BIGINT NOT NULL,
            PRIMARY KEY (owner, id)
          )
          """)
    }
  }
#endif
