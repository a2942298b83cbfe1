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
      try migrations.checkThatTheyAreWanted()
      let path = migrations.folder.path
      if migrations.folder.exists, try !migrations.files().isEmpty {
        throw CommandFailure(
          "There are migrations in \(path) already. Make the next one with: "
            + Program.current.line("db makemigrations --message \"…\""))
      }
      try migrations.folder.create()
      if let (_, path) = try await migrations.make("First tables", after: []) {
        try Output.line(
          "Wrote \(path). Read it, and apply it with: " + Program.current.line("db migrate"))
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
          difference as a file of SQL with its reverse. For SQLite no database is needed, and none is \
          changed. For PostgreSQL (--database postgres://…) the server is asked: the migrations run \
          in a transaction that is rolled back.
          What a schema cannot say, such as a trigger, you write yourself, into the file that \
          --empty makes.

          When something would get lost, it asks at a terminal; a script needs \
          --allow-data-loss. That a table or a column has only another name has to be told.

          Exit codes: 0 written, or no changes; 1 not written, and the message says why.

          Example: \(Program.current.name) db makemigrations --message "add profile"
          Example: \(Program.current.name) db makemigrations --message "slogans" --rename profile.motto:slogan
          Example: \(Program.current.name) db makemigrations --message "search notes" --empty
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
    @Flag(help: "Write a file without statements, for your own.")
    var empty = false

    func validate() throws {
      if empty, allowDataLoss || !rename.isEmpty {
        throw ValidationError("--empty compares nothing: leave --rename and --allow-data-loss out.")
      }
    }

    func run() async throws {
      let migrations = try Migrations(await options.shared.settings(), path: options.migrations)
      try migrations.checkThatTheyAreWanted()
      if empty {
        let path = try migrations.makeEmpty(message, after: migrations.files())
        try Output.line("Wrote \(path). Write its statements.")
        return
      }
      let renames = try rename.map { text in
        guard let rename = Rename(text) else {
          throw CommandFailure(
            "\(TerminalText(text)) is no rename. Write old:new or table.old:new.")
        }
        return rename
      }
      let files = try migrations.files()
      let made = try await migrations.make(
        message, after: files, renames: renames
      ) { losses in
        guard !allowDataLoss else { return }
        try await Confirmation.ask(
          aboutLosing: losses,
          hint: "If something only has another name, say so: --rename old:new, or for a column "
            + "--rename table.old:new. If it may get lost: --allow-data-loss")
      }
      for (table, unsaid) in try await migrations.leftAlone(after: files) {
        try Output.line(
          "Left alone: the table \(table), which is not declared and has what a schema cannot say "
            + "(\(unsaid.joined(separator: ", "))).")
      }
      guard let (file, path) = made else { return try Output.line("No changes.") }
      if file.down == nil {
        try Output.line("It has no way back: none leads to just the same tables.")
      }
      try Output.line(
        "Wrote \(path). Read it, and apply it with: " + Program.current.line("db migrate"))
    }
  }
}
