#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func exportAccounts(after id: AccountID?, limit: Int) async throws -> [AccountExport] {
      try await pool.read { db in
        var exports = try db.rows(
          """
          SELECT \(Account.columns), password_hash, password_is_imported FROM account
          WHERE id > $1 ORDER BY id LIMIT $2
          """, [.integer(id?.rawValue ?? 0), .integer(Int64(limit))]
        ).map { row in
          AccountExport(
            account: try Account(row: row),
            password: try row.optionalText(4).map { text in
              StoredPassword(hash: PasswordHash(text: text), isImported: try row.boolean(5))
            })
        }
        guard let first = exports.first?.account.id, let last = exports.last?.account.id else {
          return []
        }
        let range = [PostgresValue.integer(first.rawValue), .integer(last.rawValue)]
        let sessions = try Dictionary(
          grouping: db.rows(
            """
            SELECT \(Session.columns) FROM session WHERE account_id BETWEEN $1 AND $2
            ORDER BY account_id, created_at_ms
            """, range
          ).map { try Session(row: $0) }, by: \.accountID)
        let browsers = try Dictionary(
          grouping: db.rows(
            """
            SELECT account_id, last_login_at_ms FROM known_browser WHERE account_id BETWEEN $1 AND $2
            ORDER BY account_id, last_login_at_ms
            """, range), by: { AccountID(rawValue: try $0.integer(0)) })
        let recoveries = try Dictionary(
          grouping: db.rows(
            """
            SELECT account_id, created_at_ms, expires_at_ms FROM recovery_code
            WHERE account_id BETWEEN $1 AND $2
            """, range), by: { AccountID(rawValue: try $0.integer(0)) })
        for index in exports.indices {
          let id = exports[index].account.id
          exports[index].sessions = sessions[id] ?? []
          exports[index].browsers = try (browsers[id] ?? []).map {
            AccountExport.Browser(
              lastLoginAt: Timestamp(millisecondsSinceEpoch: try $0.integer(1)))
          }
          exports[index].recovery = try recoveries[id]?.first.map {
            AccountExport.Recovery(
              createdAt: Timestamp(millisecondsSinceEpoch: try $0.integer(1)),
              expiresAt: Timestamp(millisecondsSinceEpoch: try $0.integer(2)))
          }
        }
        return exports
      }
    }
  }
#endif
