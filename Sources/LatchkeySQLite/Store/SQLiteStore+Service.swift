import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func secret() async throws -> [UInt8] {
    let query = "SELECT bytes FROM store_secret"
    if let stored = try await read({ try Data.fetchOne($0, prepared: query) }) {
      return Array(stored)
    }
    return try await write { db in
      // Of several that find none at the same moment the first one's stays.
      try db.execute(
        prepared: "INSERT OR IGNORE INTO store_secret (only, bytes) VALUES (1, ?)",
        arguments: [Data(RandomSource.system.bytes(32))])
      return try Array(Data.fetchOne(db, prepared: query) ?? Data())
    }
  }

  public func changes(_ topic: StoreTopic) -> AsyncThrowingStream<Void, any Error> {
    let path = pool.path
    return AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let watching = watches.start {
        do {
          try Task.checkCancellation()
          let watch = try DatabaseWatch(path: path)
          defer { watch.close() }
          var last: Int64?
          while !Task.isCancelled {
            if let count = try await watch.countIfChanged(topic), count != last {
              last = count
              continuation.yield()
            }
            try await Task.sleep(for: .milliseconds(200))
          }
          continuation.finish()
        } catch is CancellationError {
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      guard let watching else { return continuation.finish() }
      continuation.onTermination = { _ in watching.cancel() }
    }
  }

  public func purge(_ purge: Purge, limit: Int, audit: AuditEntry) async throws -> Int {
    let throttles = try await spentThrottles(purge, limit: limit)
    return try await write { db in
      let now = purge.now.millisecondsSinceEpoch
      var count = 0
      func delete(_ sql: String, _ arguments: StatementArguments) throws {
        try db.execute(prepared: sql, arguments: arguments)
        count = max(count, db.changesCount)
      }
      try delete(
        """
        DELETE FROM session WHERE token_sha256 IN (
          SELECT token_sha256 FROM session WHERE expires_at_ms <= ? LIMIT ?)
        """, [now, limit])
      try delete(
        """
        DELETE FROM recovery_code WHERE code_sha256 IN (
          SELECT code_sha256 FROM recovery_code WHERE expires_at_ms <= ? LIMIT ?)
        """, [now, limit])
      try delete(
        """
        DELETE FROM known_browser WHERE (token_sha256, account_id) IN (
          SELECT token_sha256, account_id FROM known_browser WHERE last_login_at_ms < ? LIMIT ?)
        """, [purge.browsersSince.millisecondsSinceEpoch, limit])
      for throttle in throttles {
        // Not if it was counted again in the meantime.
        try db.execute(
          prepared: """
            DELETE FROM throttle
            WHERE kind = ? AND key = ? AND counted_at_ms = ? AND blocked_until_ms = ?
            """, arguments: StatementArguments(throttle))
      }
      count = max(count, throttles.count)
      if let moment = purge.auditSince {
        count = max(count, try Self.trimAudit(before: moment, limit: limit, audit, db))
      }
      return count
    }
  }

  /// Throttles that no longer count, as they are: no index has them, and to look at all of them while
  /// others wait for the lock for writing would be too long.
  private func spentThrottles(_ purge: Purge, limit: Int) async throws -> [[DatabaseValue]] {
    try await read { db in
      // The counts of accounts stay: who is patient must not get a fresh start. Those of names that
      // nobody has are forgotten while they cost nobody a wait, so that passing robots do not fill
      // the counters that such names share.
      try Row.fetchAll(
        db,
        prepared: """
          SELECT kind, key, counted_at_ms, blocked_until_ms FROM throttle
          WHERE (kind = 'unknown-name' AND blocked_until_ms < ?1 AND failures < ?2)
            OR (kind IN ('address', 'registration', 'everyone') AND counted_at_ms < ?3
              AND blocked_until_ms < ?3)
            OR (kind = 'session' AND key NOT IN (SELECT id FROM session))
          LIMIT ?4
          """,
        arguments: [
          purge.unknownNamesSince.millisecondsSinceEpoch, purge.unknownNamesBelow,
          purge.throttlesSince.millisecondsSinceEpoch, limit,
        ]
      ).map { Array($0.databaseValues) }
    }
  }

  public func idleSessions(seenBefore moment: Timestamp, limit: Int) async throws -> [SessionID] {
    try await read { db in
      try String.fetchAll(
        db, prepared: "SELECT id FROM session WHERE last_seen_at_ms < ? LIMIT ?",
        arguments: [moment.millisecondsSinceEpoch, limit]
      ).compactMap(SessionID.init(rawValue:))
    }
  }

  public func endIdleSessions(_ ids: [SessionID], seenBefore moment: Timestamp) async throws {
    try await write { db in
      let end = try db.cachedStatement(
        sql: "DELETE FROM session WHERE id = ? AND last_seen_at_ms < ?")
      for id in ids {
        try end.execute(arguments: [id.rawValue, moment.millisecondsSinceEpoch])
      }
    }
  }

  public func checkHealth() async throws {
    try await read { db in
      try DatabaseFile.checkPlace(db)
      _ = try Int.fetchOne(db, prepared: "SELECT count(*) FROM latchkey_migration")
    }
  }

  public func close() async throws {
    await watches.close()
    sessionCache.close()
    try pool.close()
  }
}
