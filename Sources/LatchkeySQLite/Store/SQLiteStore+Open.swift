import Foundation
internal import GRDB
internal import LatchkeyCore

extension SQLiteStore {
  static func open(_ path: String, creating: Bool) async throws -> DatabasePool {
    // To SQLite these mean a database that each connection has for itself.
    guard !path.isEmpty, !path.contains(":memory:") else {
      throw StoreUnavailableError(reason: "The database needs the name of a file.")
    }
    guard creating || DatabaseFile.exists(path) else {
      throw StoreUnavailableError(reason: "There is no database \(path).")
    }
    DatabaseFile.createPrivately(path)
    do {
      let pool = try await withBusyRetries {
        try DatabasePool(path: path, configuration: configuration)
      }
      // A look first: a command must not wait for whoever writes when there is nothing to do.
      if try await !pool.read({ try Migration.areApplied(Migration.all, in: $0) }) {
        try await pool.barrierWriteWithoutTransaction { try Migration.apply(Migration.all, to: $0) }
      }
      return pool
    } catch let error as Migration.NewerSchema {
      throw StoreIsNewerError(unknownMigrations: error.unknownMigrations)
    } catch let error as DatabaseError {
      throw StoreUnavailableError(reason: "Cannot open the database \(path): \(error.reason)")
    }
  }

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await Self.explaining { try await pool.read(body) }
  }

  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await Self.explaining { try await pool.write(body) }
  }

  /// For a single statement that may as well be left out: a page must not wait while another
  /// process, such as an import, holds the lock.
  func writeWithoutWaiting(
    _ body: @escaping @Sendable (Database) throws -> Void
  ) async throws {
    try await Self.explaining {
      try await pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA busy_timeout = 0")
        defer {
          try? db.execute(sql: "PRAGMA busy_timeout = \(Int(Self.lockTimeoutSeconds * 1000))")
        }
        try body(db)
      }
    }
  }

  private static let lockTimeoutSeconds = 10.0

  /// A database that cannot do its work is the one error of a store; the doors answer it with
  /// 503. The reason never holds a statement's arguments.
  private static func explaining<Value>(
    _ body: () async throws -> Value
  ) async throws -> Value {
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
    configuration.busyMode = .timeout(lockTimeoutSeconds)
    configuration.prepareDatabase { db in
      // Nothing acknowledged is lost, not even when the machine loses power.
      try db.execute(sql: "PRAGMA synchronous = FULL")
      // The database file may hold more than we wrote: do not call functions that a hostile
      // schema names, and overwrite what is deleted (password hashes, token digests).
      try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON")
    }
    return configuration
  }

  /// Turning WAL on needs the file alone, and SQLite does not wait for that as it waits for
  /// locks: several processes that open a new file at once would see "database is locked".
  private static func withBusyRetries<Value>(_ open: () throws -> Value) async throws -> Value {
    let end = ContinuousClock.now + .seconds(lockTimeoutSeconds)
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

extension DatabaseError {
  /// SQLite's message in words that tell the operator what to do.
  fileprivate var reason: String {
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
