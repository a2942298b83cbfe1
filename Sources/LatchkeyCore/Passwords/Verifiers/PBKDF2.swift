internal import CryptoExtras

/// PBKDF2 with HMAC (RFC 8018), computed by swift-crypto. Kept as the crate pbkdf2 of RustCrypto writes it:
/// `$pbkdf2-sha256$i=<iterations>,l=<bytes>$<salt>$<digest>`, also with `sha1` and `sha512`.
///
/// No more than four million iterations: a second or two. A digest is no longer than the hash function's:
/// the bytes beyond would cost each login as much again, and whoever guesses nothing.
struct PBKDF2: PHCVerifier {
  static let prefix = "$pbkdf2-sha"

  typealias Function = KDF.Insecure.PBKDF2.HashFunction

  private static let functions: [Substring: (function: Function, digestByteCount: Int)] = [
    "pbkdf2-sha1": (.insecureSHA1, 20), "pbkdf2-sha256": (.sha256, 32),
    "pbkdf2-sha512": (.sha512, 64),
  ]

  static func accepts(_ hash: PHCString) -> Bool {
    guard let (_, longest) = functions[hash.identifier], hash.version == nil,
      let cost = hash.values("i", "l")
    else { return false }
    return (1...4_000_000).contains(cost[0]) && Int(cost[1]) == hash.digest.count
      && (16...longest).contains(hash.digest.count) && (1...128).contains(hash.salt.count)
  }

  static func work(of hash: PHCString) -> PasswordWork { hash.work }

  static func sample(of work: PasswordWork) -> PHCString? {
    guard let hash = PHCString(sampleOf: work, digestByteCount: 0), let cost = hash.values("i", "l")
    else { return nil }
    return PHCString(sampleOf: work, digestByteCount: min(Int(cost[1]), 64))
  }

  static func digest(of password: [UInt8], like hash: PHCString) -> [UInt8]? {
    guard let (function, _) = functions[hash.identifier], let cost = hash.values("i", "l")
    else { return nil }
    return try? KDF.Insecure.PBKDF2.deriveKey(
      from: password, salt: hash.salt, using: function, outputByteCount: Int(cost[1]),
      unsafeUncheckedRounds: Int(cost[0])
    ).withUnsafeBytes(Array.init)
  }
}

extension PHCString {
  /// A hash of PBKDF2 from its parts.
  /// - Parameter function: `sha1`, `sha256` or `sha512`.
  static func pbkdf2(
    _ function: some StringProtocol, iterations: UInt32, salt: [UInt8], digest: [UInt8]
  ) -> PHCString {
    PHCString(
      "pbkdf2-\(function)", ["i": iterations, "l": UInt32(digest.count)], salt: salt,
      digest: digest)
  }
}
