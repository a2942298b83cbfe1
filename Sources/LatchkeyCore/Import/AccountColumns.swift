import Foundation

/// What stands in the columns of a CSV file and in the members of a JSON object, in words: see
/// ``ForeignAccounts/init(csv:)``.
enum AccountColumns {
  static func isEnabled(_ text: String) throws(UnreadableLine) -> Bool {
    switch text.lowercased() {
    case "true", "t", "1", "yes": true
    case "false", "f", "0", "no": false
    default: throw UnreadableLine(reason: "“enabled” is neither true nor false")
    }
  }

  static func createdAt(_ text: String) throws(UnreadableLine) -> Timestamp? {
    if text.isEmpty { return nil }
    guard let moment = Timestamp(foreign: text) else {
      throw UnreadableLine(reason: "“created” is no date and time such as 2026-01-31T12:00:00Z")
    }
    return moment
  }
}

extension Timestamp {
  private static let format = Date.ISO8601FormatStyle()

  /// A date and time as databases and files write it: `2026-01-31 12:00:00.25`, `2026-01-31T12:00:00+01:00`.
  /// Without a zone it is UTC.
  package init?(foreign text: String) {
    let moment = text.prefix(19)
    var rest = text.dropFirst(19)
    guard moment.utf8.count == 19, ["T", " "].contains(moment.dropFirst(10).first) else {
      return nil
    }
    var milliseconds: Int64 = 0
    if rest.first == "." {
      let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      guard digits.count <= 9, let value = Int64("\(digits)000".prefix(3)) else { return nil }
      milliseconds = value
      rest = rest.dropFirst(1 + digits.count)
    }
    guard rest.isEmpty || rest.uppercased() == "Z" || rest.count == 6 else { return nil }
    let zone = rest.isEmpty ? "Z" : rest.uppercased()
    guard
      let date = try? Self.format.parse(
        "\(moment.prefix(10))T\(moment.suffix(8))\(zone)")
    else { return nil }
    self.init(
      millisecondsSinceEpoch: Int64(date.timeIntervalSince1970) * 1000 + milliseconds)
  }
}
