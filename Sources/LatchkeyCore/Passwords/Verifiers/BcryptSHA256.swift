internal import Crypto
import Foundation

/// bcrypt of a SHA-256, so that no password is too long for it: passlib's `bcrypt_sha256` in its first
/// and second form (<https://passlib.readthedocs.io/en/stable/lib/passlib.hash.bcrypt_sha256.html>), and
/// Django's. Kept as passlib writes it, Django's with an identifier of its own:
///
/// - `$bcrypt-sha256$v=2,t=2b,r=12$<22 digits of salt>$<31 of digest>`: bcrypt of the Base64 of HMAC-SHA-256
///   with the salt as its key
/// - `$bcrypt-sha256$2b,12$…$…`, the first form: of the Base64 of SHA-256
/// - `$django-bcrypt-sha256$2b,12$…$…`: of SHA-256 in hexadecimal digits
struct BcryptSHA256: PasswordVerifier {
  func work(of hash: PasswordHash) -> PasswordWork? {
    Parts(hash.text)?.work
  }

  func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    guard let parts = Parts(other.text),
      let bcrypt = LibCrypt.hash(parts.key(password), setting: parts.bcryptSetting)
    else { return nil }
    return PasswordHash(text: parts.setting + bcrypt.suffix(31))
  }

  func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    guard let cost = Bcrypt.acceptableCosts.first(where: { Parts.work(cost: $0) == work })
    else { return false }
    let key = Hexadecimal.encode(SHA256.hash(data: password))
    _ = LibCrypt.hash(Array(key.utf8), setting: Bcrypt.sample(cost: cost))
    return true
  }

  private struct Parts {
    enum Form {
      case passlib1, passlib2, django
    }

    let form: Form
    let cost: Int
    let salt: Substring
    /// All of the text but the digest.
    let setting: String
    let bcryptSetting: String

    init?(_ text: String) {
      let parts = text.fields(separatedBy: "$")
      guard parts.count == 5, parts[0].isEmpty,
        let (form, type, cost) = Self.cost(parts[1], parts[2].fields(separatedBy: ",")),
        Bcrypt.acceptableCosts.contains(cost), parts[3].utf8.count == 22,
        parts[4].utf8.count == 31, (parts[3] + parts[4]).utf8.allSatisfy(LibCrypt.isDigit)
      else { return nil }
      self.form = form
      self.cost = cost
      salt = parts[3]
      setting = String(text.dropLast(31))
      bcryptSetting = "$\(type)$" + (cost < 10 ? "0" : "") + "\(cost)$\(salt)"
    }

    private static func cost(
      _ identifier: Substring, _ parameters: [Substring]
    ) -> (Form, Substring, Int)? {
      let form: Form
      let values: [Substring]
      switch (identifier, parameters.count) {
      case ("bcrypt-sha256", 3):
        guard parameters[0] == "v=2", parameters[1].hasPrefix("t="), parameters[2].hasPrefix("r=")
        else { return nil }
        (form, values) = (.passlib2, parameters.dropFirst().map { $0.dropFirst(2) })
      case ("bcrypt-sha256", 2): (form, values) = (.passlib1, parameters)
      case ("django-bcrypt-sha256", 2): (form, values) = (.django, parameters)
      default: return nil
      }
      guard ["2a", "2b", "2y"].contains(values[0]), let cost = Int(values[1]),
        String(cost) == values[1]
      else { return nil }
      return (form, values[0], cost)
    }

    func key(_ password: [UInt8]) -> [UInt8] {
      switch form {
      case .passlib1: Array(Data(SHA256.hash(data: password)).base64EncodedString().utf8)
      case .passlib2:
        Array(
          Data(
            HMAC<SHA256>.authenticationCode(
              for: password, using: SymmetricKey(data: Data(salt.utf8)))
          ).base64EncodedString().utf8)
      case .django: Array(Hexadecimal.encode(SHA256.hash(data: password)).utf8)
      }
    }

    /// bcrypt is all of it: what comes before takes microseconds.
    var work: PasswordWork { Self.work(cost: cost) }

    static func work(cost: Int) -> PasswordWork {
      PasswordWork(rawValue: "bcrypt-sha256 cost=\(cost)")
    }
  }
}
