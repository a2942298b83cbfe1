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
          try db.execute(
            """
            DO $$ BEGIN
              EXECUTE format('GRANT CREATE ON DATABASE %I TO \(owner)', current_database());
            END $$
            """)
        }
        func logged(in name: String) -> PostgresOptions {
          var other = options
          other.connection += " user='\(name)'"
          return other
        }
        try await PostgresStore(logged(in: owner)).close()
        let roles = PostgresRoles(logged(in: owner))
        try await roles.set(roles.statements(for: app, hidingHashes: hidingHashes))
        let result = Result<Void, any Error>.success(
          try await body(logged(in: owner), logged(in: app), app))
        try await admin.run { db in
          try db.execute(
            script: """
              DROP OWNED BY \(owner) CASCADE; DROP OWNED BY \(app.quoted) CASCADE;
              DROP ROLE \(owner); DROP ROLE \(app.quoted)
              """)
        }
        try result.get()
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
      "COPY account TO STDOUT", "UPDATE audit SET event = 'x'", "TRUNCATE session",
      "DROP TRIGGER audit_is_never_changed ON audit",
      "ALTER TABLE audit DISABLE TRIGGER ALL", "CREATE TABLE mine (a INT)",
      "UPDATE store_secret SET bytes = ''", "DELETE FROM audit_anchor",
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
      try await withRoles { owner, app, _ in
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
        #expect(setting?.optionalText(0)?.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$") == true)
        #expect(try setting?.boolean(1) == false)
        // The digest is nowhere in what it gets.
        let hash = try await PostgresStore(owner).read { db in
          try db.row("SELECT password_hash FROM account")?.text(0)
        }
        let digest = try #require(hash?.split(separator: "$").last)
        #expect(setting?.optionalText(0)?.contains(digest) == false)
        #expect(setting?.optionalText(0)?.count == hash?.count)
        try await store.close()
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
        try await roles.set(roles.statements(for: name, hidingHashes: false))
        let file = MigrationFile(
          id: "20261127000000-late", up: .init(sql: "CREATE TABLE late (id BIGINT PRIMARY KEY)"),
          down: nil)
        #expect(try await PostgresDatabase(owner).apply(file) { _ in })
        let store = try await PostgresStore(app)
        #expect(try await store.read { try $0.rows("SELECT password_hash FROM account") }.isEmpty)
        try await store.write { db in _ = try db.execute("INSERT INTO late VALUES (1)") }
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

    @Test func `who cannot be kept from anything is told, and who is not there`() async throws {
      try await withRoles { owner, app, name in
        func refusal(_ options: PostgresOptions, _ user: String) async -> String {
          do {
            _ = try await PostgresRoles(options).statements(for: user, hidingHashes: true)
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
