import ArgumentParser

struct DatabaseCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "db",
      abstract: "Migrations of the app's own tables, and moves to another database.",
      discussion: """
        An app declares its tables (Schema). A migration is a file of SQL that takes the database \
        from one shape of them to the next. Latchkey's own tables need no command: they are \
        brought up to date whenever the database is opened.

        Example: \(Program.current.name) db makemigrations --message "add profile"
        """,
      subcommands: [
        Init.self, MakeMigrations.self, Migrate.self, Rollback.self, Status.self, Copy.self,
        Roles.self,
      ])
  }
}

/// The options of all commands about migrations.
struct MigrationOptions: ParsableArguments {
  @OptionGroup var shared: SharedOptions

  @Option(help: "The folder of the migrations. [LATCHKEY_MIGRATIONS] (default: Migrations)")
  var migrations: String?
}
