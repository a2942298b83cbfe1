#if Postgres
  import LatchkeyCore
  import LatchkeySchema
  import Testing

  @testable import LatchkeyPostgres

  /// An app's tables on PostgreSQL: made, changed, walked back, guarded.
  @Suite(.serialized) struct AppMigrationTests {
    private static let first = Schema(
      .table(
        "note",
        .column("id", .id),
        .column("account_id", .integer, references: .account),
        .column("text", .text, check: "length(text) BETWEEN 1 AND 100"),
        .column("stars", .integer, default: 0),
        .column("title", .text, optional: true),
        .column("order", .real, default: -1.5),
        indexes: [.index("note_by_account", on: "account_id")]))

    private static func step(
      _ number: Int, _ up: String, down: String? = nil
    ) -> MigrationFile {
      MigrationFile(
        id: "2026112700000\(number)-step", up: .init(sql: up), down: down.map { .init(sql: $0) })
    }

    private func withNotes(
      _ body: (PostgresStore, PostgresDatabase, MigrationFile) async throws -> Void
    ) async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        let database = PostgresDatabase(options)
        let plan = try #require(try await database.plan(after: [], to: Self.first, renames: []))
        let file = MigrationFile(id: "20261126000000-first", up: plan.up, down: plan.down)
        #expect(try await database.apply(file) { _ in })
        try await store.write { db in
          try db.execute(
            """
            INSERT INTO account (username, username_folded, password_is_imported, is_enabled,
              created_at_ms) VALUES ('ada', 'ada', false, true, 0)
            """)
          try db.execute(
            """
            INSERT INTO note (account_id, text, title)
            SELECT 1, 'text ' || n, CASE WHEN n > 1 THEN n::text END FROM generate_series(1, 3) n
            """)
        }
        try await body(store, database, file)
        try await store.close()
      }
    }

    @Test func `the names of Latchkey's own are those that its steps make`() async throws {
      try await withPostgres { options in
        let store = try await PostgresStore(options)
        let catalog = try await store.pool.read { try PostgresCatalog(in: $0) }
        #expect(Set(catalog.tables.map(\.name)) == OwnMigrations.tables)
        #expect(Set(catalog.tables.flatMap(\.indexes).map(\.name)) == OwnMigrations.indexes)
        #expect(Set(catalog.tables.flatMap(\.triggers).map(\.name)) == OwnMigrations.triggers)
        #expect(catalog.others.allSatisfy { $0.name.hasPrefix(OwnMigrations.prefix) })
        try await store.close()
      }
    }

    @Test func `declared tables are made, and then there is nothing to do`() async throws {
      try await withNotes { store, database, first in
        #expect(try await database.undeclared(after: [first], in: Self.first).isEmpty)
        #expect(try await database.drift(after: [first]).isEmpty)
        #expect(try await !database.isForgotten(after: [first], in: Self.first))
        let look = try await database.look(orAtNone: false)
        #expect(look.applied.map(\.id) == [first.id] && look.own.pending.isEmpty)
        #expect(try await database.changedOwn(after: look.own.applied).isEmpty)
        #expect(try await !database.apply(first) { _ in })
        await #expect(throws: PostgresError.self) {
          try await store.write { db in
            try db.execute("INSERT INTO note (account_id, text) VALUES (1, '')")
          }
        }
        #expect(try await database.revert(first) { _ in })
        #expect(try await store.read { try PostgresCatalog(in: $0).table("note") } == nil)
      }
    }

    @Test(arguments: [
      "CREATE SCHEMA extra", "CREATE TABLE public.elsewhere (id BIGINT PRIMARY KEY)",
      "CREATE EXTENSION pg_trgm",
    ])
    func `what works only once in a database is refused before it is there`(_ sql: String)
      async throws
    {
      try await withNotes { _, database, first in
        await #expect {
          try await database.rehearse([first, Self.step(1, sql)])
        } throws: { error in "\(error)".contains("it works only once in a database") }
        let drift = try await database.drift(after: [first])
        #expect(drift == [])
      }
    }

    @Test func `an extension that is made if it is not there is in the way of nothing`()
      async throws
    {
      try await withNotes { _, database, first in
        let step = Self.step(
          1,
          """
          CREATE EXTENSION IF NOT EXISTS pg_trgm;
          CREATE INDEX note_by_text ON note USING gin (text gin_trgm_ops);
          CREATE FUNCTION shout(t TEXT) RETURNS TEXT LANGUAGE sql SET search_path = public
            AS 'SELECT upper(t)';
          CREATE FUNCTION here() RETURNS TEXT LANGUAGE sql SET search_path FROM CURRENT
            AS 'SELECT 1::text'
          """)
        try await database.rehearse([first, step])
        #expect(try await database.apply(step) { _ in })
        try await database.rehearse([first, step])
        let drift = try await database.drift(after: [first, step])
        #expect(drift == [])
      }
    }

    private static func note(
      _ columns: Schema.Column..., indexes: [Schema.Index] = [], checks: [String] = [],
      besides others: Schema.Table...
    ) -> Schema {
      Schema(
        tables: [
          Schema.Table(
            "note",
            columns: [
              .column("id", .id), .column("account_id", .integer, references: .account),
              .column("text", .text, check: "length(text) BETWEEN 1 AND 100"),
            ] + columns, checks: checks, indexes: indexes)
        ] + others)
    }

    private static let byAccount = Schema.Index("note_by_account", on: ["account_id"])

    static let changes: [(String, Schema, renames: [String], losses: Int)] = [
      (
        "columns come and go",
        note(
          .column("stars", .integer, default: 0), .column("title", .text, optional: true),
          .column("kind", .text, default: "it's", check: "kind <> ''"), indexes: [byAccount]),
        [], 1
      ),
      (
        "types and defaults change",
        note(
          .column("stars", .text, default: "none"), .column("title", .text, default: "untitled"),
          .column("order", .real, default: -1.5), indexes: [byAccount]),
        [], 0
      ),
      (
        "a column is called otherwise",
        note(
          .column("points", .integer, default: 0), .column("title", .text, optional: true),
          .column("order", .real, default: -1.5), indexes: [byAccount]),
        ["note.stars:points"], 0
      ),
      (
        "conditions, indexes and tables that refer to each other",
        note(
          .column("stars", .integer, default: 0, check: "stars >= 0"),
          .column("title", .text, optional: true), .column("order", .real, default: -1.5),
          .column(
            "best", .integer, optional: true, references: .row(of: "tag", onDelete: .setNull)),
          indexes: [.index("note_by_title", on: "title", "id", unique: true)],
          checks: ["stars < 10 OR title IS NOT NULL"],
          besides: Schema.Table(
            "tag",
            columns: [
              .column("id", .id),
              .column("note_id", .integer, references: .row(of: "note", onDelete: .cascade)),
              .column("is_on", .boolean, default: true), .column("bytes", .blob, optional: true),
            ])),
        [], 0
      ),
      (
        "a table is called otherwise",
        Schema(
          tables: first.tables.map { table in
            var table = table
            table.name = "memo"
            return table
          }),
        ["note:memo"], 0
      ),
      ("the table goes", Schema(), [], 1),
    ]

    @Test(arguments: changes)
    func `a plan leads to what is declared, and back`(
      name: String, schema: Schema, renames: [String], losses: Int
    ) async throws {
      try await withNotes { store, database, first in
        let before = try await store.read { try PostgresCatalog(in: $0) }
        let renames = try renames.map { try #require(Rename($0)) }
        let plan = try #require(
          try await database.plan(after: [first], to: schema, renames: renames))
        #expect(plan.up.losses.count == losses, "\(plan.up.losses)")
        let down = try #require(plan.down, "\(name): no way back from\n\(plan.up.sql)")
        let file = MigrationFile(id: "20261127000000-next", up: plan.up, down: down)
        #expect(try await database.isForgotten(after: [first], in: schema) || losses > 0)
        #expect(try await database.apply(file) { _ in })
        #expect(try await database.undeclared(after: [first, file], in: schema).isEmpty)
        #expect(try await database.drift(after: [first, file]).isEmpty)
        #expect(try await !database.isForgotten(after: [first, file], in: schema))
        #expect(try await database.revert(file) { _ in })
        #expect(
          try await store.read { try PostgresCatalog(in: $0) }.drift(from: before).isEmpty)
        // Rows are as they were, as long as nothing was said to get lost.
        if losses == 0 {
          #expect(
            try await store.read { try $0.row("SELECT count(*), sum(stars) FROM note") }
              == PostgresRow(columns: [Array("3".utf8), Array("0".utf8)]))
        }
      }
    }

    @Test func `what a schema cannot say stays`() async throws {
      try await withNotes { _, database, first in
        let own = Self.step(
          1,
          """
          CREATE UNIQUE INDEX note_lower ON note (account_id, lower(text));
          CREATE TABLE tag (name TEXT PRIMARY KEY, words TEXT[] NOT NULL DEFAULT '{}');
          ALTER TABLE note ADD UNIQUE (account_id, title);
          CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN new.text := upper(new.text); RETURN new; END; $$;
          CREATE TRIGGER loud BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION shout();
          CREATE VIEW titles AS SELECT title FROM note;
          """)
        #expect(try await database.apply(own) { _ in })
        #expect(try await database.undeclared(after: [first, own], in: Self.first).isEmpty)
        let left = try await database.leftAlone(after: [first, own], by: Self.first)
        #expect(left.map(\.table) == ["tag"])
        #expect(left.first?.unsaid.first == "the type text[] in words")
        // A column that a view needs cannot go, and it is said before anything is written.
        await #expect {
          try await database.plan(
            after: [first, own],
            to: Self.note(.column("stars", .integer, default: 0), indexes: [Self.byAccount]),
            renames: [])
        } throws: { error in
          "\(error)".contains("other objects depend on it")
        }
      }
    }

    @Test func `what a step puts off to the end of its transaction is looked at, too`() async throws
    {
      try await withNotes { store, database, first in
        let file = Self.step(
          1,
          """
          CREATE FUNCTION wipe() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN DELETE FROM account; RETURN NULL; END $$;
          CREATE CONSTRAINT TRIGGER late AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wipe();
          INSERT INTO note (account_id, text) SELECT id, 'x' FROM account
          """)
        try await database.rehearse([first, file])
        await #expect {
          try await database.apply(file) { _ in }
        } throws: { error in "\(error)".contains("rows of Latchkey's own table account") }
        #expect(try await store.account(AccountID(rawValue: 1))?.username == "ada")
      }
    }

    @Test func `what a type cannot hold of another is told as a loss`() async throws {
      try await withNotes { _, database, first in
        let plan = try #require(
          try await database.plan(
            after: [first],
            to: Self.note(
              .column("stars", .integer, default: 0), .column("title", .text, optional: true),
              .column("order", .integer, default: 1), indexes: [Self.byAccount]),
            renames: []))
        #expect(
          plan.up.losses == ["values of note.order that are not bigint (it was double precision)"])
      }
    }

    @Test func `what was changed by hand is told`() async throws {
      try await withNotes { store, database, first in
        try await store.write { db in
          try db.execute("ALTER TABLE note ALTER COLUMN stars SET DEFAULT 5")
          try db.execute("DROP INDEX note_by_account")
          try db.execute("CREATE TABLE stray (id BIGINT)")
          try db.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_never_changed")
        }
        let drift = try await database.drift(after: [first])
        #expect(
          drift.map { "\($0.object) \($0.problem)" } == [
            "index note_by_account missing", "table note changed", "table stray additional",
          ])
        let files = try OwnMigrations.files.get()
        #expect(
          try await database.changedOwn(after: files) == ["trigger audit_is_never_changed"])
      }
    }

    @Test(arguments: [
      ("DELETE FROM session", "changes rows of Latchkey's own table session"),
      ("UPDATE account SET username = 'x'", "changes rows of Latchkey's own table account"),
      ("TRUNCATE session", "changes rows of Latchkey's own table session"),
      ("DO $$ BEGIN EXECUTE 'DELETE FROM audit'; END $$", "rows of Latchkey's own table audit"),
      ("DROP TABLE audit CASCADE", "changes Latchkey's own table audit"),
      ("ALTER TABLE session DROP COLUMN address", "changes Latchkey's own table session"),
      ("DROP TRIGGER audit_anchor_stays ON audit_anchor", "trigger audit_anchor_stays"),
      ("ALTER TABLE audit DISABLE TRIGGER ALL", "trigger audit_is_never_changed"),
      ("CREATE INDEX i ON session (address)", "may add to account only"),
      ("CREATE TABLE latchkey_mine (a INT)", "latchkey_mine, are Latchkey's"),
      ("CREATE FUNCTION latchkey_f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "are Latchkey's"),
      ("COMMIT", "each migration is one transaction"),
      ("SELECT 1; ROLLBACK; DROP TABLE note", "each migration is one transaction"),
      ("/* */ cOmMiT ; BEGIN", "each migration is one transaction"),
      ("DO $$ BEGIN COMMIT; END $$", "invalid transaction termination"),
      ("SET search_path = pg_catalog; SELECT 1", "changes Latchkey's own"),
      ("SELEC 1", "syntax error"),
      ("SELECT id INTO mine FROM note", "write CREATE TABLE … AS SELECT"),
      ("CREATE RULE r AS ON DELETE TO session DO INSTEAD NOTHING", "own table session"),
      ("ALTER TABLE session ENABLE ROW LEVEL SECURITY", "own table session"),
      ("CREATE POLICY p ON audit USING (false)", "own table audit"),
      ("CREATE TABLE kid () INHERITS (account)", "own table account"),
      ("ALTER TABLE session SET UNLOGGED", "own table session"),
      ("GRANT SELECT ON account TO PUBLIC", "account, or who may do what with it"),
      ("GRANT UPDATE (number) ON audit TO pg_monitor", "audit, or who may do what with it"),
      ("SELECT setval('public.account_id_seq', 1, false)", "sets back the numbers"),
      ("ALTER TABLE session OWNER TO pg_monitor", "session, or who may do what with it"),
    ])
    func `a step that may not be is refused, in rehearsal and in earnest`(
      sql: String, reason: String
    ) async throws {
      try await withNotes { store, database, first in
        let file = Self.step(1, sql)
        await #expect {
          try await database.rehearse([first, file])
        } throws: { error in
          (error as? MigrationFailure)?.isRehearsal == true && "\(error)".contains(reason)
        }
        let before = try await store.read { try PostgresCatalog(in: $0) }
        // There are rows here: those of `account` and the audit trail's anchor.
        if !sql.hasPrefix("DELETE"), !sql.hasPrefix("TRUNCATE"), !sql.hasPrefix("DO $$ BEGIN EXE") {
          await #expect(throws: MigrationFailure.self) {
            try await database.apply(file) { _ in }
          }
        }
        #expect(try await store.read { try PostgresCatalog(in: $0) } == before)
        #expect(try await store.account(AccountID(rawValue: 1))?.username == "ada")
      }
    }

    @Test func `of ten that take a step at once one does, and a late one is refused`() async throws
    {
      try await withPostgres { options in
        try await PostgresStore(options).close()
        let file = Self.step(2, "CREATE TABLE once (id BIGINT); SELECT pg_sleep(0.2)")
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
          for _ in 0..<10 {
            group.addTask { try await PostgresDatabase(options).apply(file) { _ in } }
          }
          return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(taken == 1)
        await #expect(throws: MigrationStateError.self) {
          try await PostgresDatabase(options).apply(Self.step(1, "SELECT 1")) { _ in }
        }
      }
    }

    @Test func `rows that do not fit keep a step from being taken`() async throws {
      try await withNotes { store, database, first in
        let file = Self.step(1, "ALTER TABLE note ALTER COLUMN title SET NOT NULL")
        try await database.rehearse([first, file])
        await #expect {
          try await database.apply(file) { _ in }
        } throws: { error in
          "\(error)".contains("null values") && "\(error)".contains("change them first")
        }
        #expect(try await database.look(orAtNone: false).applied.map(\.id) == [first.id])
        try await store.write { db in
          _ = try db.execute("UPDATE note SET title = '' WHERE title IS NULL")
        }
        #expect(try await database.apply(file) { _ in })
      }
    }
  }
#endif
