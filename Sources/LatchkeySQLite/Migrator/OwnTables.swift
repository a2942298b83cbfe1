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

  /// What has a name of ours, such as `table account`, in a database that has nothing of ours.
  static func namesTaken(in db: Database) throws -> [String] {
    let own = try names.get()
    return try SQLiteObject.all(in: db).filter { own.contains($0.name.lowercased()) }
      .map(\.description)
  }

  /// An app's own indexes and triggers on a table: they go with it when it is made anew.
  ///
  /// - Parameter table: in small letters.
  static func appObjects(on table: String, in db: Database) throws -> [SQLiteObject] {
    try others(in: db).filter { $0.hangsOnTable && $0.table.lowercased() == table }
  }

  /// What is not as the steps make it, such as `trigger audit_is_never_changed`: gone, changed, or
  /// there under a name that is or was Latchkey's.
  static func changed(in db: Database, after files: [MigrationFile]) throws -> [String] {
    let own = try objectNames.get()
    let found = try SQLiteObject.all(in: db).filter { own.contains($0.name) }
    let changed = try Set(after(files).map(\.spelledAlike))
      .symmetricDifference(found.map(\.spelledAlike))
    return Set(changed.map { $0[0] }).sorted()
  }

  /// How all of them are, to see later whether that has changed.
  struct State {
    private let objects: Set<SQLiteObject>
    /// The last numbers that were given out, as they stand there.
    private let sequences: [[DatabaseValue]]
    private let reserved: Set<String>

    init(in db: Database) throws {
      let own = try objectNames.get()
      let tables = try names.get()
      objects = try Set(SQLiteObject.all(in: db).filter { own.contains($0.name) })
      reserved = try Set(
        String.fetchAll(db, sql: "SELECT name FROM main.sqlite_master")
          .filter { $0.lowercased().hasPrefix(prefix) })
      let rows = try Row.fetchAll(
        db, sql: "SELECT name, seq FROM main.sqlite_sequence ORDER BY rowid")
      sequences = rows.map { Array($0.databaseValues) }
        .filter { tables.contains(String.fromDatabaseValue($0[0])?.lowercased() ?? "") }
    }

    /// - Returns: what is not as it was, as a sentence without its end.
    func change(in db: Database) throws -> String? {
      let now = try State(in: db)
      let changed = objects.symmetricDifference(now.objects)
      // With a table go its triggers and indexes: the table is what to tell.
      if let change = changed.first(where: { $0.kind == "table" }) ?? changed.first {
        return "it changes Latchkey's own \(change)"
      }
      if let name = reserved.symmetricDifference(now.reserved).first {
        return "names that begin with \(prefix), such as \(name), are Latchkey's"
      }
      return sequences == now.sequences
        ? nil : "it changes the numbers of Latchkey's rows, of which none is given out twice"
    }
  }
}

extension SQLiteObject {
  /// What it is called, and then its text: the same for two spellings.
  fileprivate var spelledAlike: [String] { [description] + SQLTokens(sql).spelledAlike }
}
