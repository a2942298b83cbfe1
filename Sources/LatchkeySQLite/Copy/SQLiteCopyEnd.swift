import Foundation
internal import GRDB
internal import LatchkeyCore
package import LatchkeySchema
import Synchronization

/// An SQLite file as one end of a copy.
package final class SQLiteCopyEnd: CopyEnd {
  private let queue: DatabaseQueue
  /// Triggers of the app's that are gone while it is filled.
  private let resting = Mutex<[SQLiteObject]>([])

  /// - Throws: `StoreUnavailableError`.
  package init(path: String) throws {
    try DatabaseFile.checkName(path)
    guard DatabaseFile.holdsAny(path) else { throw StoreUnavailableError(missing: path) }
    var configuration = Configuration()
    // The transaction goes over many calls, on this one connection.
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(10)
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON
          """)
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
    }
  }

  private func run<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await queue.writeWithoutTransaction(body)
    } catch let error as DatabaseError {
      throw CopyError("SQLite cannot do it: \(error.reason)")
    }
  }

  package func tables() async throws -> [CopiedTable] {
    try await run { db in
      let own = CopiedTable.own
      let app = try OwnTables.others(in: db).filter { $0.kind == "table" && !$0.isVirtual }
        .map(\.name).sorted()
      return try (own + app).map { name in
        // Not those that are computed.
        let columns = try Row.fetchAll(
          db, sql: "SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden = 0",
          arguments: [name])
        return CopiedTable(
          name: name, columns: columns.map { $0["name"] },
          key: columns.filter { $0["pk"] as Int > 0 }
            .sorted { ($0["pk"] as Int) < ($1["pk"] as Int) }.map { $0["name"] },
          isOwn: own.contains(name))
      }
    }
  }

  package func begin(_ tables: [CopiedTable]) async throws {
    try await run { try $0.beginTransaction(.immediate) }
  }

  package func identity() async throws -> String {
    let path = URL(fileURLWithPath: queue.path).resolvingSymlinksInPath().path
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let numbers: [FileAttributeKey] = [.systemNumber, .systemFileNumber]
    return numbers.map { "\(attributes[$0] ?? "")" }.joined(separator: "/")
  }

  package func count(of table: CopiedTable) async throws -> Int {
    try await run { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table.name.quotedDatabaseIdentifier)") ?? 0
    }
  }

  package func rows(
    of table: CopiedTable, _ place: CopyPlace, limit: Int
  ) async throws -> [CopiedRow] {
    try await run { db in
      let columns = table.columns.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
      let key = table.key.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
      let marks = table.key.map { _ in "?" }.joined(separator: ", ")
      let condition = place.relation.map { "WHERE (\(key)) \($0) (\(marks))" } ?? ""
      let values = table.key(at: place).map(\.databaseValue)
      let cursor = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(columns) FROM \(table.name.quotedDatabaseIdentifier) \(condition)
          ORDER BY \(key) LIMIT ?
          """,
        arguments: StatementArguments(values + [limit.databaseValue]))
      var (found, bytes): ([CopiedRow], Int) = ([], 0)
      while bytes < CopiedTable.maximumBytes, let row = try cursor.next() {
        let values = try table.columns.indices.map { try CopiedValue(row, $0, of: table) }
        bytes += values.map(\.size).reduce(0, +)
        found.append(values)
      }
      return found
    }
  }

  package func marks() async throws -> CopyMarks {
    try await run { db in
      let anchor = try Row.fetchOne(db, sql: "SELECT number, hash FROM audit_anchor")
      let numbers = try Row.fetchAll(db, sql: "SELECT name, seq FROM sqlite_sequence")
      return CopyMarks(
        secret: try Data.fetchOne(db, sql: "SELECT bytes FROM store_secret").map(Array.init),
        anchorNumber: anchor?["number"] ?? 0,
        anchorHash: (anchor?["hash"] as Data?).map(Array.init) ?? [],
        lastNumbers: Dictionary(numbers.map { ($0["name"], $0["seq"]) }, uniquingKeysWith: max))
    }
  }

  package func prepare(_ marks: CopyMarks, for tables: [CopiedTable]) async throws {
    let triggers = try await run { db in
      // Of an app's tables, and of an app's on accounts.
      try OwnTables.others(in: db).filter { $0.kind == "trigger" }
    }
    resting.withLock { $0 = triggers }
    try await run { db in
      for trigger in triggers {
        try db.execute(sql: "DROP TRIGGER \(trigger.name.quotedDatabaseIdentifier)")
      }
      guard marks.anchorNumber > 0 else { return }
      // The beginning moves on to a record only: one stands in for the one that is gone.
      try db.execute(
        sql: """
          INSERT INTO audit (number, at_ms, event, succeeded, source, origin, user_agent, details, hash)
          VALUES (?, 0, 'removed', 1, 'app', '', '', '{}', ?)
          """, arguments: [marks.anchorNumber, Data(marks.anchorHash)])
      try db.execute(
        sql: "UPDATE audit_anchor SET number = ?, hash = ?",
        arguments: [marks.anchorNumber, Data(marks.anchorHash)])
      try db.execute(
        sql: "DELETE FROM audit WHERE number = ?", arguments: [marks.anchorNumber])
    }
  }

  package func insert(_ rows: [CopiedRow], into table: CopiedTable) async throws {
    try await run { db in
      let columns = table.columns.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
      let marks = table.columns.map { _ in "?" }.joined(separator: ", ")
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO \(table.name.quotedDatabaseIdentifier) (\(columns)) VALUES (\(marks))
          """)
      for row in rows {
        try statement.execute(arguments: StatementArguments(row.map(\.databaseValue)))
      }
    }
  }

  package func finish(_ marks: CopyMarks, for tables: [CopiedTable]) async throws {
    let triggers = resting.withLock { $0 }
    try await run { db in
      for trigger in triggers { try db.execute(sql: trigger.sql) }
      for table in tables {
        guard let number = marks.lastNumbers[table.name] else { continue }
        let here = try Int64.fetchOne(
          db, sql: "SELECT max(seq) FROM sqlite_sequence WHERE name = ?", arguments: [table.name])
        try db.execute(
          sql: "DELETE FROM sqlite_sequence WHERE name = ?", arguments: [table.name])
        try db.execute(
          sql: "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
          arguments: [table.name, max(number, here ?? 0)])
      }
      try db.execute(sql: "DELETE FROM store_secret")
      if let secret = marks.secret {
        try db.execute(
          sql: "INSERT INTO store_secret (only, bytes) VALUES (1, ?)", arguments: [Data(secret)])
      }
      if let broken = try MigrationStep.brokenReference(in: db) { throw CopyError("\(broken).") }
    }
  }

  package func commit() async throws { try await run { try $0.commit() } }

  package func rollBack() async {
    _ = try? await run { db in if db.isInsideTransaction { try db.rollback() } }
  }
}

extension CopiedValue {
  fileprivate init(_ row: Row, _ at: Int, of table: CopiedTable) throws {
    let value: DatabaseValue = row[at]
    switch value.storage {
    case .null: self = .null
    case .int64(let value): self = .integer(value)
    case .double(let value): self = .real(value)
    case .blob(let value): self = .blob(Array(value))
    case .string:
      // Its bytes: as a text it would be read to the first NUL only, and with what is no UTF-8 replaced.
      let bytes: Data = row[at]
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CopyError(
          "There is a text in \(table.name).\(table.columns[at]) that is not UTF-8. Nothing was "
            + "copied.")
      }
      self = .text(text)
    }
  }

  fileprivate var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let value): value.databaseValue
    case .real(let value): value.databaseValue
    case .text(let value): value.databaseValue
    case .blob(let value): Data(value).databaseValue
    }
  }
}
