internal import CCommonPasswords
import Foundation

/// A list of passwords that are refused, because they are tried first.
///
/// The list is text: one password on each line, lower-case, lines in the order of their bytes. It
/// is searched where it stands, in the program or in a file, and takes no memory of its own.
///
/// A password is on the list in any letter case, and with a tail of up to eight digits and signs
/// that the line does not have: `Sunshine`, `sunshine99!`. Nothing else is stripped: `sunshine` inside of a
/// longer phrase is fine (SP 800-63B 3.1.1.2 compares whole passwords).
public struct PasswordList: Sendable {
  private let text: Data

  /// The list that is part of the program; its sources stand in `Sources/CCommonPasswords`.
  public static let common = PasswordList(
    // Never written and never freed: it lies in the program's read-only data.
    text: Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: latchkey_common_passwords_start()),
      count: Int(latchkey_common_passwords_count), deallocator: .none))

  /// A list of the operator's own, mapped into memory.
  ///
  /// - Throws: ``InvalidSettingError`` when the file cannot be read, or a line is out of order.
  ///   `tr A-Z a-z < list | LC_ALL=C sort -u` puts one in order.
  public init(contentsOf path: String) throws {
    do {
      text = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch {
      throw InvalidSettingError(
        key: "password.blocklist", value: path, expectation: "a file that can be read")
    }
    guard isSorted else {
      throw InvalidSettingError(
        key: "password.blocklist", value: path,
        expectation: "a list in the order of its bytes (tr A-Z a-z < list | LC_ALL=C sort -u)")
    }
  }

  private init(text: Data) {
    self.text = text
  }

  /// - Parameter folded: compatibility-composed (NFKC) and in lower case.
  func contains(folded: String) -> Bool {
    let whole = Array(folded.utf8)
    if holds(whole) { return true }
    let base = whole.dropLast(whole.reversed().prefix(while: Self.isTail).count)
    let tail = whole.count - base.count
    return (1...Self.longestTail).contains(tail) && base.count >= Self.shortestBase
      && holds(Array(base))
  }

  private static let shortestBase = 5
  /// A longer tail of digits is worth something by itself.
  private static let longestTail = 8

  private static func isTail(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"), UInt8(ascii: "?"),
      UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "$"),
      UInt8(ascii: "@"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// A binary search that steps to the beginning of the line it landed in.
  private func holds(_ wanted: [UInt8]) -> Bool {
    text.withUnsafeBytes { bytes in
      var (low, high) = (0, bytes.count)
      while low < high {
        var start = (low + high) / 2
        while start > low, bytes[start - 1] != Self.newline { start -= 1 }
        let end = bytes[start...].firstIndex(of: Self.newline) ?? bytes.count
        let line = bytes[start..<end]
        if line.elementsEqual(wanted) { return true }
        if line.lexicographicallyPrecedes(wanted) { low = end + 1 } else { high = start }
      }
      return false
    }
  }

  private var isSorted: Bool {
    text.withUnsafeBytes { bytes in
      var previous = bytes[0..<0]
      var start = 0
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: Self.newline) ?? bytes.count
        let line = bytes[start..<end]
        if line.lexicographicallyPrecedes(previous) { return false }
        previous = line
        start = end + 1
      }
      return true
    }
  }

  private static let newline = UInt8(ascii: "\n")
}
