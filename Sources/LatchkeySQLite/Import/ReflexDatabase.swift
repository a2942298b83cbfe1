internal import GRDB
public import LatchkeyCore

extension ForeignAccounts {
  private static let reflexGenerations = [
    (users: "localuser", sessions: "localauthsession"), (users: "user", sessions: "authsession"),
  ]

  /// The accounts of a Reflex app from its SQLite database.
  ///
  /// Two generations are known: the tables `user` and `authsession` of the `local_auth` example,
  /// and `localuser` and `localauthsession` of the package reflex-local-auth. The hash is TEXT in
  /// the one and BLOB in the other.
  ///
  /// Sessions are counted, not carried over: their tokens stand in clear in that database and in
  /// every browser's local storage, where any script can read them.
  ///
  /// - Parameter path: of the file, which is only read.
  /// - Throws: `StoreUnavailableError` when the file is missing, is not an SQLite database, or
  ///   has neither generation's tables.
  public init(reflex path: String) async throws {
    self.init()
    (accounts, sessionCount) = try await ForeignDatabase.read(path, of: "Reflex") { db in
      let present = try Self.reflexGenerations.filter { try db.tableExists($0.users) }
      guard !present.isEmpty else {
        throw StoreUnavailableError(
          reason: "\(path) is not a Reflex database: it has no table user or localuser.")
      }
      let accounts = try present.flatMap { try Self.reflexAccounts(in: $0.users, db) }
      let sessions = try present.reduce(0) { try $0 + ForeignDatabase.count($1.sessions, db) }
      return (accounts, sessions)
    }
  }

  private static func reflexAccounts(in table: String, _ db: Database) throws -> [ForeignAccount] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT CAST(id AS BLOB) AS id, CAST(username AS BLOB) AS username,
          CAST(password_hash AS BLOB) AS hash, enabled
        FROM "\(table)" ORDER BY \(table).id
        """
    ).map { row in
      ForeignAccount(
        origin: "\(table) \(row.foreignText("id"))", username: row.foreignText("username"),
        // Reflex has no accounts without a password: none is a damaged one.
        hash: PasswordHash(text: row.foreignText("hash")),
        // The seed's own default for the column is no.
        isEnabled: row.foreignBool("enabled"))
    }
  }
}
