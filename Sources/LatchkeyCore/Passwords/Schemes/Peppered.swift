import Crypto
import Foundation

/// A key that hashes are made with and that the database does not have: whoever gets the database alone can
/// try no password (NIST SP 800-63B-4, section 3.1.1.2).
public struct Pepper: Sendable {
  /// Which key it is: 1 to 16 lower-case letters and digits. It stands in each hash that is made with it.
  public let id: String
  let key: SymmetricKey

  /// - Parameters:
  ///   - id: 1 to 16 lower-case letters and digits.
  ///   - key: at least 32 random bytes.
  /// - Throws: ``InvalidPepperError``.
  public init(id: String, key: [UInt8]) throws(InvalidPepperError) {
    guard (1...16).contains(id.utf8.count),
      id.utf8.allSatisfy({
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      })
    else {
      throw InvalidPepperError(reason: "its ID must be 1 to 16 lower-case letters and digits")
    }
    guard key.count >= 32 else {
      throw InvalidPepperError(reason: "its key must have at least 32 bytes, and has \(key.count)")
    }
    self.id = id
    self.key = SymmetricKey(data: key)
  }

  /// From a file with the key in Base64, as `openssl rand -base64 32` writes it.
  /// - Throws: ``InvalidPepperError``.
  public init(id: String, file path: String) throws(InvalidPepperError) {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw InvalidPepperError(reason: "the file \(path) cannot be read")
    }
    guard let key = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw InvalidPepperError(
        reason: "the file \(path) must hold a key in Base64, as openssl rand -base64 32 writes it")
    }
    try self.init(id: id, key: Array(key))
  }

  /// What is hashed in the place of the password: the Base64 of HMAC-SHA-256 (RFC 2104), which no scheme finds too
  /// long, and which has no NUL.
  func applied(to password: [UInt8]) -> [UInt8] {
    let code = HMAC<SHA256>.authenticationCode(for: password, using: key)
    return Array(Data(code).base64EncodedString().utf8)
  }
}

extension Pepper: CustomStringConvertible, CustomReflectable {
  public var description: String { "Pepper(\(id))" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

public struct InvalidPepperError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String

  public var description: String { "The pepper cannot be used: \(reason)." }
}

/// A scheme whose passwords go through a ``Pepper`` first. Its hashes are `$hmac-sha256$<the pepper's ID>` and
/// behind it the scheme's own text; bcrypt's with a `$` between salt and digest.
///
/// Another key is another work: a login re-hashes with the first of the configured schemes, so to change
/// the key is to put the new one in front and to keep the old one as long as it is in use. Without its key a hash never
/// verifies.
public struct Peppered: PasswordScheme {
  private let base: any PasswordScheme
  private let pepper: Pepper
  private let prefix: String
  private let suffix: String

  /// What each of its hashes begins with.
  package static let prefix = "$hmac-sha256$"

  public init(_ base: any PasswordScheme, with pepper: Pepper) {
    self.base = base
    self.pepper = pepper
    prefix = Self.prefix + pepper.id
    suffix = " pepper=\(pepper.id)"
  }

  public var name: String { base.name }
  public var work: PasswordWork { work(base.work) }
  public var maximumPasswordBytes: Int? { nil }

  public func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    text(try base.hash(pepper.applied(to: password), random: random))
  }

  public func work(of hash: PasswordHash) -> PasswordWork? {
    inner(hash).flatMap(base.work(of:)).map(work)
  }

  public func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    inner(other).flatMap {
      base.hash(pepper.applied(to: password), like: $0, likeOthers: false)
    }.map(text)
  }

  public func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    guard work.rawValue.hasSuffix(suffix) else { return false }
    let inner = PasswordWork(rawValue: String(work.rawValue.dropLast(suffix.count)))
    return base.spend(inner, on: pepper.applied(to: password))
  }

  /// Which key a hash of that work needs; nil for none.
  package static func pepperID(of work: PasswordWork) -> Substring? {
    work.rawValue.fields(separatedBy: " ").last { $0.hasPrefix("pepper=") }?.dropFirst(7)
  }

  package var pepperID: String { pepper.id }

  private func work(_ inner: PasswordWork) -> PasswordWork {
    PasswordWork(rawValue: inner.rawValue + suffix)
  }

  /// Where bcrypt's salt ends: everywhere else it is what stands last that says nothing of how a hash was made
  /// (``PasswordSetting``).
  private static let bcryptSaltEnd = 29

  private func text(_ inner: PasswordHash) -> PasswordHash {
    var text = inner.text
    if text.hasPrefix("$2") {
      text.insert("$", at: text.index(text.startIndex, offsetBy: Self.bcryptSaltEnd))
    }
    return PasswordHash(text: prefix + text)
  }

  /// The base's own hash; nil for any other text than ``text(_:)`` writes.
  private func inner(_ hash: PasswordHash) -> PasswordHash? {
    guard hash.text.hasPrefix(prefix + "$") else { return nil }
    var text = String(hash.text.dropFirst(prefix.count))
    if text.hasPrefix("$2") {
      // Of ASCII, so that a byte is a character.
      guard text.utf8.count == 61, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
      text.remove(at: text.index(text.startIndex, offsetBy: Self.bcryptSaltEnd))
    }
    let inner = PasswordHash(text: text)
    return base.work(of: inner) != nil && self.text(inner) == hash ? inner : nil
  }
}

extension PasswordScheme {
  /// This scheme with each of the peppers, then without one: the order of ``LocalAuth/Configuration/schemes``.
  func peppered(_ peppers: [Pepper]) -> [any PasswordScheme] {
    peppers.map { Peppered(self, with: $0) } + [self]
  }
}
