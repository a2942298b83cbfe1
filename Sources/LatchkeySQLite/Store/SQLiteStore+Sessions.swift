import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func beginSession(_ new: NewSession, audit: AuditEntry) async throws -> BegunSession? {
    try await write { db in
      let session = new.session
      let id = session.accountID
      let row = try Row.fetchOne(
        db,
        prepared: """
          SELECT \(Account.columns) FROM account
          WHERE id = ?1 AND is_enabled AND (?2 IS NULL OR password_hash = ?2)
          """,
        arguments: [id.rawValue, new.verifiedHash?.text])
      guard let row else { return nil }
      var ended = try new.replaced.compactMap { try Self.end($0, db) }
        .map { audit.about($0, .loggedOut, reason: "another login") }
      if let upgrade = new.upgrade { try Self.update(upgrade, id, db) }
      try db.execute(
        prepared: "DELETE FROM session WHERE account_id = ? AND expires_at_ms <= ?",
        arguments: [id.rawValue, session.createdAt.millisecondsSinceEpoch])
      if let maximum = new.maximumCount {
        ended += try Self.endOldest(of: id, beyond: maximum - 1, db)
          .map { audit.about($0, .sessionRevoked, reason: "too many sessions") }
      }
      try Self.insert(new, db)
      let failures = try Self.failures(.account(id), db)
      // Before the browser gets its new token: only the pair that succeeded is cleared, under the
      // name that it was charged by.
      try Self.settle(new.settlement, db)
      try Self.remember(new.device, for: id, at: session.createdAt, db)
      for entry in ended { try Self.append(entry, about: entry.account, db) }
      try Self.append(audit, about: id, db)
      return BegunSession(
        live: LiveSession(session: session, account: Account(row: row)),
        failuresOfStrangers: failures, ended: ended)
    }
  }

  public func liveSession(
    _ digest: SessionToken.Digest, now: Timestamp, seenSince: Timestamp?
  ) async throws -> LiveSession? {
    if let known = sessionCache.session(digest, now: now, seenSince: seenSince) { return known }
    // One statement sees one moment, without a transaction around it.
    let (found, mark) = try await Self.explaining {
      try await pool.unsafeRead { [sessionCache] db in
        let mark = sessionCache.mark()
        let found = try db.cachedStatement(
          sql: """
            SELECT \(LiveSession.columns), (SELECT count FROM revocation)
            FROM session JOIN account ON account.id = account_id
            WHERE token_sha256 = ? AND is_enabled AND expires_at_ms > ? AND last_seen_at_ms >= ?
            """
        ).fetchLiveSession(
          [
            Data(digest.bytes), now.millisecondsSinceEpoch,
            seenSince?.millisecondsSinceEpoch ?? .min,
          ])
        return (found, mark)
      }
    }
    guard let found else { return nil }
    sessionCache.note(found.live, digest, revocations: found.revocations, since: mark)
    return found.live
  }

  public func liveSessions(
    among ids: [SessionID], now: Timestamp, seenSince: Timestamp?
  ) async throws -> Set<SessionID> {
    let list = String(decoding: try JSONEncoder().encode(ids.map(\.rawValue)), as: UTF8.self)
    return try await read { db in
      let alive = try String.fetchAll(
        db,
        prepared: """
          SELECT session.id FROM json_each(?1) AS wanted
            JOIN session ON session.id = wanted.value JOIN account ON account.id = account_id
          WHERE is_enabled AND expires_at_ms > ?2 AND last_seen_at_ms >= ?3
          """,
        arguments: [
          list, now.millisecondsSinceEpoch, seenSince?.millisecondsSinceEpoch ?? .min,
        ])
      return Set(alive.map(SessionID.init(rawValue:)))
    }
  }

  public func touchSessions(_ uses: [SessionID: Timestamp]) async throws {
    try await write { db in
      let touch = try db.cachedStatement(
        // Never back in time: two servers may arrive here in the wrong order.
        sql: "UPDATE session SET last_seen_at_ms = max(last_seen_at_ms, ?) WHERE id = ?")
      for (id, moment) in uses {
        try touch.execute(arguments: [moment.millisecondsSinceEpoch, id.rawValue])
      }
    }
    sessionCache.forget(uses.keys)
  }

  public func renewSession(
    _ renewal: SessionRenewal, verifiedHash: PasswordHash, settlement: ThrottleSettlement,
    audit: AuditEntry
  ) async throws -> Bool {
    try await write { db in
      let owner = try Int64.fetchOne(
        db, prepared: "SELECT account_id FROM session WHERE id = ?",
        arguments: [renewal.id.rawValue])
      guard let id = owner.map(AccountID.init(rawValue:)), try Self.has(id, verifiedHash, db),
        try Self.renew(renewal, of: id, db)
      else { return false }
      try Self.settle(settlement, db)
      try Self.append(audit, about: id, db)
      return true
    }
  }

  @discardableResult
  public func endSession(
    _ digest: SessionToken.Digest, audit: AuditEntry
  ) async throws -> Session? {
    try await write { db in
      guard let session = try Self.end(digest, db) else { return nil }
      var audit = audit
      audit.session = session.id
      try Self.append(audit, about: session.accountID, db)
      return session
    }
  }

  public func endSession(
    _ id: SessionID, of owner: AccountID?, audit: AuditEntry
  ) async throws -> Bool {
    try await write { db in
      let account = try Int64.fetchOne(
        db,
        prepared: """
          DELETE FROM session WHERE id = ?1 AND (?2 IS NULL OR account_id = ?2)
          RETURNING account_id
          """,
        arguments: [id.rawValue, owner?.rawValue])
      guard let account else { return false }
      try Self.append(audit, about: AccountID(rawValue: account), db)
      return true
    }
  }

  public func endSessions(
    of id: AccountID?, except kept: SessionID?, audit: AuditEntry
  ) async throws -> Int {
    try await write { db in
      let count = try Self.endSessions(of: id, except: kept, db)
      if count > 0 { try Self.append(audit, about: id, db) }
      return count
    }
  }

  public func sessions(
    of account: AccountID?, now: Timestamp, seenSince: Timestamp?
  ) async throws -> [LiveSession] {
    try await read { db in
      try Row.fetchAll(
        db,
        prepared: """
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
}

extension SQLiteStore {
  /// - Parameter id: nil for those of all accounts.
  @discardableResult
  static func endSessions(
    of id: AccountID?, except kept: SessionID? = nil, _ db: Database
  ) throws -> Int {
    try db.execute(
      prepared: "DELETE FROM session WHERE (?1 IS NULL OR account_id = ?1) AND id IS NOT ?2",
      arguments: [id?.rawValue, kept?.rawValue])
    return db.changesCount
  }

  private static func endOldest(
    of id: AccountID, beyond count: Int, _ db: Database
  ) throws -> [Session] {
    try Row.fetchAll(
      db,
      prepared: """
        DELETE FROM session WHERE token_sha256 IN (
          SELECT token_sha256 FROM session WHERE account_id = ?
          ORDER BY created_at_ms DESC, id LIMIT -1 OFFSET ?)
        RETURNING \(Session.columns)
        """,
      arguments: [id.rawValue, count]
    ).map { Session(row: $0) }
  }

  /// The old token is overwritten: whoever has it has nothing.
  static func renew(_ renewal: SessionRenewal, of id: AccountID, _ db: Database) throws -> Bool {
    try db.execute(
      prepared: """
        UPDATE session SET token_sha256 = ?, proven_at_ms = ? WHERE id = ? AND account_id = ?
        """,
      arguments: [
        Data(renewal.digest.bytes), renewal.provenAt.millisecondsSinceEpoch, renewal.id.rawValue,
        id.rawValue,
      ])
    guard db.changesCount > 0 else { return false }
    try remember(renewal.device, for: id, at: renewal.provenAt, db)
    return true
  }

  static func remember(
    _ device: DeviceRenewal, for id: AccountID, at now: Timestamp, _ db: Database
  ) throws {
    let new = Data(device.new.bytes)
    if let previous = device.previous {
      try db.execute(
        prepared: "DELETE FROM known_browser WHERE account_id = ? AND token_sha256 = ?",
        arguments: [id.rawValue, Data(previous.bytes)])
    }
    try db.execute(
      prepared: """
        INSERT INTO known_browser (token_sha256, account_id, last_login_at_ms) VALUES (?, ?, ?)
        """,
      arguments: [new, id.rawValue, now.millisecondsSinceEpoch])
    try db.execute(
      prepared: """
        DELETE FROM known_browser WHERE account_id = ?1 AND token_sha256 IN (
          SELECT token_sha256 FROM known_browser WHERE account_id = ?1
          ORDER BY last_login_at_ms DESC, token_sha256 = ?2 DESC LIMIT -1 OFFSET ?3)
        """,
      arguments: [id.rawValue, new, KnownBrowser.maximumCount])
    try clearThrottlesOfForgottenBrowsers(of: id, db)
  }

  private static func end(_ digest: SessionToken.Digest, _ db: Database) throws -> Session? {
    try Row.fetchOne(
      db, prepared: "DELETE FROM session WHERE token_sha256 = ? RETURNING \(Session.columns)",
      arguments: [Data(digest.bytes)]
    ).map { Session(row: $0) }
  }

  private static func insert(_ new: NewSession, _ db: Database) throws {
    let session = new.session
    try db.execute(
      prepared: """
        INSERT INTO session (token_sha256, id, account_id, created_at_ms, last_seen_at_ms,
          expires_at_ms, proven_at_ms, address, user_agent)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        Data(new.digest.bytes), session.id.rawValue, session.accountID.rawValue,
        session.createdAt.millisecondsSinceEpoch, session.lastSeenAt.millisecondsSinceEpoch,
        session.expiresAt.millisecondsSinceEpoch, session.provenAt.millisecondsSinceEpoch,
        session.client.address, session.client.userAgent,
      ])
  }
}

