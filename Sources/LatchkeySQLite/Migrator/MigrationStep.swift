internal import GRDB
internal import LatchkeyCore
internal import LatchkeySchema

/// One step of a database, there or back. It runs in one transaction that takes SQLite's write lock
/// before it looks at what has been applied: of two processes that start at once the second waits
/// and then finds nothing to do, and a step that fails leaves nothing behind.
///
/// It needs a connection of its own; see ``StepGuard``.
struct MigrationStep {
  let file: MigrationFile
  let history: MigrationHistory
  var progress: MigrationProgress.Teller = { _ in }

  /// - Returns: false when somebody else has taken it meanwhile.
  func apply(to db: Database, at now: Timestamp) throws -> Bool {
    try inTransaction(db) {
      let applied = try history.applied(in: db).map(\.id)
      guard !applied.contains(file.id) else { return false }
      // Somebody may have taken another step meanwhile.
      if let last = applied.last, last > file.id {
        throw MigrationStateError.outOfOrder(file.id, behind: last)
      }
      try run(file.up.sql, in: db)
      try history.add(file, appliedAt: now.millisecondsSinceEpoch, in: db)
      return true
    }
  }

  /// - Returns: false when it is not the last one any more.
  func revert(_ down: MigrationFile.Section, in db: Database) throws -> Bool {
    try inTransaction(db) {
      guard try history.applied(in: db).last?.id == file.id else { return false }
      try run(down.sql, in: db)
      try history.remove(file.id, in: db)
      return true
    }
  }

  /// Runs the statements, one after the other.
  ///
  /// - Parameter isRehearsal: whether there are no rows, so that statements about rows are compiled
  ///   and not run, and nothing of an app's that Latchkey's own steps had to keep.
  func run(_ sql: String, isRehearsal: Bool = false, in db: Database) throws {
    try StepGuard.watching(db, for: history) { watched in
      do {
        try run(sql, isRehearsal, in: db, watched)
      } catch let error as DatabaseError {
        guard let refusal = watched.refusal else { throw error }
        throw MigrationFailure(id: file.id, reason: refusal, sql: error.sql)
      }
    }
  }

  private func run(
    _ sql: String, _ isRehearsal: Bool, in db: Database, _ watched: StepGuard
  ) throws {
    let own = try history == .app ? OwnTables.State(in: db) : nil
    // Latchkey's own steps are rehearsed where there is nothing of an app's that could break.
    let broken = try history == .app || !isRehearsal ? SQLiteObject.broken(in: db) : nil
    let count = isRehearsal ? 0 : SQLiteScript(sql).statementCount
    let statements = try db.allStatements(sql: sql)
    var number = 0
    var dropped: Set<String> = []
    var keptObjects: [SQLiteObject] = []
    while let statement = try watched.watch({ try statements.next() }) {
      let tokens = SQLTokens(statement.sql)
      defer { dropped = watched.dropped }
      number += 1
      progress(MigrationProgress(statement: number, of: max(number, count)))
      if isRehearsal, tokens.isAboutRows { continue }
      if history == .latchkey, !isRehearsal {
        for table in watched.dropped.subtracting(dropped) {
          keptObjects += try OwnTables.appObjects(on: table, in: db)
        }
      }
      // What refers to a renamed table goes along. But a table that was made just now and takes the
      // name of one that was dropped just now is that one, made anew: what refers to the name stays.
      let isMadeAnew =
        tokens.newTableName.map { watched.dropped.contains($0.lowercased()) } ?? false
        && watched.altered.map(watched.created.contains) ?? false
      try db.execute(
        sql: isMadeAnew ? "PRAGMA legacy_alter_table = ON" : "PRAGMA legacy_alter_table = OFF")
      try watched.watch { try statement.execute() }
    }
    db.clearSchemaCache()
    for object in keptObjects { try db.execute(sql: object.sql) }
    if let reason = try own?.change(in: db) { throw MigrationFailure(id: file.id, reason: reason) }
    // What did not work before is somebody else's.
    if let broken, let problem = try SQLiteObject.broken(in: db).subtracting(broken).sorted().first
    {
      throw MigrationFailure(id: file.id, reason: "after it \(problem)")
    }
  }

  /// Foreign keys rest meanwhile and are checked at the end: SQLite changes a table by making it
  /// anew, and dropping the old one would cascade through all that refers to it.
  private func inTransaction(_ db: Database, _ body: () throws -> Bool) throws -> Bool {
    try db.execute(sql: "PRAGMA foreign_keys = OFF")
    try db.beginTransaction(.immediate)
    do {
      try MigrationHistory.prepare(db)
      let done = try body()
      try checkForeignKeys(in: db)
      try db.commit()
      return done
    } catch {
      // SQLite may have done so already. The first error is the one to tell.
      try? db.rollback()
      throw error
    }
  }

  private func checkForeignKeys(in db: Database) throws {
    guard let broken = try Self.brokenReference(in: db) else { return }
    throw MigrationFailure(id: file.id, reason: "FOREIGN KEY constraint failed: \(broken)")
  }

  /// A row that refers to one that is not there. (GRDB's own error has the whole row in it.)
  static func brokenReference(in db: Database) throws -> String? {
    guard let violation = try db.foreignKeyViolations().next() else { return nil }
    let place = violation.originRowID.map { " (rowid \($0))" } ?? ""
    return "a row of \(violation.originTable)\(place) refers to a row of "
      + "\(violation.destinationTable) that is not there"
  }
}
