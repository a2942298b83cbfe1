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

  /// Charges an attempt before any work is done for it.
  /// - Returns: how long to wait, or nil when the attempt may be made.
  func charge(_ charges: [ThrottleCharge], account: AccountID? = nil) async throws -> Throttled? {
    guard configuration.throttling.isOn, !charges.isEmpty else { return nil }
    let entry = entry(.throttled, succeeded: false, account: account)
    let until = try await store.charge(charges, at: entry.at, audit: entry)
    guard let until else { return nil }
    announce(entry)
    return Throttled(until: until, now: entry.at)
  }

  /// Charges for an attempt at a password by somebody who is not logged in.
  ///
  /// - Returns: with the settlement for the case that it was the right one. It clears the pair that
  ///   succeeded and no other count.
  func charges(
    folded: String, _ lookup: CredentialLookup, device: DeviceToken.Digest?
  ) -> (charges: [ThrottleCharge], settlement: ThrottleSettlement) {
    let policy = configuration.throttling
    let account = lookup.credentials?.account.id
    // Strangers fill counts that do not concern the owner's own browser: a lock-out would be a
    // weapon (ASVS 6.1.1). It has a count of its own, for a thief's guesses.
    if let account, let device, lookup.isKnownBrowser {
      let subject = ThrottleSubject.knownBrowser(device, account)
      return (
        [ThrottleCharge(subject, policy.knownBrowser)], ThrottleSettlement(cleared: [subject])
      )
    }
    let name = account.map(ThrottleSubject.account) ?? .unknownName(folded, secret: secret)
    var charges = [
      ThrottleCharge(name, policy.account), ThrottleCharge(.everyone, policy.everyone),
    ]
    if let network = clientNetwork {
      charges.append(ThrottleCharge(.address(network), policy.address))
    }
    return (
      charges,
      ThrottleSettlement(cleared: [name], refunded: charges.dropFirst().map(\.subject))
    )
  }

  /// Nil when there is no address: the app itself, the command line, or a test without a network.
  var clientNetwork: String? {
    IPAddress(source.client.address)?.clientNetwork
  }
}
