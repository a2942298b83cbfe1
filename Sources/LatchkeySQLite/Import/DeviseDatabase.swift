internal import GRDB
public import LatchkeyCore

extension ForeignAccounts {
  /// The accounts of a Rails app with Devise from its SQLite database.
  ///
  /// Whoever Devise would not let in is disabled: a person with an unconfirmed address (`confirmed_at`), or
  /// who was deleted softly (`deleted_at`, `discarded_at`). A lock that failed logins have brought about is
  /// not carried over. Hashes that were made with `config.pepper` are taken and never verify: nothing in the
  /// database tells them.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - table: the model's.
  ///   - username: the column that people log in with; nil for `username`, or `email` where there is none.
  /// - Throws: `StoreUnavailableError` with a reason for the operator.
  public init(
    devise path: String, table: String = "users", username: String? = nil
  ) async throws {
    self.init()
    accounts = try await ForeignDatabase.read(path, of: "Devise") { db in
      let columns = try ForeignDatabase.columns(of: table, in: path, of: "Devise", db)
      var conditions: [String] = []
      if columns.contains("confirmed_at") { conditions.append("confirmed_at IS NOT NULL") }
      for column in ["deleted_at", "discarded_at"] where columns.contains(column) {
        conditions.append("\(column) IS NULL")
      }
      return try ForeignTable(
        name: table,
        username: username ?? (columns.contains("username") ? "username" : "email"),
        hash: "encrypted_password",
        createdAt: columns.contains("created_at") ? "created_at" : "NULL",
        isEnabled: conditions.isEmpty ? "1" : conditions.joined(separator: " AND ")
      ).accounts(db)
    }
  }
}
