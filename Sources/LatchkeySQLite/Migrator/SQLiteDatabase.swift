internal import GRDB
package import LatchkeyCore
package import LatchkeySchema

/// An SQLite file and an app's migrations.
///
/// Each step runs in a transaction of its own that holds SQLite's write lock: of two processes that
/// migrate at once the second waits, and then finds the step done.
package struct SQLiteDatabase: AppDatabase {
  private let path: String
  private let clock: WallClock

  package init(path: String, clock: WallClock = .system) {
    self.path = path
    self.clock = clock
  }

  package var kind: DatabaseKind { .sqlite }
  package var title: String { path }

  package func look(orAtNone: Bool = false) async throws -> DatabaseLook {
    try DatabaseFile.checkName(path)
    if orAtNone, !DatabaseFile.holdsAny(path) {
      return try await DatabaseQueue().read(DatabaseLook.init)
    }
    return try await SQLiteStore.looking(at: path, DatabaseLook.init)
  }

  package func apply(
    _ file: MigrationFile, progress: @escaping MigrationProgress.Teller = { _ in }
  ) async throws -> Bool {
    let step = MigrationStep(file: file, history: .app, progress: progress)
    return try await write(file) { [now = clock.now] in try step.apply(to: $0, at: now) }
  }

  package func revert(
    _ file: MigrationFile, progress: @escaping MigrationProgress.Teller = { _ in }
  ) async throws -> Bool {
    guard let down = file.down else {
      throw MigrationFailure(id: file.id, reason: "it has no way back")
    }
    let step = MigrationStep(file: file, history: .app, progress: progress)
    return try await write(file) { try step.revert(down, in: $0) }
  }

  private func write(
    _ file: MigrationFile, _ body: @escaping @Sendable (Database) throws -> Bool
  ) async throws -> Bool {
    try await SQLiteStore.migrating(path) { db in
      try MigrationFailure.named(file.id) { try body(db) }
    }
  }

  package func rehearse(_ files: [MigrationFile]) throws { _ = try AppTables(after: files) }

  package func drift(after files: [MigrationFile]) async throws -> [Drift] {
    try await tables().drift(from: AppTables(after: files))
  }

  package func undeclared(after files: [MigrationFile], in declared: Schema) throws -> [String] {
    try AppTables(after: files).changes(to: Self.tables(of: declared))
      .flatMap(SQLiteText.statements)
  }

  package func isForgotten(after files: [MigrationFile], in declared: Schema) throws -> Bool {
    try !undeclared(after: files, in: declared).isEmpty
  }

  package func leftAlone(
    after files: [MigrationFile], by declared: Schema
  ) throws -> [(table: String, unsaid: [String])] {
    try AppTables(after: files).leftAlone(by: Self.tables(of: declared))
      .map { ($0.name, $0.unsaid) }
  }

  package func plan(
    after files: [MigrationFile], to declared: Schema, renames: [Rename]
  ) throws -> MigrationPlan? {
    try MigrationPlan(after: files, to: Self.tables(of: declared), renames: renames)
  }

  package func mayCompare() -> Bool { true }

  package func changedOwn(after files: [MigrationFile]) async throws -> [String] {
    try await SQLiteStore.looking(at: path) { try OwnTables.changed(in: $0, after: files) }
  }

  private static func tables(of declared: Schema) throws -> AppTables {
    let problems = try declared.problems(besides: OwnTables.names.get())
    guard problems.isEmpty else { throw SchemaError(problems) }
    return try AppTables(declared: declared)
  }

  /// What the app has in it.
  package func tables() async throws -> AppTables {
    try await SQLiteStore.looking(at: path) { try AppTables(in: $0) }
  }
}

extension DatabaseLook {
  fileprivate init(_ db: Database) throws {
    self.init(
      own: try OwnMigrations.state(of: db), applied: try MigrationHistory.app.applied(in: db))
  }
}
