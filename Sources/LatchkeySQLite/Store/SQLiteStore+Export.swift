internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func exportAccounts(after id: AccountID?, limit: Int) async throws -> [AccountExport] {
    try await read { db in
      let rows = try Row.fetchAll(
        db,
        prepared: """
          SELECT \(Account.columns), password_hash, password_is_imported FROM account
          WHERE id > ? ORDER BY id LIMIT ?
          """,
        arguments: [id?.rawValue ?? 0, limit])
      var exports = rows.map {
        AccountExport(account: Account(row: $0), password: StoredPassword(row: $0))
      }
      guard let first = exports.first?.account.id, let last = exports.last?.account.id else {
        return []
      }
      let range: StatementArguments = [first.rawValue, last.rawValue]
      let sessions = Dictionary(
        grouping: try Row.fetchAll(
          db,
          prepared: """
            SELECT \(Session.columns) FROM session WHERE account_id BETWEEN ? AND ?
            ORDER BY account_id, created_at_ms
            """, arguments: range
        ).map { Session(row: $0) }, by: \.accountID.rawValue)
      let browsers = Dictionary(
        grouping: try Row.fetchAll(
          db,
          prepared: """
            SELECT account_id, last_login_at_ms FROM known_browser WHERE account_id BETWEEN ? AND ?
            ORDER BY account_id, last_login_at_ms
            """, arguments: range), by: { $0[0] as Int64 })
      let recoveries = Dictionary(
        grouping: try Row.fetchAll(
          db,
          prepared: """
            SELECT account_id, created_at_ms, expires_at_ms FROM recovery_code
            WHERE account_id BETWEEN ? AND ?
            """, arguments: range), by: { $0[0] as Int64 })
      for index in exports.indices {
        let id = exports[index].account.id.rawValue
        exports[index].sessions = sessions[id] ?? []
        exports[index].browsers = (browsers[id] ?? []).map {
          AccountExport.Browser(lastLoginAt: Timestamp(millisecondsSinceEpoch: $0[1]))
        }
        exports[index].recovery = recoveries[id]?.first.map {
          AccountExport.Recovery(
            createdAt: Timestamp(millisecondsSinceEpoch: $0[1]),
            expiresAt: Timestamp(millisecondsSinceEpoch: $0[2]))
        }
      }
      return exports
    }
  }
}
