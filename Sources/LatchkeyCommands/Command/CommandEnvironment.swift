public import Configuration
public import LatchkeyCore
public import Logging

/// What the commands need from the program they are part of: they know neither a database nor a
/// web server themselves.
public struct CommandEnvironment: Sendable {
  let openStore: @Sendable (_ database: String, _ creating: Bool) throws -> StoreSource
  let readReflex: @Sendable (_ path: String) async throws -> ForeignAccounts
  let serve: @Sendable (ServeOptions) async throws -> Void

  public init(
    openStore: @escaping @Sendable (_ database: String, _ creating: Bool) throws -> StoreSource,
    readReflex: @escaping @Sendable (_ path: String) async throws -> ForeignAccounts,
    serve: @escaping @Sendable (ServeOptions) async throws -> Void
  ) {
    self.openStore = openStore
    self.readReflex = readReflex
    self.serve = serve
  }

  /// Parsed commands are values that the parser makes, so they find their environment here.
  @TaskLocal static var current: CommandEnvironment?
}

/// What `serve` was told: by its options, the environment and the settings file.
public struct ServeOptions: Sendable {
  public let database: String
  public let hostname: String
  /// 0 for any free one.
  public let port: Int
  /// All settings, for the configuration of accounts and site, and for those of the app.
  public let settings: ConfigReader
  public let logger: Logger
}

/// What another system's database holds.
public struct ForeignAccounts: Sendable {
  public let accounts: [ForeignAccount]
  /// Live logins there. They are never carried over.
  public let sessionCount: Int

  public init(accounts: [ForeignAccount], sessionCount: Int) {
    self.accounts = accounts
    self.sessionCount = sessionCount
  }
}

/// Something could not be done. The text is what the person at the terminal reads.
public struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