extension Session {
  static let columns = """
    session.id, account_id, session.created_at_ms, last_seen_at_ms, expires_at_ms, \
    proven_at_ms, address, user_agent
    """

  init(row: Row, from index: Int = 0) {
    self.init(
      id: SessionID(rawValue: row[index]), accountID: AccountID(rawValue: row[index + 1]),
      createdAt: Timestamp(millisecondsSinceEpoch: row[index + 2]),
      lastSeenAt: Timestamp(millisecondsSinceEpoch: row[index + 3]),
      expiresAt: Timestamp(millisecondsSinceEpoch: row[index + 4]),
      provenAt: Timestamp(millisecondsSinceEpoch: row[index + 5]),
      client: ClientDescription(address: row[index + 6], userAgent: row[index + 7]))
  }
}

extension LiveSession {
  static let columns = "\(Account.columns), \(Session.columns)"

  init(row: Row) {
    self.init(session: Session(row: row, from: 4), account: Account(row: row))
  }
}

extension Statement {
  /// The row of a session, and behind it the number of revocations.
  fileprivate func fetchLiveSession(
    _ arguments: StatementArguments
  ) throws -> (live: LiveSession, revocations: Int64)? {
    try Row.fetchOne(self, arguments: arguments).map { (LiveSession(row: $0), $0[12]) }
  }
}
