import Foundation

/// htpasswd's `{SHA}<Base64>` (<https://httpd.apache.org/docs/2.4/misc/password_encryptions.html>). Its
/// `$apr1$` and `$2y$` are kept as they are; plain text and the 13 characters of DES are refused.
enum HtpasswdHash {
  static func read(_ text: String) -> PasswordHash? {
    guard text.utf8.count == 33, text.hasPrefix("{SHA}"),
      let digest = Data(base64Encoded: String(text.dropFirst(5))), digest.count == 20
    else { return nil }
    return UnsaltedSHA1.hash(of: Array(digest))
  }
}
