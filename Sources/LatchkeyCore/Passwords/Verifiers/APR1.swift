internal import Crypto

/// htpasswd's `$apr1$<salt>$<22 digits>`: Poul-Henning Kamp's md5crypt with another name, which goes into
/// the hash, so that crypt(3) cannot compute it. This is apr_md5_encode of Apache's apr_md5.c, with the MD5
/// of swift-crypto.
///
/// A thousand rounds of MD5 withstand nobody: such a hash is there to be replaced at the next login.
struct APR1: PasswordVerifier {
  static let work = PasswordWork(rawValue: "apr1")
  private static let prefix = "$apr1$"
  private static let alphabet = Array(
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  func work(of hash: PasswordHash) -> PasswordWork? {
    Self.salt(of: hash) == nil ? nil : Self.work
  }

  func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    guard let salt = Self.salt(of: other) else { return nil }
    return PasswordHash(text: Self.prefix + salt + "$" + Self.digest(password, Array(salt.utf8)))
  }

  func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    guard work == Self.work else { return false }
    _ = Self.digest(password, Array("........".utf8))
    return true
  }

  private static func salt(of hash: PasswordHash) -> Substring? {
    guard hash.text.hasPrefix(prefix) else { return nil }
    let parts = hash.text.dropFirst(prefix.count).fields(separatedBy: "$")
    guard parts.count == 2, parts[0].utf8.count <= 8, parts[1].utf8.count == 22,
      parts.allSatisfy({ $0.utf8.allSatisfy(LibCrypt.isDigit) })
    else { return nil }
    return parts[0]
  }

  private static func digest(_ password: [UInt8], _ salt: [UInt8]) -> String {
    let alternate = md5(password + salt + password)
    var text = password + Array(prefix.utf8) + salt
    for start in stride(from: 0, to: password.count, by: 16) {
      text += alternate.prefix(password.count - start)
    }
    // A byte for each bit of the length, from the lowest.
    var bits = password.count
    while bits > 0 {
      text.append(bits & 1 == 1 ? 0 : password[0])
      bits >>= 1
    }
    var digest = md5(text)
    for round in 0..<1000 {
      var text = round & 1 == 1 ? password : digest
      if !round.isMultiple(of: 3) { text += salt }
      if !round.isMultiple(of: 7) { text += password }
      digest = md5(text + (round & 1 == 1 ? digest : password))
    }
    // Three bytes are four digits; the last byte is two.
    let order = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
    var digits: [UInt8] = []
    func append(_ value: Int, count: Int) {
      for place in 0..<count { digits.append(alphabet[value >> (6 * place) & 63]) }
    }
    for (high, middle, low) in order {
      append(Int(digest[high]) << 16 | Int(digest[middle]) << 8 | Int(digest[low]), count: 4)
    }
    append(Int(digest[11]), count: 2)
    return String(decoding: digits, as: UTF8.self)
  }

  private static func md5(_ bytes: [UInt8]) -> [UInt8] { Array(Insecure.MD5.hash(data: bytes)) }
}
