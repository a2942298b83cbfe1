import Foundation
import GRDB
import LatchkeyCore
@testable import LatchkeySQLite
@testable import LatchkeySchema
import LatchkeyTesting
import Testing

/// An app's own tables, on their way from one shape to the next, with their rows.
@Suite struct AppMigrationTests {
  private static let first = Schema(
    .table(
      "profile",
      .column("account_id", .integer, references: .account),
      .column("motto", .text, default: "", check: "length(motto) <= 20"),
      .column("is_public", .boolean, default: false),
      primaryKey: ["account_id"]),
    .table(
      "note",
      .column("id", .id),
      .column(
        "profile_id", .integer,
        references: .row(of: "profile", column: "account_id", onDelete: .cascade)),
      .column("text", .text),
      .column("order", .integer, optional: true),
      indexes: [.index("note_by_profile", on: "profile_id", "order")]))

  /// The way from the tables as the files make them to others.
  private func file(
    _ id: String, after files: [MigrationFile], to schema: Schema, renames: [String] = []
  ) throws -> MigrationFile {
    let renames = try renames.map { try #require(Rename($0)) }
    let plan = try #require(
      try MigrationPlan(after: files, to: AppTables(declared: schema), renames: renames))
    return MigrationFile(id: id, up: plan.up, down: plan.down)
  }

  /// The app's tables as they are.
  private func schema(_ store: SQLiteStore) async throws -> Schema {
    try await SQLiteStore.look(at: store.pool.path).tables.schema
  }

  private func isAsDeclared(_ schema: Schema, _ store: SQLiteStore) async throws -> Bool {
    try await self.schema(store) == AppTables(declared: schema).schema
  }

