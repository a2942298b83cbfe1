internal import GRDB
internal import LatchkeySchema

/// Latchkey's own tables, with their indexes and triggers.
enum OwnTables {
  /// The names of the tables, and of the table of steps.
  static let names = Result {
    try Set(after(OwnMigrations.files.get()).filter { $0.kind == "table" }.map(\.name))
  }

  /// The names of all objects that there ever were.
  private static let objectNames = Result {
    var names: Set<String> = []
    var files: [MigrationFile] = []
    for file in try OwnMigrations.files.get() {
      files.append(file)
      names.formUnion(try after(files).map(\.name))
    }
    return names
  }

  private static func after(_ files: [MigrationFile]) throws -> [SQLiteObject] {
    try Sandbox.with(own: files) { try SQLiteObject.all(in: $0) }
  }

  /// Names that begin so are Latchkey's, also those to come.
  private static let prefix = "latchkey_"

  /// What of a database is an app's own.
  static func others(in db: Database) throws -> [SQLiteObject] {
    let own = try objectNames.get()
    return try SQLiteObject.all(in: db).filter { !own.contains($0.name) }
  }

  /// An app's own indexes and triggers on a table: they go with it when it is made anew.
  static func appObjects(on table: String, in db: Database) throws -> [String] {
    try others(in: db).filter { $0.hangsOnTable && $0.table == table }.map(\.sql)
  }

  /// What is not as the steps make it, such as `trigger audit_is_never_changed`.
  static func changed(in db: Database, after files: [MigrationFile]) throws -> [String] {
    try Set(after(files)).subtracting(SQLiteObject.all(in: db)).map(\.description).sorted()
  }

  /// How all of them are, to see later whether that has changed.
  struct State {
    private let objects: Set<SQLiteObject>
    /// By table, the last number that was given out.
    private let sequences: [String: Int64]
    private let reserved: Set<String>

    init(in db: Database) throws {
      let all = try SQLiteObject.all(in: db)
      let own = try objectNames.get()
      let tables = try names.get()
      objects = Set(all.filter { own.contains($0.name) })
      reserved = Set(all.map(\.name).filter { $0.lowercased().hasPrefix(prefix) })
      let rows = try Row.fetchAll(db, sql: "SELECT name, seq FROM main.sqlite_sequence")
      sequences = Dictionary(rows.map { ($0[0], $0[1]) }) { first, _ in first }
        .filter { tables.contains($0.key) }
    }

    /// - Returns: what is not as it was.
    func change(in db: Database) throws -> String? {
      let now = try State(in: db)
      let changed = objects.symmetricDifference(now.objects)
      // With a table go its triggers and indexes: the table is what to tell.
      if let change = changed.first(where: { $0.kind == "table" }) ?? changed.first {
        return change.description
      }
      if let name = reserved.symmetricDifference(now.reserved).first {
        return "name \(name): choose one that does not begin with \(prefix)"
      }
      return sequences == now.sequences ? nil : "numbers, of which none is given out twice"
    }
  }
}
