#if Postgres
  import Foundation
  import LatchkeyCore
  import LatchkeySchema
  import LatchkeyTesting
  import Testing

  @testable import LatchkeyPostgres

  /// What a user that serves tries to do beyond that, and what it could do by rights of other people's.
  @Suite(.serialized) struct RightsTests {
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
      try await TestRoles.with { _, app, _ in
        let store = try await PostgresStore(app)
        await #expect {
          try await store.pool.write { db in try db.execute(script: sql) }
        } throws: { error in "\(error)".contains("42501") }
        try await store.close()
      }
    }

    @Test func `a temporary table of its own changes no answer`() async throws {
      try await TestRoles.with { owner, app, name in
        try await TestRoles.allowTemporary(owner, name)
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
      try await TestRoles.with { owner, app, name in
        try await TestRoles.allowTemporary(owner, name)
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
      try await TestRoles.with { owner, app, name in
        let admin = PostgresConnection(try TestRoles.admin(of: owner))
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

    @Test func `a hash is compared letter by letter, whatever collation a caller brings along`()
      async throws
    {
      try await TestRoles.with { owner, app, name in
        try await TestRoles.allowTemporary(owner, name)
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
  }
#endif
