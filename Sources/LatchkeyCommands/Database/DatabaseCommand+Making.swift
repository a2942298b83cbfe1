import ArgumentParser
import Latchkey

extension DatabaseCommand {
  struct Init: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Make the folder of migrations, with the first one for the declared tables.",
        discussion: "Example: \(Program.current.name) db init")
    }

    @OptionGroup var options: MigrationOptions

    func run() async throws {
      let migrations = try Migrations(await options.shared.settings(), path: options.migrations)
      let path = migrations.folder.path
      if migrations.folder.exists, try !migrations.files().isEmpty {
        throw CommandFailure(
          "There are migrations in \(path) already. Make the next one with: "
            + "\(Program.current.name) db makemigrations --message \"…\"")
      }
      try migrations.folder.create()
      if let file = try await migrations.make("First tables", after: []) {
        try Output.line(
          "Wrote \(file). Read it, and apply it with: \(Program.current.name) db migrate")
      } else {
        try Output.line("Made the folder \(path). No tables are declared yet.")
      }
    }
  }

  struct MakeMigrations: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "makemigrations",
        abstract: "Write a migration from what the migrations make to what is declared.",
        discussion: """
          Compares the declared tables with what the migrations in the folder make, and writes the \
          difference as a file of SQL with its reverse. No database is needed, and none is changed.

          When something would get lost, it asks at a terminal; a script needs \
          --allow-data-loss. That a table or a column has only another name has to be told.

          Exit codes: 0 written, or no changes; 1 not written, and the message says why.

          Example: \(Program.current.name) db makemigrations --message "add profile"
          Example: \(Program.current.name) db makemigrations --message "slogans" --rename profile.motto:slogan
          """)
    }

    @OptionGroup var options: MigrationOptions
    @Option(name: .shortAndLong, help: "What it does, in a few words.")
    var message: String
    @Option(
      help: "A table (old:new) or a column (table.old:new) that has another name now. Repeatable.")
    var rename: [String] = []
    @Flag(help: "Write it although rows, columns or tables get lost.")
    var allowDataLoss = false

    func run() async throws {
      let migrations = try Migrations(await options.shared.settings(), path: options.migrations)
      let renames = try rename.map { text in
        guard let rename = Rename(text) else {
          throw CommandFailure(
            "\(TerminalText(text)) is no rename. Write old:new or table.old:new.")
        }
        return rename
      }
      let file = try await migrations.make(
        message, after: try migrations.files(), renames: renames
      ) { losses in
        guard !allowDataLoss else { return }
        try await Confirmation.ask(
          aboutLosing: losses,
          hint: "If something only has another name, say so: --rename old:new, or for a column "
            + "--rename table.old:new. If it may get lost: --allow-data-loss")
      }
      guard let file else { return try Output.line("No changes.") }
      try Output.line(
        "Wrote \(file). Read it, and apply it with: \(Program.current.name) db migrate")
    }
  }
}
