import Foundation

/// Django's (<https://docs.djangoproject.com/en/stable/topics/auth/passwords/>): `<algorithm>$<the rest>`.
///
/// - `pbkdf2_sha256$<iterations>$<salt>$<digest>` and `pbkdf2_sha1$…`
/// - `scrypt$<N>$<salt>$<r>$<p>$<digest>`
/// - `argon2$<a PHC string without its first $>`
/// - `bcrypt$<crypt's text>` and `bcrypt_sha256$<crypt's text>`
///
/// Salts are text, digests Base64. A password that is marked unusable (`!…`) is no hash.
enum DjangoHash {
  static func read(_ text: String) -> PasswordHash? {
    guard !text.hasPrefix("$") else { return nil }
    let parts = text.fields(separatedBy: "$")
    switch (parts.first, parts.count) {
    case ("pbkdf2_sha256", 4): return pbkdf2("sha256", parts, digestByteCount: 32)
    case ("pbkdf2_sha1", 4): return pbkdf2("sha1", parts, digestByteCount: 20)
    case ("scrypt", 6): return scrypt(parts)
    case ("argon2", 5...6): return PasswordHash(text: String(text.dropFirst("argon2".count)))
    case ("bcrypt", 5) where parts[1].isEmpty:
      return PasswordHash(text: String(text.dropFirst("bcrypt$".count)))
    case ("bcrypt_sha256", 5) where parts[1].isEmpty && parts[4].utf8.count == 53:
      guard let cost = Int(parts[3]) else { return nil }
      return PasswordHash(
        text: "$django-bcrypt-sha256$\(parts[2]),\(cost)$\(parts[4].prefix(22))"
          + "$\(parts[4].dropFirst(22))")
    default: return nil
    }
  }

  private static func pbkdf2(
    _ function: String, _ parts: [Substring], digestByteCount: Int
  ) -> PasswordHash? {
    guard let iterations = UInt32(parts[1]), let digest = Data(base64Encoded: String(parts[3])),
      digest.count == digestByteCount
    else { return nil }
    return PasswordHash(
      text: PHCString.pbkdf2(
        function, iterations: iterations, salt: Array(parts[2].utf8), digest: Array(digest)
      ).text)
  }

  private static func scrypt(_ parts: [Substring]) -> PasswordHash? {
    guard let n = UInt32(parts[1]), let r = UInt32(parts[3]), let p = UInt32(parts[4]),
      let digest = Data(base64Encoded: String(parts[5])), digest.count == 64,
      let hash = PHCString.scrypt(
        n: n, r: r, p: p, salt: Array(parts[2].utf8), digest: Array(digest))
    else { return nil }
    return PasswordHash(text: hash.text)
  }
}
