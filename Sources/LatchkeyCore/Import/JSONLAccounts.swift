import Foundation

extension ForeignAccounts {
  /// Accounts of a file with a JSON object on each line (<https://jsonlines.org>), whose members are the columns
  /// of ``init(csv:)``; `hash` may be null or missing.
  public init(jsonl bytes: [UInt8]) {
    self.init()
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else {
        continue
      }
      add(line: number) { origin throws(UnreadableLine) in
        try ForeignAccount(origin: origin, json: Data(line))
      }
    }
  }
}

extension ForeignAccount {
  private struct Members: Decodable {
    let username: String
    let hash: String?
    let enabled: Bool?
    let created: String?
    let imported: Bool?
  }

  fileprivate init(origin: String, json: Data) throws(UnreadableLine) {
    let members: Members
    do {
      members = try JSONDecoder().decode(Members.self, from: json)
    } catch DecodingError.keyNotFound(let key, _) {
      throw UnreadableLine(reason: "it has no “\(key.stringValue)”")
    } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
      throw UnreadableLine(
        reason: "“\(context.codingPath[0].stringValue)” is of another type than it should be")
    } catch {
      throw UnreadableLine(reason: "it is no JSON object")
    }
    let createdAt: Timestamp? =
      if let created = members.created { try AccountColumns.createdAt(created) } else { nil }
    self.init(
      origin: origin, username: members.username,
      hash: members.hash.flatMap { $0.isEmpty ? nil : PasswordHash(text: $0) },
      isEnabled: members.enabled ?? true, createdAt: createdAt,
      isHashOfReceivedBytes: members.imported ?? true)
  }
}
