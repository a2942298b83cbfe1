#if Postgres
  import Foundation
  import LatchkeyCore
  import Testing

  @testable import LatchkeyPostgres

  /// What an app may do with a session, and what it finds there.
  @Suite(.serialized) struct SessionTests {
    private func withStore(_ body: (PostgresStore) async throws -> Void) async throws {
      try await withPostgres { options in
        var options = options
        // Each call finds what the one before it has left.
        options.maximumConnections = 1
        let store = try await PostgresStore(options)
        try await body(store)
        try await store.close()
      }
    }

    @Test(arguments: ["COPY account TO STDOUT", "COPY account FROM STDIN"])
    func `a COPY of an app's ends in an error, and the next call in an answer`(_ sql: String)
      async throws
    {
      try await withStore { store in
        for _ in 0..<2 {
          await #expect {
            try await store.write { try $0.execute(sql) }
          } throws: { error in "\(error)".contains("COPY to or from the client") }
        }
        let one = try await store.read { try $0.row("SELECT 1")?.integer(0) }
        #expect(one == 1)
      }
    }

    @Test func `a transaction that is left open is nobody else's`() async throws {
      try await withStore { store in
        try await store.write { try $0.execute("CREATE TABLE t (n BIGINT)") }
        await #expect {
          try await store.read { db in
            try db.execute("BEGIN")
            try db.execute("INSERT INTO t VALUES (1)")
          }
        } throws: { error in "\(error)".contains("left open") }
        try await store.write { try $0.execute("INSERT INTO t VALUES (2)") }
        let found = try await store.read {
          try $0.rows("SELECT n FROM t").map { try $0.integer(0) }
        }
        #expect(found == [2])
      }
    }

    @Test(arguments: ["COMMIT", "ROLLBACK"])
    func `a body that ends the transaction by itself is told so`(_ sql: String) async throws {
      try await withStore { store in
        await #expect {
          try await store.write { try $0.execute(sql) }
        } throws: { error in "\(error)".contains("that its body has ended") }
      }
    }

    @Test func `a server with no place for more keeps those that it has`() async throws {
      try await withPostgres { options in
        let admin = PostgresConnection(options)
        let name = "few_\(UUID().uuidString.replacing("-", with: "").lowercased())"
        try await PostgresStore(options).close()
        try await admin.run { db in
          try db.execute(script: "CREATE ROLE \(name) LOGIN SUPERUSER")
          try db.execute(script: "ALTER ROLE \(name) NOSUPERUSER CONNECTION LIMIT 2")
          try db.execute(script: "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(name)")
        }
        var few = options
        few.connection += " user=\(name)"
        let store = try await PostgresStore(few)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<200 {
            group.addTask {
              _ = try await store.read { try $0.row("SELECT pg_sleep(0.005)") }
            }
          }
          try await group.waitForAll()
        }
        try await store.close()
        try await admin.run { db in
          try db.execute(script: "DROP OWNED BY \(name); DROP ROLE \(name)")
        }
      }
    }

    @Test func `the server keeps a bounded number of prepared statements`() async throws {
      try await withStore { store in
        for start in stride(from: 0, to: 1200, by: 300) {
          try await store.read { db in
            for number in start..<(start + 300) { _ = try db.row("SELECT \(number)") }
          }
        }
        let count = try await store.read { db in
          try db.row("SELECT count(*) FROM pg_prepared_statements")?.integer(0)
        }
        #expect((1...500).contains(count ?? 0))
      }
    }

    @Test func `bytes are read whatever the server's own form of them is`() async throws {
      try await withPostgres { options in
        var options = options
        options.connection += " options='-c bytea_output=escape'"
        let store = try await PostgresStore(options)
        let secret = try await store.secret()
        #expect(try await store.secret() == secret && secret.count == 32)
        try await store.close()
      }
    }

    @Test func `what is no text is refused by the server, and not made one`() async throws {
      try await withPostgres { options in
        let admin = PostgresConnection(options)
        let name = try await admin.run { db in
          let name = try db.row("SELECT current_database() || '_ascii'")?.text(0) ?? ""
          try db.execute(
            script: "CREATE DATABASE \(name) ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
          return name
        }
        var ascii = options
        ascii.connection += " dbname=\(name)"
        let store = try await PostgresStore(ascii)
        await #expect {
          try await store.read { try $0.row("SELECT E'a\\xff'::text")?.text(0) }
        } throws: { error in "\(error)".contains("22021") }
        try await store.close()
        try await admin.run { try $0.execute(script: "DROP DATABASE \(name) WITH (FORCE)") }
      }
    }

    @Test func `a refusal is told without what was refused`() async throws {
      try await withStore { store in
        await #expect {
          try await store.read { try $0.row("SELECT 'a secret'::bigint") }
        } throws: { error in
          "\(error)".contains("22P02") && !"\(error)".contains("secret")
        }
      }
    }

    @Test func `a commit that nobody answers is told as one whose outcome is unknown`()
      async throws
    {
      try await withPostgres { options in
        var options = options
        options.statementTimeout = .seconds(5)
        let store = try await PostgresStore(options)
        await #expect(throws: OutcomeUnknownError.self) {
          try await store.write { db in
            try db.execute(
              script: """
                CREATE TABLE t (n BIGINT);
                CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                  FOR EACH ROW EXECUTE FUNCTION wait();
                INSERT INTO t VALUES (1);
                SET LOCAL statement_timeout = 0
                """)
          }
        }
        try await store.close()
      }
    }
  }
#endif
