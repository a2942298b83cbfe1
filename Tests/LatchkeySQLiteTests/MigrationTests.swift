import Foundation
import GRDB
import LatchkeyCore
@testable import LatchkeySQLite
import LatchkeySchema
import LatchkeyTesting
import Testing

/// A database of the first schema, with people in it, goes on as it was.
@Suite struct MigrationTests {
  @Test func `accounts, sessions and an app's own table come through the second migration`()
    async throws
  {
    try await withTemporaryDatabase { path in
      let token = try #require(SessionToken(cookieValue: String(repeating: "A", count: 43)))
      let digest = Data(token.digest.bytes)
      let old = try DatabasePool(path: path)
      try await old.barrierWriteWithoutTransaction { db in
        let first = try OwnMigrations.files.get()[0]
        _ = try MigrationStep(file: first, history: .latchkey).apply(
          to: db, at: WallClock.system.now)
        try db.execute(
          sql: """
            INSERT INTO account VALUES
              (7, 'Ada', 'ada', 'hash', 'bcrypt cost=4', 1, 1, 5),
              (9, 'gone', 'gone', 'hash', 'bcrypt cost=4', 0, 1, 5);
            DELETE FROM account WHERE id = 9;
            CREATE TABLE profile (
              account_id INTEGER NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
              motto TEXT NOT NULL) STRICT;
            INSERT INTO profile VALUES (7, 'Festina lente');
            CREATE VIEW member AS SELECT username FROM account;
            CREATE INDEX by_age ON account (created_at_ms);
            CREATE TABLE note (text TEXT) STRICT;
            CREATE TRIGGER welcome AFTER INSERT ON Account
            BEGIN INSERT INTO note VALUES (new.username); END;
            CREATE TRIGGER counts AFTER INSERT ON profile
            BEGIN INSERT INTO note SELECT count(*) || '' FROM account; END;
            """)
        try db.execute(
          sql: "INSERT INTO session VALUES (?, ?, 7, 5, 6, 9000000, '192.0.2.1', 'Agent')",
          arguments: [digest, String(repeating: "0", count: 32)])
      }
      try old.close()

      let store = try await SQLiteStore(path: path)
      let now = Timestamp(millisecondsSinceEpoch: 7)
      let live = try #require(
        try await store.liveSession(token.digest, now: now, seenSince: nil))
      #expect(live.account.username == "Ada" && live.session.client.userAgent == "Agent")
      #expect(live.session.provenAt == live.session.createdAt)
      let lookup = try await store.credentials(folded: "ada", devices: [])
      #expect(
        try await store.comparePassword(
          PasswordHash(text: "hash"), computedLike: lookup.credentials?.password,
          of: lookup.credentials?.account.id) == .same)
      #expect(lookup.credentials?.password?.isImported == true)
      // IDs are not given out again, and the app's table still hangs on the account.
      let entry = AuditEntry(at: now, event: "test", source: .app)
      let next = NewAccount(username: try Username("next"), password: nil, createdAt: now)
      let inserted = try await store.insertAccount(next, recovery: nil, audit: entry)
      #expect(inserted?.id.rawValue == 10)
      // What an app has hung on the table is there as before.
      let (notes, members, plan) = try await store.pool.read { db in
        (
          try String.fetchAll(db, sql: "SELECT text FROM note"),
          try String.fetchAll(db, sql: "SELECT username FROM member ORDER BY username"),
          try String.fetchOne(
            db, sql: "SELECT count(*) || '' FROM sqlite_master WHERE name IN ('by_age', 'counts')")
        )
      }
      #expect(notes == ["next"] && members == ["Ada", "next"] && plan == "2")
      #expect(try await store.deleteAccount(AccountID(rawValue: 7), audit: entry))
      let left = try await store.pool.read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM profile")
      }
      #expect(left == 0)
      try await store.close()
    }
  }
}

@Suite struct OwnMigrationTests {
  @Test func `a step in another wording is refused, since it may have made other tables`()
    async throws
  {
    try await withTemporaryDatabase { path in
      let store = try await SQLiteStore(path: path)
      try await store.pool.write { db in
        try db.execute(
          sql: """
            UPDATE latchkey_migration SET checksum = hex(zeroblob(32))
            WHERE owner = 'latchkey' AND id LIKE '%guarding'
            """)
      }
      try await store.close()
      await #expect {
        try await SQLiteStore(path: path)
      } throws: { error in
        "\(error)".contains("made by another build of this program")
      }
    }
  }

  @Test func `a look says how far a database has come, and changes nothing`() async throws {
    try await withTemporaryDatabase { path in
      let old = try DatabasePool(path: path)
      try await old.barrierWriteWithoutTransaction { db in
        let first = try OwnMigrations.files.get()[0]
        _ = try MigrationStep(file: first, history: .latchkey).apply(
          to: db, at: WallClock.system.now)
      }
      let database = SQLiteDatabase(path: path)
      for _ in 0..<2 {
        let look = try await database.look()
        #expect(look.own.applied.count == 1 && look.own.pending.count >= 2)
        #expect(try await database.changedOwn(after: look.own.applied).isEmpty)
        #expect(look.applied.isEmpty)
        #expect(try await database.tables().schema.tables.isEmpty)
      }
      try old.close()
      let store = try await SQLiteStore(path: path)
      let current = try await database.look()
      #expect(current.own.pending.isEmpty)
      try await store.pool.write { db in
        try db.execute(sql: "DROP TRIGGER audit_anchor_stays; DROP INDEX session_by_account")
      }
      let changed = try await database.changedOwn(after: current.own.applied)
      #expect(changed == ["index session_by_account", "trigger audit_anchor_stays"])
      try await store.close()
    }
  }

  @Test(arguments: [
    ("SELECT 1", 1), ("INSERT INTO a VALUES (';;;'); ", 1), ("SELECT 1;", 1),
    ("SELECT ';'; SELECT 2", 2), ("-- nothing\n;;\n", 0),
    ("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END; DROP TABLE a;", 2),
  ])
  func `the statements of a file are counted as SQLite counts them`(sql: String, count: Int) {
    #expect(SQLiteScript(sql).statementCount == count)
  }
}
