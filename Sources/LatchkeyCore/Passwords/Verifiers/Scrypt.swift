internal import CryptoExtras

/// scrypt (RFC 7914), computed by swift-crypto. Kept as passlib and the PHC format write it:
/// `$scrypt$ln=<log2 N>,r=<block size>,p=<parallelism>$<salt>$<digest>`.
///
/// No more than 64 MiB, which is passlib's default and more than Django's and Werkzeug's (16 and 32), and
/// eight times its work. A digest has 32 or 64 bytes: a shorter one, being the beginning of the longer,
/// would verify too.
struct Scrypt: PHCVerifier {
  static let prefix = "$scrypt$"

  static func accepts(_ hash: PHCString) -> Bool {
    hash.identifier == "scrypt" && hash.version == nil && [32, 64].contains(hash.digest.count)
      && isAcceptable(hash)
  }

  /// Whether the parameters are within the bounds.
  static func isAcceptable(_ hash: PHCString) -> Bool {
    guard let cost = hash.values("ln", "r", "p"), (1...20).contains(cost[0]),
      (1...64).contains(cost[1]), (1...64).contains(cost[2])
    else { return false }
    let blocks = (1 << UInt64(cost[0])) * UInt64(cost[1])
    return blocks * 128 <= 64 << 20 && blocks * UInt64(cost[2]) <= 4 << 20
      && (1...128).contains(hash.salt.count)
  }

  static func work(of hash: PHCString) -> PasswordWork { hash.work }

  static func sample(of work: PasswordWork) -> PHCString? {
    PHCString(sampleOf: work, digestByteCount: 32)
  }

  static func digest(of password: [UInt8], like hash: PHCString) -> [UInt8]? {
    derive(password, like: hash, byteCount: hash.digest.count)
  }

  static func derive(_ password: [UInt8], like hash: PHCString, byteCount: Int) -> [UInt8]? {
    guard let cost = hash.values("ln", "r", "p") else { return nil }
    return try? KDF.Scrypt.deriveKey(
      from: password, salt: hash.salt, outputByteCount: byteCount, rounds: 1 << cost[0],
      blockSize: Int(cost[1]), parallelism: Int(cost[2])
    ).withUnsafeBytes(Array.init)
  }
}

extension PHCString {
  /// A hash of scrypt from its parts; nil when N is not a power of two.
  static func scrypt(
    n: UInt32, r: UInt32, p: UInt32, salt: [UInt8], digest: [UInt8]
  ) -> PHCString? {
    guard n > 1, n & (n - 1) == 0 else { return nil }
    return PHCString(
      "scrypt", ["ln": UInt32(n.trailingZeroBitCount), "r": r, "p": p], salt: salt, digest: digest)
  }
}
