#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func beginSession(_ new: NewSession, audit: AuditEntry) async throws -> BegunSession? {
      try await pool.write { db in
        let session = new.session
        let id = session.accountID
        // The account stays as it is until the end: whoever disables it at this moment waits, and
        // then ends this session, too.
        let row = try db.row(
          """
          SELECT \(Account.columns) FROM account
          WHERE id = $1 AND is_enabled AND ($2::text IS NULL OR latchkey_password_is(id, $2))
          FOR NO KEY UPDATE
          """, [.integer(id.rawValue), PostgresValue(new.verifiedHash?.text)])
        guard let row else { return nil }
        var ended = try new.replaced.compactMap { try Self.end($0, db) }
          .map { audit.about($0, .loggedOut, reason: "another login") }
        if let upgrade = new.upgrade { try Self.update(upgrade, id, db) }
        try db.execute(
          "DELETE FROM session WHERE account_id = $1 AND expires_at_ms <= $2",
          [.integer(id.rawValue), .integer(session.createdAt.millisecondsSinceEpoch)])
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
          live: LiveSession(session: session, account: try Account(row: row)),
          failuresOfStrangers: failures, ended: ended)
      }
    }

    public func liveSession(
      _ digest: SessionToken.Digest, now: Timestamp, seenSince: Timestamp?
    ) async throws -> LiveSession? {
      try await pool.read { db in
        try db.row(
          """
          SELECT \(LiveSession.columns) FROM session JOIN account ON account.id = account_id
          WHERE token_sha256 = $1 AND is_enabled AND expires_at_ms > $2 AND last_seen_at_ms >= $3
          """,
          [
            .bytes(digest.bytes), .integer(now.millisecondsSinceEpoch),
            .integer(seenSince?.millisecondsSinceEpoch ?? .min),
          ]
        ).map { try LiveSession(row: $0) }
      }
    }

    public func liveSessions(
      among ids: [SessionID], now: Timestamp, seenSince: Timestamp?
    ) async throws -> Set<SessionID> {
      // IDs are hexadecimal digits: no element of an array needs quotes.
      let list = "{\(ids.map(\.rawValue).joined(separator: ","))}"
      return try await pool.read { db in
        let alive = try db.rows(
          """
          SELECT session.id FROM session JOIN account ON account.id = account_id
          WHERE session.id = ANY ($1::text[]) AND is_enabled AND expires_at_ms > $2
            AND last_seen_at_ms >= $3
          """,
          [
            .text(list), .integer(now.millisecondsSinceEpoch),
            .integer(seenSince?.millisecondsSinceEpoch ?? .min),
          ])
        return Set(try alive.map { SessionID(rawValue: try $0.text(0)) })
      }
    }

    public func touchSessions(_ uses: [SessionID: Timestamp]) async throws {
      // Two servers that lock the same rows do so in the same order. IDs are hexadecimal digits: no
      // element of an array needs quotes.
      let uses = uses.sorted { $0.key.rawValue < $1.key.rawValue }
      let ids = uses.map(\.key.rawValue).joined(separator: ",")
      let moments = uses.map { String($0.value.millisecondsSinceEpoch) }.joined(separator: ",")
      try await pool.write { db in
        // Never back in time: they may also arrive here in the wrong order.
        _ = try db.execute(
          """
          UPDATE session SET last_seen_at_ms = used.at_ms
          FROM (
            SELECT session.id, used.at_ms
            FROM unnest($1::text[], $2::bigint[]) AS used (id, at_ms)
              JOIN session ON session.id = used.id
            WHERE session.last_seen_at_ms < used.at_ms
            ORDER BY session.id FOR NO KEY UPDATE OF session
          ) AS used
          WHERE session.id = used.id AND session.last_seen_at_ms < used.at_ms
          """, [.text("{\(ids)}"), .text("{\(moments)}")])
      }
    }

    public func renewSession(
      _ renewal: SessionRenewal, verifiedHash: PasswordHash, settlement: ThrottleSettlement,
      audit: AuditEntry
    ) async throws -> Bool {
      try await pool.write { db in
        let owner = try db.row(
          "SELECT account_id FROM session WHERE id = $1", [.text(renewal.id.rawValue)]
        )?.integer(0)
        guard let id = owner.map(AccountID.init(rawValue:)),
          try Self.holds(id, verifiedHash, db), try Self.renew(renewal, of: id, db)
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
      try await pool.write { db in
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
      try await pool.write { db in
        let account = try db.row(
          """
          DELETE FROM session WHERE id = $1 AND ($2::bigint IS NULL OR account_id = $2)
          RETURNING account_id
          """, [.text(id.rawValue), PostgresValue(owner?.rawValue)]
        )?.integer(0)
        guard let account else { return false }
        try Self.append(audit, about: AccountID(rawValue: account), db)
        return true
      }
    }

    public func endSessions(
      of id: AccountID?, except kept: SessionID?, audit: AuditEntry
    ) async throws -> Int {
      try await pool.write { db in
        let count = try Self.endSessions(of: id, except: kept, db)
        if count > 0 { try Self.append(audit, about: id, db) }
        return count
      }
    }

    public func sessions(
      of account: AccountID?, now: Timestamp, seenSince: Timestamp?
    ) async throws -> [LiveSession] {
      try await pool.read { db in
        try db.rows(
          """
          SELECT \(LiveSession.columns) FROM session JOIN account ON account.id = account_id
          WHERE is_enabled AND expires_at_ms > $1 AND last_seen_at_ms >= $3
            AND ($2::bigint IS NULL OR account_id = $2)
          ORDER BY session.created_at_ms DESC, session.id
          """,
          [
            .integer(now.millisecondsSinceEpoch), PostgresValue(account?.rawValue),
            .integer(seenSince?.millisecondsSinceEpoch ?? .min),
          ]
        ).map { try LiveSession(row: $0) }
      }
    }
  }

  extension PostgresStore {
    /// - Parameter id: nil for those of all accounts.
    @discardableResult
    static func endSessions(
      of id: AccountID?, except kept: SessionID? = nil, _ db: PostgresSession
    ) throws -> Int {
      try db.execute(
        """
        DELETE FROM session
        WHERE ($1::bigint IS NULL OR account_id = $1) AND id IS DISTINCT FROM $2::text
        """, [PostgresValue(id?.rawValue), PostgresValue(kept?.rawValue)])
    }

    private static func endOldest(
      of id: AccountID, beyond count: Int, _ db: PostgresSession
    ) throws -> [Session] {
      try db.rows(
        """
        DELETE FROM session WHERE token_sha256 IN (
          SELECT token_sha256 FROM session WHERE account_id = $1
          ORDER BY created_at_ms DESC, id OFFSET $2)
        RETURNING \(Session.columns)
        """, [.integer(id.rawValue), .integer(Int64(max(0, count)))]
      ).map { try Session(row: $0) }
    }

    /// The old token is overwritten: whoever has it has nothing.
    static func renew(
      _ renewal: SessionRenewal, of id: AccountID, _ db: PostgresSession
    ) throws -> Bool {
      let count = try db.execute(
        """
        UPDATE session SET token_sha256 = $1, proven_at_ms = $2 WHERE id = $3 AND account_id = $4
        """,
        [
          .bytes(renewal.digest.bytes), .integer(renewal.provenAt.millisecondsSinceEpoch),
          .text(renewal.id.rawValue), .integer(id.rawValue),
        ])
      guard count > 0 else { return false }
      try remember(renewal.device, for: id, at: renewal.provenAt, db)
      return true
    }

    static func remember(
      _ device: DeviceRenewal, for id: AccountID, at now: Timestamp, _ db: PostgresSession
    ) throws {
      if let previous = device.previous {
        try db.execute(
          "DELETE FROM known_browser WHERE account_id = $1 AND token_sha256 = $2",
          [.integer(id.rawValue), .bytes(previous.bytes)])
      }
      try db.execute(
        """
        INSERT INTO known_browser (token_sha256, account_id, last_login_at_ms) VALUES ($1, $2, $3)
        """,
        [
          .bytes(device.new.bytes), .integer(id.rawValue), .integer(now.millisecondsSinceEpoch),
        ])
      try db.execute(
        """
        DELETE FROM known_browser WHERE account_id = $1 AND token_sha256 IN (
          SELECT token_sha256 FROM known_browser WHERE account_id = $1
          ORDER BY last_login_at_ms DESC, token_sha256 = $2 DESC OFFSET $3)
        """,
        [
          .integer(id.rawValue), .bytes(device.new.bytes),
          .integer(Int64(KnownBrowser.maximumCount)),
        ])
      try clearThrottlesOfForgottenBrowsers(of: id, db)
    }

    private static func end(
      _ digest: SessionToken.Digest, _ db: PostgresSession
    ) throws -> Session? {
      try db.row(
        "DELETE FROM session WHERE token_sha256 = $1 RETURNING \(Session.columns)",
        [.bytes(digest.bytes)]
      ).map { try Session(row: $0) }
    }

    private static func insert(_ new: NewSession, _ db: PostgresSession) throws {
      let session = new.session
      try db.execute(
        """
        INSERT INTO session (token_sha256, id, account_id, created_at_ms, last_seen_at_ms,
          expires_at_ms, proven_at_ms, address, user_agent)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        [
          .bytes(new.digest.bytes), .text(session.id.rawValue),
          .integer(session.accountID.rawValue),
          .integer(session.createdAt.millisecondsSinceEpoch),
          .integer(session.lastSeenAt.millisecondsSinceEpoch),
          .integer(session.expiresAt.millisecondsSinceEpoch),
          .integer(session.provenAt.millisecondsSinceEpoch),
          .text(session.client.address), .text(session.client.userAgent),
        ])
    }
  }

  extension Session {
    static let columns = """
      session.id, account_id, session.created_at_ms, last_seen_at_ms, expires_at_ms, \
      proven_at_ms, address, user_agent
      """

    init(row: PostgresRow, from index: Int = 0) throws {
      self.init(
        id: SessionID(rawValue: try row.text(index)),
        accountID: AccountID(rawValue: try row.integer(index + 1)),
        createdAt: Timestamp(millisecondsSinceEpoch: try row.integer(index + 2)),
        lastSeenAt: Timestamp(millisecondsSinceEpoch: try row.integer(index + 3)),
        expiresAt: Timestamp(millisecondsSinceEpoch: try row.integer(index + 4)),
        provenAt: Timestamp(millisecondsSinceEpoch: try row.integer(index + 5)),
        client: ClientDescription(
          address: try row.text(index + 6), userAgent: try row.text(index + 7)))
    }
  }

  extension LiveSession {
    static let columns = "\(Account.columns), \(Session.columns)"

    init(row: PostgresRow) throws {
      self.init(session: try Session(row: row, from: 4), account: try Account(row: row))
    }
  }
#endif
