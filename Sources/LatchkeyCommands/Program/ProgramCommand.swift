import ArgumentParser

/// The command line of a ``Program``.
struct ProgramCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    let program = Program.current
    return CommandConfiguration(
      commandName: program.name,
      abstract: program.abstract,
      discussion: """
        Every setting can be given as an option, as an environment variable (LATCHKEY_DATABASE, \
        LATCHKEY_PORT, …) or in a JSON file (--config); the first of these wins.

        Example: \(program.name) serve --database app.db --origin https://example.org

        Exit codes: 0 done; 1 it could not be done, and the message says why; 64 the command line \
        is wrong. Commands with codes of their own name them in their help.
        """,
      version: "0.1.0",
      subcommands: [
        ServeCommand.self, DatabaseCommand.self, UserCommand.self, SessionCommand.self,
        ThrottleCommand.self,
        AuditCommand.self, ImportCommand.self, ExportCommand.self, BackupCommand.self,
        RestoreCommand.self, PasswordCommand.self, DoctorCommand.self,
      ] + program.commands)
  }
}
