#if Postgres
  public import LatchkeyCore

  extension PostgresStore {
    public func secret() async throws -> [UInt8] {
      let query = "SELECT bytes FROM store_secret"
      if let stored = try await pool.read({ try $0.row(query)?.bytes(0) }) { return stored }
      return try await pool.write { db in
        // Of several that find none at the same moment the first one's stays.
        try db.execute(
          "INSERT INTO store_secret (one, bytes) VALUES (1, $1) ON CONFLICT DO NOTHING",
          [.bytes(RandomSource.system.bytes(32))])
        return try db.row(query)?.bytes(0) ?? []
      }
    }

    public func purge(_ purge: Purge, limit: Int, audit: AuditEntry) async throws -> Int {
      try await pool.write { db in
        // On one server at a time; the others have nothing to do meanwhile.
        guard try db.row("SELECT pg_try_advisory_xact_lock(7019267257)")?.boolean(0) == true
        else { return 0 }
        let rows = PostgresValue.integer(Int64(limit))
        func milliseconds(_ moment: Timestamp) -> PostgresValue {
          .integer(moment.millisecondsSinceEpoch)
        }
        var counts = [
          try db.execute(
            """
            DELETE FROM session WHERE token_sha256 IN (
              SELECT token_sha256 FROM session WHERE expires_at_ms <= $1
              LIMIT $2 FOR UPDATE SKIP LOCKED)
            """, [milliseconds(purge.now), rows]),
          try db.execute(
            """
            DELETE FROM recovery_code WHERE code_sha256 IN (
              SELECT code_sha256 FROM recovery_code WHERE expires_at_ms <= $1 LIMIT $2)
            """, [milliseconds(purge.now), rows]),
          try db.execute(
            """
            DELETE FROM known_browser WHERE (token_sha256, account_id) IN (
              SELECT token_sha256, account_id FROM known_browser
              WHERE last_login_at_ms < $1 LIMIT $2)
            """, [milliseconds(purge.browsersSince), rows]),
          // The counts of accounts stay: who is patient must not get a fresh start. Those of names
          // that nobody has are forgotten while they cost nobody a wait, so that passing robots do
          // not fill the counters that such names share.
          try db.execute(
            """
            DELETE FROM throttle WHERE (kind, key) IN (
              SELECT kind, key FROM throttle
              WHERE kind = 'unknown-name' AND blocked_until_ms < $1 AND failures < $2 LIMIT $3)
            """,
            [
              milliseconds(purge.unknownNamesSince), .integer(Int64(purge.unknownNamesBelow)),
              rows,
            ]),
          try db.execute(
            """
            DELETE FROM throttle WHERE (kind, key) IN (
              SELECT kind, key FROM throttle
              WHERE (kind IN ('address', 'registration', 'everyone') AND counted_at_ms < $1
                  AND blocked_until_ms < $1)
                OR (kind = 'session' AND NOT EXISTS (SELECT 1 FROM session WHERE id = key))
              LIMIT $2)
            """, [milliseconds(purge.throttlesSince), rows]),
        ]
        if let moment = purge.auditSince {
          counts.append(
            try Self.trimAudit(before: moment, limit: limit, audit, db))
        }
        return counts.max() ?? 0
      }
    }

    public func idleSessions(
      seenBefore moment: Timestamp, limit: Int
    ) async throws -> [SessionID] {
      try await pool.read { db in
        try db.rows(
          "SELECT id FROM session WHERE last_seen_at_ms < $1 LIMIT $2",
          [.integer(moment.millisecondsSinceEpoch), .integer(Int64(limit))]
        ).compactMap { try SessionID(rawValue: $0.text(0)) }
      }
    }

    public func endIdleSessions(_ ids: [SessionID], seenBefore moment: Timestamp) async throws {
      // IDs are hexadecimal digits: no element of an array needs quotes.
      let list = ids.map(\.rawValue).joined(separator: ",")
      try await pool.write { db in
        _ = try db.execute(
          """
          DELETE FROM session WHERE id IN (
            SELECT id FROM session WHERE id = ANY ($1::text[]) AND last_seen_at_ms < $2
            FOR UPDATE SKIP LOCKED)
          """, [.text("{\(list)}"), .integer(moment.millisecondsSinceEpoch)])
      }
    }

    /// What was committed is told to all who listen, wherever they are. Should a word get lost, there
    /// is one every two seconds all the same, and one after each new connection.
    public func changes(_ topic: StoreTopic) -> AsyncThrowingStream<Void, any Error> {
      AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
        let isListening = topic == .revocations && options.pooler == .none
        let connection = PostgresConnection(options)
        let watching = Task {
          while !Task.isCancelled {
            do {
              if isListening {
                try await Self.listen(on: connection, continuation)
              } else {
                try await Self.watchAudit(on: connection, continuation)
              }
            } catch is CancellationError {
              break
            } catch {
              // The connection is made again, until the server is there.
              try? await Task.sleep(for: .milliseconds(500))
            }
          }
          continuation.finish()
        }
        continuation.onTermination = { _ in watching.cancel() }
      }
    }

    private static func listen(
      on connection: PostgresConnection,
      _ continuation: AsyncThrowingStream<Void, any Error>.Continuation
    ) async throws {
      try await connection.run { try $0.listen(to: "latchkey_revocations") }
      continuation.yield()
      var silence = 0
      while !Task.isCancelled {
        let isTold = try await connection.run { try $0.waitForNotification(milliseconds: 200) }
        silence = isTold ? 0 : silence + 1
        if silence.isMultiple(of: 10) { continuation.yield() }
      }
    }

    /// Whatever is revoked by a program of ours is in the trail. The interval leaves a quarter of a
    /// second some room.
    private static func watchAudit(
      on connection: PostgresConnection,
      _ continuation: AsyncThrowingStream<Void, any Error>.Continuation
    ) async throws {
      var last: Int64?
      var silence = 0
      while !Task.isCancelled {
        let number = try await connection.run { db in
          try db.row("SELECT last_number FROM audit_anchor")?.integer(0)
        }
        silence = number != last ? 0 : silence + 1
        if silence.isMultiple(of: 10) { continuation.yield() }
        last = number
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }
#endif
