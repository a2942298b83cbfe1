import Configuration
import Foundation
import Latchkey

/// The migrations of the program, between its declared tables and a database.
struct Migrations {
  let folder: MigrationFolder
  private let program: Program

  init(_ program: Program, folder: MigrationFolder) {
    self.program = program
    self.folder = folder
  }

  /// - Parameter path: nil for the configured one.
  init(_ settings: ConfigReader, path: String? = nil) throws {
    let path = try path ?? Settings(reader: settings).string("migrations") ?? "Migrations"
    self.init(Program.current, folder: MigrationFolder(path: path))
  }

  func files() throws -> [MigrationFile] {
    guard folder.exists else {
      if program.schema.tables.isEmpty { return [] }
      throw CommandFailure(
        "There is no folder \(folder.path) with migrations. Make it with: \(program.name) db init")
    }
    return try folder.files(for: .sqlite)
  }

  func state(of store: SQLiteStore) async throws -> MigrationState {
    try MigrationState(files: files(), applied: await SQLiteMigrator(store: store).applied())
  }

  func state(of look: DatabaseLook) throws -> MigrationState {
    try MigrationState(files: files(), applied: look.applied)
  }

  /// The declared tables.
  /// - Throws: ``CommandFailure`` when they cannot be.
  func declared() throws -> Schema {
    let problems = program.schema.problems(besides: try SQLiteMigrator.ownTables())
    guard problems.isEmpty else {
      throw CommandFailure("The schema cannot be:\n" + problems.joined(separator: "\n"))
    }
    return try SQLiteMigrator.schema(declared: program.schema)
  }

  /// - Returns: what to say of it; nil when there is nothing.
  func forgotten(after files: [MigrationFile]) throws -> String? {
    try undeclared(after: files).isEmpty
      ? nil
      : "The declared tables differ from what the migrations make. Write the difference down with: "
        + "\(program.name) db makemigrations --message \"…\""
  }

  /// What the declared tables have and the migrations do not.
  func undeclared(after files: [MigrationFile]) throws -> [SchemaChange] {
    try SQLiteMigrator.schema(after: files).changes(to: declared())
  }

  /// Writes the step from what the files make to what is declared.
  ///
  /// - Parameter confirm: is told what gets lost, and throws when it must not.
  /// - Returns: the path of the new file; nil when there is nothing to do.
  func make(
    _ message: String, after files: [MigrationFile], renames: [Rename] = [],
    confirm: ([String]) async throws -> Void = { _ in }
  ) async throws -> String? {
    let (old, new) = (try SQLiteMigrator.schema(after: files), try declared())
    let changes = try old.changes(to: new, renames: renames)
    if changes.isEmpty { return nil }
    try await confirm(changes.flatMap(\.losses))
    guard let id = MigrationID(message: message, date: Date())?.description else {
      throw CommandFailure("Say in a few words what it does: --message \"add profile\"")
    }
    if let last = files.last?.id, last >= id {
      throw CommandFailure(
        "\(last) is not earlier than now. Wait a second, or set the clock right.")
    }
    let back = try new.changes(to: old, renames: renames.reversed().map(\.reversed))
    let file = MigrationFile(id: id, up: Self.section(changes), down: Self.section(back))
    return try folder.add(
      file, for: .sqlite,
      comment: [
        message, "",
        "Made by `\(program.name) db makemigrations` for SQLite. Read it, and change it where need",
        "be, before it is applied. Afterwards it stays as it is.",
      ])
  }

  private static func section(_ changes: [SchemaChange]) -> MigrationFile.Section {
    let statements = changes.flatMap(SQLiteText.statements)
    return MigrationFile.Section(
      sql: statements.map { "\($0);" }.joined(separator: "\n\n"), losses: changes.flatMap(\.losses))
  }
}
