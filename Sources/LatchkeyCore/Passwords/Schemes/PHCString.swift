import Foundation

/// A hash as the PHC string format has it: `$<id>$v=<version>$<name>=<number>,…$<salt>$<digest>`, with or
/// without a version, in Base64 without padding (<https://github.com/P-H-C/phc-string-format>).
struct PHCString {
  struct Parameter: Equatable {
    let name: Substring
    let value: UInt32
  }

  let identifier: Substring
  var version: UInt32?
  let parameters: [Parameter]
  var salt: [UInt8]
  var digest: [UInt8]

  /// Nil for anything that ``text`` would not have written: a hash has one spelling.
  init?(_ text: String) {
    var parts = text.fields(separatedBy: "$")[...]
    guard parts.popFirst()?.isEmpty == true, let identifier = parts.popFirst() else { return nil }
    let version = parts.count == 4 ? Self.parameter(parts.removeFirst()) : nil
    guard parts.count == 3, let digest = Self.bytes(base64: parts.removeLast()),
      let salt = Self.bytes(base64: parts.removeLast()),
      let parameters = Self.parameters(parts.removeLast().fields(separatedBy: ",")),
      version?.name ?? "v" == "v"
    else { return nil }
    self.init(identifier, version?.value, parameters, salt, digest)
    guard self.text == text else { return nil }
  }

  init(
    _ identifier: Substring, version: UInt32? = nil,
    _ parameters: KeyValuePairs<Substring, UInt32>, salt: [UInt8], digest: [UInt8]
  ) {
    self.init(identifier, version, parameters.map(Parameter.init), salt, digest)
  }

  /// A hash that takes this work, of nothing in particular: see ``work``.
  init?(sampleOf work: PasswordWork, digestByteCount: Int) {
    var parts = work.rawValue.fields(separatedBy: " ")[...]
    guard let identifier = parts.popFirst(), let parameters = Self.parameters(Array(parts))
    else { return nil }
    self.init(
      identifier, nil, parameters, Array(repeating: 0, count: 16),
      Array(repeating: 0, count: digestByteCount))
  }

  private init(
    _ identifier: Substring, _ version: UInt32?, _ parameters: [Parameter], _ salt: [UInt8],
    _ digest: [UInt8]
  ) {
    self.identifier = identifier
    self.version = version
    self.parameters = parameters
    self.salt = salt
    self.digest = digest
  }

  var text: String {
    let version = version.map { "$v=\($0)" } ?? ""
    return "$\(identifier)\(version)$\(written(separator: ","))"
      + "$\(Self.text(base64: salt))$\(Self.text(base64: digest))"
  }

  /// `scrypt ln=16 r=8 p=1`, whatever the version.
  var work: PasswordWork {
    PasswordWork(rawValue: "\(identifier) \(written(separator: " "))")
  }

  /// The values of exactly these parameters in this order; nil when there are others.
  func values(_ names: String...) -> [UInt32]? {
    parameters.map { String($0.name) } == names ? parameters.map(\.value) : nil
  }

  private func written(separator: String) -> String {
    parameters.map { "\($0.name)=\($0.value)" }.joined(separator: separator)
  }

  private static func parameters(_ texts: [Substring]) -> [Parameter]? {
    let parameters = texts.compactMap(parameter)
    return parameters.count == texts.count ? parameters : nil
  }

  private static func parameter(_ text: Substring) -> Parameter? {
    let parts = text.fields(separatedBy: "=", maxSplits: 1)
    guard parts.count == 2, let value = UInt32(parts[1]) else { return nil }
    return Parameter(name: parts[0], value: value)
  }

  static func bytes(base64 text: Substring) -> [UInt8]? {
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    return Data(base64Encoded: text + padding).map(Array.init)
  }

  static func text(base64 bytes: [UInt8]) -> String {
    String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
  }
}

/// A way of hashing whose hashes are PHC strings.
protocol PHCVerifier: PasswordVerifier {
  /// What all of its hashes begin with: an import asks a dozen verifiers about each of its hashes.
  static var prefix: String { get }

  /// Whether the hash is of this kind, whole, and no more work than the bounds allow.
  static func accepts(_ hash: PHCString) -> Bool

  /// As many bytes as the hash's digest has; nil when the library fails.
  /// - Parameters:
  ///   - password: in UTF-8.
  ///   - hash: that is accepted.
  static func digest(of password: [UInt8], like hash: PHCString) -> [UInt8]?

  static func work(of hash: PHCString) -> PasswordWork

  /// A hash that takes this work, of nothing in particular; nil for anything that is no work.
  static func sample(of work: PasswordWork) -> PHCString?
}

extension PHCVerifier {
  private static func accepted(_ hash: PasswordHash) -> PHCString? {
    guard hash.text.hasPrefix(prefix), let parts = PHCString(hash.text), accepts(parts)
    else { return nil }
    return parts
  }

  public func work(of hash: PasswordHash) -> PasswordWork? {
    Self.accepted(hash).map(Self.work)
  }

  public func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    guard var hash = Self.accepted(other), let digest = Self.digest(of: password, like: hash)
    else { return nil }
    hash.digest = digest
    return PasswordHash(text: hash.text)
  }

  public func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    guard let hash = Self.sample(of: work), Self.accepts(hash) else { return false }
    _ = Self.digest(of: password, like: hash)
    return true
  }
}
