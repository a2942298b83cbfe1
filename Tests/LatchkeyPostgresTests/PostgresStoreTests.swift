#if Postgres
  import LatchkeyCore
  import LatchkeyTesting
  import Synchronization
  import Testing

  @testable import LatchkeyPostgres

  @Suite struct PostgresStoreTests {
    @Test(arguments: StoreConformance.cases)
    func `the store keeps its contract`(_ conformance: StoreConformance.Case) async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        try await conformance.run(on: store)
        try await store.close()
      }
    }

    @Test func `of ten servers that start at once one takes the steps`() async throws {
      try await withPostgres { options in
        let stores = try await withThrowingTaskGroup(of: PostgresStore.self) { group in
          for _ in 0..<10 { group.addTask { try await PostgresStore(options) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        let count = try await stores[0].pool.read { db in
          try db.row("SELECT count(*) FROM latchkey_migration")?.integer(0)
        }
        #expect(try count == Int64(OwnMigrations.files.get().count))
        for store in stores { try await store.close() }
      }
    }

    @Test func `a newer database is refused, and one in other words`() async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        try await store.pool.write { db in
          _ = try db.execute(
            """
            INSERT INTO latchkey_migration VALUES ('latchkey', '99990101000000-later', repeat('0', 64), 0)
            """)
        }
        await #expect(throws: StoreIsNewerError(unknownMigrations: ["99990101000000-later"])) {
          try await PostgresStore(options)
        }
        try await store.pool.write { db in
          try db.execute("DELETE FROM latchkey_migration WHERE id LIKE '9999%'")
          _ = try db.execute("UPDATE latchkey_migration SET checksum = repeat('0', 64)")
        }
        await #expect(throws: StoreUnavailableError.self) { try await PostgresStore(options) }
        try await store.close()
      }
    }

    @Test(arguments: [
      "UPDATE audit SET event = 'other'", "DELETE FROM audit", "TRUNCATE audit",
      "DELETE FROM audit_anchor", "TRUNCATE audit_anchor",
      "UPDATE audit_anchor SET number = number + 1", "UPDATE audit_anchor SET last_number = 0",
      """
      INSERT INTO audit SELECT 1, at_ms, event, succeeded, account_id, session_id, source, origin,
        user_agent, details, hash FROM audit LIMIT 1
      """,
    ])
    func `the database itself keeps the trail`(sql: String) async throws {
      try await withPostgres { options in
        let auth = try await LocalAuth(.postgres(options), configuration: .fastHashing)
        let store = try #require(auth.store as? PostgresStore)
        _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
        await #expect(throws: StoreUnavailableError.self) {
          try await store.pool.write { db in _ = try db.execute(sql) }
        }
        #expect(try await store.auditRecords(after: 0, limit: 10).count == 1)
        try await store.close()
      }
    }

    @Test func `logins of many at once leave one chain`() async throws {
      try await withPostgres { options in
        let auth = try await LocalAuth(.postgres(options), configuration: .fastHashing)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<40 {
            group.addTask {
              let name = "user\(number)"
              _ = try await auth.addAccount(username: name, password: Password("correct horse"))
              _ = try await auth.login(username: name, password: Password("correct horse"))
            }
          }
          try await group.waitForAll()
        }
        let records = try await auth.store.auditRecords(after: 0, limit: 1000)
        #expect(records.map(\.number) == Array(1...Int64(records.count)))
        let last = try #require(records.last)
        #expect(
          try await auth.verifyAudit()
            == .intact(
              records: records.count, head: AuditChain.Link(number: last.number, hash: last.hash)))
        try await auth.store.close()
      }
    }

    @Test func `a server that cannot be reached is told in one line, without a password`()
      async throws
    {
      await #expect {
        try await LocalAuth(.postgres("postgres://app:secret@127.0.0.1:1/app"))
      } throws: { error in
        let text = "\(error)"
        return error is StoreUnavailableError && text.contains("127.0.0.1")
          && !text.contains("secret") && !text.contains("\n")
      }
    }

    private func documented() async throws {
      let auth = try await LocalAuth(
        .postgres("postgres://app@db.example.org/app?sslmode=verify-full"))
      _ = auth
    }
  }
#endif
