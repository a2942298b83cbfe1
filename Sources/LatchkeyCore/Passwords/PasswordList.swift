internal import CCommonPasswords
import Foundation

/// A list of passwords that are refused, because they are tried first.
///
/// The list is text: one password on each line, lower-case, lines in the order of their bytes. It
/// is searched where it stands, in the program or in a file, and takes no memory of its own.
///
/// A password is on the list in any letter case, and with up to eight digits, signs and blanks
/// around it that the line does not have: `Sunshine`, `sunshine99!`, ` !sunshine`; with more of them
/// if they are on the list or one sign all over (`password123456789`). So is a line said again and
/// again: `sunshinesunsh`. Nothing else is stripped: `sunshine` inside of a longer phrase is fine
/// (SP 800-63B 3.1.1.2 compares whole passwords).
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
    return [whole, Self.trimmed(whole, Self.isSign).middle].contains(where: holdsAlone)
      || holdsInside(whole)
  }

  private func holdsAlone(_ text: [UInt8]) -> Bool { holds(text) || holdsRepeated(text) }

  /// Without the digits and signs around it.
  private func holdsInside(_ whole: [UInt8]) -> Bool {
    let (head, base, tail) = Self.trimmed(whole) { Self.isDigit($0) || Self.isSign($0) }
    guard base.count >= Self.shortestBase, holds(base) else { return false }
    // A longer tail is worth something by itself, unless it is as common.
    return head.count + tail.count <= Self.longestEdges
      || head.isEmpty && (holdsAlone(tail) || Set(tail).count == 1)
  }

  private static func trimmed(
    _ whole: [UInt8], _ isEdge: (UInt8) -> Bool
  ) -> (head: [UInt8], middle: [UInt8], tail: [UInt8]) {
    let head = Array(whole.prefix(while: isEdge))
    let rest = whole.dropFirst(head.count)
    let tail = Array(rest.reversed().prefix(while: isEdge).reversed())
    return (head, Array(rest.dropLast(tail.count)), tail)
  }

  /// A line that is said again and again.
  private func holdsRepeated(_ whole: [UInt8]) -> Bool {
    let period = (1..<max(1, whole.count)).first { period in
      whole.dropFirst(period).elementsEqual(whole.dropLast(period))
    }
    guard let period, period >= Self.shortestBase else { return false }
    return holds(Array(whole.prefix(period)))
  }

  private static let shortestBase = 5
  private static let longestEdges = 8

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isSign(_ byte: UInt8) -> Bool { Self.signs.contains(byte) }

  private static let signs = Set(" !?.,*#$@-_+=".utf8)

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
