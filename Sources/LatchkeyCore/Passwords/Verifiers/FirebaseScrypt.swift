internal import Crypto
internal import CryptoExtras
import Foundation

/// Firebase Authentication's scrypt (<https://github.com/firebase/scrypt>): a project's signer key, encrypted with
/// AES-256 in counter mode under the first half of what scrypt makes of the password.
///
/// The signer key XOR such a hash is the cipher's key stream, which is as good to compare with and needs no signer
/// key. So kept is `$firebase-scrypt$ln=<memory cost>,r=<rounds>,p=1$<salt and separator>$<64 bytes of key stream>`.
///
/// Bounds are ``Scrypt``'s.
struct FirebaseScrypt: PHCVerifier {
  static let prefix = "$firebase-scrypt$"
  private static let streamByteCount = 64

  static func accepts(_ hash: PHCString) -> Bool {
    hash.identifier == "firebase-scrypt" && hash.version == nil
      && hash.digest.count == streamByteCount && Scrypt.isAcceptable(hash)
  }

  static func work(of hash: PHCString) -> PasswordWork { hash.work }

  static func sample(of work: PasswordWork) -> PHCString? {
    PHCString(sampleOf: work, digestByteCount: streamByteCount)
  }

  static func digest(of password: [UInt8], like hash: PHCString) -> [UInt8]? {
    guard let derived = Scrypt.derive(password, like: hash, byteCount: 64),
      let nonce = try? AES._CTR.Nonce(nonceBytes: Array(repeating: 0, count: 16)),
      let stream = try? AES._CTR.encrypt(
        Array(repeating: 0, count: streamByteCount),
        using: SymmetricKey(data: derived.prefix(32)), nonce: nonce)
    else { return nil }
    return Array(stream)
  }
}

/// What a Firebase project hashes passwords with: "password hash parameters" on its page of users.
public struct FirebaseParameters: Sendable {
  let signerKey: [UInt8]
  let saltSeparator: [UInt8]
  let rounds: UInt32
  let memoryCost: UInt32

  /// Nil when one of them is not what it says: Base64, 64 bytes of key, rounds of 1 to 8, a memory cost of 1
  /// to 16.
  public init?(signerKey: String, saltSeparator: String, rounds: Int, memoryCost: Int) {
    guard let key = Self.bytes(signerKey), key.count == 64,
      let separator = Self.bytes(saltSeparator), (1...8).contains(rounds),
      (1...16).contains(memoryCost)
    else { return nil }
    self.signerKey = key
    self.saltSeparator = separator
    self.rounds = UInt32(rounds)
    self.memoryCost = UInt32(memoryCost)
  }

  /// Nil when they are no Base64 of a hash of this project.
  func hash(_ text: String, salt: String) -> PasswordHash? {
    guard let hash = Self.bytes(text), hash.count == signerKey.count, let salt = Self.bytes(salt)
    else { return nil }
    let string = PHCString(
      "firebase-scrypt", ["ln": memoryCost, "r": rounds, "p": 1], salt: salt + saltSeparator,
      digest: zip(hash, signerKey).map { $0 ^ $1 })
    return PasswordHash(text: string.text)
  }

  /// With either alphabet: its export has the one of URLs.
  private static func bytes(_ text: String) -> [UInt8]? {
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: plain).map(Array.init)
  }
}
