import Configuration
import Foundation
import Latchkey
import Logging

/// Where the accounts are: what the setting `database` says.
enum DatabaseLocation: Sendable {
  case sqlite(path: String)
  #if Postgres
    case postgres(PostgresOptions)
  #endif

  /// - Throws: `InvalidSettingError`; ``CommandFailure`` for what this program cannot open.
  init(_ settings: ConfigReader) throws {
    let text = try Settings(reader: settings).string("database") ?? "latchkey.db"
    try self.init(text, settings)
  }

  /// - Parameters:
  ///   - text: the name of a file, or a URL of PostgreSQL's. It may hold a password.
  ///   - settings: for how PostgreSQL is used.
  init(_ text: String, _ settings: ConfigReader) throws {
    // Whoever means PostgreSQL does not mean a file of that name, and a password may stand in it.
    let keywords = ["host", "hostaddr", "service", "dbname", "user", "password"]
    let isURL = text.hasPrefix("postgres://") || text.hasPrefix("postgresql://")
    let at = text.lastIndex(of: "@") ?? text.startIndex
    if !isURL && (text.hasPrefix("postgres") && (text.contains(":") || text.contains("//")))
      || !text.contains("://") && text[..<at].contains(":")
      || text.split(separator: " ").contains(where: { word in
        keywords.contains { word.hasPrefix("\($0)=") }
      })
    {
      throw CommandFailure(
        "A database of PostgreSQL is named by a URL: postgres://user@host:5432/database, or "
          + "postgres:///?service=name.")
    }
    guard text.contains("://") else {
      // A mistake in them is one, whatever they are for.
      _ = try PostgresSettings(settings)
      self = .sqlite(path: text)
      return
    }
    guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
      // Not repeated: a password may stand in it.
      throw CommandFailure(
        "The database must be the name of a file, such as app.db, or begin with postgres://.")
    }
    #if Postgres
      var options = PostgresOptions(text)
      let given = try PostgresSettings(settings)
      options.maximumConnections = given.maximumConnections ?? options.maximumConnections
      options.statementTimeout = given.statementTimeout ?? options.statementTimeout
      options.waitTimeout = given.waitTimeout ?? options.waitTimeout
      options.pooler = given.isBehindPooler ? .transaction : .none
      self = .postgres(options)
    #else
      throw CommandFailure(
        "This program was built without PostgreSQL. Build it with the package trait Postgres, which "
          + "needs libpq (Debian: libpq-dev): swift build --traits Postgres in Latchkey's own "
          + "folder; in an app's Package.swift .package(url: \"…\", from: \"…\", traits: [\"Postgres\"])."
      )
    #endif
  }

  /// - Parameter creating: whether to make an SQLite file that is missing. A database of PostgreSQL is
  ///   made by its operator; in one that is there, Latchkey's own tables are made in any case.
  func source(creating: Bool = true) -> StoreSource {
    switch self {
    case .sqlite(let path): .sqlite(path, creating: creating)
    #if Postgres
      case .postgres(let options): .postgres(options)
    #endif
    }
  }

  var database: any AppDatabase {
    switch self {
    case .sqlite(let path): SQLiteDatabase(path: path)
    #if Postgres
      case .postgres(let options): PostgresDatabase(options)
    #endif
    }
  }

  func copyEnd() throws -> any CopyEnd {
    switch self {
    case .sqlite(let path): try SQLiteCopyEnd(path: path)
    #if Postgres
      case .postgres(let options): PostgresCopyEnd(options)
    #endif
    }
  }

  /// Makes Latchkey's own tables, or takes them through the steps that are pending.
  func bringUpToDate() async throws {
    try await source().open(logger: Logger(label: "latchkey")).close()
  }

  /// - Parameters:
  ///   - now: for what has ended.
  ///   - createdBefore: accounts that are younger are not unused.
  func diagnosis(at now: Timestamp, createdBefore: Timestamp) async throws -> DatabaseDiagnosis {
    switch self {
    case .sqlite(let path):
      try await SQLiteStore.diagnosis(of: path, at: now, createdBefore: createdBefore)
    #if Postgres
      case .postgres(let options):
        try await PostgresStore.diagnosis(of: options, at: now, createdBefore: createdBefore)
    #endif
    }
  }
}

/// The settings `postgres.…`; nil for what has its default.
private struct PostgresSettings {
  let maximumConnections: Int?
  let statementTimeout: Duration?
  let waitTimeout: Duration?
  let isBehindPooler: Bool

  /// - Throws: `InvalidSettingError`.
  init(_ reader: ConfigReader) throws {
    let settings = Settings(reader: reader)
    maximumConnections = try settings.int("postgres.maximumConnections", in: 1...1000)
    statementTimeout = try settings.int("postgres.statementTimeoutSeconds", in: 1...3600)
      .map { .seconds($0) }
    waitTimeout = try settings.int("postgres.waitTimeoutSeconds", in: 1...3600)
      .map { .seconds($0) }
    let pooler = try settings.string("postgres.pooler") ?? "none"
    guard ["none", "transaction"].contains(pooler) else {
      throw InvalidSettingError(
        key: "postgres.pooler", value: pooler, expectation: "none or transaction")
    }
    isBehindPooler = pooler == "transaction"
  }
}
