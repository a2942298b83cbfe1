import ArgumentParser
import Configuration
import Foundation
import Latchkey
import Logging

/// The options that every command has.
struct SharedOptions: ParsableArguments {
  @Option(
    help: "The database: a file, or postgres://… [LATCHKEY_DATABASE] (default: latchkey.db)")
  var database: String?

  @Option(help: "A JSON file with settings. [LATCHKEY_CONFIG]")
  var config: String?

  /// The settings: what stands on the command line, then the environment, then the file.
  func settings(_ options: [AbsoluteConfigKey: ConfigValue] = [:]) async throws -> ConfigReader {
    var given = options
    // It can have a password in it.
    if let database { given["database"] = ConfigValue(.string(database), isSecret: true) }
    return try await Self.settings(given, config: config)
  }

  static func settings(
    _ given: [AbsoluteConfigKey: ConfigValue], config: String?
  ) async throws -> ConfigReader {
    var providers: [any ConfigProvider] = [
      InMemoryProvider(name: "command line", values: given),
      EnvironmentVariablesProvider().prefixKeys(with: "latchkey"),
    ]
    if let file = config ?? ProcessInfo.processInfo.environment["LATCHKEY_CONFIG"] {
      providers.append(
        try await SettingsFile.provider(file, known: Program.current.settings))
    }
    return ConfigReader(providers: providers)
  }

  /// Opens the accounts. Whoever changes them here is seen by a running server at its next
  /// request.
  ///
  /// - Parameter creating: make the database when it is missing. Only for commands that put
  ///   something into it: to the others a mistyped name must not look like a site without accounts.
  func open(creating: Bool = false) async throws -> LocalAuth {
    let settings = try await settings()
    let auth = try await LocalAuth(
      DatabaseLocation(settings).source(creating: creating),
      configuration: LocalAuth.Configuration(reader: settings),
      logger: Self.logger(settings, level: .warning)
    ).asked(by: .commandLine(user: NSUserName()))
    // The rule for passwords is the pages' own.
    return auth.refusingPasswords(consistingOf: try Self.siteName(settings))
  }

  static func siteName(_ settings: ConfigReader) throws -> String {
    try Settings(reader: settings).string("site.name") ?? Program.current.title
  }

  static func logger(_ settings: ConfigReader, level: Logger.Level) throws -> Logger {
    var logger = Logger(label: "latchkey")
    logger.logLevel = level
    if let text = try Settings(reader: settings).string("log.level") {
      guard let level = Logger.Level(rawValue: text) else {
        throw InvalidSettingError(
          key: "log.level", value: text,
          expectation: Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
      }
      logger.logLevel = level
    }
    return logger
  }
}

extension LocalAuth {
  /// - Throws: ``CommandFailure`` when there is no such account.
  func existingAccount(_ name: String) async throws -> Account {
    guard let account = try await account(named: name) else {
      throw CommandFailure("There is no account named \(TerminalText(name)).")
    }
    return account
  }
}
