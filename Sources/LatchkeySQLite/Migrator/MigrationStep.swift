internal import GRDB
internal import LatchkeyCore
internal import LatchkeySchema

/// One step of a database, there or back. It runs in one transaction that takes SQLite's write lock
/// before it looks at what has been applied: of two processes that start at once the second waits
/// and then finds nothing to do, and a step that fails leaves nothing behind.
struct MigrationStep {
  let file: MigrationFile
  let history: MigrationHistory
  var progress: MigrationProgress.Teller = { _ in }

  /// - Returns: false when somebody else has taken it meanwhile.
  func apply(to db: Database, at now: Timestamp) throws -> Bool {
    try Self.inTransaction(db) {
      guard try !history.applied(in: db).contains(where: { $0.id == file.id }) else { return false }
      try run(file.up.sql, in: db)
      try history.add(file, appliedAt: now.millisecondsSinceEpoch, in: db)
      return true
    }
  }

  /// - Returns: false when it is not the last one any more.
  func revert(_ down: MigrationFile.Section, in db: Database) throws -> Bool {
    try Self.inTransaction(db) {
      guard try history.applied(in: db).last?.id == file.id else { return false }
      try run(down.sql, in: db)
      try history.remove(file.id, in: db)
      return true
    }
  }

  /// Runs the statements, one after the other.
  func run(_ sql: String, in db: Database) throws {
    let (own, steps) =
      try history == .app ? (OwnTables.current(in: db), Self.steps(in: db)) : ([], [])
    let script = SQLiteScript(sql)
    let statements = try db.allStatements(sql: sql)
    var number = 0
    var dropped: Set<String> = []
    var keptObjects: [String] = []
    while let statement = try statements.next() {
      let tokens = SQLTokens(statement.sql)
      if let word = tokens.wordThatLeavesTransaction {
        throw MigrationFailure(
          id: file.id, reason: "\(word) is not allowed, since each migration is one transaction")
      }
      number += 1
      progress(MigrationProgress(statement: number, of: max(number, script.statementCount)))
      if let name = tokens.droppedTable {
        dropped.insert(name)
        if history == .latchkey { keptObjects += try OwnTables.appObjects(on: name, in: db) }
      }
      // What refers to a renamed table goes along. But a table that takes the name of one that was
      // dropped just now was made anew: what refers to the name stays as it is.
      let isMadeAnew = tokens.newTableName.map(dropped.contains) ?? false
      try db.execute(
        sql: isMadeAnew ? "PRAGMA legacy_alter_table = ON" : "PRAGMA legacy_alter_table = OFF")
      try statement.execute()
    }
    for object in keptObjects { try db.execute(sql: object) }
    guard history == .app else { return }
    let changed = try own.subtracting(OwnTables.current(in: db))
    // With a table go its triggers and indexes: the table is what to tell.
    if let changed = changed.first(where: { $0.kind == "table" }) ?? changed.first {
      throw MigrationFailure(
        id: file.id, reason: "it changes Latchkey's own \(changed.kind) \(changed.name)")
    }
    guard try steps == Self.steps(in: db) else {
      throw MigrationFailure(id: file.id, reason: "it changes the history of migrations")
    }
  }

  private static func steps(in db: Database) throws -> [AppliedMigration] {
    try MigrationHistory.latchkey.applied(in: db) + MigrationHistory.app.applied(in: db)
  }

  /// Foreign keys rest meanwhile and are checked at the end: SQLite changes a table by making it
  /// anew, and dropping the old one would cascade through all that refers to it.
  private static func inTransaction(_ db: Database, _ body: () throws -> Bool) throws -> Bool {
    try db.execute(sql: "PRAGMA foreign_keys = OFF")
    defer { try? db.execute(sql: "PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON") }
    try db.beginTransaction(.immediate)
    do {
      try MigrationHistory.prepare(db)
      let done = try body()
      try db.checkForeignKeys()
      try db.commit()
      return done
    } catch {
      // SQLite may have done so already. The first error is the one to tell.
      try? db.rollback()
      throw error
    }
  }
}

/// How far a step has come.
public struct MigrationProgress: Hashable, Sendable, CustomStringConvertible {
  /// The number of the statement that begins, from 1.
  public let statement: Int
  public let of: Int

  public typealias Teller = @Sendable (MigrationProgress) -> Void

  public var description: String { "statement \(statement) of \(of)" }
}
