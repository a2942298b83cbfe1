import Foundation

extension ForeignAccounts {
  /// Accounts of Apache's and nginx' password files: `name:hash` on each line, with comments after `#`.
  public init(htpasswd bytes: [UInt8]) {
    self.init()
    let text = String(decoding: bytes, as: UTF8.self)
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") { continue }
      add(line: index + 1) { origin throws(UnreadableLine) in
        guard let colon = line.firstIndex(of: ":") else {
          throw UnreadableLine(reason: "it has no colon between a name and a hash")
        }
        return ForeignAccount(
          origin: origin, username: String(line[..<colon]),
          hash: PasswordHash(text: String(line[line.index(after: colon)...])), isEnabled: true)
      }
    }
  }
}
