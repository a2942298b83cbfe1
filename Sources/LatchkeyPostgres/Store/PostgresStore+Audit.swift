#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func appendAudit(_ entry: AuditEntry) async throws {
      try await pool.write { db in try Self.append(entry, about: entry.account, db) }
    }

    public func auditRecords(after number: Int64, limit: Int) async throws -> [AuditRecord] {
      try await pool.read { db in
        try db.rows(
          "SELECT \(AuditRecord.columns) FROM audit WHERE number > $1 ORDER BY number LIMIT $2",
          [.integer(number), .integer(Int64(limit))]
        ).map { try AuditRecord(row: $0) }
      }
    }

    public func lastAuditRecords(
      _ count: Int, of account: AccountID?
    ) async throws -> [AuditRecord] {
      try await pool.read { db in
        // Page by page from the end: what the chain covers picks them, and not an index.
        var found: [AuditRecord] = []
        var before = Int64.max
        while found.count < count {
          let page = try db.rows(
            "SELECT \(AuditRecord.columns) FROM audit WHERE number < $1 ORDER BY number DESC LIMIT 1000",
            [.integer(before)]
          ).map { try AuditRecord(row: $0) }
          guard let last = page.last else { break }
          found += page.filter { account == nil || $0.entry.account == account }
          before = last.number
        }
        return found.prefix(count).reversed()
      }
    }

    public func auditBounds() async throws -> AuditBounds {
      try await pool.read { db in
        let row = try db.row("SELECT number, hash, last_number FROM audit_anchor")
        guard let row else { return AuditBounds(anchor: .start, lastNumber: 0) }
        return AuditBounds(
          anchor: try AuditChain.Link(row: row), lastNumber: try row.integer(2))
      }
    }
  }

  extension PostgresStore {
    /// Part of the change that it tells of: both happen, or neither. From here to its end the
    /// transaction holds the end of the chain.
    static func append(
      _ entry: AuditEntry, about account: AccountID?, _ db: PostgresSession
    ) throws {
      var entry = entry
      entry.account = account ?? entry.account
      try append([entry], db)
    }

    static func append(_ entries: [AuditEntry], _ db: PostgresSession) throws {
      let anchor = try db.row("SELECT number, hash, last_number FROM audit_anchor FOR UPDATE")
      guard let anchor else { throw PostgresError.unexpected("no audit_anchor") }
      let last = try db.row("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
      let previous = try AuditChain.Link(row: last ?? anchor)
      // By the number that was last given out: if the end of the trail was cut off, the gap must stay.
      var end = AuditChain.Link(
        number: max(previous.number, try anchor.integer(2)), hash: previous.hash)
      for entry in entries {
        let record = AuditChain.append(entry, to: end)
        let columns = try AuditColumns(of: entry)
        try db.execute(
          """
          INSERT INTO audit (number, at_ms, event, succeeded, account_id, session_id, source, origin,
            user_agent, details, hash)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          """,
          [
            .integer(record.number), .integer(entry.at.millisecondsSinceEpoch),
            .text(entry.event.rawValue), .boolean(entry.succeeded),
            PostgresValue(entry.account?.rawValue), PostgresValue(entry.session?.rawValue),
            .text(columns.source), .text(columns.origin), .text(columns.userAgent),
            .text(columns.details), .bytes(record.hash.bytes),
          ])
        end = AuditChain.Link(number: record.number, hash: record.hash)
      }
    }

    /// Removes the records in front of the first one that is young enough (a clock that was behind
    /// must not take later ones with it), and moves the anchor to the last of them, so that the chain of
    /// those that are left can still be checked. That it did so becomes a record itself.
    static func trimAudit(
      before moment: Timestamp, limit: Int, _ audit: AuditEntry, _ db: PostgresSession
    ) throws -> Int {
      let last = try db.row(
        """
        WITH oldest AS (SELECT number, hash, at_ms FROM audit ORDER BY number LIMIT $1)
        SELECT number, hash FROM oldest
        WHERE number < coalesce((SELECT min(number) FROM oldest WHERE at_ms >= $2),
          9223372036854775807)
        ORDER BY number DESC LIMIT 1
        """, [.integer(Int64(limit)), .integer(moment.millisecondsSinceEpoch)]
      ).map { try AuditChain.Link(row: $0) }
      guard let last else { return 0 }
      try db.execute(
        "UPDATE audit_anchor SET number = $1, hash = $2",
        [.integer(last.number), .bytes(last.hash.bytes)])
      let count = try db.execute("DELETE FROM audit WHERE number <= $1", [.integer(last.number)])
      var audit = audit
      audit.details["last"] = "\(last)"
      try append(audit, about: nil, db)
      return count
    }
  }

  extension AuditChain.Link {
    fileprivate init(row: PostgresRow) throws {
      self.init(number: try row.integer(0), hash: AuditChain.Hash(bytes: try row.bytes(1)))
    }
  }

  extension AuditRecord {
    fileprivate static let columns = """
      number, at_ms, event, succeeded, account_id, session_id, source, origin, user_agent, details, \
      hash
      """

    fileprivate init(row: PostgresRow) throws {
      let columns = AuditColumns(
        source: try row.text(6), origin: try row.text(7), userAgent: try row.text(8),
        details: try row.text(9))
      self.init(
        number: try row.integer(0),
        entry: try columns.entry(
          at: Timestamp(millisecondsSinceEpoch: try row.integer(1)),
          AuditEvent(rawValue: try row.text(2)), succeeded: try row.boolean(3),
          account: try row.optionalInteger(4).map(AccountID.init(rawValue:)),
          session: row.optionalText(5).map(SessionID.init(rawValue:))),
        hash: AuditChain.Hash(bytes: try row.bytes(10)))
    }
  }
#endif
