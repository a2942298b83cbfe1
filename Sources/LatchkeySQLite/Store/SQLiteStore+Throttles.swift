import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func charge(
    _ charges: [ThrottleCharge], at now: Timestamp, audit: AuditEntry
  ) async throws -> ThrottleAdmission {
    try await write { db in
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
    try await write { db in try Self.settle(settlement, db) }
  }

  public func throttles(limit: Int) async throws -> [ThrottleRecord] {
    try await read { db in
      try Row.fetchAll(
        db,
        prepared: """
          SELECT failures, counted_at_ms, blocked_until_ms, is_announced, kind, key FROM throttle
          ORDER BY failures DESC, kind, key LIMIT ?
          """,
        arguments: [limit]
      ).compactMap { row in
        // A kind of a newer version is none of ours to list.
        ThrottleSubject.Kind(rawValue: row["kind"]).map { kind in
          ThrottleRecord(kind: kind, key: row["key"], count: ThrottleCount(row: row))
        }
      }
    }
  }

  public func clearThrottles(
    kind: ThrottleSubject.Kind?, key: String?, audit: AuditEntry
  ) async throws -> Int {
    try await write { db in
      try db.execute(
        prepared: """
          DELETE FROM throttle WHERE (?1 IS NULL OR kind = ?1)
            AND (?2 IS NULL OR key = ?2 OR (kind = ?3 AND key GLOB ?2 || '/*'))
          """,
        arguments: [kind?.rawValue, key, ThrottleSubject.Kind.knownBrowser.rawValue])
      let count = db.changesCount
      if count > 0 { try Self.append(audit, about: audit.account, db) }
      return count
    }
  }
}

extension SQLiteStore {
  static func failures(_ subject: ThrottleSubject, _ db: Database) throws -> Int {
    try count(subject, db)?.failures ?? 0
  }

  static func settle(_ settlement: ThrottleSettlement, _ db: Database) throws {
    for subject in settlement.cleared {
      try db.execute(
        prepared: "DELETE FROM throttle WHERE kind = ? AND key = ?",
        arguments: [subject.kind.rawValue, subject.key])
    }
    for payment in settlement.refunded {
      guard let count = try count(payment.subject, db) else { continue }
      try store(payment.refund(to: count), payment.subject, db)
    }
  }

  static func clearThrottles(of id: AccountID, _ db: Database) throws {
    try db.execute(
      prepared: """
        DELETE FROM throttle
        WHERE (kind = ?1 AND key = ?2) OR (kind = ?3 AND key GLOB ?2 || '/*')
        """,
      arguments: [
        ThrottleSubject.Kind.account.rawValue, "\(id)",
        ThrottleSubject.Kind.knownBrowser.rawValue,
      ])
  }

  static func clearThrottlesOfForgottenBrowsers(of id: AccountID, _ db: Database) throws {
    let known = try Data.fetchAll(
      db, prepared: "SELECT token_sha256 FROM known_browser WHERE account_id = ?",
      arguments: [id.rawValue]
    ).map { ThrottleSubject.knownBrowser(DeviceToken.Digest(bytes: [UInt8]($0)), id).key }
    let counted = try String.fetchAll(
      db, prepared: "SELECT key FROM throttle WHERE kind = ? AND key GLOB ? || '/*'",
      arguments: [ThrottleSubject.Kind.knownBrowser.rawValue, "\(id)"])
    for key in Set(counted).subtracting(known) {
      try db.execute(
        prepared: "DELETE FROM throttle WHERE kind = ? AND key = ?",
        arguments: [ThrottleSubject.Kind.knownBrowser.rawValue, key])
    }
  }

  private static func count(_ subject: ThrottleSubject, _ db: Database) throws -> ThrottleCount? {
    try Row.fetchOne(
      db,
      prepared: """
        SELECT failures, counted_at_ms, blocked_until_ms, is_announced FROM throttle
        WHERE kind = ? AND key = ?
        """,
      arguments: [subject.kind.rawValue, subject.key]
    ).map { ThrottleCount(row: $0) }
  }

  private static func store(
    _ count: ThrottleCount, _ subject: ThrottleSubject, _ db: Database
  ) throws {
    guard count.failures > 0 else {
      try db.execute(
        prepared: "DELETE FROM throttle WHERE kind = ? AND key = ?",
        arguments: [subject.kind.rawValue, subject.key])
      return
    }
    try db.execute(
      prepared: """
        INSERT OR REPLACE INTO throttle
          (kind, key, failures, counted_at_ms, blocked_until_ms, is_announced)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        subject.kind.rawValue, subject.key, count.failures,
        count.countedAt.millisecondsSinceEpoch, count.blockedUntil.millisecondsSinceEpoch,
        count.isAnnounced,
      ])
  }
}

extension ThrottleCount {
  fileprivate init(row: Row) {
    self.init(
      failures: row[0], countedAt: Timestamp(millisecondsSinceEpoch: row[1]),
      blockedUntil: Timestamp(millisecondsSinceEpoch: row[2]), isAnnounced: row[3])
  }
}
