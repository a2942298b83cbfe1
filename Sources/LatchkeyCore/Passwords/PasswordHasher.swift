/// Makes and checks password hashes with an ordered list of schemes.
///
/// The first scheme makes every new hash; the others only verify, and so do those of other systems. A
/// login whose hash was made otherwise is re-hashed with the first, so a store moves to better hashes by
/// itself.
public struct PasswordHasher: Sendable {
  private let preferred: any PasswordScheme
  private let verifiers: [any PasswordVerifier]
  private let lanes: HashingLanes
  private let random: RandomSource

  /// - Precondition: there is at least one scheme.
  public init(schemes: [any PasswordScheme], lanes: HashingLanes, random: RandomSource = .system) {
    precondition(!schemes.isEmpty, "a password hasher needs a scheme")
    self.preferred = schemes[0]
    self.verifiers = schemes + Self.ofOtherSystems
    self.lanes = lanes
    self.random = random
  }

  /// What other systems' hashes are checked with (``PasswordHash/init(foreign:)``).
  package static let ofOtherSystems: [any PasswordVerifier] = [
    Argon2(), BcryptSHA256(), Scrypt(), FirebaseScrypt(), PBKDF2(), CryptHash(), APR1(),
    UnsaltedSHA1(),
  ]

  /// How many works a login spends at the most, beside those that take no time to speak of. An import
  /// brings no more.
  public static let maximumWorksInUse = 5

  /// Whether one more work may be in use: every login spends each of them, so a source with a hash of every
  /// cost must not make logins slow for everybody.
  static func allows(_ work: PasswordWork, beside worksInUse: Set<PasswordWork>) -> Bool {
    // A millisecond at the most.
    let cheap: Set = [APR1.work, UnsaltedSHA1.work]
    return worksInUse.contains(work) || cheap.contains(work)
      || worksInUse.subtracting(cheap).count < maximumWorksInUse
  }

  /// What a login with a current hash costs.
  public var preferredWork: PasswordWork { preferred.work }

  /// The longest password, in bytes of UTF-8, that a new hash takes whole; nil for no limit.
  public var maximumPasswordBytes: Int? { preferred.maximumPasswordBytes }

  /// The work of a hash, or nil when no scheme knows it or it asks for too much: such a hash
  /// never verifies.
  public func work(of hash: PasswordHash) -> PasswordWork? {
    verifier(for: hash)?.work
  }

  /// Hashes a new password.
  /// - Throws: ``HashingLanes/Busy``, ``PasswordHashingError``.
  public func hash(_ password: Password) async throws -> StoredPassword {
    let (scheme, random) = (preferred, random)
    let bytes = password.composedBytes
    return try await lanes.run {
      StoredPassword(hash: try scheme.hash(bytes, random: random), isImported: false)
    }
  }

  /// Whether the password belongs to the hash. For checks outside of a login; a login uses
  /// ``compute(_:like:worksInUse:)``, which costs the same for everybody.
  /// - Throws: ``HashingLanes/Busy``; `CancellationError`.
  public func verify(_ password: Password, against stored: StoredPassword) async throws -> Bool {
    guard let verifier = verifier(for: stored.hash)?.verifier, !password.isEmpty else {
      return false
    }
    let bytes = stored.isImported ? password.receivedBytes : password.composedBytes
    return try await lanes.run {
      verifier.verify(bytes, against: stored.hash, likeOthers: stored.isImported)
    }
  }

  /// Whether a login would replace the hash.
  public func isOutdated(_ setting: PasswordSetting) -> Bool {
    setting.isImported || work(of: setting.hash) != preferredWork
  }

  /// What a login attempt has computed.
  public struct Computed: Sendable {
    /// What the account must have for the password to be right; nil when no hash can be that.
    public let hash: PasswordHash?
    /// A better hash of the same password, when the account's is outdated.
    public let upgrade: StoredPassword?
  }

  /// Hashes the password of a login attempt, at the same cost for every name.
  ///
  /// Whether an account exists must not show in the time a login takes (Django 20760), nor
  /// whether its hash is an old one (CVE-2016-2513), nor whether it has none (CVE-2024-39329).
  /// So each attempt spends one computation of the preferred work and one of each other work
  /// that hashes in the store still have: the real ones where there are some, thrown-away ones
  /// for the rest. In a store whose hashes are all current that is exactly one. A better hash for an
  /// outdated one takes the place of a thrown-away one, whether the password turns out right or not.
  ///
  /// - Parameters:
  ///   - password: as it was typed.
  ///   - setting: nil when there is no such account, or it has no password.
  ///   - worksInUse: the works of all hashes in the store.
  /// - Throws: ``HashingLanes/Busy``; `CancellationError`.
  public func compute(
    _ password: Password, like setting: PasswordSetting?, worksInUse: Set<PasswordWork>
  ) async throws -> Computed {
    let (preferred, verifiers, random) = (preferred, verifiers, random)
    let known = setting.flatMap { setting in
      verifier(for: setting.hash).map { (setting: setting, verifier: $0.verifier, work: $0.work) }
    }
    let received = password.receivedBytes
    let composed = password.composedBytes
    return try await lanes.run {
      var toSpend = worksInUse.union([preferred.work])
      var computed: PasswordHash?
      var upgrade: StoredPassword?
      if let known {
        toSpend.remove(known.work)
        let isImported = known.setting.isImported
        computed = known.verifier.hash(
          isImported ? received : composed, like: known.setting.hash, likeOthers: isImported)
        if toSpend.contains(preferred.work) {
          // Only a scheme with a length limit can refuse here; the old hash then stays.
          if let hash = try? preferred.hash(composed, random: random) {
            upgrade = StoredPassword(hash: hash, isImported: false)
            toSpend.remove(preferred.work)
          }
        } else if isImported, received == composed,
          composed.count <= preferred.maximumPasswordBytes ?? .max
        {
          // Of another system, and just as this one would have made it.
          upgrade = computed.map { StoredPassword(hash: $0, isImported: false) }
        }
      }
      for work in toSpend {
        _ = verifiers.first { $0.spend(work, on: composed) }
      }
      // An empty password is never right, not even where the hash is of one.
      return Computed(hash: received.isEmpty ? nil : computed, upgrade: upgrade)
    }
  }

  private func verifier(
    for hash: PasswordHash
  ) -> (verifier: any PasswordVerifier, work: PasswordWork)? {
    guard hash.text.utf8.count <= PasswordHash.maximumByteCount else { return nil }
    for verifier in verifiers {
      if let work = verifier.work(of: hash) { return (verifier, work) }
    }
    return nil
  }
}
