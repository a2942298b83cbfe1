#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func charge(
      _ charges: [ThrottleCharge], at now: Timestamp, audit: AuditEntry
    ) async throws -> ThrottleAdmission {
      try await pool.write { db in
        try Self.lock(charges.map(\.subject), db)
        var counts: [(ThrottleSubject, ThrottleCount)] = []
        for charge in charges {
          switch charge.answer(try Self.count(charge.subject, db), at: now) {
          case .go(let count):
            counts.append((charge.subject, count))
          case .wait(let until, var count):
            // One record for each block. A flood of refused attempts writes nothing.
            if !count.isAnnounced {
              count.isAnnounced = true
              try Self.store(count, charge.subject, db)
              var audit = audit
              audit.details["kind"] = charge.subject.kind.rawValue
              try Self.append(audit, about: audit.account, db)
            }
            return .wait(until: until)
          }
        }
        for (subject, count) in counts { try Self.store(count, subject, db) }
        return .go(
          counts.map { ThrottlePayment(subject: $0.0, blockedUntil: $0.1.blockedUntil) })
      }
    }

    public func settle(_ settlement: ThrottleSettlement) async throws {
      try await pool.write { db in try Self.settle(settlement, db) }
    }

    public func throttles(limit: Int) async throws -> [ThrottleRecord] {
      try await pool.read { db in
        try db.rows(
          """
          SELECT failures, counted_at_ms, blocked_until_ms, is_announced, kind, key FROM throttle
          ORDER BY failures DESC, kind, key LIMIT $1
          """, [.integer(Int64(limit))]
        ).compactMap { row in
          // A kind of a newer version is none of ours to list.
          try ThrottleSubject.Kind(rawValue: row.text(4)).map { kind in
            ThrottleRecord(kind: kind, key: try row.text(5), count: try ThrottleCount(row: row))
          }
        }
      }
    }

    public func clearThrottles(
      kind: ThrottleSubject.Kind?, key: String?, audit: AuditEntry
    ) async throws -> Int {
      try await pool.write { db in
        let count = try db.execute(
          """
          DELETE FROM throttle WHERE ($1::text IS NULL OR kind = $1)
            AND ($2::text IS NULL OR key = $2 OR (kind = $3 AND starts_with(key, $2 || '/')))
          """,
          [
            PostgresValue(kind?.rawValue), PostgresValue(key),
            .text(ThrottleSubject.Kind.knownBrowser.rawValue),
          ])
        if count > 0 { try Self.append(audit, about: audit.account, db) }
        return count
      }
    }
  }

  extension PostgresStore {
    /// Until the end of the transaction nobody else counts these, whether they have a row or not. In one
    /// order, so that two never wait for each other.
    private static func lock(_ subjects: [ThrottleSubject], _ db: PostgresSession) throws {
      for name in Set(subjects.map { "\($0.kind.rawValue) \($0.key)" }).sorted() {
        try db.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 7019267256))", [.text(name)])
      }
    }

    static func failures(_ subject: ThrottleSubject, _ db: PostgresSession) throws -> Int {
      try count(subject, db)?.failures ?? 0
    }

    static func settle(_ settlement: ThrottleSettlement, _ db: PostgresSession) throws {
      try lock(settlement.cleared + settlement.refunded.map(\.subject), db)
      for subject in settlement.cleared { try remove(subject.kind, subject.key, db) }
      for payment in settlement.refunded {
        guard let count = try count(payment.subject, db) else { continue }
        try store(payment.refund(to: count), payment.subject, db)
      }
    }

    static func clearThrottles(of id: AccountID, _ db: PostgresSession) throws {
      try db.execute(
        """
        DELETE FROM throttle
        WHERE (kind = $1 AND key = $2) OR (kind = $3 AND starts_with(key, $2 || '/'))
        """,
        [
          .text(ThrottleSubject.Kind.account.rawValue), .text("\(id)"),
          .text(ThrottleSubject.Kind.knownBrowser.rawValue),
        ])
    }

    static func clearThrottlesOfForgottenBrowsers(
      of id: AccountID, _ db: PostgresSession
    ) throws {
      let known = try db.rows(
        "SELECT token_sha256 FROM known_browser WHERE account_id = $1", [.integer(id.rawValue)]
      ).map { row in
        ThrottleSubject.knownBrowser(DeviceToken.Digest(bytes: try row.bytes(0)), id).key
      }
      let kind = ThrottleSubject.Kind.knownBrowser
      let counted = try db.rows(
        "SELECT key FROM throttle WHERE kind = $1 AND starts_with(key, $2)",
        [.text(kind.rawValue), .text("\(id)/")]
      ).map { try $0.text(0) }
      for key in Set(counted).subtracting(known).sorted() { try remove(kind, key, db) }
    }

    private static func remove(
      _ kind: ThrottleSubject.Kind, _ key: String, _ db: PostgresSession
    ) throws {
      try db.execute(
        "DELETE FROM throttle WHERE kind = $1 AND key = $2", [.text(kind.rawValue), .text(key)])
    }

    private static func count(
      _ subject: ThrottleSubject, _ db: PostgresSession
    ) throws -> ThrottleCount? {
      try db.row(
        """
        SELECT failures, counted_at_ms, blocked_until_ms, is_announced FROM throttle
        WHERE kind = $1 AND key = $2
        """, [.text(subject.kind.rawValue), .text(subject.key)]
      ).map { try ThrottleCount(row: $0) }
    }

    private static func store(
      _ count: ThrottleCount, _ subject: ThrottleSubject, _ db: PostgresSession
    ) throws {
      guard count.failures > 0 else { return try remove(subject.kind, subject.key, db) }
      try db.execute(
        """
        INSERT INTO throttle
          (kind, key, failures, counted_at_ms, blocked_until_ms, is_announced)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (kind, key) DO UPDATE SET failures = excluded.failures,
          counted_at_ms = excluded.counted_at_ms, blocked_until_ms = excluded.blocked_until_ms,
          is_announced = excluded.is_announced
        """,
        [
          .text(subject.kind.rawValue), .text(subject.key), .integer(Int64(count.failures)),
          .integer(count.countedAt.millisecondsSinceEpoch),
          .integer(count.blockedUntil.millisecondsSinceEpoch), .boolean(count.isAnnounced),
        ])
    }
  }

  extension ThrottleCount {
    fileprivate init(row: PostgresRow) throws {
      self.init(
        failures: Int(try row.integer(0)),
        countedAt: Timestamp(millisecondsSinceEpoch: try row.integer(1)),
        blockedUntil: Timestamp(millisecondsSinceEpoch: try row.integer(2)),
        isAnnounced: try row.boolean(3))
    }
  }
#endif
