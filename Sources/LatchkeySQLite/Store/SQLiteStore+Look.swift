import Foundation
internal import GRDB
internal import LatchkeyCore
public import LatchkeySchema

/// How far a database has come, seen without changing it: opening a ``SQLiteStore`` brings
/// Latchkey's own tables up to date.
public struct DatabaseLook: Sendable {
  /// The steps of Latchkey's own tables.
  public let own: MigrationState
  /// The steps of the app's tables.
  public let applied: [AppliedMigration]
  package let tables: AppTables
  /// What of Latchkey's own is not as the steps make it, such as `trigger audit_is_never_changed`.
  public let changedOwn: [String]
}

extension SQLiteStore {
  /// - Parameters:
  ///   - path: of the file.
  ///   - orAtNone: whether a database that is missing is one in which nothing was done yet.
  /// - Throws: `StoreUnavailableError` with a reason for the operator, `StoreIsNewerError`.
  public static func look(at path: String, orAtNone: Bool = false) async throws -> DatabaseLook {
    try DatabaseFile.checkName(path)
    if orAtNone, !DatabaseFile.holdsAny(path) {
      return try await DatabaseQueue().read(DatabaseLook.init)
    }
    return try await looking(at: path, DatabaseLook.init)
  }

  /// Reads from a database, by a connection that cannot write.
  static func looking<Value: Sendable>(
    at path: String, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try DatabaseFile.checkName(path)
    guard DatabaseFile.holdsAny(path) else { throw StoreUnavailableError(missing: path) }
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(TimeInterval(lockTimeout.components.seconds))
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      return try await queue.read(body)
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
    }
  }
}

extension DatabaseLook {
  fileprivate init(_ db: Database) throws {
    own = try OwnMigrations.state(of: db)
    applied = try MigrationHistory.app.applied(in: db)
    tables = try AppTables(in: db)
    changedOwn = try own.applied.isEmpty ? [] : OwnTables.changed(in: db, after: own.applied)
  }
}
