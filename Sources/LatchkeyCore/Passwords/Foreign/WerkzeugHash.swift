/// Werkzeug's (<https://werkzeug.palletsprojects.com/en/stable/utils/#module-werkzeug.security>), and so
/// most Flask apps': `scrypt:<N>:<r>:<p>$<salt>$<digest>` and `pbkdf2:<function>:<iterations>$<salt>$<digest>`.
/// Salts are text, digests hexadecimal. What was made without a number of iterations is refused.
enum WerkzeugHash {
  private static let functions: [Substring: Int] = ["sha1": 20, "sha256": 32, "sha512": 64]

  static func read(_ text: String) -> PasswordHash? {
    guard text.hasPrefix("scrypt:") || text.hasPrefix("pbkdf2:") else { return nil }
    let parts = text.fields(separatedBy: "$")
    guard parts.count == 3, let digest = Hexadecimal.decode(parts[2])
    else { return nil }
    let method = parts[0].fields(separatedBy: ":")
    let salt = Array(parts[1].utf8)
    switch (method.first, method.count) {
    case ("pbkdf2", 3):
      guard digest.count == functions[method[1]], let iterations = UInt32(method[2]) else {
        return nil
      }
      return PasswordHash(
        text: PHCString.pbkdf2(method[1], iterations: iterations, salt: salt, digest: digest).text)
    case ("scrypt", 4):
      guard digest.count == 64, let n = UInt32(method[1]), let r = UInt32(method[2]),
        let p = UInt32(method[3]),
        let hash = PHCString.scrypt(n: n, r: r, p: p, salt: salt, digest: digest)
      else { return nil }
      return PasswordHash(text: hash.text)
    default: return nil
    }
  }
}
