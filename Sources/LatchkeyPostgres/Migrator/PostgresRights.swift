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
      let read = try Self.columnsOfAccount(without: ["password_hash"], db)
      // An ID is given out once, and by the database.
      let made = try Self.columnsOfAccount(without: ["id", "password_hash"], db)
      let written = try Self.columnsOfAccount(
        without: ["id", "password_hash", "password_work", "password_is_imported"], db)
      let database = try db.row(
        """
        SELECT quote_ident(datname), pg_has_role(current_user, datdba, 'USAGE')
        FROM pg_database WHERE datname = current_database()
        """)
      var statements = [
        "REVOKE ALL ON \(own) FROM \(user), PUBLIC",
        "REVOKE ALL (password_hash) ON account FROM \(user), PUBLIC",
        "REVOKE ALL ON SEQUENCE account_id_seq FROM \(user), PUBLIC",
        "REVOKE CREATE ON SCHEMA \(schema) FROM \(user), PUBLIC",
        "GRANT USAGE ON SCHEMA \(schema) TO \(user)",
        hidesHashes
          ? "GRANT SELECT (\(read)), INSERT (\(made)), UPDATE (\(written)), DELETE ON account "
            + "TO \(user)"
          : "GRANT SELECT, INSERT, UPDATE, DELETE ON account TO \(user)",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON session, known_browser, recovery_code, throttle "
          + "TO \(user)",
        // What the triggers of the trail allow of this is less: to append, and to trim.
        "GRANT SELECT, INSERT, DELETE ON audit TO \(user)",
        "GRANT SELECT, UPDATE (number, hash) ON audit_anchor TO \(user)",
        "GRANT SELECT, INSERT ON store_secret TO \(user)",
        "GRANT SELECT ON latchkey_migration TO \(user)",
        "GRANT EXECUTE ON FUNCTION \(Self.functions.joined(separator: ", ")) TO \(user)",
      ]
      // Triggers of an app's run as the owner when a row goes with the account that it refers to, and find
      // temporary tables and types first. Only who owns the database can take that away.
      if let database, try database.boolean(1) {
        let name = try database.text(0)
        statements.append("REVOKE CREATE, TEMPORARY ON DATABASE \(name) FROM \(user), PUBLIC")
      }
      return try statements + Relation.ofApp(in: db).filter(\.isMine).flatMap(self.statements)
    }

    /// Those that are there to be called; all others of ours are triggers'.
    private static let functions = [
      "latchkey_password_setting", "latchkey_password_is", "latchkey_set_password",
    ]

    private static func columnsOfAccount(
      without hidden: Set<String>, _ db: PostgresSession
    ) throws -> String {
      try db.rows(
        """
        SELECT attname FROM pg_attribute
        WHERE attrelid = 'account'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
        """
      ).map { try $0.text(0) }.filter { !hidden.contains($0) }.map(\.quoted)
        .joined(separator: ", ")
    }

    /// What it needs of one of the app's relations, and no more.
    private func statements(for relation: Relation) -> [String] {
      let (name, user) = (relation.name.quoted, user.quoted)
      // Who reads a view reads with the rights of its owner.
      if hidesHashes, relation.showsAccounts {
        return ["REVOKE ALL ON \(name) FROM \(user), PUBLIC"]
      }
      switch relation.kind {
      case "v", "m":
        return ["REVOKE ALL ON \(name) FROM \(user)", "GRANT SELECT ON \(name) TO \(user)"]
      case "S":
        return [
          "REVOKE ALL ON SEQUENCE \(name) FROM \(user)",
          "GRANT USAGE ON SEQUENCE \(name) TO \(user)",
        ]
      default:
        return [
          "REVOKE ALL ON \(name) FROM \(user)",
          "REVOKE TRUNCATE, REFERENCES, TRIGGER ON \(name) FROM PUBLIC",
          "GRANT SELECT, INSERT, UPDATE, DELETE ON \(name) TO \(user)",
        ]
      }
    }

    /// - Throws: ``RolesError`` when there is a relation of somebody else's.
    static func checkOwner(in db: PostgresSession) throws {
      guard
        let other = try Relation.ofApp(in: db).first(where: {
          !$0.isMine && ["r", "p"].contains($0.kind)
        })
      else { return }
      throw RolesError(
        "\(other.name) in the schema belongs to somebody else, who alone can give rights on it. As a "
          + "superuser: ALTER TABLE \(other.name.quoted) OWNER TO the owner of the others.")
    }
  }

  extension PostgresRights {
    /// Runs a step of the app's, and gives whoever serves its rights on what came with it. A view that
    /// was there can show accounts now.
    static func extended<Value>(in db: PostgresSession, _ step: () throws -> Value) throws -> Value
    {
      let before = Set(try Relation.ofApp(in: db).map(\.id))
      let value = try step()
      let touched = try Relation.ofApp(in: db).filter { relation in
        relation.isMine && (["v", "m"].contains(relation.kind) || !before.contains(relation.id))
      }
      if touched.isEmpty { return value }
      for rights in try ofServers(in: db) {
        for statement in touched.flatMap(rights.statements) { try db.execute(script: statement) }
        // By a group, what came can be another one's, too.
        if let excess = try rights.excess(in: db).first {
          throw RolesError(
            "After it \(rights.user) \(excess). Nothing of it was done: take that right away first (db "
              + "roles names all that \(rights.user) has too much).")
        }
      }
      return value
    }

    /// Of those that `db roles` has set up: nobody else may write the secret and not change it.
    private static func ofServers(in db: PostgresSession) throws -> [PostgresRights] {
      try db.rows(
        """
        SELECT rolname, NOT has_table_privilege(r.oid, 'account', 'SELECT')
        FROM pg_class c, aclexplode(relacl) a, pg_roles r
        WHERE c.oid = 'store_secret'::regclass AND r.oid = grantee AND grantee <> relowner
        GROUP BY r.oid, rolname
        HAVING array_agg(privilege_type ORDER BY privilege_type) = '{INSERT,SELECT}'
        """
      ).map { PostgresRights(of: try $0.text(0), hidingHashes: try $0.boolean(1)) }
    }

    /// A table, a view or a sequence of the app's.
    private struct Relation {
      /// It goes with the relation, and is not that of another one of the same name.
      let id: Int64
      let name: String
      /// As in `pg_class.relkind`.
      let kind: String
      /// Whether accounts can be read in it, directly or by another one.
      let showsAccounts: Bool
      /// Whether it belongs to who is logged in: nobody else can give rights on it.
      let isMine: Bool

      static func ofApp(in db: PostgresSession) throws -> [Relation] {
        let rows = try db.rows(
          """
          \(PostgresRights.shows)
          SELECT oid, relname, relkind, oid IN (SELECT oid FROM shows),
            pg_has_role(current_user, relowner, 'USAGE')
          FROM pg_class c
          WHERE relnamespace = current_schema()::regnamespace
            AND relkind IN ('r', 'p', 'v', 'm', 'S')
            -- What belongs to an extension; numbers that a column gives out by itself.
            AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass
              AND objid = c.oid AND objsubid = 0 AND deptype IN ('e', 'i'))
          ORDER BY 2
          """)
        return try rows.compactMap { row in
          let relation = Relation(
            id: try row.integer(0), name: try row.text(1), kind: try row.text(2),
            showsAccounts: try row.boolean(3), isMine: try row.boolean(4))
          if OwnMigrations.tables.contains(relation.name)
            || relation.name.hasPrefix(OwnMigrations.prefix)
          {
            return nil
          }
          return relation
        }
      }
    }

    /// `account` and all that reads it, in any schema: views, tables that it inherits from, and what may
    /// be kept of it by a function that its owner has called.
    fileprivate static let shows = """
      WITH RECURSIVE shows (oid) AS (
        SELECT 'account'::regclass::oid
        UNION
        SELECT next.oid FROM shows, LATERAL (
          SELECT ev_class FROM pg_depend JOIN pg_rewrite r ON r.oid = objid
            WHERE refobjid = shows.oid AND refclassid = 'pg_class'::regclass
              AND classid = 'pg_rewrite'::regclass
          UNION ALL
          SELECT inhparent FROM pg_inherits WHERE inhrelid = shows.oid
          UNION ALL
          SELECT ev_class FROM pg_class m JOIN pg_rewrite r ON ev_class = m.oid
              JOIN pg_depend d ON classid = 'pg_rewrite'::regclass AND objid = r.oid
                AND refclassid = 'pg_proc'::regclass
              JOIN pg_proc p ON p.oid = refobjid
            WHERE relkind = 'm' AND pronamespace <> 'pg_catalog'::regnamespace
              AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass
                AND e.objid = p.oid AND e.deptype = 'e')
        ) AS next (oid)
      )
      """
  }

  extension PostgresRights {
    /// What it could do all the same, by what others have given to it, to everybody or to a role that it
    /// is in; each as the rest of a sentence.
    func excess(in db: PostgresSession) throws -> [String] {
      let above = try db.rows(
        """
        SELECT CASE WHEN rolsuper THEN 'is a superuser'
          WHEN rolcreaterole THEN 'may give itself roles (CREATEROLE)'
          WHEN rolcreatedb THEN 'may copy a database that is a template (CREATEDB)'
          WHEN rolreplication THEN 'may copy all of the server (REPLICATION)'
          WHEN rolbypassrls THEN 'is above the rules for rows (BYPASSRLS)'
          WHEN oid = (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass)
            THEN 'has the rights of the owner of the tables'
          WHEN rolname = 'pg_database_owner'
            THEN 'owns the database (ALTER DATABASE ' || quote_ident(current_database())
              || ' OWNER TO ' || quote_ident(current_user) || ')'
          ELSE 'has more rights than it needs' END
          || CASE WHEN rolname IN ($1, 'pg_database_owner') THEN '' ELSE ', as a member of ' || rolname
            || ' (REVOKE ' || quote_ident(rolname) || ' FROM ' || quote_ident($1) || ')' END
        FROM pg_roles r
        WHERE pg_has_role($1, oid, 'MEMBER') AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
          OR rolbypassrls OR rolname LIKE 'pg\\_%'
          OR oid = (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass))
        ORDER BY rolname
        """, [.text(user)]
      ).map { try $0.text(0) }
      // Whoever is above all rights need not be asked for each.
      guard above.isEmpty else { return above }
      // What everybody may is in each answer of these functions.
      return try db.rows(
        """
        \(Self.shows), role AS (SELECT oid FROM pg_roles WHERE pg_has_role($1, oid, 'MEMBER'))
        SELECT 'may ' || lower(what) || ' ' || name FROM role, (VALUES \(Self.tooMuch))
            AS rights (name, what)
          WHERE has_table_privilege(role.oid, name::regclass, what)
        UNION
        -- A trigger of its own would run as the owner.
        SELECT 'may hang triggers on ' || pg_class.oid::regclass FROM role, pg_class
          WHERE relkind IN ('r', 'p', 'v', 'f') AND NOT pg_is_other_temp_schema(relnamespace)
            AND has_table_privilege(role.oid, pg_class.oid, 'TRIGGER')
        UNION
        -- What it owns it can change, whatever its rights are: a type, a function, a schema.
        SELECT 'owns ' || pg_describe_object(classid, objid, objsubid) FROM role, pg_shdepend
          WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass AND refobjid = role.oid
            AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        UNION
        SELECT 'may set back account_id_seq' FROM role
          WHERE has_sequence_privilege(role.oid, 'account_id_seq', 'UPDATE')
        UNION
        SELECT 'may ' || lower(what) || ' ' || name FROM role, (VALUES \(Self.tooMuchOfAny))
            AS rights (name, what)
          WHERE has_any_column_privilege(role.oid, name::regclass, what)
        UNION
        SELECT 'may update audit_anchor.last_number' FROM role
          WHERE has_column_privilege(role.oid, 'audit_anchor', 'last_number', 'UPDATE')
        UNION
        SELECT 'may call ' || proname FROM role, pg_proc
          WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'latchkey\\_%'
            AND NOT proname = ANY (string_to_array($2, ' '))
            AND has_function_privilege(role.oid, pg_proc.oid, 'EXECUTE')
        UNION
        SELECT 'can read password hashes' FROM role
          WHERE $3 AND has_column_privilege(role.oid, 'account', 'password_hash',
            'SELECT, INSERT, UPDATE, REFERENCES')
        UNION
        SELECT 'can read ' || oid::regclass || ', which shows accounts'
          FROM pg_class WHERE $3 AND oid IN (SELECT oid FROM shows)
            AND oid <> 'account'::regclass
            AND NOT pg_is_other_temp_schema(relnamespace)
            AND EXISTS (SELECT 1 FROM role WHERE has_schema_privilege(role.oid, relnamespace, 'USAGE')
              AND has_any_column_privilege(role.oid, pg_class.oid, 'SELECT'))
        UNION
        SELECT 'may make objects in the schema ' || nspname || ', which can stand in for ours'
          || ' (REVOKE CREATE ON SCHEMA ' || quote_ident(nspname) || ' FROM ' || quote_ident($1)
          || ', PUBLIC; and if you may not: ALTER SCHEMA ' || quote_ident(nspname) || ' OWNER TO '
          || quote_ident(current_user) || ')'
          FROM role, pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
            AND has_schema_privilege(role.oid, pg_namespace.oid, 'CREATE')
        UNION
        SELECT 'may make ' || CASE what WHEN 'CREATE' THEN 'schemas' ELSE 'temporary tables' END
          || ' in the database, which can stand in for ours (as who owns it: REVOKE ' || what
          || ' ON DATABASE ' || quote_ident(datname) || ' FROM ' || quote_ident($1) || ', PUBLIC)'
          FROM role, pg_database, (VALUES ('CREATE'), ('TEMPORARY')) AS rights (what)
          WHERE datname = current_database()
            AND has_database_privilege(role.oid, pg_database.oid, what)
        ORDER BY 1
        """,
        [.text(user), .text(Self.functions.joined(separator: " ")), .boolean(hidesHashes)]
      ).map { try $0.text(0) } + Self.parameters(of: user, db)
    }

    /// PostgreSQL 15 can give away what only a superuser may set.
    private static func parameters(of user: String, _ db: PostgresSession) throws -> [String] {
      let version = try db.row("SELECT current_setting('server_version_num')::integer")
      guard let version, try version.integer(0) >= 150_000 else { return [] }
      return try db.rows(
        """
        SELECT 'may set session_replication_role, which puts triggers to rest' FROM pg_roles r
        WHERE pg_has_role($1, oid, 'MEMBER')
          AND has_parameter_privilege(oid, 'session_replication_role', 'SET, ALTER SYSTEM') LIMIT 1
        """, [.text(user)]
      ).map { try $0.text(0) }
    }

    /// Rights on whole tables, as rows of VALUES.
    private static let tooMuch =
      OwnMigrations.tables.sorted().map { "('\($0)', 'TRUNCATE')" }.joined(separator: ", ")
      + ", ('audit_anchor', 'DELETE'), ('store_secret', 'DELETE'), ('latchkey_migration', 'DELETE')"

    /// Rights on whole tables or on a column.
    private static let tooMuchOfAny = """
      ('audit', 'UPDATE'), ('audit_anchor', 'INSERT'), ('store_secret', 'UPDATE'),
      ('latchkey_migration', 'INSERT'), ('latchkey_migration', 'UPDATE')
      """
  }
#endif
