internal import GRDB
public import LatchkeyCore

extension ForeignAccounts {
  /// The accounts of a Django site's SQLite database: `auth_user`, or another table that is made as
  /// AbstractUser or AbstractBaseUser make it. An unusable password is none.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - table: the user model's.
  ///   - username: the column that people log in with; nil for `username`, or `email` where there is none.
  /// - Throws: `StoreUnavailableError` with a reason for the operator.
  public init(
    django path: String, table: String = "auth_user", username: String? = nil
  ) async throws {
    self.init()
    (accounts, sessionCount) = try await ForeignDatabase.read(path, of: "Django") { db in
      let columns = try ForeignDatabase.columns(of: table, in: path, of: "Django", db)
      let accounts = try ForeignTable(
        name: table,
        username: username ?? (columns.contains("username") ? "username" : "email"),
        hash: "password", createdAt: columns.contains("date_joined") ? "date_joined" : "NULL",
        isEnabled: columns.contains("is_active") ? "is_active" : "1"
      ).accounts(db)
      return (accounts, try ForeignDatabase.count("django_session", db))
    }
  }
}
