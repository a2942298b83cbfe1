import ArgumentParser
import Foundation
import Latchkey

extension DatabaseCommand {
  struct Migrate: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Apply the migrations that have not been applied.",
        discussion: """
          Each is a transaction of its own, under a lock: a step that fails leaves nothing behind, \
          and of two processes at once one does it; the other waits, for ten seconds at the most (a minute on PostgreSQL). \
          Makes the database when it is missing.

          Exit codes: 0 all that was asked for is applied; 1 a step failed, and those before it are \
          done.

          Example: \(Program.current.name) db migrate --dry-run
          """)
    }

    @OptionGroup var options: MigrationOptions
    @Option(help: "Only up to this one: the beginning of its name.")
    var to: String?
    @Flag(help: "Write the SQL that would run, and change nothing.")
    var dryRun = false

    func run() async throws {
      let settings = try await options.shared.settings()
      let migrations = try Migrations(settings, path: options.migrations)
      // The files first: a mistake in them must not make a database.
      let files = try migrations.files()
      let database = migrations.database
      let look = try await database.look(orAtNone: true)
      let wanted = try steps(of: MigrationState(files: files, applied: look.applied))
      // Before anything is done: a step that works here and not on an empty database would stand in
      // the way of all that come after it.
      if !wanted.isEmpty {
        try await database.rehearse(files.filter { $0.id <= wanted.last?.id ?? "" })
      }
      if dryRun {
        for file in look.own.pending + wanted { try show(file) }
        return
      }
      _ = try await Progress.shown("Latchkey's own tables") { _ in
        try await DatabaseLocation(settings).bringUpToDate()
      }
      if look.own.applied.isEmpty {
        try Output.line("Made the database \(database.title), with Latchkey's own tables.")
      } else {
        for file in look.own.pending {
          try Output.line("Applied \(file.id), of Latchkey's own tables.")
        }
      }
      let steps = try await steps(of: migrations.state(of: database.look(orAtNone: false)))
      if steps.isEmpty, look.own.pending.isEmpty { try Output.line("Nothing to apply.") }
      for file in steps {
        for loss in file.up.losses { try Output.line("\(file.id) gives up \(loss).") }
        let (done, time) = try await Progress.shown(file.id) { tell in
          try await database.apply(file) { tell("\($0)") }
        }
        try Output.line(
          done
            ? "Applied \(file.id) (\(time))." : "\(file.id) was applied by somebody else meanwhile."
        )
      }
      if let forgotten = try await migrations.forgotten(after: files) { try Output.line(forgotten) }
    }

    func validate() throws {
      if to?.isEmpty ?? false { throw ValidationError("--to needs the beginning of a name.") }
    }

    /// What is pending, up to where it was asked for.
    private func steps(of state: MigrationState) throws -> [MigrationFile] {
      guard let to else { return state.pending }
      let found = state.steps.filter { $0.file.id.hasPrefix(to) }
      guard let last = found.first?.file, found.count == 1 else {
        throw CommandFailure(
          found.isEmpty
            ? "No migration begins with \(TerminalText(to))."
            : "More than one migration begins with \(TerminalText(to)).")
      }
      return state.pending.filter { $0.id <= last.id }
    }

    private func show(_ file: MigrationFile) throws {
      try Output.line("-- \(file.id)\n\n\(file.up.sql)\n")
    }
  }

  struct Rollback: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Take the last migration back.",
        discussion: """
          Runs the way back that stands in its file. When that gives something up, it asks at a \
          terminal; a script needs --allow-data-loss.

          Example: \(Program.current.name) db rollback
          """)
    }

    @OptionGroup var options: MigrationOptions
    @Flag(help: "Take it back although rows, columns or tables get lost.")
    var allowDataLoss = false

    func run() async throws {
      let settings = try await options.shared.settings()
      let migrations = try Migrations(settings, path: options.migrations)
      let look = try await migrations.database.look(orAtNone: false)
      guard look.own.pending.isEmpty else {
        throw CommandFailure(
          "Latchkey's own tables are not up to date. First: " + Program.current.line("db migrate"))
      }
      let state = try migrations.state(of: look)
      guard let file = state.applied.last else {
        throw CommandFailure("No migration has been applied.")
      }
      guard let down = file.down else {
        throw CommandFailure(
          "\(file.id) has no way back in its file. Make another migration, or restore a backup.")
      }
      if !allowDataLoss {
        try await Confirmation.ask(
          aboutLosing: down.losses,
          hint: "If \(file.id) is to be taken back all the same: --allow-data-loss")
      }
      let (done, time) = try await Progress.shown(file.id) { tell in
        try await migrations.database.revert(file) { tell("\($0)") }
      }
      guard done else { throw CommandFailure("\(file.id) is not the last one any more.") }
      try Output.line("Took back \(file.id) (\(time)).")
    }
  }
}
