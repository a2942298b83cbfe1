import ArgumentParser
import Latchkey

struct ImportCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "import",
      abstract: "Bring in the accounts of another system with their passwords.",
      discussion: "Example: \(Program.current.name) import reflex reflex.db --database app.db",
      subcommands: [Reflex.self])
  }

  struct Reflex: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        abstract: "Import the accounts of a Reflex app.",
        discussion: """
          Reads the tables user or localuser of a Reflex app's SQLite file; the file is not \
          changed. Everyone logs in with the old password, which then gets a hash of this site's \
          scheme. A disabled account stays disabled.

          Sessions are not carried over: their tokens stand in clear in that database and in every \
          browser's local storage, where scripts can read them. Everyone logs in once.

          Accounts that cannot be imported are listed with the reason; the others are imported all \
          together, or on an error none. Running it again changes nothing.

          Exit codes: 0 the report says what was done; 1 nothing was imported.

          Example: \(Program.current.name) import reflex reflex.db --database app.db
          """)
    }

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The Reflex app's database, usually reflex.db.", completion: .file())
    var file: String
    @Flag(help: "Write the report as JSON.")
    var json = false

    func run() async throws {
      // The source first: a wrong file name must not create a database.
      let source = try await ReflexDatabase(path: file)
      let auth = try await shared.open(creating: true)
      let report = ImportRecord(
        try await auth.importAccounts(source.accounts), sessions: source.sessionCount)
      if json { try Output.json(report) } else { try report.lines.forEach(Output.line) }
    }
  }
}
