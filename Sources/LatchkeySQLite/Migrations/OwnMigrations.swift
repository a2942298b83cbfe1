internal import GRDB
internal import LatchkeyCore
internal import LatchkeySchema

/// The steps of Latchkey's own tables, in files like those of an app. A step that has been released
/// is never edited; the next one follows.
enum OwnMigrations {
  static let files = Result {
    try [
      file(
        "20261123215310-accounts-and-sessions",
        PackageResources._0261123215310_accounts_and_sessions_sqlite_sql),
      file("20261126003450-guarding", PackageResources._0261126003450_guarding_sqlite_sql),
      file("20261126061434-audit-anchor", PackageResources._0261126061434_audit_anchor_sqlite_sql),
      file(
        "20261127010000-session-cache", PackageResources._0261127010000_session_cache_sqlite_sql),
    ]
  }

  private static func file(_ id: String, _ bytes: [UInt8]) throws -> MigrationFile {
    try MigrationFile(id: id, text: String(decoding: bytes, as: UTF8.self))
  }

  /// - Throws: `StoreIsNewerError` when the database has steps that this program does not know;
  ///   `StoreUnavailableError` when it has them in another wording.
  static func state(of db: Database) throws -> MigrationState {
    let files = try files.get()
    let applied = try MigrationHistory.latchkey.applied(in: db)
    let unknown = Set(applied.map(\.id)).subtracting(files.map(\.id))
    guard unknown.isEmpty else { throw StoreIsNewerError(unknownMigrations: unknown.sorted()) }
    do {
      return try MigrationState(files: files, applied: applied)
    } catch {
      throw StoreUnavailableError(
        reason: "The database was made by another build of this program. \(error)")
    }
  }

  /// - Parameter db: a connection for this alone.
  static func bringUpToDate(_ db: Database, at now: Timestamp) throws {
    for file in try pending(in: db) {
      _ = try MigrationStep(file: file, history: .latchkey).apply(to: db, at: now)
    }
  }

  private static func pending(in db: Database) throws -> [MigrationFile] {
    var pending: [MigrationFile] = []
    // One look: another process may be at it.
    try db.inTransaction(.deferred) {
      let state = try state(of: db)
      if state.applied.isEmpty, let name = try OwnTables.namesTaken(in: db).first {
        throw NameTakenError(name: name)
      }
      pending = state.pending
      return .commit
    }
    return pending
  }

  /// Somebody else's database has a name of ours.
  struct NameTakenError: Error {
    let name: String
  }
}
