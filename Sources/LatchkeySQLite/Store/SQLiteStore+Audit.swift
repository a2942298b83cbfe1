import Foundation
internal import GRDB
public import LatchkeyCore

extension SQLiteStore {
  public func appendAudit(_ entry: AuditEntry) async throws {
    try await write { db in try Self.append(entry, about: entry.account, db) }
  }

  public func auditRecords(after number: Int64, limit: Int) async throws -> [AuditRecord] {
    try await read { db in
      try Row.fetchAll(
        db,
        prepared:
          "SELECT \(AuditRecord.columns) FROM audit WHERE number > ? ORDER BY number LIMIT ?",
        arguments: [number, limit]
      ).map(AuditRecord.init(row:))
    }
  }

  public func lastAuditRecords(
    _ count: Int, of account: AccountID?
  ) async throws -> [AuditRecord] {
    try await read { db in
      // Picked by what is read, which the chain covers, and not by an index, which could hide a row.
      let records = try Row.fetchCursor(
        db, sql: "SELECT \(AuditRecord.columns) FROM audit ORDER BY number DESC"
      ).map(AuditRecord.init(row:)).filter { account == nil || $0.entry.account == account }
      return try Array(records.prefix(count)).reversed()
    }
  }

  public func auditBounds() async throws -> AuditBounds {
    try await read { db in
      AuditBounds(anchor: try Self.anchor(db), lastNumber: try Self.lastNumber(db))
    }
  }
}

extension SQLiteStore {
  /// Part of the change that it tells of: both happen, or neither.
  static func append(_ entry: AuditEntry, about account: AccountID?, _ db: Database) throws {
    var entry = entry
    entry.account = account ?? entry.account
    let last = try Row.fetchOne(
      db, prepared: "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"
    ).map(AuditChain.Link.init(row:))
    let previous = try last ?? anchor(db)
    // By the number that was last given out: if the end of the trail was cut off, the gap must stay.
    let record = AuditChain.append(
      entry,
      to: AuditChain.Link(number: try max(previous.number, lastNumber(db)), hash: previous.hash))
    let columns = try AuditColumns(of: entry)
    try db.execute(
      prepared: """
        INSERT INTO audit (number, at_ms, event, succeeded, account_id, session_id, source, origin,
          user_agent, details, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        record.number, entry.at.millisecondsSinceEpoch, entry.event.rawValue, entry.succeeded,
        entry.account?.rawValue, entry.session?.rawValue, columns.source, columns.origin,
        columns.userAgent, columns.details, Data(record.hash.bytes),
      ])
  }

  /// Removes the records in front of the first one that is young enough (a clock that was behind
  /// must not take later ones with it), and moves the anchor to the last of them, so that the chain of
  /// those that are left can still be checked. That it did so becomes a record itself.
  static func trimAudit(
    before moment: Timestamp, limit: Int, _ audit: AuditEntry, _ db: Database
  ) throws -> Int {
    let last = try Row.fetchOne(
      db,
      prepared: """
        WITH oldest AS (SELECT number, hash, at_ms FROM audit ORDER BY number LIMIT ?1)
        SELECT number, hash FROM oldest
        WHERE number < ifnull((SELECT min(number) FROM oldest WHERE at_ms >= ?2), 1 << 62)
        ORDER BY number DESC LIMIT 1
        """,
      arguments: [limit, moment.millisecondsSinceEpoch]
    ).map(AuditChain.Link.init(row:))
    guard let last else { return 0 }
    try db.execute(
      prepared: "UPDATE audit_anchor SET number = ?, hash = ?",
      arguments: [last.number, Data(last.hash.bytes)])
    try db.execute(prepared: "DELETE FROM audit WHERE number <= ?", arguments: [last.number])
    let count = db.changesCount
    var audit = audit
    audit.details["last"] = "\(last)"
    try append(audit, about: nil, db)
    return count
  }

  private static func anchor(_ db: Database) throws -> AuditChain.Link {
    try Row.fetchOne(db, prepared: "SELECT number, hash FROM audit_anchor")
      .map(AuditChain.Link.init(row:)) ?? .start
  }

  /// SQLite itself remembers the highest number of an AUTOINCREMENT table.
  static func lastNumber(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, prepared: "SELECT seq FROM sqlite_sequence WHERE name = 'audit'") ?? 0
  }
}

extension AuditChain.Link {
  fileprivate init(row: Row) {
    self.init(number: row["number"], hash: AuditChain.Hash(bytes: Array(row["hash"] as Data)))
  }
}

extension AuditRecord {
  fileprivate static let columns = """
    number, at_ms, event, succeeded, account_id, session_id, source, origin, user_agent, details, \
    hash
    """

  fileprivate init(row: Row) throws {
    let columns = AuditColumns(
      source: row["source"], origin: row["origin"], userAgent: row["user_agent"],
      details: row["details"])
    self.init(
      number: row["number"],
      entry: try columns.entry(
        at: Timestamp(millisecondsSinceEpoch: row["at_ms"]), AuditEvent(rawValue: row["event"]),
        succeeded: row["succeeded"],
        account: (row["account_id"] as Int64?).map(AccountID.init(rawValue:)),
        session: (row["session_id"] as String?).map(SessionID.init(rawValue:))),
      hash: AuditChain.Hash(bytes: Array(row["hash"] as Data)))
  }
}
