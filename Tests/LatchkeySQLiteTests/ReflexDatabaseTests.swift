import Foundation
import GRDB
import LatchkeyCore
import LatchkeySQLite
import LatchkeyTesting
import Testing

/// The sample was made by the seed's own app; its passwords stand beside it.
@Suite struct ReflexDatabaseTests {
  private struct Sample: Decodable {
    struct User: Decodable {
      let username: String
      let password: String
      let enabled: Bool
    }

    let users: [User]
  }

  private static var fixtures: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures")
  }

  private func sample() throws -> [Sample.User] {
    let json = try Data(contentsOf: Self.fixtures.appendingPathComponent("reflex-sample.json"))
    return try JSONDecoder().decode(Sample.self, from: json).users
  }

  private func withImport(
    _ path: String, _ body: (LocalAuth, ForeignAccounts, ImportReport) async throws -> Void
  ) async throws {
    try await withTemporaryDatabase { target in
      let auth = try await LocalAuth(.sqlite(target), configuration: .fastHashing)
      let source = try await ForeignAccounts(reflex: path)
      try await body(auth, source, try await auth.importAccounts(source, .skippingInvalid))
      try await auth.store.close()
    }
  }

  @Test func `everyone of the sample logs in with the old password and gets a current hash`()
    async throws
  {
    let path = Self.fixtures.appendingPathComponent("reflex-sample.db").path
    try await withImport(path) { auth, source, report in
      #expect(report.lines.count == 9 && source.sessionCount == 11)
      for user in try sample() where user.username != "ALICE" {
        for _ in 0..<2 {
          let outcome = try await auth.login(
            username: user.username, password: Password(user.password))
          switch outcome {
          case .loggedIn: #expect(user.enabled, "\(user.username)")
          case .disabled: #expect(!user.enabled, "\(user.username)")
          case .refused, .throttled: Issue.record("\(user.username) was refused")
          }
        }
      }
      let refused = report.lines.filter { if case .imported = $0.outcome { false } else { true } }
      #expect(refused.map(\.source.username) == ["ALICE"])
    }
  }

  @Test func `importing again changes nothing, even after logins`() async throws {
    let path = Self.fixtures.appendingPathComponent("reflex-sample.db").path
    try await withImport(path) { auth, source, _ in
      _ = try await auth.login(username: "bob", password: Password("hunter2"))
      let before = try await auth.accounts()
      let again = try await auth.importAccounts(source, .skippingInvalid)
      for line in again.lines {
        switch line.outcome {
        case .alreadyThere, .nameTaken: break
        default: Issue.record("\(line.source.username): \(line.outcome)")
        }
      }
      #expect(try await auth.accounts() == before)
      #expect(try await auth.sessions().count == 1)
    }
  }

  @Test func `the newer tables and hashes as BLOB are read, and odd rows are reported`()
    async throws
  {
    try await withTemporaryDatabase { path in
      let hash = try Bcrypt(cost: 4).hash(Array("correct horse".utf8), random: .system).text
      let queue = try DatabaseQueue(path: path)
      try await queue.write { db in
        try db.execute(
          sql: """
            CREATE TABLE localuser (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR,
              password_hash BLOB, enabled BOOLEAN);
            CREATE TABLE localauthsession (id INTEGER PRIMARY KEY, user_id INTEGER,
              session_id VARCHAR, expiration DATETIME);
            INSERT INTO localauthsession VALUES (1, 1, 'token', '2030-01-01');
            """)
        let rows: [(String?, (any DatabaseValueConvertible)?, (any DatabaseValueConvertible)?)] = [
          ("alice", Data(hash.utf8), 1), ("bob", hash, 0), ("carol", "$2b$99$nonsense", 1),
          (" ", hash, 1), ("nul", hash, 1), (nil, hash, 1), ("dave", nil, 1),
          ("erin", hash, nil), ("<b>", hash, 1),
        ]
        for (name, hash, enabled) in rows {
          try db.execute(
            sql: "INSERT INTO localuser (username, password_hash, enabled) VALUES (?, ?, ?)",
            arguments: [name, hash, enabled])
        }
        // A name with NUL cannot be bound as text, but a seed's database may hold one.
        try db.execute(
          sql: "UPDATE localuser SET username = CAST(X'6E756C006E' AS TEXT) WHERE username = 'nul'")
      }
      try queue.close()
      try await withImport(path) { auth, source, report in
        #expect(source.sessionCount == 1)
        let outcomes = report.lines.map { line in
          switch line.outcome {
          case .imported(let account): account.isEnabled ? "enabled" : "disabled"
          case .nameRefused: "name"
          case .hashRefused, .workRefused: "hash"
          case .alreadyThere, .nameTaken: "taken"
          }
        }
        #expect(
          outcomes == [
            "enabled", "disabled", "hash", "name", "name", "name", "hash", "disabled", "enabled",
          ])
        guard
          case .loggedIn = try await auth.login(
            username: "alice", password: Password("correct horse"))
        else {
          Issue.record("alice cannot log in")
          return
        }
      }
    }
  }

  @Test func `what is no Reflex database is refused in words`() async throws {
    await #expect(throws: StoreUnavailableError(reason: "There is no file /nonexistent.db.")) {
      try await ForeignAccounts(reflex: "/nonexistent.db")
    }
    try await withTemporaryDatabase { path in
      try Data("not a database, not at all, and long enough to be looked at".utf8)
        .write(to: URL(fileURLWithPath: path))
      await #expect { try await ForeignAccounts(reflex: path) } throws: {
        "\($0)".contains("Cannot read")
      }
    }
    try await withTemporaryDatabase { path in
      try await SQLiteStore(path: path).close()
      await #expect { try await ForeignAccounts(reflex: path) } throws: {
        "\($0)".contains("no table user")
      }
    }
  }
}
