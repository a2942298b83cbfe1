internal import Crypto

/// htpasswd's and LDAP's `{SHA}<Base64>`: one SHA-1 without a salt. Kept as `$unsalted-sha1$<Base64 without padding>`.
///
/// It withstands nobody: such a hash is there to be replaced at the next login.
struct UnsaltedSHA1: PasswordVerifier {
  static let prefix = "$unsalted-sha1$"
  static let work = PasswordWork(rawValue: "unsalted-sha1")

  func work(of hash: PasswordHash) -> PasswordWork? {
    guard hash.text.hasPrefix(Self.prefix),
      let digest = PHCString.bytes(base64: hash.text.dropFirst(Self.prefix.count)),
      digest.count == Insecure.SHA1.byteCount, Self.hash(of: digest) == hash
    else { return nil }
    return Self.work
  }

  func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    work(of: other).map { _ in Self.hash(of: Array(Insecure.SHA1.hash(data: password))) }
  }

  func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool { work == Self.work }

  static func hash(of digest: [UInt8]) -> PasswordHash {
    PasswordHash(text: prefix + PHCString.text(base64: digest))
  }
}
