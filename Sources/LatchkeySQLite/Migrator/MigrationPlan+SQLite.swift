internal import GRDB
package import LatchkeySchema

extension MigrationPlan {
  /// Nil when there is nothing to do.
  ///
  /// - Parameters:
  ///   - files: the migrations so far.
  ///   - declared: where to go.
  ///   - renames: in their order.
  /// - Throws: `RenameError`, ``MigrationPlanError``, ``MigrationFailure``.
  package init?(
    after files: [MigrationFile], to declared: AppTables, renames: [Rename] = []
  ) throws {
    let (up, down) = try Sandbox.with(own: OwnMigrations.files.get(), files) { db in
      let before = try AppTables(in: db)
      let up = try Self.walk(to: declared, isDeclared: true, renames, in: db)
      let back = renames.reversed().map(\.reversed)
      let down = try? Self.walk(to: before, isDeclared: false, back, in: db)
      let isBack = try AppTables(in: db).drift(from: before).isEmpty
      return (up, isBack ? down : nil)
    }
    if up.isEmpty { return nil }
    self.init(up: Self.section(up), down: down.map(Self.section))
  }

  private static func walk(
    to target: AppTables, isDeclared: Bool, _ renames: [Rename], in db: Database
  ) throws -> [SchemaChange] {
    var changes: [SchemaChange] = []
    for rename in renames {
      changes.append(try AppTables(in: db).schema.change(for: rename, towards: target.schema))
      try take(changes.suffix(1), in: db)
    }
    // Read again: SQLite itself has put the new names wherever the old ones stood.
    let now = try AppTables(in: db)
    let rest = isDeclared ? now.changes(to: target) : now.schema.changes(to: target.schema)
    for case .rebuild(let table, _) in rest where !table.unsaid.isEmpty {
      throw MigrationPlanError(
        reason: "the table \(table.name) would have to be made anew, and what a schema cannot say "
          + "would get lost: \(table.unsaid.joined(separator: ", "))")
    }
    try take(rest, in: db)
    let dropped = rest.flatMap { change -> [String] in
      if case .dropTable(let table) = change { table.others.map(\.name) } else { [] }
    }
    let lost = try now.handmade.subtracting(AppTables(in: db).handmade).subtracting(dropped)
    if let name = lost.sorted().first {
      throw MigrationPlanError(reason: "\(name) would get lost, and a schema cannot say it")
    }
    return changes + rest
  }

  private static func take(_ changes: [SchemaChange], in db: Database) throws {
    let file = MigrationFile(id: "new", up: section(changes), down: nil)
    do {
      try MigrationFailure.named(file.id) {
        try MigrationStep(file: file, history: .app).run(file.up.sql, isRehearsal: true, in: db)
      }
    } catch let failure as MigrationFailure {
      throw MigrationPlanError(reason: failure.reason)
    }
  }

  private static func section(_ changes: [SchemaChange]) -> MigrationFile.Section {
    let statements = changes.flatMap(SQLiteText.statements)
    return MigrationFile.Section(
      sql: statements.map { "\($0);" }.joined(separator: "\n\n"), losses: changes.flatMap(\.losses))
  }
}
