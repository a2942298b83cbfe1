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
  public let tables: AppTables
  /// What of Latchkey's own is not as the steps make it, such as `trigger audit_is_never_changed`.
  public let changedOwn: [String]
}

extension SQLiteStore {
  /// - Throws: `StoreUnavailableError` with a reason for the operator, `StoreIsNewerError`.
  public static func look(at path: String) async throws -> DatabaseLook {
    guard DatabaseFile.exists(path) else {
      throw StoreUnavailableError(reason: "There is no database \(path).")
    }
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(TimeInterval(lockTimeout.components.seconds))
      return try await DatabaseQueue(path: path, configuration: configuration).read { db in
        let own = try OwnMigrations.state(of: db)
        return DatabaseLook(
          own: own, applied: try MigrationHistory.app.applied(in: db),
          tables: try AppTables(in: db),
          changedOwn: try OwnTables.changed(in: db, after: own.applied))
      }
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
    }
  }
}
