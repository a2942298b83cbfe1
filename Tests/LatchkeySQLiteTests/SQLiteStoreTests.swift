import Foundation
import GRDB
import LatchkeyCore
@testable import LatchkeySQLite
import LatchkeySchema
import LatchkeyTesting
import Testing

@Suite struct SQLiteStoreTests {
  @Test(arguments: StoreConformance.cases)
  func `the store keeps its contract`(_ conformance: StoreConformance.Case) async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      try await conformance.run(on: store)
      try await store.close()
    }
  }

  /// What was acknowledged is on the disk: SQLite in WAL mode does that with FULL alone, and a pool of
  /// GRDB's means NORMAL unless it is told again.
  @Test func `a commit waits for the disk, and clears away what it deletes`() async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let settings = try await store.pool.writeWithoutTransaction { db in
        try [
          "synchronous", "wal_autocheckpoint", "secure_delete", "trusted_schema", "foreign_keys",
        ]
        .map { try Int.fetchOne(db, sql: "PRAGMA \($0)") }
      }
      #expect(settings == [2, 128, 1, 0, 1])
      try await store.close()
    }
  }

  @Test func `two stores on one file see each other's changes at once`() async throws {
    try await withTemporaryDatabase { path in
      let (server, commandLine) = (
        try await SQLiteStore(path: path), try await SQLiteStore(path: path)
      )
      let auth = try await LocalAuth(.opened(server), configuration: .fastHashing)
      let operator_ = try await LocalAuth(.opened(commandLine), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      guard
        case .loggedIn(let started) = try await auth.login(
          username: "alice", password: Password("correct horse"))
      else { throw NotLoggedIn() }
      let account = try #require(try await operator_.account(named: "alice"))
      try await operator_.setEnabled(false, for: account)
      #expect(try await auth.session(for: started.token) == nil)
      try await server.close()
      try await commandLine.close()
    }
  }

  private struct NotLoggedIn: Error {}

  @Test func `opening a new file many times at once migrates it once`() async throws {
    try await withTemporaryDatabase { path in
      let stores = try await withThrowingTaskGroup(of: SQLiteStore.self) { group in
        for _ in 0..<10 { group.addTask { try await SQLiteStore(path: path) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for store in stores {
        try await store.checkHealth()
        try await store.close()
      }
    }
  }

  @Test func `a database of a newer program is refused by name`() async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      try await store.pool.write { db in
        try db.execute(
          sql: """
            INSERT INTO latchkey_migration
            VALUES ('latchkey', '9-from-the-future', hex(zeroblob(32)), 0)
            """)
      }
      try await store.close()
      await #expect(throws: StoreIsNewerError(unknownMigrations: ["9-from-the-future"])) {
        try await SQLiteStore(path: path)
      }
    }
  }

  @Test func `what is no database is refused in words`() async throws {
    try await withTemporaryDatabase { path in
      try String(repeating: "no database ", count: 1000)
        .write(toFile: path, atomically: true, encoding: .utf8)
      await #expect {
        try await SQLiteStore(path: path)
      } throws: { error in
        "\(error)".contains("is not an SQLite database")
      }
    }
    await #expect {
      try await SQLiteStore(path: "/nonexistent/folder/x.db")
    } throws: { error in
      "\(error)".contains("the folder is missing")
    }
  }

  @Test func `no token and no password stand in the file`() async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      guard
        case .loggedIn(let started) = try await auth.login(
          username: "alice", password: Password("correct horse"))
      else { throw NotLoggedIn() }
      try await store.close()
      // The newest pages may still stand in the write-ahead log.
      let file = try ["", "-wal"].map(path.appending).filter(FileManager.default.fileExists)
        .reduce(into: Data()) { try $0.append(Data(contentsOf: URL(fileURLWithPath: $1))) }
      #expect(file.range(of: Data("alice".utf8)) != nil)
      #expect(file.range(of: Data(started.token.cookieValue.utf8)) == nil)
      #expect(file.range(of: Data("correct horse".utf8)) == nil)
      #expect(file.range(of: Data(started.token.digest.bytes)) != nil)
    }
  }

  @Test(arguments: [
    "INSERT INTO session SELECT zeroblob(32), printf('%032d', 1), 99, 1, 1, 2, '', '', 1",
    "UPDATE account SET is_enabled = 2", "UPDATE account SET username_folded = ''",
    "UPDATE account SET password_hash = ''", "UPDATE account SET password_hash = NULL",
    "UPDATE account SET created_at_ms = 'yesterday'",
    "INSERT INTO session SELECT zeroblob(31), printf('%032d', 1), 1, 1, 1, 2, '', '', 1",
    "INSERT INTO session SELECT zeroblob(32), printf('%032d', 1), 1, 2, 2, 1, '', '', 1",
    "INSERT INTO known_browser SELECT zeroblob(32), 99, 1",
    "INSERT INTO recovery_code SELECT 99, zeroblob(32), 1, 2",
    "INSERT INTO recovery_code SELECT 1, zeroblob(32), 2, 1",
    "INSERT INTO throttle SELECT 'account', '1', 0, 1, 1, 0",
    "UPDATE audit SET event = 'nothing'", "DELETE FROM audit",
    "INSERT OR REPLACE INTO audit SELECT * FROM audit",
    "INSERT INTO audit SELECT 9, 1, 'x', 1, NULL, NULL, 'x', '', '', '{}', zeroblob(32)",
  ])
  func `the database itself refuses what must not be`(sql: String) async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      await #expect {
        try await store.pool.write { try $0.execute(sql: sql) }
      } throws: { error in
        (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT
      }
      try await store.close()
    }
  }

  @Test func `finding the works in use takes one index seek each, not a scan`() async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let plan = try await store.pool.read { db in
        try Row.fetchAll(
          db,
          sql: """
            EXPLAIN QUERY PLAN
            SELECT min(password_work) FROM account WHERE password_work > 'x'
            """
        ).map { $0["detail"] as String }
      }
      #expect(plan.allSatisfy { $0.contains("SEARCH") && $0.contains("account_by_password_work") })
      try await store.close()
    }
  }

  @Test func `a missing file is made only when that is wanted, and then for its owner alone`()
    async throws
  {
    try await withTemporaryDatabase { path in
      await #expect(throws: StoreUnavailableError(reason: "There is no database \(path).")) {
        try await SQLiteStore(path: path, creating: false)
      }
      #expect(!FileManager.default.fileExists(atPath: path))
      let store = try await SQLiteStore(path: path)
      for file in ["", "-wal", "-shm"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
      }
      let names = try FileManager.default.contentsOfDirectory(
        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
      #expect(names.sorted() == ["test.db", "test.db-shm", "test.db-wal"])
      try await store.close()
    }
  }

  #if os(Linux)
    /// POSIX drops all of a process's locks on a file when it closes any descriptor of it, so
    /// opening a database must not touch one that is in use.
    @Test func `opening a database again leaves the locks on it alone`() async throws {
      try await withTemporaryDatabase { path in
        try Data().write(to: URL(fileURLWithPath: path))
        let holder = open(path, O_RDWR)
        defer { close(holder) }
        // Beyond what SQLite locks.
        var lock = flock(
          l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 1 << 40, l_len: 1, l_pid: 0)
        #expect(fcntl(holder, F_SETLK, &lock) == 0)
        DatabaseFile.createPrivately(path)
        // A lock of an open file description sees those of the process, too: F_OFD_GETLK.
        let other = open(path, O_RDWR)
        var found = lock
        found.l_pid = 0
        #expect(fcntl(other, 36, &found) == 0)
        #expect(found.l_type == Int16(F_WRLCK), "the lock is gone")
        close(other)
      }
    }
  #endif

  @Test func `a step that makes a table anew keeps what refers to it`() async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
      _ = try await auth.addAccount(username: "alice", password: Password("correct horse"))
      _ = try await auth.login(username: "alice", password: Password("correct horse"))
      let rebuild = MigrationFile(
        id: "99990101000000-rebuild",
        up: .init(
          sql: """
            CREATE TABLE new AS SELECT * FROM account;
            DROP TABLE account;
            CREATE TABLE account (
              id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL) STRICT;
            INSERT INTO account (id, username) SELECT id, username FROM new;
            DROP TABLE new;
            """), down: nil)
      // An app's trigger that would not work afterwards: the step is not taken, since nobody could
      // log in.
      try await store.pool.write { db in
        try db.execute(
          sql: """
            CREATE TRIGGER spy AFTER UPDATE ON account WHEN new.password_hash IS NULL
            BEGIN SELECT 1; END
            """)
      }
      await #expect {
        try await SQLiteStore.migrating(path) { db in
          try MigrationStep(file: rebuild, history: .latchkey).apply(
            to: db, at: WallClock.system.now)
        }
      } throws: { error in
        "\(error)".contains("trigger on account does not work: no such column: new.password_hash")
      }
      try await store.pool.write { try $0.execute(sql: "DROP TRIGGER spy") }
      let sessions = try await SQLiteStore.migrating(path) { db in
        let step = MigrationStep(file: rebuild, history: .latchkey)
        let done = try step.apply(to: db, at: WallClock.system.now)
        #expect(done)
        return try Int.fetchOne(db, sql: "SELECT count(*) FROM session")
      }
      #expect(sessions == 1)
      try await store.close()
    }
  }
}
