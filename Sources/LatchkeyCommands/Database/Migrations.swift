import Configuration
import Foundation
import Latchkey

/// The migrations of the program, between its declared tables and a database.
struct Migrations {
  let folder: MigrationFolder
  let database: any AppDatabase
  private let program: Program

  init(_ program: Program, folder: MigrationFolder, _ database: any AppDatabase) {
    self.program = program
    self.folder = folder
    self.database = database
  }

  /// - Parameter path: nil for the configured one.
  init(_ settings: ConfigReader, path: String? = nil) throws {
    let path = try path ?? Settings(reader: settings).string("migrations") ?? "Migrations"
    self.init(
      Program.current, folder: MigrationFolder(path: path),
      try DatabaseLocation(settings).database)
  }

  func files() throws -> [MigrationFile] {
    guard let schema = program.schema else { return [] }
    guard folder.exists else {
      if schema.tables.isEmpty { return [] }
      throw CommandFailure(
        "There is no folder \(folder.absolutePath) with migrations. If it is elsewhere, say where: "
          + "--migrations FOLDER. If there is none yet, make it with: "
          + program.line("db init"))
    }
    return try folder.files(for: database.kind)
  }

  /// - Throws: ``CommandFailure`` when the program has no tables of its own.
  func checkThatTheyAreWanted() throws {
    guard program.schema == nil else { return }
    throw CommandFailure(
      "\(program.name) has no tables of its own. They are for apps that are built with the library: "
        + "\(program.name) init makes one.")
  }

  func state(of look: DatabaseLook) throws -> MigrationState {
    try MigrationState(files: files(), applied: look.applied)
  }

  private var declared: Schema { program.schema ?? Schema() }

  /// - Returns: what to say when the declared tables are not what the files make; nil when they are.
  func forgotten(after files: [MigrationFile]) async throws -> String? {
    guard try await database.isForgotten(after: files, in: declared) else { return nil }
    return
      "The declared tables differ from what the migrations make. Write the difference down with: "
      + program.line("db makemigrations --message \"…\"")
  }

  /// The statements of what the declared tables have and the migrations do not.
  func undeclared(after files: [MigrationFile]) async throws -> [String] {
    try await database.undeclared(after: files, in: declared)
  }

  /// The tables that the files make and nobody declared, because a schema cannot say them.
  func leftAlone(after files: [MigrationFile]) async throws -> [(table: String, unsaid: [String])] {
    try await database.leftAlone(after: files, by: declared)
  }

  /// Writes the step from what the files make to what is declared.
  ///
  /// - Parameter confirm: is told what gets lost, and throws when it must not.
  /// - Returns: the new file and its path; nil when there is nothing to do.
  func make(
    _ message: String, after files: [MigrationFile], renames: [Rename] = [],
    confirm: ([String]) async throws -> Void = { _ in }
  ) async throws -> (file: MigrationFile, path: String)? {
    do {
      guard let plan = try await database.plan(after: files, to: declared, renames: renames)
      else { return nil }
      try await confirm(plan.up.losses)
      let file = MigrationFile(
        id: try id(message, after: files), up: plan.up, down: plan.down)
      return (
        file,
        try folder.add(
          file, for: database.kind,
          comment: [
            message, "",
            "Made by `\(program.name) db makemigrations` for \(database.kind.title). Read it, and change it where need",
            "be, before it is applied. Afterwards it stays as it is.",
          ])
      )
    } catch let error as MigrationPlanError {
      throw CommandFailure(
        "\(error) Write it yourself, in the file that this makes: "
          + program.line("db makemigrations --empty --message \"\(TerminalText(message))\"")
      )
    }
  }

  /// Writes a file in which somebody writes the statements.
  /// - Returns: its path.
  func makeEmpty(_ message: String, after files: [MigrationFile]) throws -> String {
    let empty = MigrationFile.Section(sql: "")
    return try folder.add(
      MigrationFile(id: id(message, after: files), up: empty, down: empty), for: database.kind,
      comment: [
        message, "",
        "Write the statements for \(database.kind.title) below the first mark, and below the second those of the",
        "way back, or take that mark away. All of them are one transaction.",
      ])
  }

  private func id(_ message: String, after files: [MigrationFile]) throws -> String {
    guard let id = MigrationID(message: message, date: Date())?.description else {
      throw CommandFailure("Say in a few words what it does: --message \"add profile\"")
    }
    if let last = files.last?.id, last >= id {
      throw CommandFailure(
        "\(last) is not earlier than now. Wait a second, or set the clock right.")
    }
    return id
  }
}
