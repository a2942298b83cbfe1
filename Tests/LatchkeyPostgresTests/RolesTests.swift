#if Postgres
  import Foundation
  import LatchkeyCore
  import LatchkeySchema
  import LatchkeyTesting
  import Testing

  @testable import LatchkeyPostgres

  /// One user owns the tables, another one serves and cannot read password hashes.
  @Suite(.serialized) struct RolesTests {
    @Test(arguments: StoreConformance.servingCases)
    func `a user that serves and reads no hash keeps the contract`(
      _ conformance: StoreConformance.Case
    ) async throws {
      try await TestRoles.with { _, app, _ in
        let store = try await PostgresStore(app)
        try await conformance.run(on: store)
        try await store.close()
      }
    }

    @Test func `a user that reads no hash exports nothing`() async throws {
      try await TestRoles.with { _, app, _ in
        let store = try await PostgresStore(app)
        await #expect(throws: StoreUnavailableError.self) {
          try await store.exportAccounts(after: nil, limit: 1)
        }
        try await store.close()
      }
    }

    @Test
    func `a table that was rebuilt is served, and a view that has come to show hashes is not`()
      async throws
    {
      try await TestRoles.with { owner, app, name in
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
        let admin = PostgresConnection(try TestRoles.admin(of: owner))
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

    @Test
    func `who has all rights by the operator's default is none of ours, and migrations go on`()
      async throws
    {
      try await withPostgres { options in
        let name = "all_\(UUID().uuidString.replacing("-", with: "").lowercased())"
        let admin = PostgresConnection(options)
        try await admin.run { db in
          try db.execute(
            script: "CREATE ROLE \(name); ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO \(name); "
              + "ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO \(name)")
        }
        try await PostgresStore(options).close()
        let step = MigrationFile(
          id: "20261127000000-step", up: .init(sql: "CREATE TABLE note (id BIGINT)"), down: nil)
        #expect(try await PostgresDatabase(options).apply(step) { _ in })
        try await admin.run { db in
          try db.execute(script: "DROP OWNED BY \(name); DROP ROLE \(name)")
        }
      }
    }

    @Test func `tables into which the user that serves does not look are told`() async throws {
      try await TestRoles.with { owner, app, name in
        let admin = PostgresConnection(try TestRoles.admin(of: owner))
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
      try await TestRoles.with { _, app, _ in
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
      try await TestRoles.with { owner, app, name in
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
      try await TestRoles.with { owner, app, name in
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
        let admin = PostgresConnection(try TestRoles.admin(of: owner))
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
      try await TestRoles.with { owner, app, name in
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
      try await TestRoles.with { owner, app, _ in
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
