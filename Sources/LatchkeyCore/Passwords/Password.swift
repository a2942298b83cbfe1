/// A password as somebody typed it. It never prints.
public struct Password: Sendable {
  /// The typed text, unchanged. Nothing is trimmed or cut (ASVS 6.2.8).
  let text: String

  public init(_ text: String) {
    self.text = text
  }

  public var isEmpty: Bool { text.isEmpty }

  /// How many UTF-8 bytes a login hashes at the most. Longer input is refused before any work:
  /// megabytes of "password" must not buy a denial of service.
  public static let maximumBytes = 4096

  /// Our own hashes are made of the composed form (NFC, SP 800-63B 3.1.1.2), so that `é` typed
  /// on a Mac and on a phone is one password.
  var composedBytes: [UInt8] { Array(UnicodeForm.composed(text).utf8) }

  /// An imported hash was made of the bytes as they came.
  var receivedBytes: [UInt8] { Array(text.utf8) }

  /// Equal once composed. Both sides come from one person's form: no secret is compared here.
  public func isSame(as other: Password) -> Bool {
    composedBytes == other.composedBytes
  }
}

extension Password: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "Password(redacted)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
