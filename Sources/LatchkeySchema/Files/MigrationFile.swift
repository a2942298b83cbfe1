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
    /// As it stands in the file: a literal may go over several lines.
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

  /// The SHA-256 of the way up, as 64 hexadecimal digits. Blanks at the ends of lines do not count,
  /// nor how a line ends: editors and Git change both.
  public var checksum: String {
    let text = up.sql.utf8.split(separator: .newline, omittingEmptySubsequences: false)
      .map { String(Substring($0.trimmingEnd)) }
      .joined(separator: "\n")
    return SHA256.hash(data: Array(text.trimmed.utf8)).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }

  private static let upMark = "-- migrate:up"
  private static let downMark = "-- migrate:down"
  private static let lossMark = "-- loses: "

  /// - Throws: ``MigrationFileError`` when the marks are not there, once and in order.
  public init(id: String, text: String) throws {
    guard !text.utf8.contains(0) else {
      // SQLite reads no further than to it.
      throw MigrationFileError(id: id, reason: "there is a NUL in it.")
    }
    let byteOrderMark: Unicode.Scalar = "\u{FEFF}"
    let lines = Substring(text.unicodeScalars.drop { $0 == byteOrderMark }).utf8
      .split(separator: .newline, omittingEmptySubsequences: false)
    let marks = lines.map { String(Substring($0.trimmingEnd)) }
    let ups = lines.indices.filter { marks[$0] == Self.upMark }
    let downs = lines.indices.filter { marks[$0] == Self.downMark }
    guard ups.count == 1, downs.count <= 1, downs.first ?? .max > ups[0] else {
      throw MigrationFileError(
        id: id,
        reason: "it needs one line “\(Self.upMark)” and, below, at most one "
          + "“\(Self.downMark)”.")
    }
    let up = Self.section(lines[(ups[0] + 1)..<(downs.first ?? lines.endIndex)])
    let down = downs.first.map { Self.section(lines[($0 + 1)...]) }
    guard up.hasStatements else {
      throw MigrationFileError(
        id: id,
        reason: "there is no statement below “\(Self.upMark)”. Write one, or delete the file.")
    }
    // A way back on which nothing happens is none.
    self.init(id: id, up: up, down: down.flatMap { $0.hasStatements ? $0 : nil })
  }

  /// The losses stand first; what follows is SQL.
  private static func section(_ lines: ArraySlice<Substring.UTF8View>) -> Section {
    var rest = lines
    var losses: [String] = []
    while let line = rest.first.map({ String(Substring($0.trimmingEnd)) }),
      line.isEmpty || line.hasPrefix(lossMark)
    {
      if !line.isEmpty { losses.append(String(line.dropFirst(lossMark.count))) }
      rest.removeFirst()
    }
    let sql = rest.map { String(Substring($0)) }.joined(separator: "\n")
    return Section(sql: sql.trimmed, losses: losses)
  }

  /// The text of the file.
  /// - Parameter comment: what stands at the top.
  public func text(comment: [String]) -> String {
    let lines = comment.flatMap {
      $0.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }
    var parts = [lines.map { $0.isEmpty ? "--" : "-- \($0)" }.joined(separator: "\n")]
    parts.append(Self.text(Self.upMark, up))
    if let down { parts.append(Self.text(Self.downMark, down)) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func text(_ mark: String, _ section: Section) -> String {
    ([mark] + section.losses.map { lossMark + $0 }).joined(separator: "\n") + "\n\n" + section.sql
  }
}

extension MigrationFile.Section {
  fileprivate var hasStatements: Bool {
    SQLTokens(sql).tokens.contains { $0 != ";" }
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

extension UInt8 {
  fileprivate static let newline = UInt8(ascii: "\n")
}

extension Substring.UTF8View {
  /// Without spaces, tabs and carriage returns at the end.
  fileprivate var trimmingEnd: Substring.UTF8View {
    let blanks: Set = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
    return self[..<(lastIndex { !blanks.contains($0) }.map(index(after:)) ?? startIndex)]
  }
}

extension String {
  /// Without blank lines at the front and blanks at the end. The first line keeps its indentation.
  fileprivate var trimmed: String {
    var rest = self[...].utf8
    let blanks: Set = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), .newline]
    rest =
      rest[..<(rest.lastIndex { !blanks.contains($0) }.map(rest.index(after:)) ?? rest.startIndex)]
    while let newline = rest.firstIndex(of: .newline),
      rest[..<newline].allSatisfy({ blanks.contains($0) })
    { rest = rest[rest.index(after: newline)...] }
    return String(Substring(rest))
  }
}
