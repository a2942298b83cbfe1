#if Postgres
  internal import LatchkeyCore

  /// The users of a database: one that owns the tables and takes migrations, and one that serves.
  package struct PostgresRoles: Sendable {
    private let pool: PostgresPool

    /// - Parameter options: as the owner.
    package init(_ options: PostgresOptions) {
      pool = PostgresPool(options)
    }

    /// The statements that give the serving user what it needs, and nothing more.
    ///
    /// - Parameters:
    ///   - app: the name of the user that serves.
    ///   - hidingHashes: whether it may not read password hashes.
    /// - Throws: `StoreUnavailableError`; ``RolesError`` with a reason for the operator.
    package func statements(for app: String, hidingHashes: Bool) async throws -> [String] {
      try await pool.read { db in
        try Self.check(app, db)
        return try PostgresRights(of: app, hidingHashes: hidingHashes).statements(in: db)
      }
    }

    /// Runs them in one transaction, and looks at what has become of it.
    ///
    /// - Throws: `StoreUnavailableError`; ``RolesError`` when the user could do more than it should,
    ///   by rights that others have given it. Nothing has changed then.
    package func set(for app: String, hidingHashes: Bool) async throws {
      try await pool.write { db in
        try Self.check(app, db)
        let rights = PostgresRights(of: app, hidingHashes: hidingHashes)
        for statement in try rights.statements(in: db) { try db.execute(script: statement) }
        let excess = try rights.excess(in: db)
        guard excess.isEmpty else {
          throw RolesError(
            "\(app) \(excess.joined(separator: "; and it ")). Nothing was changed.")
        }
      }
    }

    private static func check(_ app: String, _ db: PostgresSession) throws {
      let owner = try db.row(
        """
        SELECT pg_has_role(current_user, relowner, 'USAGE'), current_user = $1,
          relnamespace::regnamespace, relnamespace = current_schema()::regnamespace
        FROM pg_class WHERE oid = to_regclass('account')
        """, [.text(app)])
      guard let owner else {
        throw RolesError("Latchkey's tables are not there yet. First, as their owner: db migrate.")
      }
      guard try !owner.boolean(1) else {
        throw RolesError("\(app) is who is logged in here. Log in as the owner of the tables.")
      }
      guard try owner.boolean(0) else {
        throw RolesError("The user of the database does not own the tables. Log in as who does.")
      }
      guard try owner.boolean(3) else {
        throw RolesError(
          "The tables are in the schema \(try owner.text(2)), and the search_path of their owner begins "
            + "with another one. Set it: ALTER ROLE … SET search_path = \(try owner.text(2))")
      }
      let foreign = try db.row(
        """
        SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
          AND relname = ANY (string_to_array($1, ' ')) AND NOT pg_has_role(current_user, relowner, 'USAGE')
        UNION
        SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
          AND proname LIKE 'latchkey\\_%' AND NOT pg_has_role(current_user, proowner, 'USAGE')
        """, [.text(OwnMigrations.tables.joined(separator: " "))])
      if let foreign {
        throw RolesError(
          "\(try foreign.text(0)) belongs to somebody else than account does. As a superuser, give it to "
            + "the owner of account (ALTER … OWNER TO, or REASSIGN OWNED BY).")
      }
      guard try db.row("SELECT 1 FROM pg_roles WHERE rolname = $1", [.text(app)]) != nil else {
        throw RolesError(
          "There is no user \(app). Make it first, as a superuser: CREATE ROLE \(app.quoted) LOGIN "
            + "PASSWORD '…'")
      }
      try checkPath(of: app, db)
      try PostgresRights.checkOwner(in: db)
    }

    /// Whoever serves has to find the tables without being told where they are.
    private static func checkPath(of app: String, _ db: PostgresSession) throws {
      let place = try db.row(
        """
        SELECT current_schema(), quote_ident(current_database()), current_schema() = 'public'
          OR EXISTS (SELECT 1 FROM pg_db_role_setting, unnest(setconfig) AS setting
            WHERE setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = $1))
              AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
              AND setting LIKE 'search_path=%' AND quote_ident(current_schema()) = ANY (
                regexp_split_to_array(substr(setting, length('search_path=') + 1), '\\s*,\\s*')))
        """, [.text(app)])
      guard let place, try !place.boolean(2) else { return }
      let (schema, database) = (try place.text(0).quoted, try place.text(1))
      throw RolesError(
        "The tables are in the schema \(schema), into which \(app) does not look. As a superuser: ALTER "
          + "ROLE \(app.quoted) IN DATABASE \(database) SET search_path = \(schema)")
    }
  }

  /// Why the users could not be set up.
  package struct RolesError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
      self.description = description
    }
  }
#endif
