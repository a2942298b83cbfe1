import Foundation
import GRDB
import LatchkeyCore
@testable import LatchkeySQLite
@testable import LatchkeySchema
import LatchkeyTesting
import Testing

/// What somebody writes into a migration by hand: what a schema cannot say, and what is refused.
extension AppMigrationTests {
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
      #expect(try await migrator.look().applied.map(\.id) == [first.id])
      #expect(try await isAsDeclared(Self.first, store))
      // And the store is as it was.
      _ = try await store.secret()
    }
  }
}
