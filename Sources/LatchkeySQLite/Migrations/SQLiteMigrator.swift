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
    try await pool.read(Self.applied)
  }

  /// The app's tables as they are.
  /// - Throws: ``UnspeakableColumnError``.
  public func schema() async throws -> Schema {
    let own = try Self.ownNames.get()
    return try await pool.read { try Schema(in: $0, besides: own) }
  }

  /// The app's tables as the migrations make them.
  /// - Throws: ``MigrationFailure``, ``UnspeakableColumnError``.
  public static func schema(after files: [MigrationFile]) throws -> Schema {
    let own = try ownNames.get()
    return try sandbox { db in
      for file in files { try run(file.up.sql, of: file.id, in: db) }
      return try Schema(in: db, besides: own)
    }
  }

  /// The declared tables as a database tells of them, so that they can be compared with others.
  public static func schema(declared: Schema) throws -> Schema {
    let statements = try Schema().changes(to: declared).flatMap(SQLiteText.statements)
    let own = try ownNames.get()
    return try sandbox { db in
      for statement in statements { try db.execute(sql: statement) }
      return try Schema(in: db, besides: own)
    }
  }

  /// The names of Latchkey's own tables.
  public static func ownTables() throws -> Set<String> { try ownNames.get() }

  private static let ownNames = Result {
    try sandbox { db in
      try String.fetchSet(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
    }
  }

  /// Takes one step.
  ///
  /// - Parameter progress: called before each statement with its number, from 1.
  /// - Returns: false when somebody else has taken it meanwhile.
  /// - Throws: ``MigrationFailure``; nothing has changed then.
  public func apply(
    _ file: MigrationFile, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Bool {
    let now = clock.now
    return try await step(file.id) { db in
      guard try !Self.applied(db).contains(where: { $0.id == file.id }) else { return false }
      try Self.run(file.up.sql, of: file.id, in: db, progress)
      try db.execute(
        sql: """
          INSERT INTO latchkey_app_migration (id, checksum, applied_at_ms) VALUES (?, ?, ?)
          """,
        arguments: [file.id, file.checksum, now.millisecondsSinceEpoch])
      return true
    }
  }

  /// Takes the last step back.
  ///
  /// - Returns: false when it is not the last one any more.
  /// - Throws: ``MigrationFailure``; nothing has changed then.
  public func revert(
    _ file: MigrationFile, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Bool {
    guard let down = file.down else {
      throw MigrationFailure(id: file.id, reason: "it has no way back")
    }
    return try await step(file.id) { db in
      guard try Self.applied(db).last?.id == file.id else { return false }
      try Self.run(down.sql, of: file.id, in: db, progress)
      try db.execute(
        sql: "DELETE FROM latchkey_app_migration WHERE id = ?", arguments: [file.id])
      return true
    }
  }

  private func step(
    _ id: String, _ body: @escaping @Sendable (Database) throws -> Bool
  ) async throws -> Bool {
    do {
      return try await pool.barrierWriteWithoutTransaction { db in
        try Migration.withForeignKeysAtRest(db) {
          try db.beginTransaction(.immediate)
          do {
            let done = try body(db)
            try db.checkForeignKeys()
            try db.commit()
            return done
          } catch {
            try? db.rollback()
            throw error
          }
        }
      }
    } catch let error as DatabaseError {
      throw MigrationFailure(id: id, error)
    }
  }

  private static func applied(_ db: Database) throws -> [AppliedMigration] {
    try Row.fetchAll(
      db, sql: "SELECT id, checksum, applied_at_ms FROM latchkey_app_migration ORDER BY id"
    ).map { AppliedMigration(id: $0[0], checksum: $0[1], appliedAt: $0[2]) }
  }

  private static func run(
    _ sql: String, of id: String, in db: Database, _ progress: (Int) -> Void = { _ in }
  ) throws {
    let own = try sqlOfOwnTables(in: db)
    do {
      let statements = try db.allStatements(sql: sql)
      var number = 0
      var dropped: Set<String> = []
      while let statement = try statements.next() {
        let tokens = SQLTokens(statement.sql)
        if let word = tokens.wordThatLeavesTransaction {
          throw MigrationFailure(
            id: id, reason: "\(word) is not allowed, since each migration is one transaction")
        }
        number += 1
        progress(number)
        if let name = tokens.droppedTable { dropped.insert(name) }
        // What refers to a renamed table goes along. But a table that takes the name of one that was
        // dropped just now was made anew: what refers to the name stays as it is.
        let isMadeAnew = tokens.newTableName.map(dropped.contains) ?? false
        try db.execute(
          sql: isMadeAnew
            ? "PRAGMA legacy_alter_table = ON" : "PRAGMA legacy_alter_table = OFF")
        try statement.execute()
      }
    } catch let error as DatabaseError {
      throw MigrationFailure(id: id, error)
    }
    for (name, sql) in try sqlOfOwnTables(in: db) where own[name] != sql {
      throw MigrationFailure(id: id, reason: "it changes Latchkey's own table \(name)")
    }
  }

  private static func sqlOfOwnTables(in db: Database) throws -> [String: String?] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    let found = Dictionary(rows.map { ($0["name"] as String, $0["sql"] as String) }) { $1 }
    // Those that are gone count, too.
    return try Dictionary(uniqueKeysWithValues: ownNames.get().map { ($0, found[$0]) })
  }

  /// A database in memory that has Latchkey's own tables.
  private static func sandbox<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try DatabaseQueue().writeWithoutTransaction { db in
      try Migration.apply(Migration.all, to: db)
      return try Migration.withForeignKeysAtRest(db) { try body(db) }
    }
  }
}

/// A step that could not be taken.
public struct MigrationFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let id: String
  public let reason: String
  /// The statement that failed, if it was one.
  public let sql: String?

  fileprivate init(id: String, _ error: DatabaseError) {
    self.init(
      id: id, reason: error.message ?? "SQLite error \(error.extendedResultCode.rawValue)",
      sql: error.sql?.split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }

  init(id: String, reason: String, sql: String? = nil) {
    self.id = id
    self.reason = reason
    self.sql = sql
  }

  public var description: String {
    let place = sql.map { " The statement: \($0.prefix(300))" } ?? ""
    return "The migration \(id) failed, and nothing of it was done: \(reason).\(place)"
  }
}
