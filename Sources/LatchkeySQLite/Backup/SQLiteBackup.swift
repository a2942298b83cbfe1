import Foundation
internal import GRDB
package import LatchkeyCore
internal import LatchkeySchema
import Logging

/// A database in one file, as it was at one moment, made while it was in use (SQLite's online backup).
package enum SQLiteBackup {
  /// What a copy was found to hold.
  package struct Contents: Sendable {
    package let accounts: Int
    /// How many sessions and recovery codes were ended: they may have been ended since it was made.
    package var ended = 0
    /// Nil where it was not read: the database is of an older version, and stays so.
    package var trail: AuditVerification?
  }

  /// Copies a database, and checks the copy. The database stays as it is, also one of an older version.
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
    var contents = try await inspected(file)
    if contents.isUpToDate {
      contents.found.trail = try await opened(file) { _, auth in try await auth.verifyAudit() }
    }
    return contents.found
  }

  /// Makes a database of a backup, which is checked before anything is changed.
  ///
  /// What is there already is not replaced as a file, but written over in one transaction of SQLite's own,
  /// after a copy was made of it: whoever opens it meanwhile sees one or the other, and no log of the old one is
  /// ever read as one of the new.
  ///
  /// - Parameters:
  ///   - backup: is only read.
  ///   - path: of the database.
  ///   - isReplacing: whether it may take the place of one that nobody has open.
  ///   - entry: for the trail, without details.
  ///   - making: makes each file that is written for a while.
  ///   - progress: how much of it is copied, from 0 to 1.
  /// - Returns: what it holds, and where the database is that was there before.
  /// - Throws: `StoreUnavailableError`, ``NewFileError``. Nothing was changed then.
  package static func restore(
    _ backup: String, to path: String, isReplacing: Bool, entry: AuditEntry,
    making: (() throws -> NewFile) throws -> NewFile, progress: @escaping @Sendable (Double) -> Void
  ) async throws -> (contents: Contents, replaced: String?) {
    try DatabaseFile.checkName(path)
    // A link stays one, and what it leads to is replaced.
    let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let isThere = try check(path, isReplacing: isReplacing)
    let copy = try making { isThere ? try NewFile(beside: path) : try NewFile(path) }
    return try await copy.writing {
      try await Self.copy(backup, to: copy.temporary, progress)
      guard try await inspected(copy.temporary).isLatchkeys else {
        throw StoreUnavailableError(reason: "\(backup) is no database of Latchkey's.")
      }
      // From here on it is one of this version.
      let (ended, trail) = try await opened(copy.temporary) { store, auth in
        (try await store.endEverything(entry), try await auth.verifyAudit())
      }
      var contents = try await inspected(copy.temporary).found
      contents.ended = ended
      contents.trail = trail
      guard isThere else {
        try copy.publish()
        return (contents, nil)
      }
      try await takeOutOfUse(path)
      let name = path + ".replaced-\(entry.at.millisecondsSinceEpoch / 1000)"
      let kept = try making { try NewFile(name) }
      try await kept.writing {
        try await Self.copy(path, to: kept.temporary) { _ in }
        try await takeOutOfUse(kept.temporary)
        try kept.publish()
      }
      try await Self.copy(copy.temporary, to: path) { _ in }
      copy.discard()
      return (contents, kept.path)
    }
  }

  /// Whether there is a database.
  /// - Throws: `StoreUnavailableError` when there is what must not be touched.
  private static func check(_ path: String, isReplacing: Bool) throws -> Bool {
    guard DatabaseFile.exists(path) else {
      if DatabaseFile.exists(path + "-wal") || DatabaseFile.exists(path + "-journal") {
        throw StoreUnavailableError(
          reason: "There is a log beside \(path), and no such database. Move it away first.")
      }
      return false
    }
    guard DatabaseFile.holdsAny(path) else {
      throw StoreUnavailableError(reason: "There is an empty \(path). Remove it first.")
    }
    guard isReplacing else {
      throw StoreUnavailableError(
        reason:
          "There is a database \(path) already. --replace takes its place, and keeps it under "
          + "another name.")
    }
    return true
  }

  /// - Parameter file: is emptied or written over, in one transaction.
  private static func copy(
    _ path: String, to file: String, _ progress: @escaping @Sendable (Double) -> Void
  ) async throws {
    try await SQLiteStore.looking(at: path) { db in
      // The moment that is copied: what is committed from here on is not in it, and does not make the copy
      // begin again.
      _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
      do {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { copy in
          try copy.execute(sql: "PRAGMA synchronous = FULL")
          try db.backup(to: copy, pagesPerStep: 1024) { step in
            progress(Double(step.completedPageCount) / Double(max(1, step.totalPageCount)))
          }
        }
      } catch let error as DatabaseError {
        throw StoreUnavailableError(
          reason: "\(path) cannot be copied to \(file): \(error.reason)")
      }
    }
  }

  /// Reads all of a copy, and changes nothing in it.
  private static func inspected(
    _ file: String
  ) async throws -> (found: Contents, isLatchkeys: Bool, isUpToDate: Bool) {
    // One file, with nothing beside it.
    try await takeOutOfUse(file)
    return try await SQLiteStore.looking(at: file) { db in
      let problem = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
      guard problem == "ok" else {
        throw StoreUnavailableError(reason: "The copy is damaged: \(problem ?? "unreadable").")
      }
      let state = try OwnMigrations.state(of: db)
      let isLatchkeys = try !state.applied.isEmpty && db.tableExists("account")
      let accounts =
        isLatchkeys ? try Int.fetchOne(db, sql: "SELECT count(*) FROM account") ?? 0 : 0
      return (
        Contents(accounts: accounts), isLatchkeys, isLatchkeys && state.pending.isEmpty
      )
    }
  }

  /// Opens a copy as it will be opened, which brings it up to date.
  private static func opened<Value: Sendable>(
    _ file: String, _ body: (SQLiteStore, LocalAuth) async throws -> Value
  ) async throws -> Value {
    let store = try await SQLiteStore(path: file, creating: false)
    let value: Value
    do {
      let auth = try await LocalAuth(.opened(store), logger: Logger(label: "latchkey"))
      value = try await body(store, auth)
    } catch {
      try? await store.close()
      throw error
    }
    try await store.close()
    try await takeOutOfUse(file)
    return value
  }

  /// Moves the log into the file and removes it, which SQLite does only when nobody else has it open.
  private static func takeOutOfUse(_ path: String) async throws {
    do {
      let queue = try DatabaseQueue(path: path)
      defer { try? queue.close() }
      try await queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA journal_mode = DELETE")
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      throw StoreUnavailableError(
        reason: "The database \(path) is in use. Stop the server and all else that has it open.")
    } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    {
      throw StoreUnavailableError(
        reason:
          "\(path) is damaged, or no database. Stop all that has it open, move it away with the "
          + "files \(path)-wal and \(path)-shm beside it, and restore again.")
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
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
