import Foundation
internal import GRDB
internal import GRDBSQLite
internal import LatchkeyCore
internal import LatchkeySchema

extension SQLiteStore {
  static func open(_ path: String, creating: Bool, at now: Timestamp) async throws -> DatabasePool {
    try DatabaseFile.checkName(path)
    guard creating || DatabaseFile.holdsAny(path) else {
      throw StoreUnavailableError(missing: path)
    }
    DatabaseFile.createPrivately(path)
    do {
      let pool = try await withBusyRetries {
        try DatabasePool(path: path, configuration: configuration)
      }
      // Once more: a pool of GRDB's sets its writer to NORMAL after it has been prepared, and then a
      // machine that loses power forgets the last logouts.
      try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      // A look first: a command must not wait for whoever writes when there is nothing to do.
      if try await !pool.read({ try OwnMigrations.state(of: $0).pending.isEmpty }) {
        try await migrating(path) { try OwnMigrations.bringUpToDate($0, at: now) }
      }
      return pool
    } catch let error as OwnMigrations.NameTakenError {
      throw StoreUnavailableError(
        reason:
          "There is a \(error.name) in \(path) already, which is not Latchkey's. Choose another "
          + "file for the database.")
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
    }
  }

  /// A connection for steps alone; see ``StepGuard``.
  static func migrating<Value: Sendable>(
    _ path: String, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    return try await queue.writeWithoutTransaction(body)
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await Self.explaining { try await pool.read(body) }
  }

  /// - Parameter wait: how long to wait for the lock when another process holds it. The time
  ///   behind other writers of this process counts, so that those who wait all get their answer
  ///   by then, and not one after the other.
  func write<Value: Sendable>(
    waiting wait: Duration = lockTimeout, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let deadline = ContinuousClock.now + wait
    return try await Self.explaining {
      try await pool.writeWithoutTransaction { db in
        let left = max(.zero, deadline - .now)
        // Nil once the store is closed; the transaction then says so.
        if let connection = db.sqliteConnection {
          sqlite3_busy_timeout(connection, CInt(clamping: left.wholeMilliseconds))
        }
        try db.beginTransaction(.immediate)
        do {
          let value = try body(db)
          try DatabaseFile.checkPlace(db)
          try db.commit()
          return value
        } catch {
          // SQLite may have done so already. The first error is the one to tell.
          try? db.rollback()
          throw error
        }
      }
    }
  }

  static let lockTimeout: Duration = .seconds(10)

  /// A database that cannot do its work is the one error of a store; the doors answer it with
  /// 503. The reason never holds a statement's arguments.
  static func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "The database cannot be used: \(error.reason)")
    }
  }

  private static var configuration: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.label = "latchkey"
    configuration.foreignKeysEnabled = true
    // A writer in another process (the command line) is waited for, not reported as an error.
    configuration.busyMode = .timeout(TimeInterval(lockTimeout.components.seconds))
    configuration.prepareDatabase { db in
      // Nothing acknowledged is lost, not even when the machine loses power.
      try db.execute(sql: "PRAGMA synchronous = FULL")
      // The commit that fills the log also moves it into the file. A thousand pages, as it comes, are
      // a thousand places of a large file: 40 to 90 ms for whoever logs in or out just then.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 128")
      // The database file may hold more than we wrote: do not call functions that a hostile
      // schema names, and overwrite what is deleted (password hashes, token digests).
      try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON")
    }
    return configuration
  }

  /// Turning WAL on needs the file alone, and SQLite does not wait for that as it waits for
  /// locks: several processes that open a new file at once would see "database is locked".
  private static func withBusyRetries<Value>(_ open: () throws -> Value) async throws -> Value {
    let end = ContinuousClock.now + lockTimeout
    while true {
      do {
        return try open()
      } catch let error as DatabaseError
        where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < end
      {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }
}

extension StoreUnavailableError {
  init(missing path: String) {
    self.init(
      reason: "There is no database \(path)"
        + (DatabaseFile.exists(path) ? ": the file is empty." : "."))
  }
}

extension DatabaseError {
  /// SQLite's message in words that tell the operator what to do.
  var reason: String {
    switch resultCode {
    case .SQLITE_NOTADB: "it is not an SQLite database, or it is encrypted."
    case .SQLITE_CORRUPT: "it is damaged. Restore a backup."
    case .SQLITE_CANTOPEN: "the folder is missing, or reading and writing there is not allowed."
    case .SQLITE_READONLY: "it may only be read. Give this user the right to write it."
    case .SQLITE_BUSY: "another program has locked it."
    case .SQLITE_FULL: "the disk is full."
    default: message ?? "SQLite error \(extendedResultCode.rawValue)."
    }
  }
}
