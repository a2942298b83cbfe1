import Foundation
import GRDB
import LatchkeyCore
@testable import LatchkeySQLite
@testable import LatchkeySchema
import LatchkeyTesting
import Testing

/// An app's own tables, on their way from one shape to the next, with their rows.
@Suite struct AppMigrationTests {
  static let first = Schema(
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
  func file(
    _ id: String, after files: [MigrationFile], to schema: Schema, renames: [String] = []
  ) throws -> MigrationFile {
    let renames = try renames.map { try #require(Rename($0)) }
    let plan = try #require(
      try MigrationPlan(after: files, to: AppTables(declared: schema), renames: renames))
    return MigrationFile(id: id, up: plan.up, down: plan.down)
  }

  /// The app's tables as they are.
  func schema(_ store: SQLiteStore) async throws -> Schema {
    try await SQLiteDatabase(path: store.pool.path).tables().schema
  }

  func isAsDeclared(_ schema: Schema, _ store: SQLiteStore) async throws -> Bool {
    try await self.schema(store) == AppTables(declared: schema).schema
  }

  /// A database that is at the first shape, with rows.
  func withRows(
    _ body: (SQLiteStore, SQLiteDatabase, MigrationFile) async throws -> Void
  ) async throws {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      let migrator = SQLiteDatabase(path: store.pool.path)
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

  func rows(_ sql: String, _ store: SQLiteStore) async throws -> [[String]] {
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
      #expect(try await migrator.look().applied.map(\.id) == [first.id])
    }
  }

  func step(_ number: Int, _ sql: String, down: String? = nil) -> MigrationFile {
    MigrationFile(
      id: "2026112600000\(number)-step", up: .init(sql: sql), down: down.map { .init(sql: $0) })
  }

  func apply(_ files: MigrationFile..., to migrator: SQLiteDatabase) async throws {
    for file in files { #expect(try await migrator.apply(file)) }
  }

  func drift(_ store: SQLiteStore, from files: [MigrationFile]) async throws -> [Drift] {
    try await SQLiteDatabase(path: store.pool.path).tables().drift(from: AppTables(after: files))
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
          group.addTask { try await SQLiteDatabase(path: store.pool.path).apply(first) }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(done == 1)
      for store in stores { try await store.close() }
    }
  }
}
