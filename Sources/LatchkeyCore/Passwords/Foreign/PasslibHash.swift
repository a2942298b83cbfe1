/// passlib's PBKDF2 (<https://passlib.readthedocs.io/en/stable/lib/passlib.hash.pbkdf2_digest.html>):
/// `$pbkdf2-sha256$<iterations>$<salt>$<digest>`, also `$pbkdf2$` (SHA-1) and `$pbkdf2-sha512$`, in Base64
/// without padding and with `.` for `+`. Its other formats are kept as they are.
enum PasslibHash {
  private static let functions: [Substring: (name: String, digestByteCount: Int)] = [
    "pbkdf2": ("sha1", 20), "pbkdf2-sha256": ("sha256", 32), "pbkdf2-sha512": ("sha512", 64),
  ]

  static func read(_ text: String) -> PasswordHash? {
    guard text.hasPrefix("$pbkdf2") else { return nil }
    let parts = text.fields(separatedBy: "$")
    guard parts.count == 5, parts[0].isEmpty,
      let (function, digestByteCount) = functions[parts[1]], let iterations = UInt32(parts[2]),
      let salt = bytes(parts[3]), let digest = bytes(parts[4]), digest.count == digestByteCount
    else { return nil }
    return PasswordHash(
      text: PHCString.pbkdf2(function, iterations: iterations, salt: salt, digest: digest).text)
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    PHCString.bytes(base64: Substring(text.replacing(".", with: "+")))
  }
}
