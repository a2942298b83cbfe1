import Foundation
internal import GRDB
package import LatchkeyCore
import Logging

/// A database in one file, as it was at one moment, made while it was in use (SQLite's online backup).
package enum SQLiteBackup {
  /// What a copy was found to hold.
  package struct Contents: Sendable {
    package let accounts: Int
    /// How many sessions and recovery codes were ended: they may have been ended since it was made.
    package let ended: Int
    package let trail: AuditVerification
  }

  /// Copies a database, and checks the copy.
  ///
  /// - Parameters:
  ///   - path: of the database.
  ///   - file: an empty file, which becomes the copy.
  ///   - progress: how much of it is copied, from 0 to 1.
  /// - Throws: `StoreUnavailableError`.
  package static func write(
    _ path: String, to file: String, progress: @escaping @Sendable (Double) -> Void
  ) async throws -> Contents {
    try await copy(path, to: file, progress)
    return try await checked(file, ending: nil)
  }

  /// Makes a database of a backup, which is checked before anything is changed.
  ///
  /// - Parameters:
  ///   - backup: is only read.
  ///   - path: of the database.
  ///   - isReplacing: whether it may take the place of one that nobody has open.
  ///   - entry: for the trail, without details.
  ///   - progress: how much of it is copied, from 0 to 1.
  /// - Returns: what it holds, and where the database is that was there before.
  /// - Throws: `StoreUnavailableError`, ``NewFileError``. Nothing was changed then.
  package static func restore(
    _ backup: String, to path: String, isReplacing: Bool, entry: AuditEntry,
    progress: @escaping @Sendable (Double) -> Void
  ) async throws -> (contents: Contents, replaced: String?) {
    try DatabaseFile.checkName(path)
    // A link stays one, and what it leads to is replaced.
    let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let isThere = DatabaseFile.holdsAny(path)
    guard isReplacing || !isThere else {
      throw StoreUnavailableError(reason: "There is a database \(path) already.")
    }
    // An empty file is a database that was never made.
    if !isThere { unlink(path) }
    let copy = try NewFile(isThere ? path + ".restored" : path)
    do {
      try await Self.copy(backup, to: copy.temporary, progress)
      let contents = try await checked(copy.temporary, ending: entry)
      guard isThere else {
        try copy.publish()
        return (contents, nil)
      }
      try await takeOutOfUse(path)
      let replaced = path + ".replaced-\(entry.at.millisecondsSinceEpoch / 1000)"
      try copy.publish(replacing: path, kept: replaced)
      return (contents, replaced)
    } catch {
      copy.discard()
      throw error
    }
  }

  private static func copy(
    _ path: String, to file: String, _ progress: @escaping @Sendable (Double) -> Void
  ) async throws {
    try await SQLiteStore.looking(at: path) { db in
      // The moment that is copied: what is committed from here on is not in it, and does not make the copy
      // begin again.
      _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
      let queue = try DatabaseQueue(path: file)
      try queue.writeWithoutTransaction { copy in
        try db.backup(to: copy, pagesPerStep: 1024) { step in
          progress(Double(step.completedPageCount) / Double(max(1, step.totalPageCount)))
        }
      }
      try queue.close()
    }
  }

  /// Opens a copy as it will be opened, and reads all of it.
  /// - Parameter entry: to end what may have been ended since; nil to leave it.
  private static func checked(_ file: String, ending entry: AuditEntry?) async throws -> Contents {
    let store = try await SQLiteStore(path: file, creating: false)
    let contents: Contents
    do {
      let problem = try await store.read { db in
        try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
      }
      guard problem == "ok" else {
        throw StoreUnavailableError(reason: "The copy is damaged: \(problem ?? "unreadable").")
      }
      let ended = if let entry { try await store.endEverything(entry) } else { 0 }
      let auth = try await LocalAuth(.opened(store), logger: Logger(label: "latchkey"))
      contents = Contents(
        accounts: try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM account") }
          ?? 0,
        ended: ended, trail: try await auth.verifyAudit())
    } catch {
      try? await store.close()
      // Of a copy that is damaged SQLite leaves them.
      for suffix in ["-wal", "-shm"] { unlink(file + suffix) }
      throw error
    }
    try await store.close()
    // One file, with nothing beside it.
    try await takeOutOfUse(file)
    return contents
  }

  /// Moves the log into the file and removes it, which SQLite does only when nobody else has it open.
  private static func takeOutOfUse(_ path: String) async throws {
    do {
      let queue = try DatabaseQueue(path: path)
      try await queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA journal_mode = DELETE")
      }
      try queue.close()
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      throw StoreUnavailableError(
        reason: "The database \(path) is in use. Stop the server and all else that has it open.")
    } catch let error as DatabaseError {
      // What is to be replaced may be damaged; a copy is not.
      guard [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) else {
        throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
      }
    }
  }
}

extension SQLiteStore {
  fileprivate func endEverything(_ entry: AuditEntry) async throws -> Int {
    try await write { db in
      try db.execute(sql: "DELETE FROM session")
      var ended = db.changesCount
      try db.execute(sql: "DELETE FROM recovery_code")
      ended += db.changesCount
      var entry = entry
      entry.details["ended"] = "\(ended)"
      try Self.append(entry, about: nil, db)
      return ended
    }
  }
}
