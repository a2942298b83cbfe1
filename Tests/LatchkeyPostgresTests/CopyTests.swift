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
        now: Timestamp(millisecondsSinceEpoch: 0), seenSince: nil,
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

    /// Two empty stores with tables of these statements, which the first one is filled by.
    private func withTables(
      sqlite: String, postgres: String,
      _ body: (String, SQLiteStore, PostgresOptions, PostgresStore) async throws -> Void
    ) async throws {
      try await withPostgres { options in
        try await withTemporaryDatabase { path in
          let store = try await SQLiteStore(path: path)
          let other = try await PostgresStore(options)
          try await store.pool.write { try $0.execute(sql: sqlite) }
          try await other.write { try $0.execute(script: postgres) }
          try await body(path, store, options, other)
          try await other.close()
          try await store.close()
        }
      }
    }

    private static func refusal(from: any CopyEnd, to: any CopyEnd) async throws -> String {
      do {
        _ = try await DatabaseCopy(from: from, to: to).run { _ in }
        return ""
      } catch let error as CopyError {
        return error.description
      }
    }

    private static let refused: [(sqlite: String, postgres: String, words: String)] = [
      (
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (NULL, 1), ('a', 2)",
        "CREATE TABLE t (k TEXT PRIMARY KEY, v BIGINT)", "a row of t without a value in its key (k)"
      ),
      (
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, CAST(x'61ff' AS TEXT))",
        "CREATE TABLE t (k BIGINT PRIMARY KEY, v TEXT)", "a text in t.v that is not UTF-8"
      ),
      (
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (7, '2026-11-26 10:00:00')",
        "CREATE TABLE t (k BIGINT PRIMARY KEY, v TIMESTAMPTZ)",
        "v of the row with k = 7 is otherwise"
      ),
      (
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v REAL); INSERT INTO t VALUES (7, 1.123456789)",
        "CREATE TABLE t (k BIGINT PRIMARY KEY, v REAL)", "v of the row with k = 7 is otherwise"
      ),
      (
        "CREATE TABLE t (k TEXT PRIMARY KEY); INSERT INTO t VALUES ('UP')",
        "CREATE TABLE t (k TEXT PRIMARY KEY); CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql "
          + "AS $$ BEGIN new.k := lower(new.k); RETURN new; END $$; CREATE TRIGGER low BEFORE INSERT "
          + "ON t FOR EACH ROW EXECUTE FUNCTION low(); ALTER TABLE t DISABLE TRIGGER low; CREATE TABLE "
          + "more (k BIGINT); INSERT INTO more VALUES (1)",
        "The target is not empty: there are rows in more"
      ),
      (
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 3000000000)",
        "CREATE TABLE t (k BIGINT PRIMARY KEY, v INTEGER)", "SQLSTATE 22003"
      ),
    ]

    @Test(arguments: refused.indices)
    func `what cannot be copied as it is, is refused by name, and nothing stays`(_ at: Int)
      async throws
    {
      let (sqlite, postgres, words) = Self.refused[at]
      try await withTables(sqlite: sqlite, postgres: postgres) { path, store, options, other in
        let told = try await Self.refusal(
          from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options))
        #expect(told.contains(words), "\(told)")
        #expect(try await other.read { try $0.rows("SELECT * FROM t") }.isEmpty)
        // The source is free again.
        try await store.pool.write { try $0.execute(sql: "DELETE FROM t") }
      }
    }

    @Test func `numbers, resting triggers, partitions and long rows arrive as they should`()
      async throws
    {
      try await withTables(
        sqlite: """
          CREATE TABLE plain (id INTEGER PRIMARY KEY, n INTEGER);
          INSERT INTO plain VALUES (41, 7);
          CREATE TABLE serial (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO serial VALUES (5, 70);
          CREATE TABLE part (id INTEGER PRIMARY KEY, v TEXT);
          INSERT INTO part VALUES (1, 'a'), (150, 'b');
          CREATE TABLE long (id INTEGER PRIMARY KEY, v BLOB);
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
            INSERT INTO long SELECT i, randomblob(600000) FROM n
          """,
        postgres: """
          CREATE TABLE plain (id BIGINT PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, n BIGINT);
          CREATE TABLE serial (id BIGSERIAL PRIMARY KEY, n SERIAL);
          CREATE TABLE part (id BIGINT PRIMARY KEY, v TEXT) PARTITION BY RANGE (id);
          CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
          CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (100) TO (200);
          CREATE TABLE long (id BIGINT PRIMARY KEY, v BYTEA);
          CREATE FUNCTION low() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'fired'; END $$;
          CREATE TRIGGER off BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION low();
          CREATE TRIGGER always BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION low();
          ALTER TABLE plain DISABLE TRIGGER off; ALTER TABLE plain ENABLE ALWAYS TRIGGER always
          """
      ) { path, _, options, other in
        let end = PostgresCopyEnd(options)
        let copied = try await DatabaseCopy(from: SQLiteCopyEnd(path: path), to: end).run { _ in }
        #expect(copied.map(\.table).suffix(4) == ["long", "part", "plain", "serial"])
        #expect(copied.first { $0.table == "part" }?.checksum.count == 2)
        try await other.write { db in
          let triggers = try db.rows(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'plain'::regclass ORDER BY 1")
          #expect(try triggers.map { try $0.text(0) + $0.text(1) } == ["alwaysA", "offD"])
          try db.execute("ALTER TABLE plain DISABLE TRIGGER always")
          let plain = try db.row("INSERT INTO plain (n) VALUES (1) RETURNING id")
          #expect(try plain?.integer(0) == 42)
          let serial = try db.row("INSERT INTO serial DEFAULT VALUES RETURNING id, n")
          #expect(try serial?.integer(0) == 6 && serial?.integer(1) == 71)
        }
        // No more at once than is told: 0.6 MB each.
        let long = CopiedTable(name: "long", columns: ["id", "v"], key: ["id"], isOwn: false)
        _ = try await end.tables()
        #expect(try await end.rows(of: long, .all, limit: 2000).count == 7)
        #expect(
          try await SQLiteCopyEnd(path: path).rows(of: long, .all, limit: 2000).count == 7)
      }
    }

    @Test func `rules for rows hide nothing, and dates are written in one way`() async throws {
      let table = "CREATE TABLE t (k BIGINT PRIMARY KEY, d DATE, s TEXT COLLATE \"C\")"
      try await withTables(
        sqlite: "CREATE TABLE t (k INTEGER PRIMARY KEY, d TEXT, s TEXT)",
        postgres: table + "; INSERT INTO t VALUES (1, '2026-02-01', 'a'), (2, NULL, 'b')"
      ) { path, _, options, other in
        let admin = PostgresConnection(options)
        let name = try await admin.run { try $0.row("SELECT current_database()")?.text(0) ?? "" }
        try await admin.run {
          try $0.execute(script: "ALTER DATABASE \(name) SET datestyle = 'SQL, DMY'")
        }
        try await withPostgres { target in
          try await PostgresStore(target).write { try $0.execute(script: table) }
          _ = try await DatabaseCopy(from: PostgresCopyEnd(options), to: PostgresCopyEnd(target))
            .run { _ in }
          let date = try await PostgresStore(target).read { db in
            try db.row("SELECT to_char(d, 'YYYY-MM-DD') FROM t WHERE k = 1")?.text(0)
          }
          #expect(date == "2026-02-01")
        }
        _ = try await DatabaseCopy(from: PostgresCopyEnd(options), to: SQLiteCopyEnd(path: path))
          .run { _ in }
        let user = "owner_\(name.suffix(32))"
        try await other.write { db in
          try db.execute(
            script: """
              CREATE ROLE \(user) LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO \(user);
              GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO \(user);
              ALTER TABLE t OWNER TO \(user); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
              ALTER TABLE t FORCE ROW LEVEL SECURITY; CREATE POLICY mine ON t USING (k = 1)
              """)
        }
        var owner = options
        owner.connection += " user=\(user)"
        try await withTemporaryDatabase { empty in
          let store = try await SQLiteStore(path: empty)
          try await store.pool.write {
            try $0.execute(sql: "CREATE TABLE t (k INTEGER PRIMARY KEY, d TEXT, s TEXT)")
          }
          let told = try await Self.refusal(
            from: PostgresCopyEnd(owner), to: SQLiteCopyEnd(path: empty))
          #expect(told.contains("row-level security"), "\(told)")
          try await store.close()
        }
        try await other.write { db in
          try db.execute(
            script: "ALTER TABLE t OWNER TO latchkey; DROP OWNED BY \(user); DROP ROLE \(user)")
        }
      }
    }

    @Test func `sequences that stand alone go on, and what is kept of a view is made anew`()
      async throws
    {
      let made = """
        CREATE SEQUENCE ticket; CREATE SEQUENCE other; CREATE SEQUENCE down INCREMENT -1;
        CREATE SEQUENCE inv; CREATE TABLE bill (k TEXT PRIMARY KEY DEFAULT 'INV-' || nextval('inv'),
          tags TEXT[]);
        CREATE TABLE part (k BIGINT PRIMARY KEY) PARTITION BY RANGE (k);
        CREATE TABLE part_1 PARTITION OF part DEFAULT;
        CREATE TABLE of_part (k BIGINT PRIMARY KEY REFERENCES part (k));
        CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
        CREATE TABLE t (k BIGINT PRIMARY KEY DEFAULT nextval('ticket'));
        CREATE MATERIALIZED VIEW kept AS SELECT count(*) AS n FROM t
        """
      try await withTables(
        sqlite: """
          CREATE TABLE t (k INTEGER PRIMARY KEY); INSERT INTO t VALUES (41);
          CREATE TABLE bill (k TEXT PRIMARY KEY, tags TEXT);
          CREATE TABLE part (k INTEGER PRIMARY KEY); INSERT INTO part VALUES (7);
          CREATE TABLE of_part (k INTEGER PRIMARY KEY); INSERT INTO of_part VALUES (7)
          """, postgres: made
      ) { path, _, options, other in
        _ = try await DatabaseCopy(from: SQLiteCopyEnd(path: path), to: PostgresCopyEnd(options))
          .run { _ in }
        try await other.write { db in
          #expect(try db.row("SELECT n FROM kept")?.integer(0) == 1)
          #expect(try db.row("INSERT INTO t DEFAULT VALUES RETURNING k")?.integer(0) == 42)
          _ = try db.row("SELECT setval('other', 70), nextval('down'), nextval('down')")
          try db.execute("INSERT INTO bill (tags) VALUES ('{a,b}')")
        }
        try await withPostgres { target in
          let third = try await PostgresStore(target)
          try await third.write { db in
            try db.execute(script: made)
            // Of one partition alone.
            try db.execute(
              "CREATE TRIGGER fired BEFORE INSERT ON part_1 FOR EACH ROW EXECUTE FUNCTION fired()")
          }
          _ = try await DatabaseCopy(from: PostgresCopyEnd(options), to: PostgresCopyEnd(target))
            .run { _ in }
          try await third.write { db in
            let next = try db.row(
              "SELECT nextval('ticket'), nextval('other'), nextval('down'), nextval('inv')")
            #expect(try next?.integer(0) == 43 && next?.integer(1) == 71)
            #expect(try next?.integer(2) == -3 && next?.integer(3) == 2)
          }
          try await third.close()
        }
      }
    }

    @Test func `numbers that are none are told, and zero has one sign`() async throws {
      try await withTables(
        sqlite: "CREATE TABLE t (k INTEGER PRIMARY KEY, v REAL)",
        postgres: "CREATE TABLE t (k BIGINT PRIMARY KEY, v DOUBLE PRECISION); "
          + "INSERT INTO t VALUES (1, '-0'), (2, 'infinity'), (3, 'nan')"
      ) { path, _, options, other in
        let told = try await Self.refusal(
          from: PostgresCopyEnd(options), to: SQLiteCopyEnd(path: path))
        #expect(told.contains("v of the row with k = 3 is otherwise"), "\(told)")
        try await other.write { try $0.execute("DELETE FROM t WHERE k = 3") }
        let again = try await Self.refusal(
          from: PostgresCopyEnd(options), to: SQLiteCopyEnd(path: path))
        #expect(again == "")
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
          #expect(try await Self.refusal(from: from, to: to).contains("the same database"))
        }
        let name = "reader_" + UUID().uuidString.replacing("-", with: "").lowercased()
        let admin = PostgresConnection(options)
        try await admin.run { try $0.execute(script: "CREATE ROLE \(name) LOGIN") }
        var reader = options
        reader.connection += " user=\(name)"
        let told = try await Self.refusal(
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
#endif
