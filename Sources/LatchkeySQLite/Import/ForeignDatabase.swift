import Foundation
internal import GRDB
internal import LatchkeyCore

/// Another system's SQLite file. It is only read.
enum ForeignDatabase {
  /// - Parameters:
  ///   - path: of the file.
  ///   - system: `Reflex`, for the message.
  /// - Throws: `StoreUnavailableError` when the file is missing or no SQLite database, and what `body` throws.
  static func read<Value: Sendable>(
    _ path: String, of system: String, _ body: @Sendable (Database) throws -> Value
  ) async throws -> Value {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreUnavailableError(reason: "There is no file \(path).")
    }
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      let value = try await queue.read(body)
      try queue.close()
      return value
    } catch let error as DatabaseError {
      throw StoreUnavailableError(
        reason:
          "Cannot read \(path) as a \(system) database: \(error.message ?? "\(error.resultCode)").")
    }
  }
}

extension ForeignDatabase {
  static func columns(
    of table: String, in path: String, of system: String, _ db: Database
  ) throws -> Set<String> {
    guard try db.tableExists(table) else {
      throw StoreUnavailableError(
        reason: "\(path) is not a \(system) database: it has no table \(table).")
    }
    return Set(try db.columns(in: table).map(\.name))
  }

  static func count(_ table: String, _ db: Database) throws -> Int {
    guard try db.tableExists(table) else { return 0 }
    return try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table.quotedDatabaseIdentifier)") ?? 0
  }
}

extension Row {
  /// The text of a column that was read AS BLOB: a column of SQLite's may hold any type, and its TEXT may
  /// hold NUL or invalid UTF-8. A report must show all of that.
  func foreignText(_ column: String) -> String {
    String(decoding: self[column] as Data? ?? Data(), as: UTF8.self)
  }

  /// Anything but a clear yes is no.
  func foreignBool(_ column: String) -> Bool {
    Int.fromDatabaseValue(self[column] as DatabaseValue) == 1
  }
}

/// Where another system keeps its accounts.
struct ForeignTable {
  let name: String
  let username: String
  let hash: String
  let createdAt: String
  /// An expression that is 1 for whoever may log in.
  let isEnabled: String

  func accounts(_ db: Database) throws -> [ForeignAccount] {
    let quoted = name.quotedDatabaseIdentifier
    return try Row.fetchAll(
      db,
      sql: """
        SELECT CAST(id AS BLOB) AS id, CAST(\(username.quotedDatabaseIdentifier) AS BLOB) AS username,
          CAST(\(hash) AS BLOB) AS hash, CAST(\(createdAt) AS BLOB) AS created_at,
          \(isEnabled) AS is_enabled
        FROM \(quoted) ORDER BY \(quoted).id
        """
    ).map { row in
      let hash = row.foreignText("hash")
      return ForeignAccount(
        origin: "\(name) \(row.foreignText("id"))", username: row.foreignText("username"),
        hash: hash.isEmpty || hash.hasPrefix("!") ? nil : PasswordHash(text: hash),
        isEnabled: row.foreignBool("is_enabled"),
        createdAt: Timestamp(foreign: row.foreignText("created_at")))
    }
  }
}
