import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func beginSession(
    _ new: NewSession, verifiedHash: PasswordHash?, upgrade: NewPassword?,
    replacing replaced: SessionToken.Digest?
  ) async throws -> LiveSession? {
    try await write { db in
      let session = new.session
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT \(Account.columns) FROM account
          WHERE id = ?1 AND is_enabled AND (?2 IS NULL OR password_hash = ?2)
          """,
        arguments: [session.accountID.rawValue, verifiedHash?.text])
      guard let row else { return nil }
      if let replaced { _ = try Self.end(replaced, db) }
      if let upgrade { try Self.update(upgrade, session.accountID, db) }
      try db.execute(
        sql: "DELETE FROM session WHERE account_id = ? AND expires_at_ms <= ?",
        arguments: [session.accountID.rawValue, session.createdAt.millisecondsSinceEpoch])
      try Self.insert(new, db)
      return LiveSession(session: session, account: Account(row: row))
    }
  }

  public func liveSession(
    _ digest: SessionToken.Digest, now: Timestamp, seenSince: Timestamp?
  ) async throws -> LiveSession? {
    try await read { db in
      try db.cachedStatement(
        sql: """
          SELECT \(LiveSession.columns) FROM session JOIN account ON account.id = account_id
          WHERE token_sha256 = ? AND is_enabled AND expires_at_ms > ? AND last_seen_at_ms >= ?
          """
      ).fetchLiveSession(
        [
          Data(digest.bytes), now.millisecondsSinceEpoch,
          seenSince?.millisecondsSinceEpoch ?? .min,
        ])
    }
  }

  public func touchSession(_ id: SessionID, at moment: Timestamp) async throws {
    try await writeWithoutWaiting { db in
      // Never back in time: two requests may arrive here in the wrong order.
      try db.execute(
        sql: "UPDATE session SET last_seen_at_ms = max(last_seen_at_ms, ?) WHERE id = ?",
        arguments: [moment.millisecondsSinceEpoch, id.rawValue])
    }
  }

  @discardableResult
  public func endSession(_ digest: SessionToken.Digest) async throws -> Session? {
    try await write { db in try Self.end(digest, db) }
  }

  public func endSession(_ id: SessionID) async throws -> Bool {
    try await write { db in
      try db.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [id.rawValue])
      return db.changesCount > 0
    }
  }

  public func endSessions(of id: AccountID) async throws -> Int {
    try await write { db in try Self.endSessions(of: id, db) }
  }

  public func sessions(
    of account: AccountID?, now: Timestamp, seenSince: Timestamp?
  ) async throws -> [LiveSession] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT \(LiveSession.columns) FROM session JOIN account ON account.id = account_id
          WHERE is_enabled AND expires_at_ms > ?1 AND last_seen_at_ms >= ?3
            AND (?2 IS NULL OR account_id = ?2)
          ORDER BY session.created_at_ms DESC, session.id
          """,
        arguments: [
          now.millisecondsSinceEpoch, account?.rawValue,
          seenSince?.millisecondsSinceEpoch ?? .min,
        ]
      ).map(LiveSession.init(row:))
    }
  }

  public func checkHealth() async throws {
    _ = try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM latchkey_migration")
    }
  }

  public func close() async throws {
    try pool.close()
  }
}

extension SQLiteStore {
  @discardableResult
  static func endSessions(of id: AccountID, _ db: Database) throws -> Int {
    try db.execute(sql: "DELETE FROM session WHERE account_id = ?", arguments: [id.rawValue])
    return db.changesCount
  }

  private static func end(_ digest: SessionToken.Digest, _ db: Database) throws -> Session? {
    try Row.fetchOne(
      db, sql: "DELETE FROM session WHERE token_sha256 = ? RETURNING \(Session.columns)",
      arguments: [Data(digest.bytes)]
    ).map { Session(row: $0) }
  }

  private static func insert(_ new: NewSession, _ db: Database) throws {
    let session = new.session
    try db.execute(
      sql: """
        INSERT INTO session (token_sha256, id, account_id, created_at_ms, last_seen_at_ms,
          expires_at_ms, address, user_agent)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        Data(new.digest.bytes), session.id.rawValue, session.accountID.rawValue,
        session.createdAt.millisecondsSinceEpoch, session.lastSeenAt.millisecondsSinceEpoch,
        session.expiresAt.millisecondsSinceEpoch, session.client.address,
        session.client.userAgent,
      ])
  }
}

extension Session {
  static let columns = """
    session.id, account_id, session.created_at_ms, last_seen_at_ms, expires_at_ms, address, \
    user_agent
    """

  init(row: Row, from index: Int = 0) {
    self.init(
      id: SessionID(rawValue: row[index]), accountID: AccountID(rawValue: row[index + 1]),
      createdAt: Timestamp(millisecondsSinceEpoch: row[index + 2]),
      lastSeenAt: Timestamp(millisecondsSinceEpoch: row[index + 3]),
      expiresAt: Timestamp(millisecondsSinceEpoch: row[index + 4]),
      client: ClientDescription(address: row[index + 5], userAgent: row[index + 6]))
  }
}

extension LiveSession {
  static let columns = "\(Account.columns), \(Session.columns)"

  init(row: Row) {
    self.init(session: Session(row: row, from: 4), account: Account(row: row))
  }
}

extension Statement {
  fileprivate func fetchLiveSession(_ arguments: StatementArguments) throws -> LiveSession? {
    try Row.fetchOne(self, arguments: arguments).map(LiveSession.init(row:))
  }
}
