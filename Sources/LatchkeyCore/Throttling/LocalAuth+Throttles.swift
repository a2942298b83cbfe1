extension LocalAuth {
  /// The counts of failures, the most failures first.
  public func throttles(limit: Int = 500) async throws -> [ThrottleRecord] {
    try await store.throttles(limit: limit)
  }

  /// Forgets what was counted against an account, by strangers and in its owner's browsers.
  /// - Returns: how many counts were cleared.
  @discardableResult
  public func clearThrottles(of account: Account) async throws -> Int {
    let entry = entry(.throttlesCleared, account: account.id)
    let strangers = try await store.clearThrottles(
      kind: .account, key: "\(account.id)", audit: entry)
    let browsers = try await store.clearThrottles(
      kind: .knownBrowser, key: "\(account.id)", audit: entry)
    announce(entry)
    return strangers + browsers
  }

  /// Forgets counts of a kind, or of every kind.
  /// - Parameter address: only those of this client.
  /// - Returns: how many were cleared.
  @discardableResult
  public func clearThrottles(of address: IPAddress? = nil) async throws -> Int {
    guard let address else {
      let entry = entry(.throttlesCleared, details: ["of": "all"])
      let count = try await store.clearThrottles(kind: nil, key: nil, audit: entry)
      announce(entry)
      return count
    }
    let network = address.clientNetwork
    let entry = entry(.throttlesCleared, details: ["of": network])
    let logins = try await store.clearThrottles(kind: .address, key: network, audit: entry)
    let registrations = try await store.clearThrottles(
      kind: .registration, key: network, audit: entry)
    announce(entry)
    return logins + registrations
  }

  enum Admission {
    case wait(Throttled)
    case go([ThrottlePayment])
  }

  /// Charges an attempt before any work is done for it.
  func charge(_ charges: [ThrottleCharge], account: AccountID? = nil) async throws -> Admission {
    guard configuration.throttling.isOn, !charges.isEmpty else { return .go([]) }
    let entry = entry(.throttled, succeeded: false, account: account)
    // To its end, also for a client that hangs up just then: who has paid must be known, to be paid back.
    let store = store
    switch try await evenIfCancelled({
      try await store.charge(charges, at: entry.at, audit: entry)
    }) {
    case .go(let paid): return .go(paid)
    case .wait(let until):
      announce(entry)
      return .wait(Throttled(until: until, now: entry.at))
    }
  }

  /// Charges for an attempt at a password by somebody who is not logged in. The first is the one
  /// that a success clears.
  func charges(folded: String, _ lookup: CredentialLookup) -> [ThrottleCharge] {
    let policy = configuration.throttling
    let account = lookup.credentials?.account.id
    // Strangers fill counts that do not concern the owner's own browser: a lock-out would be a
    // weapon (ASVS 6.1.1). It has a count of its own, for a thief's guesses.
    if let account, let device = lookup.knownBrowser {
      return [ThrottleCharge(.knownBrowser(device, account), policy.knownBrowser)]
    }
    let name = account.map(ThrottleSubject.account) ?? .unknownName(folded, secret: secret)
    var charges = [
      ThrottleCharge(name, policy.account), ThrottleCharge(.everyone, policy.everyone),
    ]
    if let network = clientNetwork {
      charges.append(ThrottleCharge(.address(network), policy.address))
    }
    return charges
  }

  /// Nil when there is no address: the app itself, the command line, or a test without a network.
  var clientNetwork: String? {
    IPAddress(source.client.address)?.clientNetwork
  }
}