  /// A database that is at the first shape, with rows.
  private func withRows(
    _ body: (SQLiteStore, SQLiteMigrator, MigrationFile) async throws -> Void
  ) async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let migrator = SQLiteMigrator(store: store)
      let first = try file("20261126000000-first", after: [], to: Self.first)
      #expect(try await migrator.apply(first))
      try await store.pool.write { db in
        try db.execute(
          sql: """
            INSERT INTO account VALUES (1, 'ada', 'ada', NULL, NULL, 0, 1, 0);
            INSERT INTO profile VALUES (1, 'Onwards', 1);
            INSERT INTO note (profile_id, text, "order") VALUES (1, 'one', 1), (1, 'two', NULL);
            INSERT INTO note VALUES (99, 1, 'gone', 3);
            DELETE FROM note WHERE id = 99;
            """)
      }
      try await body(store, migrator, first)
      try await store.close()
    }
  }

  private func rows(_ sql: String, _ store: SQLiteStore) async throws -> [[String]] {
    try await store.pool.read { db in
      try Row.fetchAll(db, sql: sql).map { row in
        row.databaseValues.map { "\($0)" }
      }
    }
  }

  @Test func `what is declared, made and read again is the same`() async throws {
    try await withRows { store, _, first in
      let declared = try AppTables(declared: Self.first)
      #expect(try await schema(store) == declared.schema)
      let made = try AppTables(after: [first])
      #expect(made.schema == declared.schema && made.changes(to: declared).isEmpty)
    }
  }

  static let steps: [(String, Schema, [String], String)] = [
    (
      "add a column",
      change { $0.tables[0].columns.append(.column("city", .text, optional: true)) },
      [], "SELECT * FROM profile"
    ),
    (
      "add a column that is needed",
      change { $0.tables[1].columns.append(.column("kind", .text, default: "plain")) },
      [], "SELECT text, kind FROM note"
    ),
    (
      "add an index", change { $0.tables[1].indexes.append(.index("note_by_text", on: "text")) },
      [], "SELECT id, text FROM note"
    ),
    (
      "change a check", change { $0.tables[0].columns[1].check = "length(motto) <= 200" },
      [], "SELECT * FROM profile"
    ),
    (
      "make optional", change { $0.tables[1].columns[2].isOptional = true },
      [], "SELECT id, text FROM note"
    ),
    (
      "make needed",
      change {
        $0.tables[1].columns[3].isOptional = false
        $0.tables[1].columns[3].defaultValue = 7
      },
      [], "SELECT id, \"order\" FROM note"
    ),
    (
      "change a type", change { $0.tables[1].columns[3].type = .text },
      [], "SELECT id, \"order\", typeof(\"order\") FROM note"
    ),
    (
      "drop a column", change { $0.tables[0].columns.remove(at: 1) },
      [], "SELECT * FROM profile"
    ),
    (
      "drop a table", change { $0.tables.remove(at: 1) },
      [], "SELECT * FROM profile"
    ),
    (
      "rename a column",
      change {
        $0.tables[0].columns[1] = .column(
          "slogan", .text, default: "", check: "length(slogan) <= 20")
      },
      ["profile.motto:slogan"], "SELECT slogan FROM profile"
    ),
    (
      "rename a table",
      change {
        $0.tables[0].name = "person"
        $0.tables[1].columns[1].references = .row(
          of: "person", column: "account_id", onDelete: .cascade)
      },
      ["profile:person"], "SELECT motto FROM person"
    ),
  ]

  private static func change(_ body: (inout Schema) -> Void) -> Schema {
    var schema = first
    body(&schema)
    return schema
  }

  @Test(arguments: steps.indices)
  func `each change keeps the rows, and its reverse brings the tables back`(index: Int) async throws
  {
    let (name, schema, renames, query) = Self.steps[index]
    try await withRows { store, migrator, first in
      let before = try await rows("SELECT id, text FROM note ORDER BY id", store)
      let step = try file("20261126000001-step", after: [first], to: schema, renames: renames)
      #expect(try await migrator.apply(step), "\(name)")
      #expect(try await isAsDeclared(schema, store), "\(name)")
      let found = try await rows(query, store)
      #expect(found.count == (query.contains("note") ? 2 : 1), "\(name): \(found)")
      if schema.tables.count == 2 {
        // Rows went along, what refers to them stayed, and numbers go on where they were.
        #expect(try await rows("SELECT id, text FROM note ORDER BY id", store) == before, "\(name)")
        try await store.pool.write { db in
          try db.execute(sql: "INSERT INTO note (profile_id, text) VALUES (1, 'three')")
          #expect(db.lastInsertedRowID == 100, "\(name)")
          try db.execute(sql: "DELETE FROM note WHERE id = 100")
          try db.execute(sql: "PRAGMA foreign_key_check")
        }
      }
      #expect(try await migrator.revert(step), "\(name)")
      #expect(try await isAsDeclared(Self.first, store), "\(name)")
      #expect(try await migrator.applied().map(\.id) == [first.id])
    }
  }

  private func step(_ number: Int, _ sql: String, down: String? = nil) -> MigrationFile {
    MigrationFile(
      id: "2026112600000\(number)-step", up: .init(sql: sql), down: down.map { .init(sql: $0) })
  }

  private func apply(_ files: MigrationFile..., to migrator: SQLiteMigrator) async throws {
    for file in files { #expect(try await migrator.apply(file)) }
  }

  private func drift(_ store: SQLiteStore, from files: [MigrationFile]) async throws -> [Drift] {
    try await SQLiteStore.look(at: store.pool.path).tables.drift(from: AppTables(after: files))
  }

  @Test func `triggers and partial indexes go along when the table is made anew or renamed`()
    async throws
  {
    try await withRows { store, migrator, first in
      let own = step(
        1,
        """
        CREATE INDEX note_of_order ON note (profile_id) WHERE "order" IS NOT NULL;
        CREATE TRIGGER note_is_kept BEFORE DELETE ON note WHEN old.text = 'one'
        BEGIN SELECT raise(ABORT, 'kept'); END;
        """)
      var schema = Self.first
      schema.tables[1].name = "memo"
      schema.tables[1].columns[2] = .column("body", .text, check: "length(body) > 0")
      let next = try file(
        "20261126000002-step", after: [first, own], to: schema,
        renames: ["note:memo", "memo.text:body"])
      try await apply(own, next, to: migrator)
      let objects = try await rows("SELECT name FROM sqlite_master WHERE tbl_name = 'memo'", store)
      #expect(objects.count == 4)
      await #expect(throws: DatabaseError.self) {
        try await store.pool.write { try $0.execute(sql: "DELETE FROM memo WHERE body = 'one'") }
      }
      #expect(try await migrator.revert(next))
      #expect(try await drift(store, from: [first, own]).isEmpty)
      await #expect(throws: DatabaseError.self) {
        try await store.pool.write { try $0.execute(sql: "DELETE FROM note WHERE text = 'one'") }
      }
      // A table that is dropped comes back with them, too.
      schema.tables.remove(at: 1)
      let gone = try file("20261126000002-gone", after: [first, own], to: schema)
      try await apply(gone, to: migrator)
      #expect(try await migrator.revert(gone))
      #expect(try await drift(store, from: [first, own]).isEmpty)
      await #expect(throws: MigrationFailure.self) { try await migrator.revert(own) }
    }
  }

  static let unsaid = [
    ("CREATE TABLE tag (name VARCHAR(20) NOT NULL PRIMARY KEY)", "the type VARCHAR(20) in name"),
    (
      "CREATE TABLE tag (id INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP)",
      "the default CURRENT_TIMESTAMP in at"
    ),
    ("CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT UNIQUE)", "UNIQUE in name"),
    ("CREATE TABLE tag (id INTEGER PRIMARY KEY, a TEXT, b TEXT, UNIQUE (a, b))", "UNIQUE (a, b)"),
    (
      "CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE)",
      "COLLATE NOCASE in name"
    ),
    (
      """
      CREATE TABLE tag (id INTEGER PRIMARY KEY,
        by INTEGER REFERENCES account (id) ON DELETE CASCADE ON UPDATE CASCADE)
      """, "ON UPDATE CASCADE in by"
    ),
    (
      "CREATE TABLE tag (id INTEGER PRIMARY KEY, twice INTEGER GENERATED ALWAYS AS (id * 2))",
      "GENERATED ALWAYS AS ( id * 2 ) in twice"
    ),
    ("CREATE TABLE tag (name TEXT PRIMARY KEY) WITHOUT ROWID", "WITHOUT"),
    ("CREATE TABLE tag (id INTEGER PRIMARY KEY ON CONFLICT REPLACE)", "ON CONFLICT REPLACE in id"),
    (
      """
      CREATE TABLE tag (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b),
        FOREIGN KEY (a, b) REFERENCES tag (a, b))
      """, "FOREIGN KEY of several columns"
    ),
  ]

  @Test(arguments: unsaid)
  func `a table that a schema cannot say is left alone, and never made anew`(
    sql: String, what: String
  ) async throws {
    try await withRows { store, migrator, first in
      let own = step(1, sql)
      try await apply(own, to: migrator)
      let made = try AppTables(after: [first, own])
      let declared = try AppTables(declared: Self.first)
      #expect(made.schema.table("tag")?.unsaid.contains(what) == true, "\(made.schema)")
      #expect(made.changes(to: declared).isEmpty)
      #expect(made.leftAlone(by: declared).map(\.name) == ["tag"])
      #expect(try await drift(store, from: [first, own]).isEmpty)
      // The others change as ever.
      var schema = Self.first
      schema.tables[0].columns.append(.column("city", .text, optional: true))
      let next = try file("20261126000002-step", after: [first, own], to: schema)
      try await apply(next, to: migrator)
      #expect(try await migrator.revert(next))
      // Declared, it can be added to, and what needs it made anew is refused.
      var tag = try #require(made.schema.table("tag"))
      (tag.others, tag.unsaid) = ([], [])
      for column in tag.columns.indices {
        tag.columns[column].isTypeUnsaid = false
        tag.columns[column].isDefaultUnsaid = false
      }
      schema.tables.append(tag)
      schema.tables[2].columns.append(.column("color", .text, optional: true))
      let added = try file("20261126000002-step", after: [first, own], to: schema)
      #expect(added.up.sql.contains("ALTER TABLE tag ADD COLUMN color TEXT"), "\(added.up.sql)")
      schema.tables[2].checks = ["color <> ''"]
      #expect {
        try file("20261126000002-step", after: [first, own], to: schema)
      } throws: { error in
        "\(error)".contains("the table tag would have to be made anew") && "\(error)".contains(what)
      }
    }
  }

  @Test func `full-text search, views and indexes with an order stand beside what is declared`()
    async throws
  {
    try await withRows { store, migrator, first in
      let own = step(
        1,
        """
        CREATE VIRTUAL TABLE note_search USING fts5 (text, content = 'note', content_rowid = 'id');
        INSERT INTO note_search (rowid, text) SELECT id, text FROM note;
        CREATE TRIGGER note_order AFTER INSERT ON note WHEN new."order" IS NULL
        BEGIN UPDATE note SET "order" = new.id WHERE id = new.id; END;
        CREATE VIEW public_profile AS SELECT * FROM profile WHERE is_public;
        DROP INDEX note_by_profile;
        CREATE INDEX note_by_profile ON note (profile_id, "order" DESC);
        """)
      try await apply(own, to: migrator)
      let made = try AppTables(after: [first, own])
      #expect(try made.changes(to: AppTables(declared: Self.first)).isEmpty)
      #expect(try await drift(store, from: [first, own]).isEmpty)
      var schema = Self.first
      schema.tables[1].columns[2].check = "length(text) < 10"
      let next = try file("20261126000002-step", after: [first, own], to: schema)
      try await apply(next, to: migrator)
      try await store.pool.write { db in
        try db.execute(sql: "INSERT INTO note (profile_id, text) VALUES (1, 'three')")
        let found = try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM note_search JOIN note ON note.id = note_search.rowid
            WHERE note_search MATCH 'two'
            """)
        #expect(found == 1)
      }
      #expect(try await migrator.revert(next))
      #expect(try await drift(store, from: [first, own]).isEmpty)
      try await store.pool.write { db in
        try db.execute(
          sql: """
            DROP VIEW public_profile; DROP TRIGGER note_order;
            CREATE VIEW every_note AS SELECT * FROM note;
            CREATE TRIGGER sneaky AFTER INSERT ON account BEGIN DELETE FROM note; END;
            CREATE UNIQUE INDEX one_note ON note (text) WHERE "order" = 1;
            """)
      }
      let drift = try await drift(store, from: [first, own])
      #expect(
        drift.map { "\($0.problem.rawValue) \($0.object)" } == [
          "additional index one_note", "missing trigger note_order",
          "additional trigger sneaky", "additional view every_note", "missing view public_profile",
        ])
    }
  }

  static let handmade = [
    // What a database keeps as it was written.
    ("CREATE TRIGGER t BEFORE DELETE ON Note BEGIN SELECT raise(IGNORE); END", "trigger t"),
    (
      "CREATE TABLE tag (a TEXT NOT NULL CHECK (instr(a, '\u{200D}') = 0), b TEXT UNIQUE)",
      "table tag"
    ),
    ("CREATE TABLE tag (id INTEGER PRIMARY KEY, a TEXT DEFAULT ('x' || 'y'))", "table tag"),
    ("CREATE TABLE tag (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 0x10)", "table tag"),
  ]

  @Test(arguments: handmade)
  func `nothing by hand is lost when a table is made anew or dropped`(sql: String, object: String)
    async throws
  {
    try await withRows { store, migrator, first in
      let own = step(1, sql)
      try await apply(own, to: migrator)
      var schema = Self.first
      schema.tables[1].columns[2].check = "length(text) > 0"
      let next = try file("20261126000002-step", after: [first, own], to: schema)
      try await apply(next, to: migrator)
      let objects = try AppTables(after: [first, own, next]).objects.map(\.description)
      #expect(objects.contains(object))
      #expect(try await drift(store, from: [first, own, next]).isEmpty)
      #expect(try await migrator.revert(next))
      #expect(try await drift(store, from: [first, own]).isEmpty)
    }
  }

  static let spellings: [(String, Schema.Column)] = [
    ("a REAL NOT NULL DEFAULT 1e-5", .column("a", .real, default: 1e-5)),
    ("a INTEGER NOT NULL DEFAULT -3", .column("a", .integer, default: -3)),
    ("a TEXT NOT NULL DEFAULT 'it''s'", .column("a", .text, default: "it's")),
    ("[a] text not null check(length([a])>0)", .column("a", .text, check: "length(a) > 0")),
    (
      "a INTEGER NOT NULL CONSTRAINT known REFERENCES account ON DELETE CASCADE",
      .column("a", .integer, references: .account)
    ),
  ]

  @Test(arguments: spellings)
  func `a column by hand is the declared one in other words`(sql: String, column: Schema.Column)
    async throws
  {
    let made = step(1, "CREATE TABLE tag (id INTEGER PRIMARY KEY AUTOINCREMENT, \(sql)) STRICT")
    let declared = Schema(tables: [
      Schema.Table("tag", columns: [.column("id", .id), column])
    ])
    let changes = try AppTables(after: [made]).changes(to: AppTables(declared: declared))
    #expect(changes.isEmpty, "\(changes)")
  }

  @Test func `numbers go on where they were, in a table that had none given out before`()
    async throws
  {
    try await withRows { store, migrator, first in
      let own = step(
        1,
        "CREATE TABLE tag (id INTEGER PRIMARY KEY, a TEXT NOT NULL) STRICT; "
          + "INSERT INTO tag VALUES (1, 'x'), (3, 'y')")
      var schema = Self.first
      schema.tables.append(.table("tag", .column("id", .id), .column("a", .text)))
      let next = try file("20261126000002-step", after: [first, own], to: schema)
      try await apply(own, next, to: migrator)
      try await store.pool.write { db in
        try db.execute(sql: "DELETE FROM tag WHERE id = 3; INSERT INTO tag (a) VALUES ('z')")
        #expect(db.lastInsertedRowID == 4)
      }
      // A key of texts is no number, and is not made one without a word.
      schema.tables[2].columns[0] = .column("id", .text)
      schema.tables[2].primaryKey = ["id"]
      let texts = try file("20261126000003-step", after: [first, own, next], to: schema)
      #expect(texts.up.losses.isEmpty)
      #expect(texts.down?.losses == ["values of tag.id that are not id (it was text)"])
    }
  }

  @Test func `steps of two folders do not overtake each other`() async throws {
    try await withRows { _, migrator, first in
      let (early, late) = (
        step(1, "CREATE TABLE early (id INTEGER)"), step(2, "CREATE TABLE late (id INTEGER)")
      )
      try await apply(late, to: migrator)
      await #expect(throws: MigrationStateError.outOfOrder(early.id, behind: late.id)) {
        try await migrator.apply(early)
      }
    }
  }

  @Test func `a table that is not strict is another`() async throws {
    try await withRows { store, _, first in
      try await store.pool.write { db in
        try db.execute(sql: "CREATE TABLE tag (id INTEGER PRIMARY KEY)")
      }
      let strict = step(1, "CREATE TABLE tag (id INTEGER PRIMARY KEY) STRICT")
      #expect(try await drift(store, from: [first, strict]).map(\.object) == ["table tag"])
    }
  }

  @Test func `a step may count on rows, and none are needed to see what it makes`() async throws {
    try await withRows { store, migrator, first in
      let own = step(
        1,
        """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        INSERT INTO setting VALUES ('first', (SELECT min(text) FROM note));
        WITH all_notes AS (SELECT text FROM note)
          UPDATE setting SET value = (SELECT group_concat(text) FROM all_notes);
        CREATE TABLE copied AS SELECT text FROM note;
        """)
      try await apply(own, to: migrator)
      #expect(try await drift(store, from: [first, own]).isEmpty)
      #expect(try await rows("SELECT value FROM setting", store) == [["\"one,two\""]])
      #expect(throws: MigrationFailure.self) {
        try AppTables(after: [first, step(1, "UPDATE note SET nothing = 1")])
      }
    }
  }

  @Test func `a new table that takes the name of an older one keeps what refers to it`()
    async throws
  {
    try await withRows { store, migrator, first in
      let own = step(
        1,
        """
        CREATE TABLE draft (id INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE page (draft_id INTEGER REFERENCES draft (id)) STRICT;
        CREATE TABLE old (id INTEGER PRIMARY KEY) STRICT;
        """)
      // Not made in this step: what refers to draft goes along, whatever was called so before.
      let next = step(2, "DROP TABLE old; ALTER TABLE [draft] RENAME TO \"OLD\";")
      try await apply(own, next, to: migrator)
      let sql = try await rows("SELECT sql FROM sqlite_master WHERE name = 'page'", store)
      #expect(sql[0][0].contains("OLD"), "\(sql)")
    }
  }

  @Test(arguments: [
    ("INSERT INTO missing VALUES (1)", "no such table: missing"),
    ("COMMIT", "COMMIT is not allowed"),
    ("\u{FEFF}COMMIT", "COMMIT is not allowed"), ("/* */ END", "COMMIT is not allowed"),
    ("SAVEPOINT here", "a savepoint is not allowed"),
    ("ATTACH ':memory:' AS other", "ATTACH is not allowed"),
    ("PRAGMA user_version = 7", "PRAGMA is not allowed"),
    ("\u{FEFF}PRAGMA foreign_keys = ON", "PRAGMA is not allowed"),
    ("ALTER TABLE account ADD COLUMN x TEXT", "Latchkey's own table account"),
    ("DROP TABLE session", "Latchkey's own table session"),
    ("UPDATE account SET is_enabled = 0", "rows of Latchkey's own table account"),
    ("UPDATE main.\"Account\" SET is_enabled = 0", "rows of Latchkey's own table account"),
    ("INSERT INTO audit_anchor VALUES (2, 0, zeroblob(32))", "own table audit_anchor"),
    ("DELETE FROM latchkey_migration", "own table latchkey_migration"),
    (
      """
      CREATE TRIGGER t AFTER INSERT ON more BEGIN DELETE FROM session; END;
      INSERT INTO more VALUES (1)
      """, "rows of Latchkey's own table session"
    ),
    ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'account'", "numbers"),
    ("CREATE TEMP TABLE latchkey_migration (owner, id)", "TEMP is not allowed"),
    ("CREATE TABLE temp.latchkey_migration (a, b, c, d)", "TEMP is not allowed"),
    (
      """
      CREATE TABLE main.lm (a, b, c, d);
      CREATE TRIGGER temp.t AFTER INSERT ON main.lm BEGIN DELETE FROM session; END
      """, "TEMP is not allowed"
    ),
    ("CREATE VIEW temp.account AS SELECT 1", "TEMP is not allowed"),
    ("CREATE VIRTUAL TABLE temp.account USING fts5 (text)", "TEMP is not allowed"),
    ("CREATE TABLE latchkey_more (id INTEGER)", "such as latchkey_more, are Latchkey's"),
    ("CREATE VIRTUAL TABLE latchkey USING fts5 (x)", "names that begin with latchkey_"),
    ("ALTER TABLE more RENAME TO Latchkey_more", "such as Latchkey_more, are Latchkey's"),
    ("UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'account'", "numbers"),
    ("INSERT INTO sqlite_sequence (name, seq) VALUES ('account', 0)", "numbers"),
    (
      """
      CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT) STRICT;
      CREATE TRIGGER t AFTER INSERT ON account
      BEGIN INSERT INTO kind VALUES (new.id, 'x'); END; ALTER TABLE kind ADD COLUMN more TEXT
      """, "a trigger on account does not work: table kind has 3 columns but 2 values"
    ),
    (
      """
      CREATE VIEW v AS SELECT text FROM note;
      CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM missing; END
      """, "a trigger on v does not work: no such table: main.missing"
    ),
    (
      "CREATE TABLE child (text TEXT REFERENCES note (text)) STRICT",
      "a REFERENCES of child does not work: foreign key mismatch"
    ),
    ("CREATE TRIGGER t AFTER INSERT ON audit BEGIN SELECT 1; END", "adds to Latchkey's own"),
    ("CREATE INDEX by_event ON audit (event)", "adds to Latchkey's own table audit"),
    ("INSERT INTO note VALUES (5, 99, 'secret', 1)", "a row of note (rowid 5) refers to a row of"),
    ("CREATE TABLE", "incomplete input"),
    (
      // The wrong order to make a table anew: what refers to it goes along (lang_altertable.html).
      """
      DELETE FROM note; ALTER TABLE profile RENAME TO profile_old;
      CREATE TABLE profile (account_id INTEGER PRIMARY KEY) STRICT; DROP TABLE profile_old
      """, "the table note refers to profile_old, which is not there"
    ),
    (
      """
      CREATE TRIGGER welcome AFTER INSERT ON account BEGIN INSERT INTO more VALUES (1); END;
      DROP TABLE more
      """, "a trigger on account does not work: no such table: main.more"
    ),
    (
      """
      CREATE VIRTUAL TABLE search USING fts5 (text);
      CREATE TRIGGER t AFTER INSERT ON note BEGIN INSERT INTO search VALUES (new.text); END
      """, "a trigger on note does not work: unsafe use of virtual table"
    ),
    (
      "CREATE VIEW v AS SELECT motto FROM profile; DROP TABLE profile",
      "a view v does not work"
    ),
  ])
  func `a step that fails leaves nothing behind`(sql: String, reason: String) async throws {
    try await withRows { store, migrator, first in
      let step = step(1, "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT; " + sql)
      await #expect {
        try await migrator.apply(step)
      } throws: { error in
        let text = "\(error)"
        return text.contains(reason) && !text.contains("secret',")
      }
      #expect(try await migrator.applied().map(\.id) == [first.id])
      #expect(try await isAsDeclared(Self.first, store))
      // And the store is as it was.
      _ = try await store.secret()
    }
  }

  private struct Notes {
    let store: SQLiteStore

    func add(_ text: String, for account: Int) async throws {
      try await store.pool.write { db in
        try db.execute(
          sql: "INSERT INTO note (profile_id, text) VALUES (?, ?)", arguments: [account, text])
      }
    }
  }

  @Test func `what a unique index refuses is told in words`() async throws {
    try await withRows { store, migrator, first in
      var schema = Self.first
      schema.tables[1].indexes.append(.index("note_once", on: "profile_id", "text", unique: true))
      try await apply(
        file("20261126000001-step", after: [first], to: schema), to: migrator)
      let (notes, account) = (Notes(store: store), 1)
      var problem: String?
      for text in ["three", "one"] {
        #expect(problem == nil)
        do {
          try await notes.add(text, for: account)
        } catch let error as DatabaseError
          where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
        {
          problem = "You have a note with this text already."
        }
      }
      #expect(problem != nil)
    }
  }

  @Test func `of ten that migrate at once one does`() async throws {
    try await withTemporaryDatabase { path in
      let first = try file("20261126000000-first", after: [], to: Self.first)
      let stores = try await withThrowingTaskGroup(of: SQLiteStore.self) { group in
        for _ in 0..<10 { group.addTask { try await SQLiteStore(path: path) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let done = try await withThrowingTaskGroup(of: Bool.self) { group in
        for store in stores {
          group.addTask { try await SQLiteMigrator(store: store).apply(first) }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(done == 1)
      for store in stores { try await store.close() }
    }
  }
}
