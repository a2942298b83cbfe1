public import Configuration
import Foundation

extension LocalAuth {
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
    /// How many sessions an account may have: a login beyond it ends the oldest. Nil for any number.
    public var maximumSessionsPerAccount: Int?
    public var throttling = ThrottlePolicy()
    /// How long audit records are kept; nil for ever.
    public var auditRetention: Duration? = .seconds(365 * 24 * 3600)

    public init() {}

    /// - Throws: ``InvalidSettingError`` for values with which nobody could stay logged in.
    /// - Parameter maximumPasswordBytes: what the scheme of new hashes takes.
    func check(maximumPasswordBytes: Int?) throws {
      let shortest = passwordPolicy.minimumLength
      let longest = min(passwordPolicy.maximumLength, maximumPasswordBytes ?? .max)
      if shortest > longest {
        throw InvalidSettingError(
          key: "password.minimumLength", value: "\(shortest)", expectation: "at most \(longest)")
      }
      if let maximumSessionsPerAccount, maximumSessionsPerAccount < 1 {
        throw InvalidSettingError(
          key: "session.maximumPerAccount", value: "\(maximumSessionsPerAccount)",
          expectation: "1 or more")
      }
      // `lastSeenAt` moves once a minute: a shorter limit would log out people who are active.
      if let idleTimeout, idleTimeout < .seconds(120) {
        throw InvalidSettingError(
          key: "session.idleTimeoutSeconds", value: "\(idleTimeout)", expectation: "120 or more")
      }
      if sessionLifetime < .seconds(1) {
        throw InvalidSettingError(
          key: "session.lifetimeSeconds", value: "\(sessionLifetime)", expectation: "1 or more")
      }
    }

    /// Reads the settings under their keys; what is not set keeps its default.
    ///
    /// | key | meaning |
    /// |---|---|
    /// | `password.scheme` | `argon2id` or `bcrypt`: makes new hashes |
    /// | `password.bcryptCost` | 4 to 15 |
    /// | `password.peppers` | keys that new hashes need beside the password (``Pepper``), by their IDs: \
    /// `k2=/run/secrets/pepper-2 k1=/run/secrets/pepper-1`. The first makes new hashes, the others only verify |
    /// | `password.minimumLength` | 8 or more |
    /// | `password.maximumLength` | 64 or more |
    /// | `password.blocklist` | a file of refused passwords (``PasswordList``) |
    /// | `hashing.lanes`, `hashing.maximumWaiting` | see the properties |
    /// | `session.lifetimeSeconds`, `session.idleTimeoutSeconds` | see the properties |
    /// | `session.maximumPerAccount` | see ``maximumSessionsPerAccount`` |
    /// | `throttle` | `on` or `off`; off only for tests, on this machine |
    /// | `audit.retentionDays` | 1 or more, or 0 for ever |
    ///
    /// - Throws: ``InvalidSettingError``: a setting that cannot be read is never replaced by its
    ///   default in silence.
    public init(reader: ConfigReader) throws {
      let settings = Settings(reader: reader)
      let bcrypt = Bcrypt(cost: try settings.int("password.bcryptCost", in: 4...15) ?? 12)
      let peppers = try Self.peppers(settings)
      switch try settings.string("password.scheme") {
      case nil, "argon2id": schemes = Argon2id().peppered(peppers) + bcrypt.peppered(peppers)
      case "bcrypt": schemes = bcrypt.peppered(peppers) + Argon2id().peppered(peppers)
      case let other?:
        throw InvalidSettingError(
          key: "password.scheme", value: other, expectation: "argon2id or bcrypt")
      }
      passwordPolicy.minimumLength =
        try settings.int("password.minimumLength", in: 8...1024) ?? passwordPolicy.minimumLength
      passwordPolicy.maximumLength =
        try settings.int("password.maximumLength", in: 64...1024) ?? passwordPolicy.maximumLength
      if let path = try settings.string("password.blocklist") {
        passwordPolicy.blocklists.append(try PasswordList(contentsOf: path))
      }
      hashingLanes = try settings.int("hashing.lanes", in: 1...1024) ?? hashingLanes
      maximumWaitingHashes =
        try settings.int("hashing.maximumWaiting", in: 0...100_000) ?? maximumWaitingHashes
      if let seconds = try settings.int("session.lifetimeSeconds", in: 60...31_536_000) {
        sessionLifetime = .seconds(seconds)
      }
      if let seconds = try settings.int("session.idleTimeoutSeconds", in: 120...31_536_000) {
        idleTimeout = .seconds(seconds)
      }
      maximumSessionsPerAccount = try settings.int("session.maximumPerAccount", in: 1...1000)
      switch try settings.string("throttle") {
      case nil, "on": break
      case "off": throttling.isOn = false
      case let other?:
        throw InvalidSettingError(key: "throttle", value: other, expectation: "on or off")
      }
      if let days = try settings.int("audit.retentionDays", in: 0...36_500) {
        auditRetention = days == 0 ? nil : .seconds(days * 24 * 3600)
      }
    }

    private static func peppers(_ settings: Settings) throws -> [Pepper] {
      guard let text = try settings.string("password.peppers") else { return [] }
      func invalid(_ expectation: String) -> InvalidSettingError {
        InvalidSettingError(key: "password.peppers", value: text, expectation: expectation)
      }
      let peppers = try text.split(separator: " ").map { word -> Pepper in
        guard let end = word.firstIndex(of: "=") else {
          throw invalid("keys by their IDs, such as k1=/run/secrets/pepper-1")
        }
        do throws(InvalidPepperError) {
          return try Pepper(
            id: String(word[..<end]), file: String(word[word.index(after: end)...]))
        } catch {
          throw invalid("such that each can be used: \(error.reason)")
        }
      }
      guard !peppers.isEmpty else { throw invalid("keys by their IDs, and names none") }
      guard Set(peppers.map(\.id)).count == peppers.count else {
        throw invalid("keys with IDs that are not the same")
      }
      return peppers
    }
  }
}
