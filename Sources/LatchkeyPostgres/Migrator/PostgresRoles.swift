#if Postgres
  /// Two users of a database: one owns the tables and takes migrations, the other one serves.
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
        let own = try db.row("SELECT current_schema(), current_user")
        guard let own, let schema = own.optionalText(0)?.quoted else {
          throw RolesError("There is no schema on the search_path of the owner.")
        }
        let user = app.quoted
        let tables = try PostgresCatalog(in: db).divided().app.tables.map(\.name.quoted)
        let columns = try db.rows(
          """
          SELECT attname FROM pg_attribute
          WHERE attrelid = 'account'::regclass AND attnum > 0 AND NOT attisdropped
            AND attname <> 'password_hash' ORDER BY attnum
          """
        ).map { try $0.text(0).quoted }.joined(separator: ", ")
        return [
          "REVOKE ALL ON ALL TABLES IN SCHEMA \(schema) FROM \(user)",
          "REVOKE ALL ON ALL TABLES IN SCHEMA \(schema) FROM PUBLIC",
          "REVOKE ALL (password_hash) ON account FROM \(user), PUBLIC",
          "REVOKE CREATE ON SCHEMA \(schema) FROM \(user), PUBLIC",
          "GRANT USAGE ON SCHEMA \(schema) TO \(user)",
          hidingHashes
            ? "GRANT SELECT (\(columns)), INSERT (\(columns)), UPDATE, DELETE ON account TO \(user)"
            : "GRANT SELECT, INSERT, UPDATE, DELETE ON account TO \(user)",
          "GRANT SELECT, INSERT, UPDATE, DELETE ON session, known_browser, recovery_code, throttle "
            + "TO \(user)",
          // What the triggers of the trail allow of this is less: to append, and to trim.
          "GRANT SELECT, INSERT, DELETE ON audit TO \(user)",
          "GRANT SELECT, UPDATE ON audit_anchor TO \(user)",
          "GRANT SELECT, INSERT ON store_secret TO \(user)",
          "GRANT SELECT ON latchkey_migration TO \(user)",
          "GRANT EXECUTE ON FUNCTION latchkey_password_setting, latchkey_password_is TO \(user)",
        ]
          + (tables.isEmpty
            ? []
            : [
              "GRANT SELECT, INSERT, UPDATE, DELETE ON \(tables.joined(separator: ", ")) TO \(user)"
            ])
          + [
            // The tables of later migrations.
            "ALTER DEFAULT PRIVILEGES IN SCHEMA \(schema) "
              + "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \(user)"
          ]
      }
    }

    /// In one transaction.
    package func set(_ statements: [String]) async throws {
      try await pool.write { db in
        for statement in statements { try db.execute(script: statement) }
      }
    }

    private static func check(_ app: String, _ db: PostgresSession) throws {
      let owner = try db.row(
        """
        SELECT pg_has_role(current_user, relowner, 'USAGE'), current_user = $1
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
      let role = try db.row(
        "SELECT rolsuper, pg_has_role($1, relowner, 'MEMBER') FROM pg_roles, pg_class "
          + "WHERE rolname = $1 AND pg_class.oid = 'account'::regclass", [.text(app)])
      guard let role else {
        throw RolesError(
          "There is no user \(app). Make it first, as a superuser: CREATE ROLE \(app.quoted) LOGIN "
            + "PASSWORD '…'")
      }
      guard try !role.boolean(0), try !role.boolean(1) else {
        throw RolesError(
          "\(app) is a superuser, or has the rights of the owner: nothing can be kept from it.")
      }
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
