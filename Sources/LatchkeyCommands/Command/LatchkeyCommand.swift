public import ArgumentParser

/// The command line of an app with local accounts. A program starts it with ``run(in:)``.
public struct LatchkeyCommand: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "latchkey",
    abstract: "Local accounts: register, log in, log out, protect a page.",
    discussion: """
      Every setting can be given as an option, as an environment variable (LATCHKEY_DATABASE, \
      LATCHKEY_PORT, …) or in a JSON file (--config); the first of these wins.

      Example: latchkey serve --database app.db --origin https://example.org

      Exit codes: 0 done; 1 it could not be done, and the message says why; 64 the command line \
      is wrong. Commands with codes of their own name them in their help.
      """,
    version: "0.1.0",
    subcommands: [
      ServeCommand.self, UserCommand.self, SessionCommand.self, ThrottleCommand.self,
      AuditCommand.self, ImportCommand.self, PasswordCommand.self,
    ])

  public init() {}

  /// Runs the command that the process was started with, and exits the process.
  public static func run(in environment: CommandEnvironment) async {
    await CommandEnvironment.$current.withValue(environment) { await main() }
  }
}
