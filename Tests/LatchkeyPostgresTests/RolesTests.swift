#if Postgres
  import Foundation
  import LatchkeyCore
  import LatchkeySchema
  import LatchkeyTesting
  import Testing

  @testable import LatchkeyPostgres

  /// One user owns the tables, another one serves and cannot read password hashes.
  @Suite(.serialized) struct RolesTests {
    /// - Parameter body: gets the options of the owner and of the user that serves, and its name.
    private func withRoles(
      hidingHashes: Bool = true,
      _ body: (_ owner: PostgresOptions, _ app: PostgresOptions, _ name: String) async throws ->
        Void
    ) async throws {
      try await withPostgres { options in
        let suffix = UUID().uuidString.replacing("-", with: "").lowercased()
        let (owner, app) = ("owner_\(suffix)", "App \(suffix)")
        let admin = PostgresConnection(options)
        try await admin.run { db in
          try db.execute(
            script: """
              CREATE ROLE \(owner) LOGIN; CREATE ROLE \(app.quoted) LOGIN;
              GRANT \(owner) TO CURRENT_USER;
              ALTER SCHEMA public OWNER TO \(owner)
              """)
          try Self.giveDatabase(to: owner, db)
        }
        func logged(in name: String) -> PostgresOptions {
          var other = options
          other.connection += " user='\(name)'"
          return other
        }
        try await PostgresStore(logged(in: owner)).close()
        let roles = PostgresRoles(logged(in: owner))
        try await roles.set(for: app, hidingHashes: hidingHashes)
        let result = Result<Void, any Error>.success(
          try await body(logged(in: owner), logged(in: app), app))
        try await admin.run { db in
          try Self.giveDatabase(to: "latchkey", db)
          try db.execute(
            script: """
              DROP OWNED BY \(owner) CASCADE; DROP OWNED BY \(app.quoted) CASCADE;
              DROP ROLE \(owner); DROP ROLE \(app.quoted)
              """)
        }
        try result.get()
      }
    }

    private static func giveDatabase(to owner: String, _ db: PostgresSession) throws {
      let name = try db.row("SELECT quote_ident(current_database())")?.text(0) ?? ""
      try db.execute(script: "ALTER DATABASE \(name) OWNER TO \(owner)")
    }

    /// What `db roles` takes away: what stands behind it has to hold as well.
    private func allowTemporary(_ owner: PostgresOptions, _ name: String) async throws {
      try await PostgresConnection(owner).run { db in
        let database = try db.row("SELECT quote_ident(current_database())")?.text(0) ?? ""
        try db.execute(script: "GRANT TEMPORARY ON DATABASE \(database) TO \(name.quoted)")
      }
    }

    @Test(arguments: StoreConformance.cases)
    func `a user that serves and reads no hash keeps the whole contract`(
      _ conformance: StoreConformance.Case
    ) async throws {
      try await withRoles { _, app, _ in
        let store = try await PostgresStore(app)
        try await conformance.run(on: store)
        try await store.close()
      }
    }

    @Test(arguments: [
      "SELECT password_hash FROM account", "SELECT * FROM account",
      "SELECT 1 FROM account WHERE password_hash LIKE '$argon2id%'",
      "UPDATE account SET username = password_hash",
      "INSERT INTO account (username, username_folded, password_is_imported, is_enabled, created_at_ms) "
        + "VALUES ('x', 'x', false, true, 0) RETURNING password_hash",
      "INSERT INTO account (username, username_folded, password_hash, password_work, "
        + "password_is_imported, is_enabled, created_at_ms) VALUES ('x', 'a', 'x', 'x', false, true, 0) "
        + "ON CONFLICT (username_folded) DO UPDATE SET username = ''",
      "MERGE INTO account a USING (VALUES (1)) v (i) ON a.id = v.i WHEN MATCHED AND true THEN UPDATE "
        + "SET username = '' WHEN MATCHED THEN UPDATE SET password_hash = 'x'",
      "UPDATE account SET password_hash = 'x'", "UPDATE account SET password_work = 'x'",
      "CREATE TEMP TABLE t (number BIGINT)", "CREATE DOMAIN pg_temp.text AS pg_catalog.text",
      "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "SELECT setval('account_id_seq', 1)", "UPDATE account SET id = DEFAULT",
      "INSERT INTO account (id, username, username_folded, password_is_imported, is_enabled, "
        + "created_at_ms) OVERRIDING SYSTEM VALUE VALUES (7, 'x', 'x', false, true, 0)",
      "COPY account TO STDOUT", "UPDATE audit SET event = 'x'", "TRUNCATE session",
      "DROP TRIGGER audit_is_never_changed ON audit",
      "ALTER TABLE audit DISABLE TRIGGER ALL", "CREATE TABLE mine (a INT)",
      "UPDATE audit_anchor SET last_number = 7", "UPDATE store_secret SET bytes = ''",
      "DELETE FROM audit_anchor",
      "INSERT INTO latchkey_migration VALUES ('app', 'x', '', 0)",
      "CREATE OR REPLACE FUNCTION latchkey_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        + "$$ BEGIN RETURN new; END $$",
      "SET session_replication_role = replica",
    ])
    func `what it has no need of is refused`(sql: String) async throws {
      try await withRoles { _, app, _ in
        let store = try await PostgresStore(app)
        await #expect {
          try await store.pool.write { db in try db.execute(script: sql) }
        } throws: { error in "\(error)".contains("42501") }
        try await store.close()
      }
    }

    @Test func `a temporary table of its own changes no answer`() async throws {
      try await withRoles { owner, app, name in
        try await allowTemporary(owner, name)
        let store = try await PostgresStore(app)
        let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
        let password = Password("seven blue teapots")
        guard
          case .registered(let account) = try await auth.addAccount(
            username: "ada", password: password)
        else {
          Issue.record("not added")
          return
        }
        let setting = try await store.pool.write { db in
          try db.execute(
            script: """
              CREATE TEMP TABLE account (id BIGINT, password_hash TEXT);
              INSERT INTO account VALUES (\(account.id.rawValue), 'mine')
              """)
          let row = try db.row(
            "SELECT latchkey_password_setting($1), latchkey_password_is($1, 'mine')",
            [.integer(account.id.rawValue)])
          try db.execute(script: "DROP TABLE pg_temp.account")
          return row
        }
        #expect(try setting?.text(0).hasPrefix("$argon2id$v=19$m=8,t=1,p=1$") == true)
        #expect(try setting?.boolean(1) == false)
        // The digest is nowhere in what it gets.
        let hash = try await PostgresStore(owner).read { db in
          try db.row("SELECT password_hash FROM account")?.text(0)
        }
        let digest = try #require(hash?.split(separator: "$").last)
        let text = try #require(try setting?.text(0))
        #expect(!text.contains(digest) && text.count == hash?.count)
        try await store.close()
      }
    }

    @Test func `temporary tables stand in for nothing of the trail`() async throws {
      try await withRoles { owner, app, name in
        try await allowTemporary(owner, name)
        let store = try await PostgresStore(app)
        let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
        _ = try await auth.addAccount(username: "ada", password: Password("seven blue teapots"))
        let record = "0, 'x', true, 'app', '', '', '{}', decode(repeat('00', 32), 'hex')"
        let columns = "(number, at_ms, event, succeeded, source, origin, user_agent, details, hash)"
        for sql in [
          "DELETE FROM public.audit",
          "INSERT INTO public.audit \(columns) VALUES (1, \(record))",
          "INSERT INTO public.audit \(columns) VALUES (9223372036854775807, \(record))",
          "UPDATE public.audit_anchor SET number = 7, hash = decode(repeat('00', 32), 'hex')",
        ] {
          await #expect {
            try await store.write { db in
              try db.execute(
                script: """
                  CREATE TEMP TABLE audit_anchor ON COMMIT DROP AS
                    SELECT 9223372036854775806 AS number, -1 AS last_number;
                  CREATE TEMP TABLE audit ON COMMIT DROP AS
                    SELECT 7 AS number, decode(repeat('00', 32), 'hex') AS hash
                  """)
              try db.execute(sql)
            }
          } throws: { error in "\(error)".contains("P0001") || "\(error)".contains("23505") }
        }
        guard case .intact(records: 1, _) = try await auth.verifyAudit() else {
          Issue.record("the chain is broken")
          return
        }
        #expect(try await store.auditBounds().lastNumber == 1)
        try await store.close()
      }
    }

    @Test(arguments: [
      ("ALTER ROLE app CREATEROLE", "CREATEROLE"), ("ALTER ROLE app REPLICATION", "REPLICATION"),
      ("ALTER ROLE app BYPASSRLS", "BYPASSRLS"),
      ("GRANT pg_read_server_files TO app", "a member of pg_read_server_files"),
      ("GRANT owner TO app", "has the rights of the owner of the tables"),
      ("ALTER DATABASE here OWNER TO app", "owns the database"),
      (
        "CREATE ROLE reader; GRANT CREATE ON DATABASE here TO reader; GRANT reader TO app",
        "may make schemas in the database"
      ),
      (
        "CREATE ROLE reader; GRANT TEMPORARY ON DATABASE here TO reader; GRANT reader TO app",
        "may make temporary tables in the database"
      ),
      (
        "CREATE SCHEMA stage; GRANT USAGE, CREATE ON SCHEMA stage TO app",
        "may make objects in the schema stage"
      ),
      ("ALTER TABLE audit OWNER TO app", "audit belongs to somebody else"),
      ("ALTER ROLE app CREATEDB", "CREATEDB"),
      ("CREATE DOMAIN slug AS text; ALTER DOMAIN slug OWNER TO app", "owns type slug"),
      (
        "CREATE SCHEMA stage; CREATE FUNCTION stage.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'; "
          + "ALTER FUNCTION stage.lower(text) OWNER TO app",
        "owns function stage.lower(text)"
      ),
      (
        "CREATE SCHEMA stage AUTHORIZATION app; REVOKE ALL ON SCHEMA stage FROM app",
        "owns schema stage"
      ),
      (
        "CREATE SCHEMA arch; CREATE TABLE arch.n (a BIGINT); GRANT ALL ON arch.n TO app",
        "may hang triggers on arch.n"
      ),
      (
        "CREATE SCHEMA arch; GRANT USAGE ON SCHEMA arch TO PUBLIC; CREATE TABLE arch.person (username "
          + "TEXT NOT NULL, password_hash TEXT); ALTER TABLE account INHERIT arch.person; GRANT SELECT ON "
          + "arch.person TO PUBLIC",
        "can read arch.person, which shows accounts"
      ),
      (
        "ALTER FUNCTION latchkey_refuse() OWNER TO app",
        "latchkey_refuse belongs to somebody else"
      ),
      (
        "GRANT SET ON PARAMETER session_replication_role TO app",
        "may set session_replication_role"
      ),
      (
        "CREATE ROLE reader; GRANT UPDATE ON SEQUENCE account_id_seq TO reader; GRANT reader TO app",
        "may set back account_id_seq"
      ),
      (
        "ALTER SCHEMA public OWNER TO latchkey; GRANT ALL ON SCHEMA public TO owner, PUBLIC",
        "may make objects in the schema"
      ),
      (
        "CREATE ROLE reader; GRANT SELECT ON account TO reader; GRANT reader TO app",
        "can read password hashes"
      ),
      (
        "CREATE ROLE reader; GRANT INSERT (password_hash) ON account TO reader; GRANT reader TO app",
        "can read password hashes"
      ),
      (
        "CREATE ROLE reader; GRANT TRIGGER ON session TO reader; GRANT reader TO app",
        "may hang triggers on session"
      ),
      (
        "CREATE ROLE reader; GRANT UPDATE ON audit_anchor TO reader; GRANT reader TO app",
        "may update audit_anchor.last_number"
      ),
      (
        "CREATE ROLE reader; GRANT INSERT ON latchkey_migration TO reader; GRANT reader TO app",
        "may insert latchkey_migration"
      ),
      ("GRANT EXECUTE ON FUNCTION latchkey_guard_audit TO PUBLIC", "may call latchkey_guard_audit"),
      (
        "CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO PUBLIC; CREATE VIEW other.av AS SELECT * FROM public.account; GRANT SELECT ON "
          + "other.av TO PUBLIC",
        "can read other.av, which shows accounts"
      ),
      ("CREATE TABLE stray (n BIGINT)", "stray in the schema belongs to somebody else"),
    ])
    func `a right that came another way is told, and nothing is set`(
      _ given: String, _ words: String
    ) async throws {
      try await withRoles { owner, app, name in
        let admin = PostgresConnection(try Self.admin(of: owner))
        let reader = "reader_\(name.suffix(32))"
        let script = try await admin.run { db in
          let names = try db.row(
            "SELECT current_database(), relowner::regrole FROM pg_class WHERE oid = 'account'::regclass"
          )
          let (here, owner) = (try names?.text(0) ?? "", try names?.text(1) ?? "")
          return given.split(separator: " ", omittingEmptySubsequences: false).map { word in
            switch word {
            case "app": name.quoted
            case "app;": name.quoted + ";"
            case "here": here
            case "owner": owner
            case "owner,": owner + ","
            case "reader": reader
            case "reader;": reader + ";"
            default: String(word)
            }
          }.joined(separator: " ")
        }
        try await admin.run { try $0.execute(script: script) }
        await #expect {
          try await PostgresRoles(owner).set(for: name, hidingHashes: true)
        } throws: { error in
          "\(error)".contains(words)
        }
        // Hashes are still hidden by what was set before, and by no more than that.
        try await admin.run { db in
          try db.execute(
            script: "REVOKE owner_\(name.suffix(32)) FROM \(name.quoted); "
              + "ALTER DATABASE \(try db.row("SELECT current_database()")?.text(0) ?? "") OWNER TO latchkey; "
              + "ALTER ROLE \(name.quoted) NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS")
          if script.contains(reader) {
            try db.execute(script: "DROP OWNED BY \(reader) CASCADE; DROP ROLE \(reader)")
          }
        }
      }
    }

    private static func admin(of owner: PostgresOptions) throws -> PostgresOptions {
      var admin = owner
      admin.connection = try #require(
        owner.connection.firstRange(of: " user='").map {
          String(owner.connection[..<$0.lowerBound])
        })
      return admin
    }

    @Test func `a hash is compared letter by letter, whatever collation a caller brings along`()
      async throws
    {
      try await withRoles { owner, app, name in
        try await allowTemporary(owner, name)
        let store = try await PostgresStore(app)
        let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
        let hash = try Bcrypt(cost: 4).hash(Array("seven blue teapots".utf8), random: .system)
        _ = try await auth.importAccounts([
          ForeignAccount(origin: "1", username: "ada", hash: hash, isEnabled: true)
        ])
        let row = try await store.write { db in
          try db.execute(
            script: "CREATE COLLATION pg_temp.loose (provider = icu, locale = 'und-u-ks-level1', "
              + "deterministic = false)")
          return try db.row(
            "SELECT $1 = $2 COLLATE pg_temp.loose, latchkey_password_is(1, $1 COLLATE pg_temp.loose), "
              + "latchkey_password_is(1, $2)",
            [.text(hash.text.lowercased()), .text(hash.text)])
        }
        let found = try #require(row)
        #expect(try found.boolean(0) && !found.boolean(1) && found.boolean(2))
        try await store.close()
      }
    }

    @Test
    func `a table that was rebuilt is served, and a view that has come to show hashes is not`()
      async throws
    {
      try await withRoles { owner, app, name in
        let database = PostgresDatabase(owner)
        func migrate(_ number: Int, _ sql: String) async throws {
          let file = MigrationFile(
            id: "2026112700000\(number)-step", up: .init(sql: sql), down: nil)
          #expect(try await database.apply(file) { _ in })
        }
        try await migrate(
          1,
          "CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT); CREATE VIEW nv AS SELECT id FROM note"
        )
        let store = try await PostgresStore(app)
        _ = try await store.read { try $0.rows("SELECT * FROM nv") }
        try await migrate(
          2,
          "CREATE OR REPLACE VIEW nv AS SELECT id, (SELECT max(password_hash) FROM account) FROM note"
        )
        await #expect {
          try await store.read { try $0.rows("SELECT * FROM nv") }
        } throws: { error in "\(error)".contains("42501") }
        // What its owner has kept of a function's answer, and what comes to a group.
        try await migrate(
          5,
          """
          CREATE FUNCTION people() RETURNS TABLE (h TEXT) LANGUAGE sql AS
            'SELECT password_hash FROM account';
          CREATE MATERIALIZED VIEW kept AS SELECT h FROM people()
          """)
        await #expect {
          try await store.read { try $0.rows("SELECT * FROM kept") }
        } throws: { error in "\(error)".contains("42501") }
        let group = "group_\(name.suffix(32))"
        let admin = PostgresConnection(try Self.admin(of: owner))
        try await admin.run { db in
          try db.execute(script: "CREATE ROLE \(group); GRANT \(group) TO \(name.quoted)")
        }
        try await PostgresStore(owner).write { db in
          try db.execute("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO \(group)")
        }
        let late = MigrationFile(
          id: "20261127000006-late", up: .init(sql: "CREATE TABLE late (id BIGINT)"), down: nil)
        await #expect {
          try await database.apply(late) { _ in }
        } throws: { error in "\(error)".contains("may hang triggers on late") }
        try await admin.run { db in
          try db.execute(script: "DROP OWNED BY \(group); DROP ROLE \(group)")
        }
        try await migrate(
          7,
          "DROP VIEW nv; CREATE TABLE other (id BIGINT PRIMARY KEY, text TEXT, more TEXT); DROP TABLE "
            + "note; ALTER TABLE other RENAME TO note")
        try await store.write { try $0.execute("INSERT INTO note VALUES (1, 'a', 'b')") }
        try await store.close()
      }
    }

    @Test func `tables into which the user that serves does not look are told`() async throws {
      try await withRoles { owner, app, name in
        let admin = PostgresConnection(try Self.admin(of: owner))
        try await admin.run { db in
          let owner = "owner_\(name.suffix(32))"
          try db.execute(script: "CREATE SCHEMA \(owner) AUTHORIZATION \(owner)")
        }
        // Its own schema comes first on its path now, and the tables are behind it.
        await #expect {
          try await PostgresRoles(owner).set(for: name, hidingHashes: true)
        } throws: { error in "\(error)".contains("are in the schema public") }
        let step = MigrationFile(
          id: "20261127000000-step", up: .init(sql: "CREATE TABLE note (id BIGINT)"), down: nil)
        await #expect {
          try await PostgresDatabase(owner).apply(step) { _ in }
        } throws: { error in "\(error)".contains("SET search_path = public") }
        try await admin.run { db in
          let owner = "owner_\(name.suffix(32))"
          try db.execute(script: "ALTER ROLE \(owner) SET search_path = \(owner)")
        }
        try await PostgresStore(owner).close()
        await #expect {
          try await PostgresRoles(owner).set(for: name, hidingHashes: true)
        } throws: { error in "\(error)".contains("SET search_path = owner_") }
        let path = try await admin.run { db in
          try db.row("SELECT quote_ident(current_database())")?.text(0) ?? ""
        }
        try await admin.run { db in
          try db.execute(
            script: "ALTER ROLE \(name.quoted) IN DATABASE \(path) SET search_path = "
              + "owner_\(name.suffix(32))")
        }
        try await PostgresRoles(owner).set(for: name, hidingHashes: true)
        try await PostgresStore(app).close()
      }
    }

    @Test func `the whole way through the doors, with a hash that is replaced`() async throws {
      try await withRoles { _, app, _ in
        let store = try await PostgresStore(app)
        let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
        let hash = try Bcrypt(cost: 4).hash(Array("seven blue teapots".utf8), random: .system)
        _ = try await auth.importAccounts([
          ForeignAccount(origin: "1", username: "ada", hash: hash, isEnabled: true)
        ])
        for password in ["wrong", "seven blue teapots", "seven blue teapots", "wrong"] {
          let outcome = try await auth.login(username: "ada", password: Password(password))
          if case .loggedIn = outcome {
            #expect(password != "wrong")
          } else {
            #expect(password == "wrong")
          }
        }
        let lookup = try await store.credentials(folded: "ada", devices: [])
        #expect(lookup.credentials?.password?.hash.text.hasPrefix("$argon2id$") == true)
        try await store.close()
      }
    }

    @Test func `hashes can be shown again, and tables of later migrations are served`()
      async throws
    {
      try await withRoles { owner, app, name in
        let roles = PostgresRoles(owner)
        try await roles.set(for: name, hidingHashes: false)
        let file = MigrationFile(
          id: "20261127000000-late", up: .init(sql: "CREATE TABLE late (id BIGINT PRIMARY KEY)"),
          down: nil)
        #expect(try await PostgresDatabase(owner).apply(file) { _ in })
        let store = try await PostgresStore(app)
        #expect(try await store.read { try $0.rows("SELECT password_hash FROM account") }.isEmpty)
        try await store.write { db in _ = try db.execute("INSERT INTO late VALUES (1)") }
        // No right on what nobody has made yet.
        try await PostgresStore(owner).write { db in
          try db.execute("CREATE VIEW by_hand AS SELECT * FROM account")
        }
        await #expect {
          try await store.read { try $0.rows("SELECT * FROM by_hand") }
        } throws: { error in "\(error)".contains("42501") }
        try await PostgresStore(owner).write { try $0.execute("DROP VIEW by_hand") }
        // It may look at how far the database has come, and take no step itself.
        #expect(try await PostgresDatabase(app).look(orAtNone: false).applied.count == 1)
        let next = MigrationFile(
          id: "20261127000001-next", up: .init(sql: "DROP TABLE late"), down: nil)
        await #expect(throws: MigrationFailure.self) {
          try await PostgresDatabase(app).apply(next) { _ in }
        }
        try await store.close()
      }
    }

    @Test func `what a migration makes is served, but for views over accounts that hide hashes`()
      async throws
    {
      try await withRoles { owner, app, name in
        let file = MigrationFile(
          id: "20261127000000-notes",
          up: .init(
            sql: """
              CREATE TABLE note (id BIGSERIAL PRIMARY KEY, account_id BIGINT, text TEXT);
              CREATE TABLE kept (id BIGINT PRIMARY KEY);
              CREATE VIEW long_note AS SELECT * FROM note WHERE length(text) > 10;
              CREATE VIEW person AS SELECT id, username FROM account;
              CREATE VIEW people AS SELECT count(*) FROM person;
              CREATE SEQUENCE ticket;
              CREATE TABLE event (day DATE PRIMARY KEY) PARTITION BY RANGE (day);
              CREATE TABLE event_all PARTITION OF event DEFAULT
              """), down: nil)
        // As tutorials have it, and what a superuser has put there.
        try await PostgresStore(owner).write { db in
          try db.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO \(name.quoted)")
        }
        let admin = PostgresConnection(try Self.admin(of: owner))
        try await admin.run {
          try $0.execute(script: "CREATE EXTENSION pg_buffercache SCHEMA public")
        }
        #expect(try await PostgresDatabase(owner).apply(file) { _ in })
        try await PostgresStore(owner).write { try $0.execute("GRANT ALL ON kept TO PUBLIC") }
        let store = try await PostgresStore(app)
        func check() async throws {
          try await store.write { db in
            try db.execute("INSERT INTO note (text) VALUES ('served')")
            _ = try db.row("SELECT nextval('ticket'), (SELECT count(*) FROM long_note)")
            try db.execute("INSERT INTO event VALUES ('2026-11-26') ON CONFLICT DO NOTHING")
          }
          // One that it hung there would run as the owner.
          let hung = try await store.read { db in
            try db.row(
              "SELECT count(*) FROM pg_class WHERE relname IN ('note', 'event', 'event_all') "
                + "AND has_table_privilege(oid, 'TRIGGER')")?.integer(0)
          }
          #expect(hung == 0)
        }
        try await check()
        for _ in 0..<2 {
          for view in ["person", "people"] {
            await #expect {
              try await store.read { try $0.rows("SELECT * FROM \(view)") }
            } throws: { error in "\(error)".contains("42501") }
          }
          try await PostgresRoles(owner).set(for: name, hidingHashes: true)
          try await check()
        }
        try await PostgresRoles(owner).set(for: name, hidingHashes: false)
        try await check()
        #expect(try await store.read { try $0.rows("SELECT * FROM people") }.count == 1)
        // What others have been given of an app's tables is the app's business.
        let kept = try await store.read { db in
          try db.row("SELECT relacl::text LIKE '%,=arwd/%' FROM pg_class WHERE relname = 'kept'")
        }
        #expect(try kept?.boolean(0) == true)
        try await store.close()
      }
    }

    @Test func `who cannot be kept from anything is told, and who is not there`() async throws {
      try await withRoles { owner, app, name in
        func refusal(_ options: PostgresOptions, _ user: String) async -> String {
          do {
            try await PostgresRoles(options).set(for: user, hidingHashes: true)
            return ""
          } catch {
            return "\(error)"
          }
        }
        #expect(await refusal(owner, "nobody'\"").contains("There is no user nobody'\""))
        #expect(await refusal(owner, "latchkey").contains("superuser"))
        #expect(await refusal(app, name).contains("who is logged in here"))
        #expect(await refusal(app, "latchkey").contains("does not own the tables"))
      }
    }

    @Test func `tables that are not up to date are told to a user that may not make them`()
      async throws
    {
      try await withRoles { owner, app, _ in
        try await PostgresStore(owner).write { db in
          _ = try db.execute(
            "DELETE FROM latchkey_migration WHERE id LIKE '%password-comparison'")
        }
        await #expect {
          _ = try await PostgresStore(app)
        } throws: { error in "\(error)".contains("Run db migrate as the user that owns them") }
      }
    }
  }
#endif
