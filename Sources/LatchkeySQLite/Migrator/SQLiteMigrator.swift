import GRDB
public import LatchkeyCore
public import LatchkeySchema

/// Takes an SQLite database through an app's migrations.
///
/// Each runs in a transaction of its own that holds SQLite's write lock: of two processes that
/// migrate at once the second waits, and then finds the step done.
public struct SQLiteMigrator: Sendable {
  private let pool: DatabasePool
  private let clock: WallClock

  public init(store: SQLiteStore, clock: WallClock = .system) {
    self.pool = store.pool
    self.clock = clock
  }

  /// The steps that the database has been through, in order.
  public func applied() async throws -> [AppliedMigration] {
    try await pool.read { try MigrationHistory.app.applied(in: $0) }
  }

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - file: the step.
  ///   - progress: called before each statement.
  /// - Returns: false when somebody else has taken it meanwhile.
  /// - Throws: ``MigrationFailure``, or `MigrationStateError` when a later step was taken meanwhile;
  ///   nothing has changed then.
  public func apply(
    _ file: MigrationFile, progress: @escaping MigrationProgress.Teller = { _ in }
  ) async throws -> Bool {
    let step = MigrationStep(file: file, history: .app, progress: progress)
    return try await write(file) { [now = clock.now] in try step.apply(to: $0, at: now) }
  }

  /// Takes the last step back.
  ///
  /// - Returns: false when it is not the last one any more.
  /// - Throws: ``MigrationFailure``; nothing has changed then.
  public func revert(
    _ file: MigrationFile, progress: @escaping MigrationProgress.Teller = { _ in }
  ) async throws -> Bool {
    guard let down = file.down else {
      throw MigrationFailure(id: file.id, reason: "it has no way back")
    }
    let step = MigrationStep(file: file, history: .app, progress: progress)
    return try await write(file) { try step.revert(down, in: $0) }
  }

  private func write(
    _ file: MigrationFile, _ body: @escaping @Sendable (Database) throws -> Bool
  ) async throws -> Bool {
    try await SQLiteStore.migrating(pool.path) { db in
      try MigrationFailure.named(file.id) { try body(db) }
    }
  }
}

/// A step that could not be taken.
public struct MigrationFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let id: String
  public let reason: String
  /// The statement that failed, if it was one.
  public let sql: String?
  /// Whether it failed on an empty database, where all steps are rehearsed, and not on a real one.
  public private(set) var isRehearsal = false

  private init(id: String, _ error: DatabaseError) {
    let advice =
      switch error.extendedResultCode {
      case .SQLITE_CONSTRAINT_CHECK, .SQLITE_CONSTRAINT_NOTNULL, .SQLITE_CONSTRAINT_UNIQUE,
        .SQLITE_CONSTRAINT_DATATYPE:
        " (there are rows that do not fit: change them first)"
      case .SQLITE_BUSY:
        " (another program writes to it, perhaps another db migrate: try again when it is done)"
      default: ""
      }
    self.init(
      id: id,
      reason: (error.message ?? "SQLite error \(error.extendedResultCode.rawValue)") + advice,
      sql: error.sql)
  }

  static func named<Value>(_ id: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw MigrationFailure(id: id, error)
    }
  }

  init(id: String, reason: String, sql: String? = nil) {
    self.id = id
    self.reason = reason
    self.sql = sql?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The same, of a rehearsal.
  var rehearsed: MigrationFailure {
    var failure = self
    failure.isRehearsal = true
    return failure
  }

  public var description: String {
    let place = sql.map { " The statement: \($0.prefix(300))" } ?? ""
    return isRehearsal
      ? "The migration \(id) cannot be applied: \(reason).\(place) (So it is on a database that has just "
        + "the migrations before it. Mend the file, as long as it has not been applied.)"
      : "The migration \(id) failed, and nothing of it was done: \(reason).\(place)"
  }
}
