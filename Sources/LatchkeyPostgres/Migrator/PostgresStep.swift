#if Postgres
  internal import LatchkeySchema

  /// One step of an app's tables, inside a transaction: a step that fails leaves nothing behind.
  enum PostgresStep {
    /// Runs the statements of a file, and refuses what an app may not do.
    ///
    /// - Parameter endsTransaction: whether nothing comes after it: what it has put off to the end of
    ///   the transaction happens here, under our eyes.
    /// - Throws: ``MigrationFailure``; ``PostgresError`` when the transaction should begin anew.
    static func run(
      _ sql: String, of id: String, endsTransaction: Bool = false, in db: PostgresSession
    ) throws {
      do {
        let before = try OwnState(in: db)
        // The server itself refuses COMMIT and its like inside of EXECUTE, whatever the spelling.
        try db.execute("SELECT set_config('latchkey.step', $1, true)", [.text(sql)])
        try db.execute(
          script: "DO $$ BEGIN EXECUTE current_setting('latchkey.step'); END $$")
        if endsTransaction { try db.execute(script: "SET CONSTRAINTS ALL IMMEDIATE") }
        if let reason = try OwnState(in: db).change(since: before) ?? before.lostNumbers(in: db) {
          throw MigrationFailure(id: id, reason: reason)
        }
      } catch let error as PostgresError {
        guard case .refused(let state, let message) = error, !error.isConflict else { throw error }
        throw MigrationFailure(id: id, reason: message + advice(state, message))
      }
    }

    /// Behind the server's own words.
    private static func advice(_ state: String, _ message: String) -> String {
      switch state {
      case "0A000" where message.contains("INTO"): " (write CREATE TABLE … AS SELECT)"
      case "0A000" where message.contains("transaction"): " (each migration is one transaction)"
      case "42501": " (run it as the user that owns the tables)"
      case "55P03": " (somebody uses the table and does not let go: try again later)"
      case _ where state.hasPrefix("23"): " (there are rows that do not fit: change them first)"
      default: ""
      }
    }

    /// How Latchkey's own tables are, to see later whether that has changed.
    private struct OwnState {
      private let catalog: [String: String]
      private let names: Set<String>
      /// Changed rows of this transaction, and the file that a table is in: it gets another when it is
      /// truncated.
      private let rows: [String: String]
      /// What has been given out as the number of an account: here, and in the schema that a rehearsal is
      /// for.
      private let numbers: [String: Int64]

      init(in db: PostgresSession) throws {
        let all = try PostgresCatalog(in: db)
        var own = all.divided().own
        // An app may add to accounts, and to nothing else of ours.
        for table in all.tables where OwnMigrations.tables.contains(table.name) {
          guard table.name != "account",
            let at = own.tables.firstIndex(where: { $0.name == table.name })
          else { continue }
          own.tables[at] = table
        }
        catalog = own.descriptions
        names = Set(
          (all.tables.map(\.name) + all.others.map(\.name))
            .filter { $0.hasPrefix(OwnMigrations.prefix) })
        let found = try db.rows(
          """
          SELECT c.relname, concat_ws(' ', pg_relation_filenode(c.oid), relowner, relacl,
            (SELECT string_agg(attname || attacl::text, ' ' ORDER BY attnum) FROM pg_attribute
              WHERE attrelid = c.oid AND attacl IS NOT NULL),
            pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid),
            pg_stat_get_xact_tuples_deleted(c.oid))
          FROM pg_class c
          WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
          """)
        var rows: [String: String] = [:]
        for row in found {
          let name = try row.text(0)
          if OwnMigrations.tables.contains(name) { rows[name] = try row.text(1) }
        }
        self.rows = rows
        numbers = try Self.numbers(in: db)
      }

      private static func numbers(in db: PostgresSession) throws -> [String: Int64] {
        let rows = try db.rows(
          """
          SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
          WHERE sequencename = 'account_id_seq' AND last_value IS NOT NULL
          """)
        return Dictionary(
          try rows.map { (try $0.text(0), try $0.integer(1)) }, uniquingKeysWith: { max($0, $1) })
      }

      /// Numbers that would be given out again. No transaction takes that back, so it is done here.
      func lostNumbers(in db: PostgresSession) throws -> String? {
        let now = try Self.numbers(in: db)
        let lost = numbers.filter { name, last in now[name, default: 0] < last }
        for (name, last) in lost {
          try db.execute("SELECT setval($1, $2)", [.text(name), .integer(last)])
        }
        return lost.isEmpty ? nil : "it sets back the numbers of Latchkey's own table account"
      }

      /// - Returns: what is not as it was, as a sentence without its end.
      func change(since before: OwnState) -> String? {
        let changed = Set(catalog.keys).union(before.catalog.keys).sorted()
          .filter { catalog[$0] != before.catalog[$0] }
        if let name = names.subtracting(before.names).sorted().first {
          return "names that begin with \(OwnMigrations.prefix), such as \(name), are Latchkey's"
        }
        // With a table go its triggers and indexes: the table is what to tell.
        if let name = changed.first(where: { $0.hasPrefix("table ") }) ?? changed.first {
          return before.catalog[name] == nil
            ? "it adds the \(name) to Latchkey's own tables; an app may add to account only"
            : "it changes Latchkey's own \(name)"
        }
        if let name = rows.keys.sorted().first(where: { rows[$0] != before.rows[$0] }) {
          return "it changes rows of Latchkey's own table \(name), or who may do what with it"
        }
        return nil
      }
    }
  }

  /// A schema of its own in a transaction that is rolled back, to see what steps make.
  enum PostgresRehearsal {
    /// - Parameters:
    ///   - files: steps of the app's, taken after Latchkey's own.
    ///   - body: gets what Latchkey's own steps have made, too.
    static func with<Value: Sendable>(
      _ pool: PostgresPool, own: [MigrationFile]? = nil, _ files: [MigrationFile] = [],
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      try await pool.rehearse { db in
        try make(own ?? OwnMigrations.files.get(), files, in: db)
        return try body(db)
      }
    }

    /// What was made is made once more beside it: what can be made only once in a database stands in the
    /// way of every rehearsal to come, and is refused before it is there.
    static func again(_ files: [MigrationFile], in db: PostgresSession) throws {
      do {
        try make(OwnMigrations.files.get(), files, in: db)
      } catch let failure as MigrationFailure {
        throw MigrationFailure(
          id: failure.id,
          reason: "it works only once in a database, so it could never be rehearsed again: "
            + "\(failure.reason). Name no schema in it, and write CREATE EXTENSION IF NOT EXISTS, or "
            + "CREATE SCHEMA IF NOT EXISTS")
      }
    }

    private static func make(
      _ own: [MigrationFile], _ files: [MigrationFile], in db: PostgresSession
    ) throws {
      try begin(db)
      try MigrationHistory.prepare(db)
      for file in own { try db.execute(script: file.up.sql) }
      if !files.isEmpty { try guardOwnRows(db) }
      for file in files {
        do {
          try PostgresStep.run(file.up.sql, of: file.id, in: db)
        } catch let failure as MigrationFailure {
          throw failure.rehearsed
        }
      }
    }

    static func isAllowed(_ db: PostgresSession) throws -> Bool {
      try db.row(
        """
        SELECT has_database_privilege(current_database(), 'CREATE') AND NOT pg_is_in_recovery()
        """)?.boolean(0) == true
    }

    /// There are no rows here that a step could change, so the server tells of each statement that would.
    private static func guardOwnRows(_ db: PostgresSession) throws {
      for table in OwnMigrations.tables {
        try db.execute(
          script: """
            CREATE TRIGGER latchkey_guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON \(table)
            FOR EACH STATEMENT
            EXECUTE FUNCTION latchkey_refuse('it changes rows of Latchkey''s own table \(table)')
            """)
      }
    }

    /// What stands in the schemas so far, such as extensions, is found behind it.
    private static func begin(_ db: PostgresSession) throws {
      guard try isAllowed(db) else {
        throw MigrationFailure(
          id: "of the app",
          reason: "this user of the database may not make a schema, in which migrations are "
            + "rehearsed. Run it as the user that owns the tables, who has the right CREATE on the "
            + "database")
      }
      try db.execute(
        script: """
          DO $$ DECLARE
            place CONSTANT text := current_schema()::text;
            name text := format('latchkey_rehearsal_%s', pg_backend_pid());
          BEGIN
            IF name = place THEN
              name := format('%s_again', name);
            ELSE
              PERFORM set_config('latchkey.schema', place, true);
            END IF;
            EXECUTE format('CREATE SCHEMA %I', name);
            PERFORM set_config('search_path',
              concat_ws(', ', name, nullif(current_setting('search_path'), '')), true);
          END $$
          """)
    }
  }
#endif
