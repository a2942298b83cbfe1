#if Postgres
  internal import LatchkeyCore
  package import LatchkeySchema
  import Synchronization

  /// A PostgreSQL database as one end of a copy.
  package final class PostgresCopyEnd: CopyEnd {
    /// One connection: all of it is one transaction.
    private let connection: PostgresConnection
    /// What of the app's rests while it is filled, and how it comes back.
    private let resting = Mutex<[String]>([])
    private let types = Mutex<[String: [String: String]]>([:])

    package init(_ options: PostgresOptions) {
      connection = PostgresConnection(options)
    }

    private func run<Value: Sendable>(
      _ body: @escaping @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
      do {
        return try await connection.run(body)
      } catch PostgresError.refused("42501", let message)
        where message.contains("row-level security")
      {
        throw CopyError(
          "PostgreSQL has rules for rows (row-level security) that hide some from this user. Copy as a "
            + "user that they do not concern (BYPASSRLS).")
      } catch PostgresError.refused("42501", _) {
        throw CopyError(
          "The user of PostgreSQL has not the rights that it needs. Copy as the user that owns the "
            + "tables.")
      } catch PostgresError.refused("55P03", _) {
        throw CopyError(
          "Somebody uses the tables in PostgreSQL and does not let go. Stop the servers first.")
      } catch PostgresError.refused(let state, let message) {
        // Only the words before a colon: behind it stands the value that was refused.
        let words = message.split(separator: ":").first.map(String.init) ?? ""
        throw CopyError("PostgreSQL cannot do it: \(words) (SQLSTATE \(state)).")
      } catch let error as PostgresError {
        throw CopyError(error.reason)
      }
    }

    package func identity() async throws -> String {
      try await run { db in
        try db.row(
          """
          SELECT system_identifier || '/' || oid FROM pg_control_system(), pg_database
          WHERE datname = current_database()
          """)?.text(0) ?? ""
      }
    }

    package func count(of table: CopiedTable) async throws -> Int {
      try await run { db in
        try Int(db.row("SELECT count(*) FROM \(table.name.quoted)")?.integer(0) ?? 0)
      }
    }

    package func tables() async throws -> [CopiedTable] {
      let (catalog, keys) = try await run { db in
        let keys = try db.rows(
          """
          SELECT relname, attname FROM pg_class c
            JOIN pg_constraint k ON conrelid = c.oid AND contype = 'p'
            CROSS JOIN LATERAL unnest(conkey) WITH ORDINALITY AS u (number, place)
            JOIN pg_attribute a ON attrelid = c.oid AND attnum = u.number
          WHERE relnamespace = current_schema()::regnamespace ORDER BY relname, place
          """
        ).map { (table: try $0.text(0), column: try $0.text(1)) }
        return (try Self.whole(db), keys)
      }
      types.withLock { types in
        for table in catalog.tables {
          types[table.name] = Dictionary(
            table.columns.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
        }
      }
      let (own, app) = catalog.divided()
      return (CopiedTable.own.compactMap(own.table) + app.tables).map { table in
        CopiedTable(
          name: table.name,
          columns: table.columns.filter { $0.generation.isEmpty || $0.isIdentity }.map(\.name),
          key: keys.filter { $0.table == table.name }.map(\.column),
          isOwn: CopiedTable.own.contains(table.name))
      }
    }

    /// Without partitions: their rows are those of the table that they are of.
    private static func whole(_ db: PostgresSession) throws -> PostgresCatalog {
      let partitions = try db.rows(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relispartition
        """
      ).map { try $0.text(0) }
      var catalog = try PostgresCatalog(in: db)
      catalog.tables.removeAll { partitions.contains($0.name) }
      return catalog
    }

    package func begin(_ tables: [CopiedTable]) async throws {
      try await run { db in
        db.waitsForEver = true
        let names = (tables.map(\.name) + ["audit_anchor", "store_secret"]).map(\.quoted)
        try db.execute(
          script: """
            BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 10000;
            SET LOCAL idle_in_transaction_session_timeout = 0;
            -- What rules for rows would hide is refused, and both ends write a value in one way.
            SET LOCAL row_security = off; SET LOCAL extra_float_digits = 1;
            SET LOCAL bytea_output = 'hex'; SET LOCAL datestyle = 'ISO, YMD';
            SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL timezone = 'UTC';
            SET LOCAL lc_monetary = 'C';
            LOCK TABLE \(names.joined(separator: ", ")) IN EXCLUSIVE MODE
            """)
      }
    }

    package func rows(
      of table: CopiedTable, _ place: CopyPlace, limit: Int
    ) async throws -> [CopiedRow] {
      let types = types.withLock { $0[table.name] ?? [:] }
      let kinds = table.columns.map { types[$0] ?? "text" }
      // Of what can be long. It costs the server nothing to say: it stands before each value.
      let long = zip(table.columns, kinds).filter { type in
        type.1 == "bytea" || type.1 == "text" || type.1.hasPrefix("text COLLATE")
      }
      let sizes = long.map { "coalesce(octet_length(\($0.0.quoted)), 0)::bigint" } + ["64"]
      let (size, limitOfBytes) = (sizes.joined(separator: " + "), CopiedTable.maximumBytes)
      return try await run { db in
        let columns = table.columns.map(\.quoted).joined(separator: ", ")
        let key = table.key.map(\.quoted).joined(separator: ", ")
        let marks = table.key.enumerated().map { at, name in
          "$\(at + 1)::\(types[name] ?? "text")"
        }.joined(separator: ", ")
        let condition = place.relation.map { "WHERE (\(key)) \($0) (\(marks))" } ?? ""
        let values = table.key(at: place).map(PostgresValue.init)
        return try db.rows(
          """
          SELECT \(columns) FROM (
            SELECT \(columns), sum(latchkey_size) OVER (ORDER BY \(key)) - latchkey_size AS latchkey_before
            FROM (
              SELECT \(columns), \(size) AS latchkey_size
              FROM \(table.name.quoted) \(condition) ORDER BY \(key) LIMIT \(limit)
            ) AS next
          ) AS summed
          WHERE latchkey_before < \(limitOfBytes) ORDER BY \(key)
          """, values
        ).map { row in
          try kinds.indices.map { try CopiedValue(row, $0, type: kinds[$0]) }
        }
      }
    }

    package func marks() async throws -> CopyMarks {
      try await run { db in
        let anchor = try db.row("SELECT number, hash, last_number FROM audit_anchor")
        guard let anchor else { throw PostgresError.unexpected("no audit_anchor") }
        var numbers = ["audit": try anchor.integer(2)]
        for sequence in try Self.sequences(db) where sequence.isKey {
          let last = try db.row(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM \(sequence.name)")
          if let last = try last?.integer(0), last > 0 { numbers[sequence.table] = last }
        }
        return CopyMarks(
          secret: try db.row("SELECT bytes FROM store_secret")?.bytes(0),
          anchorNumber: try anchor.integer(0), anchorHash: try anchor.bytes(1),
          lastNumbers: numbers, sequences: try Self.given(db))
      }
    }

    /// A column that gets numbers: an identity, or a serial one.
    private struct Sequence {
      let table: String
      let column: String
      /// As it stands in a statement.
      let name: String
      /// Whether the column is all of the key.
      let isKey: Bool
      let isRising: Bool
    }

    /// Those of which a column has its numbers, by itself or by its default.
    private static func sequences(_ db: PostgresSession) throws -> [Sequence] {
      try db.rows(
        """
        SELECT DISTINCT c.relname, attname, s.oid::regclass, EXISTS (SELECT 1 FROM pg_index
          WHERE indrelid = c.oid AND indisprimary AND indnkeyatts = 1 AND indkey[0] = attnum),
          (SELECT seqincrement > 0 FROM pg_sequence WHERE seqrelid = s.oid)
        FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
          LEFT JOIN pg_attrdef f ON adrelid = c.oid AND adnum = attnum
          JOIN pg_depend d ON classid = 'pg_attrdef'::regclass AND objid = f.oid
              AND refclassid = 'pg_class'::regclass
            OR classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
              AND refobjid = c.oid AND refobjsubid = attnum AND deptype = 'i'
          JOIN pg_class s ON s.relkind = 'S'
            AND s.oid = CASE classid WHEN 'pg_attrdef'::regclass THEN refobjid ELSE objid END
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition AND attnum > 0 AND NOT attisdropped
          AND atttypid IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype)
        """
      ).map { row in
        Sequence(
          table: try row.text(0), column: try row.text(1), name: try row.text(2),
          isKey: try row.boolean(3), isRising: try row.boolean(4))
      }
    }

    /// All of the app's, whoever uses them, with what they have given out.
    private static func given(_ db: PostgresSession) throws -> [String: Int64] {
      let rows = try db.rows(
        """
        SELECT sequencename, last_value FROM pg_sequences
        WHERE schemaname = current_schema() AND last_value IS NOT NULL
        """)
      return Dictionary(
        try rows.map { (try $0.text(0), try $0.integer(1)) }, uniquingKeysWith: { max($0, $1) })
    }

    package func prepare(_ marks: CopyMarks, for tables: [CopiedTable]) async throws {
      let back = try await run { db in
        let back = try Self.letRest(db, tables)
        guard marks.anchorNumber > 0 else { return back }
        // The beginning moves on to a record only: one stands in for the one that is gone.
        try db.execute(
          """
          INSERT INTO audit (number, at_ms, event, succeeded, source, origin, user_agent, details, hash)
          VALUES ($1, 0, 'removed', true, 'app', '', '', '{}', $2)
          """, [.integer(marks.anchorNumber), .bytes(marks.anchorHash)])
        try db.execute(
          "UPDATE audit_anchor SET number = $1, hash = $2",
          [.integer(marks.anchorNumber), .bytes(marks.anchorHash)])
        try db.execute("DELETE FROM audit WHERE number = $1", [.integer(marks.anchorNumber)])
        return back
      }
      resting.withLock { $0 = back }
    }

    /// An app's triggers, and what its tables refer to: its rows come in no order.
    /// - Returns: the statements that bring both back.
    private static func letRest(
      _ db: PostgresSession, _ tables: [CopiedTable]
    ) throws -> [String] {
      let app = try whole(db).divided().app
      var back: [String] = []
      let onAccount = app.others.filter { $0.kind == "trigger" }.map { ("account", $0.name) }
      // Those of single partitions, too.
      let all = try PostgresCatalog(in: db).divided().app.tables
        .flatMap { table in table.triggers.map { (table.name, $0.name) } }
      for (table, trigger) in all + onAccount {
        let enabled = try db.row(
          "SELECT tgenabled FROM pg_trigger WHERE tgrelid = $1::regclass AND tgname = $2",
          [.text(table.quoted), .text(trigger)])
        let word = ["O": "", "R": "REPLICA", "A": "ALWAYS"][try enabled?.text(0) ?? "D"]
        guard let word else { continue }
        let alter = "ALTER TABLE \(table.quoted) "
        try db.execute(script: alter + "DISABLE TRIGGER \(trigger.quoted)")
        back.append(alter + "ENABLE \(word) TRIGGER \(trigger.quoted)")
      }
      for table in app.tables {
        for reference in table.constraints where reference.kind == "f" {
          let alter = "ALTER TABLE \(table.name.quoted) "
          try db.execute(script: alter + "DROP CONSTRAINT \(reference.name.quoted)")
          back.append(
            alter + "ADD CONSTRAINT \(reference.name.quoted) \(reference.definition)")
        }
      }
      return back
    }

    package func insert(_ rows: [CopiedRow], into table: CopiedTable) async throws {
      var bytes: [UInt8] = []
      for row in rows {
        for (at, value) in row.enumerated() {
          if at > 0 { bytes.append(UInt8(ascii: "\t")) }
          try value.write(to: &bytes, of: table.name)
        }
        bytes.append(UInt8(ascii: "\n"))
      }
      let columns = table.columns.map(\.quoted).joined(separator: ", ")
      let text = bytes
      try await run { db in
        // Numbers that a table gives out by itself are taken as they come, too.
        try db.copy(into: "COPY \(table.name.quoted) (\(columns)) FROM STDIN", text)
      }
    }

    package func finish(_ marks: CopyMarks, for tables: [CopiedTable]) async throws {
      let back = resting.withLock { $0 }
      try await run { db in
        for statement in back { try db.execute(script: statement) }
        for sequence in try Self.sequences(db) {
          let given = sequence.isKey ? marks.lastNumbers[sequence.table, default: 0] : 0
          // SQLite does not always keep what it has given out, and a row can have been given any.
          let last = try db.row(
            """
            SELECT CASE WHEN $2 THEN greatest($1, max(\(sequence.column.quoted)), given)
              ELSE least(min(\(sequence.column.quoted)), given) END
            FROM (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS given FROM \(sequence.name)) s
              LEFT JOIN \(sequence.table.quoted) ON true GROUP BY given
            """, [.integer(given), .boolean(sequence.isRising)])
          guard let last = try last?.integer(0), last != 0 else { continue }
          try db.execute("SELECT setval($1, $2)", [.text(sequence.name), .integer(last)])
        }
        // As it was there, whoever uses it.
        for (name, last) in marks.sequences {
          try db.execute(
            """
            SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,
              CASE WHEN increment_by > 0 THEN greatest($2, last_value) ELSE least($2, last_value) END)
            FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = $1
            """, [.text(name), .integer(last)])
        }
        let views = try db.rows(
          """
          SELECT relname FROM pg_class
          WHERE relnamespace = current_schema()::regnamespace AND relkind = 'm' ORDER BY oid
          """
        ).map { try $0.text(0).quoted }
        for view in views { try db.execute(script: "REFRESH MATERIALIZED VIEW \(view)") }
        try db.execute(
          "UPDATE audit_anchor SET last_number = $1 WHERE last_number < $1",
          [.integer(marks.lastNumbers["audit", default: 0])])
        try db.execute("DELETE FROM store_secret")
        if let secret = marks.secret {
          try db.execute(
            "INSERT INTO store_secret (one, bytes) VALUES (1, $1)", [.bytes(secret)])
        }
      }
    }

    package func commit() async throws {
      try await run { db in
        do {
          try db.execute(script: "COMMIT")
        } catch let error as PostgresError where error.leavesUnknown {
          throw CopyError(
            "PostgreSQL did not answer to the last step: all was copied, or nothing. Look there (user "
              + "list) before you do it again.")
        }
      }
    }

    package func rollBack() async {
      _ = try? await run { try $0.execute(script: "ROLLBACK") }
    }
  }
#endif
