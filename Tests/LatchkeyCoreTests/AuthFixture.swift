import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting

/// Accounts on a real database in a temporary file, with a clock that is moved by hand.
struct AuthFixture {
  let auth: LocalAuth
  let store: SQLiteStore
  let clock: ManualClock

  static func run<Value>(
    _ configuration: LocalAuth.Configuration = .fastHashing,
    _ body: (AuthFixture) async throws -> Value
  ) async throws -> Value {
    try await withTemporaryDatabase { path in
      let clock = ManualClock()
      let store = try await SQLiteStore(path: path)
      let auth = try await LocalAuth(
        .opened(store), configuration: configuration, clock: clock.clock)
      let value = try await body(AuthFixture(auth: auth, store: store, clock: clock))
      try await store.close()
      return value
    }
  }

  static let password = Password("correct horse")

  @discardableResult
  func register(_ name: String, _ password: Password = Self.password) async throws -> Account {
    switch try await auth.addAccount(username: name, password: password) {
    case .registered(let account): account
    case .refused(let refusal): throw refusal
    case .throttled(let wait): throw NotRegistered(wait: wait)
    }
  }

  func logIn(
    _ name: String, _ password: Password = Self.password, device: DeviceTokens = DeviceTokens(),
    replacing: SessionToken? = nil
  ) async throws -> StartedSession {
    let outcome = try await auth.login(
      username: name, password: password, device: device,
      replacing: replacing.map { [$0] } ?? [])
    guard case .loggedIn(let started) = outcome else { throw NotLoggedIn(outcome: outcome) }
    return started
  }

  func isRefused(_ name: String, _ password: Password) async throws -> Bool {
    if case .refused = try await auth.login(username: name, password: password) {
      true
    } else {
      false
    }
  }

  struct NotRegistered: Error {
    let wait: Throttled
  }

  struct NotLoggedIn: Error {
    let outcome: LoginOutcome
  }
}
