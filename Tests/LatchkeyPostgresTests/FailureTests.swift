#if Postgres
  import LatchkeyCore
  import LatchkeyTesting
  import Synchronization
  import Testing

  @testable import LatchkeyPostgres

  /// What becomes of calls when connections and servers go away. Nothing here is measured in time.
  @Suite struct FailureTests {
    private static let event = AuditEntry(
      at: Timestamp(millisecondsSinceEpoch: 1_767_225_600_000), event: "test", source: .app)

    private static func account(_ name: String) throws -> NewAccount {
      NewAccount(username: try Username(name), password: nil, createdAt: event.at)
    }

    @Test func `what a cut connection has undone is made again, once`() async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        let runs = Shared(0)
        let count = try await store.pool.write { db in
          let run = runs.change { $0 += 1 }
          try Self.insert(db, "cut")
          if run == 1 { try db.rows("SELECT pg_terminate_backend(pg_backend_pid())") }
          return try db.row("SELECT count(*) FROM account")?.integer(0)
        }
        #expect(count == 1 && runs.value == 2)
        // A second cut is for whoever asked.
        await #expect(throws: StoreUnavailableError.self) {
          try await store.pool.write { db in
            try Self.insert(db, "twice")
            try db.rows("SELECT pg_terminate_backend(pg_backend_pid())")
          }
        }
        #expect(try await store.account(folded: "twice") == nil)
        #expect(try await store.account(folded: "cut") != nil)
        try await store.close()
      }
    }

    private static func insert(_ db: PostgresSession, _ name: String) throws {
      try db.execute(
        """
        INSERT INTO account (username, username_folded, password_is_imported, is_enabled, created_at_ms)
        VALUES ($1, $1, false, true, 0)
        """, [.text(name)])
    }

    @Test func `a transaction of which a statement failed is never taken for committed`()
      async throws
    {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        await #expect(throws: StoreUnavailableError.self) {
          try await store.pool.write { db in
            try Self.insert(db, "lost")
            _ = try? db.execute("SELECT nothing")
          }
        }
        #expect(try await store.account(folded: "lost") == nil)
        try await store.close()
      }
    }

    @Test func `who waits too long for a connection is told, and the next ones get it`()
      async throws
    {
      try await withPostgres { options in
        var narrow = options
        narrow.maximumConnections = 1
        narrow.maximumWaiting = 1
        narrow.waitTimeout = .milliseconds(200)
        let store = try await PostgresStore(narrow)
        let isHeld = AsyncGate()
        let holder = PostgresConnection(options)
        try await holder.run { try $0.execute(script: "SELECT pg_advisory_lock(1)") }
        let held = Task {
          try await store.pool.read { db in
            isHeld.open()
            try db.rows("SELECT pg_advisory_lock_shared(1)")
          }
        }
        await isHeld.wait()
        await #expect(throws: StoreUnavailableError.self) { try await store.checkHealth() }
        try await holder.run { try $0.execute(script: "SELECT pg_advisory_unlock(1)") }
        _ = try await held.value
        try await store.checkHealth()
        try await store.close()
        await #expect(throws: StoreUnavailableError.self) { try await store.checkHealth() }
      }
    }

    @Test func `a statement that takes too long is stopped, and its connection goes on`()
      async throws
    {
      try await withPostgres { options in
        var patient = options
        patient.statementTimeout = .seconds(77)
        patient.maximumConnections = 1
        let store = try await PostgresStore(patient)
        let set = try await store.pool.read { try $0.row("SHOW statement_timeout")?.text(0) }
        #expect(set == "77s")
        await #expect(throws: StoreUnavailableError(reason: "The database took too long.")) {
          try await store.pool.write { db in
            try db.execute(script: "SET LOCAL statement_timeout = 50")
            _ = try db.rows("SELECT pg_sleep(600)")
          }
        }
        try await store.checkHealth()
        try await store.close()
      }
    }

    @Test func `a server that crashes and comes back has all that was acknowledged`()
      async throws
    {
      let server = try TestServer()
      defer { server.remove() }
      try await withPostgres(on: server) { options in
        let store = try await PostgresStore(options)
        try await Self.registerThroughout(store) {
          try server.crash()
          await #expect(throws: StoreUnavailableError.self) { try await store.checkHealth() }
          try server.start()
        }
        try await store.close()
      }
    }

    @Test func `when the primary is lost the standby goes on with all that was acknowledged`()
      async throws
    {
      let primary = try TestServer()
      defer { primary.remove() }
      let admin = PostgresConnection(PostgresOptions("\(primary.options) dbname=postgres"))
      try await admin.run { try $0.execute(script: "CREATE DATABASE app") }
      let standby = try TestServer(following: primary)
      defer { standby.remove() }
      // A commit is acknowledged when the standby has it, too.
      try await admin.run { db in
        try db.execute(script: "ALTER SYSTEM SET synchronous_standby_names = '*'")
        try db.execute(script: "SELECT pg_reload_conf()")
      }
      let hosts = "\(primary.host),\(standby.host.dropFirst(5))"
      var options = PostgresOptions(
        "\(hosts) user=latchkey dbname=app target_session_attrs=read-write")
      options.waitTimeout = .seconds(600)
      let store = try await PostgresStore(options)
      try await Self.registerThroughout(store) {
        try primary.crash()
        try standby.promote()
        // The old standby's own list of standbys is empty again.
        let admin = PostgresConnection(PostgresOptions("\(standby.options) dbname=postgres"))
        try await admin.run { db in
          try db.execute(script: "ALTER SYSTEM RESET synchronous_standby_names")
          try db.execute(script: "SELECT pg_reload_conf()")
        }
      }
      try await store.close()
    }

    /// Eight register people one after the other, through what is done to the server meanwhile, until
    /// each has registered five more afterwards.
    private static func registerThroughout(
      _ store: PostgresStore, _ disturb: @escaping @Sendable () async throws -> Void
    ) async throws {
      let acknowledged = Shared<Set<String>>([])
      let isOver = Shared(false)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<8 {
          group.addTask {
            var (number, successesSince) = (0, 0)
            while successesSince < 5 {
              number += 1
              let name = "w\(worker)n\(number)"
              let wasOver = isOver.value
              do {
                let account = try await store.insertAccount(
                  account(name), recovery: nil, audit: event)
                #expect(account != nil)
                acknowledged.change { $0.insert(name) }
                if wasOver { successesSince += 1 }
              } catch let error where error is StoreUnavailableError || error is OutcomeUnknownError
              {
                try await Task.sleep(for: .milliseconds(20))
              }
            }
          }
        }
        group.addTask {
          while acknowledged.value.count < 100 { try await Task.sleep(for: .milliseconds(5)) }
          try await disturb()
          isOver.change { $0 = true }
        }
        try await group.waitForAll()
      }
      var found: Set<String> = []
      var last: AccountID?
      while true {
        let page = try await store.accounts(after: last, limit: 500)
        if page.isEmpty { break }
        found.formUnion(page.map(\.username))
        last = page.last?.id
      }
      #expect(acknowledged.value.isSubset(of: found))
      // What was done without an answer is whole, too: each account has its record.
      let records = try await store.auditRecords(after: 0, limit: 100_000)
      #expect(records.map(\.number) == Array(1...Int64(found.count)))
    }

    @Test func `who listens hears of revocations after a cut, too`() async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        let account = try #require(
          try await store.insertAccount(Self.account("alice"), recovery: nil, audit: Self.event))
        var heard = store.changes(.revocations).makeAsyncIterator()
        try await heard.next()
        try await store.pool.write { db in
          _ = try db.rows(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        }
        _ = try await store.setEnabled(false, account.id, audit: Self.event)
        try await heard.next()
        try await store.close()
      }
    }
  }

  private final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    @discardableResult
    func change(_ body: (inout Value) -> Void) -> Value {
      state.withLock { value in
        body(&value)
        return value
      }
    }
  }

  /// Opened once; who waits goes on then.
  private final class AsyncGate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() {
      continuation.yield()
      continuation.finish()
    }

    func wait() async {
      for await _ in stream { return }
    }
  }
#endif
