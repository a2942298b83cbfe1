internal import GRDB
internal import GRDBSQLite
internal import LatchkeySchema

/// Watches over the statements of a step as SQLite compiles them (sqlite.org/c3ref/set_authorizer.html):
/// what a text means is SQLite's to say, and not for us to guess from its words.
///
/// A connection has one authorizer, and GRDB does not put its own back: after a step the connection
/// is of no other use.
final class StepGuard {
  private let isApp: Bool
  private let ownTables: Set<String>
  /// While our own statements run.
  private var isResting = true
  /// Why a statement was refused.
  private(set) var refusal: String?
  /// Of this step, in small letters, as SQLite compares names.
  private(set) var created: Set<String> = []
  private(set) var dropped: Set<String> = []
  private(set) var altered: String?

  private init(_ history: MigrationHistory) throws {
    isApp = history == .app
    ownTables = isApp ? try OwnTables.names.get() : []
  }

  static func watching<Value>(
    _ db: Database, for history: MigrationHistory, _ body: (StepGuard) throws -> Value
  ) throws -> Value {
    let guarding = try StepGuard(history)
    let connection = db.sqliteConnection
    sqlite3_set_authorizer(
      connection,
      { context, action, first, second, database, _ in
        guard let context else { return SQLITE_DENY }
        let guarding = Unmanaged<StepGuard>.fromOpaque(context).takeUnretainedValue()
        return guarding.allows(
          action, first.map { String(cString: $0) }, second.map { String(cString: $0) },
          in: database.map { String(cString: $0) })
          ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(guarding).toOpaque())
    // The guard lives until here, and SQLite does not ask it afterwards.
    return try withExtendedLifetime(guarding) {
      defer { sqlite3_set_authorizer(connection, nil, nil) }
      return try body(guarding)
    }
  }

  /// Compiles or runs what stands in the file.
  func watch<Value>(_ body: () throws -> Value) rethrows -> Value {
    isResting = false
    defer { isResting = true }
    return try body()
  }

  private func allows(
    _ action: CInt, _ first: String?, _ second: String?, in database: String?
  ) -> Bool {
    guard !isResting else { return true }
    note(action, first, second)
    let reason =
      database == "temp" && !Self.isRenaming(action, first)
      ? "TEMP is not allowed: what it makes hides what has the same name"
      : reason(toRefuse: action, first, second)
    guard let reason else { return true }
    refusal = refusal ?? reason
    return false
  }

  private func note(_ action: CInt, _ first: String?, _ second: String?) {
    switch (action, first, second) {
    case (SQLITE_CREATE_TABLE, let table?, _), (SQLITE_CREATE_VTABLE, let table?, _):
      created.insert(table.lowercased())
    case (SQLITE_DROP_TABLE, let table?, _), (SQLITE_DROP_VTABLE, let table?, _):
      dropped.insert(table.lowercased())
    case (SQLITE_ALTER_TABLE, _, let table?): altered = table.lowercased()
    default: break
    }
  }

  private func reason(toRefuse action: CInt, _ first: String?, _ second: String?) -> String? {
    switch action {
    case SQLITE_TRANSACTION:
      return "\(first ?? "") is not allowed, since each migration is one transaction"
    case SQLITE_SAVEPOINT:
      return "a savepoint is not allowed, since each migration is one transaction"
    case SQLITE_ATTACH, SQLITE_DETACH:
      return "ATTACH is not allowed: a migration is about one database"
    case SQLITE_PRAGMA:
      return Self.isQuestion(first ?? "", second) ? nil : "PRAGMA is not allowed"
    case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
      return isOwn(first) ? "it changes rows of Latchkey's own table \(first ?? "")" : nil
    case SQLITE_CREATE_TRIGGER, SQLITE_CREATE_INDEX:
      guard isOwn(second), second?.lowercased() != "account" else { return nil }
      return "it adds to Latchkey's own table \(second ?? ""); an app may add to account only"
    case SQLITE_ALTER_TABLE:
      return isOwn(second) ? "it changes Latchkey's own table \(second ?? "")" : nil
    case SQLITE_DROP_TABLE:
      return isOwn(first) ? "it changes Latchkey's own table \(first ?? "")" : nil
    default:
      return nil
    }
  }

  /// When something gets another name, SQLite looks for the old one among temporary objects, too.
  private static func isRenaming(_ action: CInt, _ table: String?) -> Bool {
    [SQLITE_READ, SQLITE_UPDATE, SQLITE_SELECT].contains(action)
      && ["sqlite_temp_master", "sqlite_temp_schema"].contains(table ?? "")
  }

  /// SQLite itself asks these when it adds a column with a check, and modules of virtual tables do.
  private static func isQuestion(_ pragma: String, _ argument: String?) -> Bool {
    switch pragma.lowercased() {
    case "quick_check", "integrity_check", "foreign_key_check", "foreign_key_list", "table_info",
      "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo":
      true
    case "page_size", "data_version": argument == nil
    default: false
    }
  }

  private func isOwn(_ table: String?) -> Bool {
    table.map { ownTables.contains($0.lowercased()) } ?? false
  }
}
