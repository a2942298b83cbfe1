/// One end of a copy: a database, in a transaction in which nobody else writes to it.
package protocol CopyEnd: Sendable {
  /// The same for two ends that lead to one database, and for no others.
  func identity() async throws -> String

  /// What can be copied: Latchkey's own tables in the order in which they can be filled, then the app's.
  func tables() async throws -> [CopiedTable]

  /// Begins the transaction, and locks the tables against all who write.
  func begin(_ tables: [CopiedTable]) async throws

  func count(of table: CopiedTable) async throws -> Int

  /// In the order of the key; fewer than the limit when they come to more than
  /// ``CopiedTable/maximumBytes``, but one if there is any.
  func rows(
    of table: CopiedTable, _ place: CopyPlace, limit: Int
  ) async throws -> [CopiedRow]

  /// What there is beside the rows.
  func marks() async throws -> CopyMarks

  /// Before the first rows: moves the beginning of the audit trail, and lets triggers and references of
  /// the app's rest.
  func prepare(_ marks: CopyMarks, for tables: [CopiedTable]) async throws

  /// - Throws: ``CopyError`` for a row that this database does not take.
  func insert(_ rows: [CopiedRow], into table: CopiedTable) async throws

  /// After the last rows: what was let rest is back and was checked, and no number is given out twice.
  func finish(_ marks: CopyMarks, for tables: [CopiedTable]) async throws

  func commit() async throws

  /// Nothing of it stays.
  func rollBack() async
}

/// A table with the columns that are copied.
package struct CopiedTable: Hashable, Sendable {
  package let name: String
  /// In an order that says nothing.
  package var columns: [String]
  /// The columns of the primary key; none when there is no such key.
  package let key: [String]
  /// Whether it is Latchkey's.
  package let isOwn: Bool

  package init(name: String, columns: [String], key: [String], isOwn: Bool) {
    self.name = name
    self.columns = columns
    self.key = key
    self.isOwn = isOwn
  }

  /// The values of the key.
  package func key(of row: CopiedRow) -> [CopiedValue] {
    key.compactMap { name in columns.firstIndex(of: name).map { row[$0] } }
  }

  /// How a person finds it: `id = 3`. Latchkey's own keys are secrets, or say nothing.
  func name(of row: CopiedRow) -> String {
    if isOwn { return "a key of Latchkey's" }
    return zip(key, key(of: row)).map { name, value in
      switch value {
      case .integer(let number): "\(name) = \(number)"
      case .text(let text): "\(name) = \(text)"
      case .null, .real, .blob: "some \(name)"
      }
    }.joined(separator: ", ")
  }

  /// About as many as are held in memory at a time.
  package static let maximumBytes = 4 << 20

  /// Latchkey's own tables, in the order in which they can be filled. What else is Latchkey's are
  /// ``CopyMarks``, or is made anew by each database.
  package static let own = [
    "account", "session", "known_browser", "recovery_code", "throttle", "audit",
  ]
}

/// Which rows of a table are meant.
package enum CopyPlace: Sendable {
  case all
  /// Those that come later in the order of the key.
  case behind(CopiedRow)
  /// That with the same key.
  case like(CopiedRow)

  /// Of their keys to that of the row that is named; nil when none is.
  package var relation: String? {
    switch self {
    case .all: nil
    case .behind: ">"
    case .like: "="
    }
  }
}

extension CopiedTable {
  /// The values of the key that the place names; none for ``CopyPlace/all``.
  package func key(at place: CopyPlace) -> [CopiedValue] {
    switch place {
    case .all: []
    case .behind(let row), .like(let row): key(of: row)
    }
  }
}

/// The values of a row, in the order of the table's columns.
package typealias CopiedRow = [CopiedValue]

/// A value as both kinds of databases can hold it. A boolean is 0 or 1.
package enum CopiedValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// About as many as it takes.
  package var size: Int {
    switch self {
    case .null, .integer, .real: 16
    case .text(let text): 16 + text.utf8.count
    case .blob(let bytes): 16 + bytes.count
    }
  }
}

/// What belongs to the rows and is none.
package struct CopyMarks: Hashable, Sendable {
  /// The key of this database's keyed hashes.
  package var secret: [UInt8]?
  /// The last record that retention has removed from the audit trail: its number and its hash.
  package var anchorNumber: Int64
  package var anchorHash: [UInt8]
  /// The highest number that each table has ever given out.
  package var lastNumbers: [String: Int64]
  /// Of PostgreSQL's sequences, whoever uses them, what each has given out.
  package var sequences: [String: Int64]

  package init(
    secret: [UInt8]?, anchorNumber: Int64, anchorHash: [UInt8], lastNumbers: [String: Int64],
    sequences: [String: Int64] = [:]
  ) {
    self.secret = secret
    self.anchorNumber = anchorNumber
    self.anchorHash = anchorHash
    self.lastNumbers = lastNumbers
    self.sequences = sequences
  }
}

/// Why nothing was copied.
package struct CopyError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
