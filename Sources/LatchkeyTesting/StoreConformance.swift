public import LatchkeyCore

/// The contract of `Store`, as cases that any implementation must pass.
///
/// ```swift
/// @Test(arguments: StoreConformance.cases)
/// func `the store keeps its contract`(_ conformance: StoreConformance.Case) async throws {
///   try await withTemporaryDatabase { path in
///     let store = try await SQLiteStore(path: path)
///     try await conformance.run(on: store)
///     try await store.close()
///   }
/// }
/// ```
public enum StoreConformance {
  /// One clause of the contract, to be run on an empty store.
  public struct Case: Sendable, CustomStringConvertible {
    public let description: String
    private let check: @Sendable (any Store) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (any Store) async throws -> Void) {
      self.description = description
      self.check = check
    }

    /// - Throws: ``Violation``, or what the store throws.
    public func run(on store: any Store) async throws {
      try await check(store)
    }
  }

  public struct Violation: Error, CustomStringConvertible {
    public let description: String
  }

  public static let cases = servingCases + exportCases

  /// What a server asks of a store, whose user of the database may be one that reads no hashes.
  public static let servingCases = accountCases + sessionCases + guardingCases

  static let start = Timestamp(millisecondsSinceEpoch: 1_767_225_600_000)

  static func expect(
    _ condition: Bool, _ message: String = "expected otherwise", line: UInt = #line
  ) throws {
    guard condition else { throw Violation(description: "line \(line): \(message)") }
  }

  static func password(_ text: String, work: String = "test cost=1") -> NewPassword {
    NewPassword(
      stored: StoredPassword(hash: PasswordHash(text: text), isImported: false),
      work: PasswordWork(rawValue: work))
  }

  static func newAccount(
    _ name: String, hash: String = "hash", work: String = "test cost=1", isEnabled: Bool = true
  ) throws -> NewAccount {
    NewAccount(
      username: try Username(name), password: password(hash, work: work), isEnabled: isEnabled,
      createdAt: start)
  }

  static func insert(_ name: String, into store: any Store) async throws -> Account {
    guard
      let account = try await store.insertAccount(
        newAccount(name), recovery: nil, audit: event)
    else {
      throw Violation(description: "\(name) could not be inserted")
    }
    return account
  }

  static func newSession(
    _ number: UInt8, of account: Account, at moment: Timestamp = start,
    lifetime: Duration = .seconds(3600), device: DeviceRenewal? = nil
  ) -> NewSession {
    let id = String(repeating: "0", count: 32 - String(number).count) + String(number)
    return NewSession(
      session: Session(
        id: SessionID(rawValue: id), accountID: account.id, createdAt: moment, lastSeenAt: moment,
        expiresAt: moment + lifetime, provenAt: moment,
        client: ClientDescription(address: "192.0.2.1", userAgent: "Agent \(number)")),
      digest: digest(number),
      device: device ?? DeviceRenewal(new: self.device(number), previous: nil))
  }

  static func renewal(
    _ number: UInt8, of id: SessionID, replacing previous: UInt8, at moment: Timestamp = start
  ) -> SessionRenewal {
    SessionRenewal(
      id: id, digest: digest(number),
      device: DeviceRenewal(new: device(number), previous: device(previous)), provenAt: moment)
  }

  static func digest(_ number: UInt8) -> SessionToken.Digest {
    SessionToken.Digest(bytes: Array(repeating: number, count: 32))
  }

  static func device(_ number: UInt8) -> DeviceToken.Digest {
    DeviceToken.Digest(bytes: Array(repeating: number, count: 32))
  }

  static let event = AuditEntry(at: start, event: "test", source: .app)

  static func setPassword(
    _ password: NewPassword, _ id: AccountID, in store: any Store
  ) async throws -> Bool {
    try await store.setPassword(
      password, id, verifiedHash: nil, renewal: nil, audit: event)
  }

  /// Whether that is the account's hash.
  static func has(_ hash: String, _ account: Account, in store: any Store) async throws -> Bool {
    let lookup = try await store.credentials(of: account.id, devices: [])
    let comparison = try await store.comparePassword(
      PasswordHash(text: hash), computedLike: lookup.credentials?.password, of: account.id)
    return comparison == .same
  }

  @discardableResult
  static func begin(_ new: NewSession, in store: any Store) async throws -> LiveSession {
    guard let live = try await store.beginSession(new, audit: event)?.live else {
      throw Violation(description: "the session could not begin")
    }
    return live
  }
}
