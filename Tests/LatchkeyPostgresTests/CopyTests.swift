#if Postgres
  import Foundation
  import GRDB
  import LatchkeyCore
  import LatchkeySQLite
  import LatchkeySchema
  import LatchkeyTesting
  import Synchronization
  import Testing

  @testable import LatchkeyPostgres

  /// A database moves from SQLite to PostgreSQL and back.
  @Suite struct CopyTests {
    private static let people = Schema(
      .table(
        "person", .column("id", .id), .column("account_id", .integer, references: .account),
        .column("name", .text), .column("weight", .real, optional: true),
        .column("is_here", .boolean, default: true), .column("picture", .blob, optional: true),
        .column(
          "friend", .integer, optional: true, references: .row(of: "person", onDelete: .setNull))))

    private static func migrate(_ database: any AppDatabase) async throws {
      let plan = try #require(try await database.plan(after: [], to: people, renames: []))
      let file = MigrationFile(id: "20261126000000-people", up: plan.up, down: plan.down)
      _ = try await database.apply(file) { _ in }
    }

    /// Two stores with an app's tables, the first with all that a store can hold.
    private func withBoth(
      _ body: (String, SQLiteStore, LocalAuth, PostgresOptions) async throws -> Void
    ) async throws {
      try await withPostgres { options in
        try await withTemporaryDatabase { path in
          let store = try await SQLiteStore(path: path)
          try await Self.migrate(SQLiteDatabase(path: path))
          let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
          try await Self.fill(auth, store)
          try await PostgresStore(options).close()
          try await Self.migrate(PostgresDatabase(options))
          try await body(path, store, auth, options)
        }
      }
    }

    private static let password = Password("seven blue teapots")

    private static func fill(_ auth: LocalAuth, _ store: SQLiteStore) async throws {
      let secret = try await store.secret()
      #expect(secret.count == 32)
      for name in ["ada", "bob", "Zoë", "late"] {
        _ = try await auth.addAccount(username: name, password: password)
      }
      _ = try await auth.addAccount(username: "invited")
      _ = try await auth.login(username: "bob", password: password)
      for _ in 0..<3 { _ = try await auth.login(username: "bob", password: Password("wrong one")) }
      // The number of an account that is gone is never given out again, nor is that of a person.
      let late = try #require(try await auth.account(named: "late"))
      _ = try await store.deleteAccount(late.id, audit: entry(.deleted))
      // Retention has been here.
      let later = Timestamp(millisecondsSinceEpoch: 1 << 50)
      let purge = Purge(
        now: Timestamp(millisecondsSinceEpoch: 0),
        browsersSince: Timestamp(millisecondsSinceEpoch: 0),
        throttlesSince: Timestamp(millisecondsSinceEpoch: 0),
        unknownNamesSince: Timestamp(millisecondsSinceEpoch: 0), unknownNamesBelow: 0,
        auditSince: later)
      _ = try await store.purge(purge, limit: 3, audit: entry(.auditTrimmed))
      try await store.pool.write { db in
        // A circle, and all that a text can have in it.
        let text = "tab\tback\\slash\\N \"quote' line\nreturn\r 🙂 \u{1}\u{7F} \\x41 \\."
        try db.execute(
          sql: """
            INSERT INTO person (id, account_id, name, weight, is_here, picture, friend) VALUES
              (1, 1, ?, 1.1, 1, x'00ff0a5c', 2), (2, 1, '', -0.0, 0, x'', 1),
              (3, 2, 'third', 5e-324, 1, NULL, NULL), (9, 2, 'gone', 1e308, 1, NULL, 9)
            """, arguments: [text])
        try db.execute(sql: "DELETE FROM person WHERE id = 9")
      }
    }

    private static func entry(_ event: AuditEvent) -> AuditEntry {
      AuditEntry(
        at: Timestamp(millisecondsSinceEpoch: 0), event: event, succeeded: true, source: .app)
    }

    @Test func `all arrives, whoever is logged in stays so, and it comes back as it was`()
      async throws
    {
      try await withBoth { path, store, auth, options in
        let login = try await auth.login(username: "ada", password: Self.password)
        guard case .loggedIn(let started) = login else {
          Issue.record("no login: \(login)")
          return
        }
        let told = ToldWords()
        let copied = try await DatabaseCopy(
          from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options)
        ).run { told.add($0) }
        #expect(copied.map(\.table) == CopiedTable.own + ["person"])
        #expect(copied.first { $0.table == "person" }?.checksum.count == 3)
        #expect(told.words.contains("account: 4 rows checked"))

        let other = try await PostgresStore(options)
        let moved = try await LocalAuth(.opened(other), configuration: .fastHashing)
        #expect(try await moved.session(for: started.token)?.account.username == "ada")
        #expect(try await other.secret() == store.secret())
        #expect(try await other.throttles(limit: 10).map(\.key).contains("2"))
        #expect(try await other.auditBounds() == store.auditBounds())
        #expect(try await other.auditBounds().anchor.number == 3)
        guard case .intact = try await moved.verifyAudit() else {
          Issue.record("the chain is broken")
          return
        }
        let again = try await moved.addAccount(username: "next", password: Self.password)
        #expect("\(again)".contains("6"))
        let person = try await other.write { db in
          try db.row(
            "INSERT INTO person (account_id, name) VALUES (1, 'new') RETURNING id")?.integer(0)
        }
        #expect(person == 10)
        // What the app's tables refer to is a rule again.
        await #expect(throws: PostgresError.self) {
          try await other.write { db in
            _ = try db.execute("UPDATE person SET friend = 77")
          }
        }

        try await withTemporaryDatabase { back in
          let third = try await SQLiteStore(path: back)
          try await Self.migrate(SQLiteDatabase(path: back))
          let returned = try await DatabaseCopy(
            from: PostgresCopyEnd(options), to: SQLiteCopyEnd(path: back)
          ).run { _ in }
          for (there, here) in zip(copied, returned) where there.table != "audit" {
            let more = ["account": 1, "person": 1][there.table] ?? 0
            #expect(here.checksum.count == there.checksum.count + more, "\(there.table)")
            if more == 0 { #expect(here.checksum == there.checksum, "\(there.table)") }
          }
          let same = try await third.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM person WHERE id < 4 ORDER BY id").map(
              \.description)
          }
          let were = try await store.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM person ORDER BY id").map(\.description)
          }
          #expect(same == were)
          let home = try await LocalAuth(.opened(third), configuration: .fastHashing)
          #expect(try await home.session(for: started.token)?.account.username == "ada")
          guard case .intact = try await home.verifyAudit() else {
            Issue.record("the chain is broken")
            return
          }
          try await third.close()
        }
        try await other.close()
      }
    }

    @Test func `what hangs on the app's tables rests, and is back afterwards`() async throws {
      try await withBoth { path, _, _, options in
        let store = try await PostgresStore(options)
        try await store.write { db in
          try db.execute(
            """
            CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN new.name := upper(new.name); RETURN new; END; $$
            """)
          try db.execute(
            """
            CREATE TRIGGER loud BEFORE INSERT ON person
            FOR EACH ROW EXECUTE FUNCTION shout()
            """)
          try db.execute(
            """
            CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO person (account_id, name) VALUES (new.id, 'new'); RETURN new; END; $$
            """)
          try db.execute(
            """
            CREATE TRIGGER welcomed AFTER INSERT ON account
            FOR EACH ROW EXECUTE FUNCTION welcome()
            """)
        }
        let before = try await store.read { try PostgresCatalog(in: $0) }
        _ = try await DatabaseCopy(
          from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options)
        ).run { _ in }
        #expect(try await store.read { try PostgresCatalog(in: $0) }.drift(from: before).isEmpty)
        let names = try await store.read { db in
          try db.rows("SELECT name FROM person ORDER BY id").map { try $0.text(0) }
        }
        #expect(names.count == 3 && names.last == "third")
        try await store.close()
      }
    }

    @Test func `a target with anything in it is refused, and stays as it is`() async throws {
      try await withBoth { path, store, auth, options in
        let other = try await PostgresStore(options)
        let otherAuth = try await LocalAuth(.opened(other), configuration: .fastHashing)
        _ = try await otherAuth.addAccount(username: "there", password: Self.password)
        func copy() async throws {
          _ = try await DatabaseCopy(
            from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options)
          ).run { _ in }
        }
        await #expect {
          try await copy()
        } throws: { error in "\(error)".contains("not empty: there are rows in account") }
        let there = try #require(try await otherAuth.account(named: "there"))
        _ = try await other.deleteAccount(there.id, audit: Self.entry(.deleted))
        await #expect {
          try await copy()
        } throws: { error in "\(error)".contains("not empty: there are rows in audit") }
        // The source is free again.
        _ = try await auth.addAccount(username: "still", password: Self.password)
        // And the other way round.
        await #expect {
          _ = try await DatabaseCopy(
            from: PostgresCopyEnd(options), to: SQLiteCopyEnd(path: path)
          ).run { _ in }
        } throws: { error in "\(error)".contains("not empty: there are rows in account") }
        try await other.close()
      }
    }

    @Test func `a row that the target does not take undoes all`() async throws {
      try await withBoth { path, store, _, options in
        try await store.pool.write { db in
          try db.execute(
            sql: "INSERT INTO person (account_id, name) VALUES (1, 'a' || char(0) || 'b')")
        }
        await #expect {
          try await DatabaseCopy(
            from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options)
          ).run { _ in }
        } throws: { error in "\(error)".contains("There is a NUL in a text of person") }
        let other = try await PostgresStore(options)
        #expect(try await other.accounts(after: nil, limit: 10).isEmpty)
        // It is empty still, so the next attempt may succeed.
        try await store.pool.write { db in
          try db.execute(sql: "DELETE FROM person WHERE id > 9")
        }
        _ = try await DatabaseCopy(
          from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options)
        ).run { _ in }
        #expect(try await other.accounts(after: nil, limit: 10).count == 4)
        try await other.close()
      }
    }

    @Test func `tables that do not fit are told before anything is done`() async throws {
      try await withBoth { path, store, _, options in
        let other = try await PostgresStore(options)
        func refusal() async -> String {
          do {
            _ = try await DatabaseCopy(
              from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options)
            ).run { _ in }
            return ""
          } catch {
            return "\(error)"
          }
        }
        try await other.write { db in
          _ = try db.execute("ALTER TABLE person RENAME COLUMN weight TO mass")
        }
        #expect(await refusal().contains("not the same columns on both sides (mass, weight)"))
        try await other.write { db in
          _ = try db.execute("DROP TABLE person")
          _ = try db.execute("CREATE TABLE keyless (a BIGINT)")
        }
        #expect(await refusal().contains("The target has no table person"))
        try await store.pool.write { db in try db.execute(sql: "DROP TABLE person") }
        try await store.pool.write { db in
          try db.execute(sql: "CREATE TABLE keyless (a INTEGER) STRICT")
        }
        #expect(await refusal().contains("keyless has no primary key"))
        try await other.close()
      }
    }

    @Test func `a database is not copied onto itself, nor by who may not`() async throws {
      try await withBoth { path, _, _, options in
        let link = path + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let ends: [(any CopyEnd, any CopyEnd)] = [
          (try SQLiteCopyEnd(path: path), try SQLiteCopyEnd(path: path)),
          (PostgresCopyEnd(options), PostgresCopyEnd(options)),
          (try SQLiteCopyEnd(path: path), try SQLiteCopyEnd(path: link)),
        ]
        for (from, to) in ends {
          #expect(try await refusal(from: from, to: to).contains("the same database"))
        }
        let name = "reader_" + UUID().uuidString.replacing("-", with: "").lowercased()
        let admin = PostgresConnection(options)
        try await admin.run { try $0.execute(script: "CREATE ROLE \(name) LOGIN") }
        var reader = options
        reader.connection += " user=\(name)"
        let told = try await refusal(
          from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(reader))
        #expect(told.contains("Copy as the user that owns the tables"), "\(told)")
        try await admin.run { try $0.execute(script: "DROP ROLE \(name)") }
      }
    }

    @Test func `a checksum knows neither order nor mistakes`() {
      func checksum(_ rows: [CopiedRow]) -> CopyChecksum {
        rows.reduce(into: CopyChecksum()) { $0.add($1) }
      }
      let rows: [CopiedRow] = [[.integer(1), .text("a")], [.integer(2), .null]]
      #expect(checksum(rows) == checksum(rows.reversed()))
      #expect(checksum(rows) != checksum([[.integer(1), .text("b")], [.integer(2), .null]]))
      #expect(checksum(rows) != checksum(rows + [rows[0]]))
      #expect(checksum([[.text("a"), .text("b")]]) != checksum([[.text("ab"), .text("")]]))
      #expect(checksum([[.text("a")]]) != checksum([[.blob([97])]]))
      #expect(checksum([[.integer(1)]]) != checksum([[.real(1)]]))
      #expect(checksum(rows).digits.count == 64)
    }
  }

  private final class ToldWords: Sendable {
    private let all = Mutex<[String]>([])
    var words: [String] { all.withLock { $0 } }
    func add(_ word: String) { all.withLock { $0.append(word) } }
  }

  /// Why nothing was copied; nothing when all was.
  func refusal(from: any CopyEnd, to: any CopyEnd) async throws -> String {
    do {
      _ = try await DatabaseCopy(from: from, to: to).run { _ in }
      return ""
    } catch let error as CopyError {
      return error.description
    }
  }
#endif
