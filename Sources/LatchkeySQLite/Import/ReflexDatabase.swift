import Foundation
internal import GRDB
public import LatchkeyCore

/// Reads the accounts of a Reflex app from its SQLite database.
///
/// Two generations are known: the tables `user` and `authsession` of the `local_auth` example,
/// and `localuser` and `localauthsession` of the package reflex-local-auth. The hash is TEXT in
/// the one and BLOB in the other. The file is only read.
///
/// Sessions are counted, not carried over: their tokens stand in clear in that database and in
/// every browser's local storage, where any script can read them.
public struct ReflexDatabase: Sendable {
  public let accounts: [ForeignAccount]
  public let sessionCount: Int

  private static let generations = [
    (users: "localuser", sessions: "localauthsession"), (users: "user", sessions: "authsession"),
  ]

  /// - Throws: `StoreUnavailableError` when the file is missing, is not an SQLite database, or
  ///   has neither generation's tables.
  public init(path: String) async throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreUnavailableError(reason: "There is no file \(path).")
    }
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      (accounts, sessionCount) = try await queue.read { db in
        let present = try Self.generations.filter { try db.tableExists($0.users) }
        guard !present.isEmpty else {
          throw StoreUnavailableError(
            reason: "\(path) is not a Reflex database: it has no table user or localuser.")
        }
        let accounts = try present.flatMap { try Self.accounts(in: $0.users, db) }
        let sessions = try present.reduce(0) { try $0 + Self.count($1.sessions, db) }
        return (accounts, sessions)
      }
      try queue.close()
    } catch let error as DatabaseError {
      throw StoreUnavailableError(
        reason:
          "Cannot read \(path) as a Reflex database: \(error.message ?? "\(error.resultCode)").")
    }
  }

  private static func accounts(in table: String, _ db: Database) throws -> [ForeignAccount] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT CAST(id AS BLOB) AS id, CAST(username AS BLOB) AS username,
          CAST(password_hash AS BLOB) AS hash, enabled
        FROM "\(table)" ORDER BY \(table).id
        """
    ).map { row in
      // As bytes: a column of SQLite's may hold any type, and its TEXT may hold NUL or invalid
      // UTF-8. The report must show all of that.
      func text(_ column: String) -> String {
        String(decoding: row[column] as Data? ?? Data(), as: UTF8.self)
      }
      let enabled: Int? = Int.fromDatabaseValue(row["enabled"] as DatabaseValue)
      return ForeignAccount(
        origin: "\(table) \(text("id"))", username: text("username"),
        hash: PasswordHash(text: text("hash")),
        // Anything but a clear yes is no: the seed's own default for the column.
        isEnabled: enabled == 1)
    }
  }

  private static func count(_ table: String, _ db: Database) throws -> Int {
    guard try db.tableExists(table) else { return 0 }
    return try Int.fetchOne(db, sql: "SELECT count(*) FROM \"\(table)\"") ?? 0
  }
}
