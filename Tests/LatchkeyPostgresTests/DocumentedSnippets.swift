#if Postgres
  import LatchkeyCore
  import LatchkeyPostgres
  import LatchkeyTesting
  import Testing

  /// Swift of the guides that is about PostgreSQL.
  @Suite struct DocumentedSnippets {
    // No such server: this is compiled.
    func theGuidesServer() async throws -> LocalAuth {
      let auth = try await LocalAuth(
        .postgres("postgres://latchkey_app@db.example.org/app?sslmode=verify-full"))
      return auth
    }

    struct NoteTable {
      let database: PostgresStore

      func texts(of account: Account) async throws -> [String] {
        try await database.read { db in
          try db.rows(
            "SELECT text FROM note WHERE account_id = $1 ORDER BY id",
            [.integer(account.id.rawValue)]
          ).map { try $0.text(0) }
        }
      }

      func add(_ text: String, for account: Account) async throws {
        try await database.write { db in
          try db.execute(
            "INSERT INTO note (account_id, text) VALUES ($1, $2)",
            [.integer(account.id.rawValue), .text(text)])
        }
      }
    }

    @Test func `an app's own table is written and read`() async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        try await store.write { db in
          try db.execute(
            """
            CREATE TABLE note (
              id BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
              account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
              text TEXT NOT NULL UNIQUE CHECK (length(text) BETWEEN 1 AND 10000))
            """)
        }
        let auth = try await LocalAuth(.opened(store), configuration: .fastHashing)
        guard
          case .registered(let ada) = try await auth.addAccount(
            username: "ada", password: Password("seven blue teapots"))
        else {
          Issue.record("not added")
          return
        }
        let notes = NoteTable(database: store)
        try await notes.add("first; DROP TABLE note; --", for: ada)
        #expect(try await notes.texts(of: ada) == ["first; DROP TABLE note; --"])
        var problem: String?
        do {
          try await notes.add("first; DROP TABLE note; --", for: ada)
        } catch PostgresError.refused(state: "23505", _) {
          problem = "You have a note with this text already."
        }
        #expect(problem != nil)
        // The connection goes on.
        #expect(try await notes.texts(of: ada).count == 1)
        try await store.close()
      }
    }
  }
#endif
