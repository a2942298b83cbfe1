import Crypto

/// One step of the database, as it stands in a file: below a line `-- migrate:up` the SQL of the way
/// there, below a line `-- migrate:down`, if there is one, that of the way back. Lines `-- loses: …`
/// at the beginning of either say what gets lost by it.
public struct MigrationFile: Hashable, Sendable {
  /// The name of the file without its endings: `20261126093000-add-profile`. In the order of these
  /// the steps are taken.
  public let id: String
  public let up: Section
  /// Nil when there is no way back.
  public let down: Section?

  public struct Section: Hashable, Sendable {
    public var sql: String
    /// What gets lost by it.
    public var losses: [String]

    public init(sql: String, losses: [String] = []) {
      self.sql = sql
      self.losses = losses
    }
  }

  public init(id: String, up: Section, down: Section?) {
    self.id = id
    self.up = up
    self.down = down
  }

  /// The SHA-256 of the way up, as 64 hexadecimal digits. Blanks at the ends of lines do not count:
  /// editors take them away.
  public var checksum: String {
    let lines = up.sql.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmed }
    let text = lines.joined(separator: "\n").trimmed
    return SHA256.hash(data: Array(text.utf8)).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }

  private static let upMark = "-- migrate:up"
  private static let downMark = "-- migrate:down"
  private static let lossMark = "-- loses: "

  /// - Throws: ``MigrationFileError`` when the marks are not there, once and in order.
  public init(id: String, text: String) throws {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmed }
    let ups = lines.indices.filter { lines[$0] == Self.upMark }
    let downs = lines.indices.filter { lines[$0] == Self.downMark }
    guard ups.count == 1, downs.count <= 1, downs.first ?? .max > ups[0] else {
      throw MigrationFileError(
        id: id,
        reason: "it needs one line “\(Self.upMark)” and, below, at most one "
          + "“\(Self.downMark)”.")
    }
    let end = downs.first ?? lines.endIndex
    let section: (ArraySlice<String>) -> Section = { lines in
      Section(
        sql: lines.filter { !$0.hasPrefix(Self.lossMark) }.joined(separator: "\n").trimmed,
        losses: lines.filter { $0.hasPrefix(Self.lossMark) }
          .map { String($0.dropFirst(Self.lossMark.count)) })
    }
    self.init(
      id: id, up: section(lines[(ups[0] + 1)..<end]),
      down: downs.first.map { section(lines[($0 + 1)...]) })
    if up.sql.isEmpty { throw MigrationFileError(id: id, reason: "there is nothing to do in it.") }
  }

  /// The text of the file.
  /// - Parameter comment: what stands at the top.
  public func text(comment: [String]) -> String {
    var parts = [comment.map { "-- \($0)".trimmed }.joined(separator: "\n")]
    parts.append(Self.text(Self.upMark, up))
    if let down { parts.append(Self.text(Self.downMark, down)) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func text(_ mark: String, _ section: Section) -> String {
    ([mark] + section.losses.map { lossMark + $0 }).joined(separator: "\n") + "\n\n" + section.sql
  }
}

/// A file that is no migration.
public struct MigrationFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let id: String
  public let reason: String

  public init(id: String, reason: String) {
    self.id = id
    self.reason = reason
  }

  public var description: String { "The migration \(id) cannot be used: \(reason)" }
}

extension StringProtocol {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    var rest = self[...]
    while rest.last?.isWhitespace == true { rest.removeLast() }
    // Only the blank lines at the front: the first line keeps its indentation.
    while let newline = rest.firstIndex(where: \.isNewline),
      rest[..<newline].allSatisfy(\.isWhitespace)
    { rest = rest[rest.index(after: newline)...] }
    return String(rest)
  }
}
