#if Postgres
  /// What the user that serves may do (postgresql.org/docs/current/ddl-priv.html).
  struct PostgresRights {
    let user: String
    let hidesHashes: Bool

    init(of user: String, hidingHashes: Bool) {
      self.user = user
      hidesHashes = hidingHashes
    }

    /// The statements that give it all it needs, and take away the rest.
    func statements(in db: PostgresSession) throws -> [String] {
      guard let schema = try db.row("SELECT current_schema()")?.optionalText(0)?.quoted else {
        throw RolesError("There is no schema on the search_path of the owner.")
      }
      let user = user.quoted
      let own = OwnMigrations.tables.sorted().joined(separator: ", ")
      let columns = try db.rows(
        """
        SELECT attname FROM pg_attribute
        WHERE attrelid = 'account'::regclass AND attnum > 0 AND NOT attisdropped
          AND attname <> 'password_hash' ORDER BY attnum
        """
      ).map { try $0.text(0).quoted }.joined(separator: ", ")
      return [
        "REVOKE ALL ON ALL TABLES IN SCHEMA \(schema) FROM \(user)",
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA \(schema) FROM \(user)",
        "REVOKE ALL ON \(own) FROM PUBLIC",
        "REVOKE ALL (password_hash) ON account FROM \(user), PUBLIC",
        "REVOKE CREATE ON SCHEMA \(schema) FROM \(user), PUBLIC",
        "GRANT USAGE ON SCHEMA \(schema) TO \(user)",
        hidesHashes
          ? "GRANT SELECT (\(columns)), INSERT (\(columns)), UPDATE, DELETE ON account TO \(user)"
          : "GRANT SELECT, INSERT, UPDATE, DELETE ON account TO \(user)",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON session, known_browser, recovery_code, throttle "
          + "TO \(user)",
        // What the triggers of the trail allow of this is less: to append, and to trim.
        "GRANT SELECT, INSERT, DELETE ON audit TO \(user)",
        "GRANT SELECT, UPDATE (number, hash) ON audit_anchor TO \(user)",
        "GRANT SELECT, INSERT ON store_secret TO \(user)",
        "GRANT SELECT ON latchkey_migration TO \(user)",
        "GRANT EXECUTE ON FUNCTION latchkey_password_setting, latchkey_password_is TO \(user)",
      ] + (try Relation.ofApp(in: db).compactMap(grant))
    }

    /// What one of the app's needs; nil when the user gets nothing of it.
    private func grant(_ relation: Relation) -> String? {
      let name = relation.name.quoted
      return switch relation.kind {
      case "v", "m":
        // Who reads a view reads with the rights of its owner.
        hidesHashes && relation.showsAccounts ? nil : "GRANT SELECT ON \(name) TO \(user.quoted)"
      case "S": "GRANT USAGE ON SEQUENCE \(name) TO \(user.quoted)"
      default: "GRANT SELECT, INSERT, UPDATE, DELETE ON \(name) TO \(user.quoted)"
      }
    }

    /// What it could do all the same, by what others have given to it, to everybody or to a role that it
    /// is in; each as the rest of a sentence.
    func excess(in db: PostgresSession) throws -> [String] {
      var found = try db.rows(
        """
        SELECT CASE WHEN rolsuper THEN 'is a superuser'
          WHEN rolcreaterole THEN 'may give itself roles (CREATEROLE)'
          WHEN rolreplication THEN 'may copy all of the server (REPLICATION)'
          WHEN rolbypassrls THEN 'is above the rules for rows (BYPASSRLS)'
          WHEN oid = (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass)
            THEN 'has the rights of the owner of the tables'
          ELSE 'has more rights than it needs' END
          || CASE WHEN rolname = $1 THEN '' ELSE ', as a member of ' || rolname END
        FROM pg_roles r
        WHERE pg_has_role($1, oid, 'MEMBER') AND (rolsuper OR rolcreaterole OR rolreplication
          OR rolbypassrls OR rolname LIKE 'pg\\_%'
          OR oid = (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass))
        ORDER BY rolname
        """, [.text(user)]
      ).map { try $0.text(0) }
      // Whoever is above all rights need not be asked for each.
      guard found.isEmpty else { return found }
      for (condition, words) in Self.tooMuch {
        let holders = try db.rows(
          """
          SELECT rolname FROM pg_roles r, pg_namespace n, pg_database d
          WHERE pg_has_role($1, r.oid, 'MEMBER') AND nspname = current_schema()
            AND datname = current_database() AND \(condition)
          """, [.text(user)])
        if !holders.isEmpty { found.append(words) }
      }
      if hidesHashes {
        let canRead = try db.row(
          """
          SELECT 1 FROM pg_roles r WHERE pg_has_role($1, oid, 'MEMBER')
            AND has_column_privilege(oid, 'account', 'password_hash', 'SELECT, INSERT')
          """, [.text(user)])
        if canRead != nil {
          found.append(
            "can read password hashes, by a right that a role has which it is a member of")
        }
      }
      return found
    }

    private static let tooMuch = [
      (
        "has_schema_privilege(r.oid, n.oid, 'CREATE')",
        "may make objects in the schema, which stand in for ours, and the owner of the tables cannot "
          + "take that away, since the schema is not its own. As a superuser: ALTER SCHEMA … OWNER TO "
          + "the owner of the tables"
      ),
      (
        "has_database_privilege(r.oid, d.oid, 'CREATE')",
        "may make schemas in the database, which stand in for ours. As who owns the database: REVOKE "
          + "CREATE ON DATABASE … FROM it"
      ),
      (
        """
        EXISTS (SELECT 1 FROM pg_class c WHERE relnamespace = n.oid AND relkind = 'r'
          AND relname IN (\(OwnMigrations.tables.sorted().map { "'\($0)'" }.joined(separator: ", ")))
          AND has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER'))
        """,
        "may empty tables of Latchkey's or hang triggers on them, by a right that a role has which it "
          + "is a member of"
      ),
    ]
  }

  extension PostgresRights {
    /// Runs a step of the app's, and gives whoever serves its rights on what came with it.
    static func extended<Value>(in db: PostgresSession, _ step: () throws -> Value) throws -> Value
    {
      let before = Set(try Relation.ofApp(in: db).map(\.name))
      let value = try step()
      let new = try Relation.ofApp(in: db).filter { !before.contains($0.name) }
      if new.isEmpty { return value }
      for rights in try ofServers(in: db) {
        for statement in new.compactMap(rights.grant) { try db.execute(script: statement) }
      }
      return value
    }

    /// Of those that `db roles` has set up: nobody else may write the secret.
    private static func ofServers(in db: PostgresSession) throws -> [PostgresRights] {
      try db.rows(
        """
        SELECT DISTINCT rolname, NOT has_table_privilege(r.oid, 'account', 'SELECT')
        FROM pg_class c, aclexplode(relacl) a, pg_roles r
        WHERE c.oid = 'store_secret'::regclass AND privilege_type = 'INSERT'
          AND r.oid = grantee AND grantee <> relowner
        """
      ).map { PostgresRights(of: try $0.text(0), hidingHashes: try $0.boolean(1)) }
    }

    /// A table, a view or a sequence of the app's.
    private struct Relation {
      let name: String
      /// As in `pg_class.relkind`.
      let kind: String
      /// Whether it is a view that reads accounts, directly or by another one.
      let showsAccounts: Bool

      static func ofApp(in db: PostgresSession) throws -> [Relation] {
        try db.rows(
          """
          WITH RECURSIVE shows (oid) AS (
            SELECT 'account'::regclass::oid
            UNION
            SELECT ev_class FROM shows
              JOIN pg_depend ON refobjid = shows.oid AND refclassid = 'pg_class'::regclass
                AND classid = 'pg_rewrite'::regclass
              JOIN pg_rewrite r ON r.oid = objid
          )
          SELECT relname, relkind, oid IN (SELECT oid FROM shows) FROM pg_class c
          WHERE relnamespace = current_schema()::regnamespace
            AND relkind IN ('r', 'p', 'v', 'm', 'S')
            -- What belongs to an extension; numbers that a column gives out by itself.
            AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass
              AND objid = c.oid AND deptype IN ('e', 'i'))
          ORDER BY 1
          """
        ).map { row in
          Relation(
            name: try row.text(0), kind: try row.text(1), showsAccounts: try row.boolean(2))
        }.filter { relation in
          !OwnMigrations.tables.contains(relation.name)
            && !relation.name.hasPrefix(OwnMigrations.prefix)
        }
      }
    }
  }
#endif
