public import Configuration
import Foundation

/// The rules of accounts, passwords and sessions. Every default is the safe one.
public struct Configuration: Sendable {
  /// The first scheme makes new hashes, the others only verify.
  public var schemes: [any PasswordScheme] = [Argon2id(), Bcrypt()]
  public var passwordPolicy = PasswordPolicy()
  /// How many passwords are hashed at the same time.
  public var hashingLanes = ProcessInfo.processInfo.activeProcessorCount
  /// How many more may wait for a lane before a login is answered with 503.
  public var maximumWaitingHashes = 64
  /// The absolute life of a session. Activity does not prolong it.
  public var sessionLifetime: Duration = .seconds(7 * 24 * 3600)
  /// How long a session lives without being used; nil for as long as its absolute life. It is
  /// kept to within a minute, because `lastSeenAt` is written at most once a minute.
  public var idleTimeout: Duration?

  public init() {}

  /// Reads the settings under their keys; what is not set keeps its default.
  ///
  /// | key | meaning |
  /// |---|---|
  /// | `password.scheme` | `argon2id` or `bcrypt`: makes new hashes |
  /// | `password.bcryptCost` | 4 to 15 |
  /// | `password.minimumLength` | 8 or more |
  /// | `password.maximumLength` | 64 or more |
  /// | `hashing.lanes`, `hashing.maximumWaiting` | see the properties |
  /// | `session.lifetimeSeconds`, `session.idleTimeoutSeconds` | see the properties |
  ///
  /// - Throws: ``InvalidSettingError``: a setting that cannot be read is never replaced by its
  ///   default in silence.
  public init(reader: ConfigReader) throws {
    let settings = Settings(reader: reader)
    let bcrypt = Bcrypt(cost: try settings.int("password.bcryptCost", in: 4...15) ?? 12)
    switch reader.string(forKey: "password.scheme") {
    case nil, "argon2id": schemes = [Argon2id(), bcrypt]
    case "bcrypt": schemes = [bcrypt, Argon2id()]
    case let other?:
      throw InvalidSettingError(
        key: "password.scheme", value: other, expectation: "argon2id or bcrypt")
    }
    passwordPolicy.minimumLength =
      try settings.int("password.minimumLength", in: 8...1024) ?? passwordPolicy.minimumLength
    passwordPolicy.maximumLength =
      try settings.int("password.maximumLength", in: 64...1024) ?? passwordPolicy.maximumLength
    hashingLanes = try settings.int("hashing.lanes", in: 1...1024) ?? hashingLanes
    maximumWaitingHashes =
      try settings.int("hashing.maximumWaiting", in: 0...100_000) ?? maximumWaitingHashes
    if let seconds = try settings.int("session.lifetimeSeconds", in: 60...31_536_000) {
      sessionLifetime = .seconds(seconds)
    }
    if let seconds = try settings.int("session.idleTimeoutSeconds", in: 120...31_536_000) {
      idleTimeout = .seconds(seconds)
    }
  }
}

/// A setting that cannot be what it says.
public struct InvalidSettingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let key: String
  public let value: String
  public let expectation: String

  public init(key: String, value: String, expectation: String) {
    self.key = key
    self.value = value
    self.expectation = expectation
  }

  public var description: String {
    "The setting \(key) is \"\(value)\", but must be \(expectation)."
  }
}

/// Reads whole numbers strictly. `ConfigReader.int` answers nil both for "not set" and for "not a
/// number"; a typing mistake must not quietly become the default.
public struct Settings: Sendable {
  private let reader: ConfigReader

  public init(reader: ConfigReader) {
    self.reader = reader
  }

  public func int(_ key: ConfigKey, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = string(key) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw InvalidSettingError(
        key: key.description, value: text,
        expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  public func bool(_ key: ConfigKey) throws -> Bool? {
    if let value = reader.bool(forKey: key) { return value }
    guard let text = string(key) else { return nil }
    throw InvalidSettingError(
      key: key.description, value: text, expectation: "true or false")
  }

  /// A JSON file gives numbers as numbers, the environment gives them as text.
  private func string(_ key: ConfigKey) -> String? {
    reader.string(forKey: key) ?? reader.int(forKey: key).map(String.init)
  }
}
