#if Postgres
  internal import LatchkeySchema

  /// What there is in the current schema of a database, in the server's own words. Two catalogs are
  /// alike when these are, whoever wrote the statements and however.
  struct PostgresCatalog: Hashable, Sendable {
    var tables: [Table]
    /// Views, functions, types and sequences.
    var others: [Object]

    struct Table: Hashable, Sendable {
      let name: String
      var columns: [Column]
      var constraints: [Constraint]
      var indexes: [Object]
      var triggers: [Object]
      /// Rules, policies, inheritance and the like, a line for each; mostly nothing.
      let traits: String

      func column(_ name: String) -> Column? { columns.first { $0.name == name } }
    }

    struct Column: Hashable, Sendable {
      let name: String
      let type: String
      let isOptional: Bool
      /// An expression; nil for none.
      let defaultValue: String?
      /// ` GENERATED …`, or nothing.
      let generation: String

      var isIdentity: Bool { generation.contains("IDENTITY") }
      var definition: String {
        "\(name.quoted) \(type)\(isOptional ? "" : " NOT NULL")"
          + (defaultValue.map { " DEFAULT \($0)" } ?? "") + generation
      }
    }

    struct Constraint: Hashable, Sendable {
      let name: String
      /// `c` CHECK, `f` FOREIGN KEY, `p` PRIMARY KEY, `u` UNIQUE, `x` EXCLUDE.
      let kind: String
      let columns: Int
      let definition: String
    }

    struct Object: Hashable, Sendable {
      /// `index`, `trigger`, `view`, `function`, `type`, `sequence`.
      let kind: String
      let name: String
      /// A statement, for an index and a trigger.
      let definition: String

      var description: String { "\(kind) \(name)" }
    }

    init(tables: [Table], others: [Object]) {
      self.tables = tables
      self.others = others
    }

    func table(_ name: String) -> Table? { tables.first { $0.name == name } }
  }

  extension PostgresCatalog {
    /// Reads the current schema, but for what belongs to an extension.
    init(in db: PostgresSession) throws {
      let columns = try db.rows(Self.columns)
      let constraints = try db.rows(Self.constraints)
      let indexes = try db.rows(Self.indexes)
      let triggers = try db.rows(Self.triggers)
      tables = try db.rows(Self.tables).map { row in
        let name = try row.text(0)
        func ofTable(_ rows: [PostgresRow]) throws -> [PostgresRow] {
          try rows.filter { try $0.text(0) == name }
        }
        return Table(
          name: name, columns: try ofTable(columns).map(Column.init),
          constraints: try ofTable(constraints).map(Constraint.init),
          indexes: try ofTable(indexes).map { try Object("index", $0) },
          triggers: try ofTable(triggers).map { try Object("trigger", $0) },
          traits: try row.text(1))
      }
      others = try db.rows(Self.others).map { row in
        Object(kind: try row.text(0), name: try row.text(1), definition: try row.text(2))
      }
    }

    /// Without what is Latchkey's, and only that.
    func divided() -> (own: PostgresCatalog, app: PostgresCatalog) {
      var own = PostgresCatalog(
        tables: tables.filter { OwnMigrations.tables.contains($0.name) },
        others: others.filter { $0.name.hasPrefix(OwnMigrations.prefix) })
      let app = PostgresCatalog(
        tables: tables.filter { !OwnMigrations.tables.contains($0.name) },
        others: others.filter { !$0.name.hasPrefix(OwnMigrations.prefix) }
          + own.tables.flatMap { table in
            (table.indexes + table.triggers).filter { !$0.isOwn }
          })
      for at in own.tables.indices {
        own.tables[at].indexes.removeAll { !$0.isOwn }
        own.tables[at].triggers.removeAll { !$0.isOwn }
      }
      return (own, app)
    }

    /// Each thing by what it is called, with what it is.
    var descriptions: [String: String] {
      var found: [String: String] = [:]
      for table in tables {
        found["table \(table.name)"] = table.definition
        for object in table.indexes + table.triggers {
          found[object.description] = object.definition
        }
      }
      for object in others { found[object.description] = object.definition }
      return found
    }

    /// What of this is not as another says.
    func drift(from made: PostgresCatalog) -> [Drift] {
      let (mine, theirs) = (descriptions, made.descriptions)
      return Set(mine.keys).union(theirs.keys).sorted().compactMap { name in
        guard mine[name] != theirs[name] else { return nil }
        let problem: Drift.Problem =
          mine[name] == nil ? .missing : theirs[name] == nil ? .additional : .changed
        return Drift(object: name, problem: problem, made: theirs[name], found: mine[name])
      }
    }
  }

  extension PostgresCatalog.Object {
    fileprivate init(_ kind: String, _ row: PostgresRow) throws {
      self.init(kind: kind, name: try row.text(1), definition: try row.text(2))
    }

    fileprivate var isOwn: Bool {
      OwnMigrations.indexes.contains(name) || OwnMigrations.triggers.contains(name)
        || name.hasPrefix(OwnMigrations.prefix)
    }
  }

  extension PostgresCatalog.Table {
    /// Columns and conditions, in an order that says nothing: a column that is added stands behind the
    /// others, wherever it was declared.
    fileprivate var definition: String {
      (columns.map(\.definition).sorted() + constraints.map(\.definition).sorted()
        + (traits.isEmpty ? [] : [traits]))
        .joined(separator: "\n")
    }
  }

  extension PostgresCatalog.Column {
    fileprivate init(_ row: PostgresRow) throws {
      let generation =
        switch (try row.text(5), try row.text(6)) {
        case ("a", _): " GENERATED ALWAYS AS IDENTITY"
        case ("d", _): " GENERATED BY DEFAULT AS IDENTITY"
        case (_, "s"): " GENERATED ALWAYS AS (\(try row.text(4))) STORED"
        default: ""
        }
      self.init(
        name: try row.text(1), type: try row.text(2), isOptional: try !row.boolean(3),
        defaultValue: generation.isEmpty ? row.optionalText(4) : nil, generation: generation)
    }
  }

  extension PostgresCatalog.Constraint {
    fileprivate init(_ row: PostgresRow) throws {
      self.init(
        name: try row.text(1), kind: try row.text(2), columns: Int(try row.integer(3)),
        definition: try row.text(4))
    }
  }

  extension String {
    /// As a name in a statement.
    var quoted: String {
      let isPlain =
        !isEmpty
        && utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        } && !(first?.isNumber ?? true) && !SQLKeywords.all.contains(self)
      return isPlain ? self : "\"\(replacing("\"", with: "\"\""))\""
    }
  }

  /// postgresql.org/docs/current/catalogs.html
  extension PostgresCatalog {
    private static let tables = """
      SELECT relname, concat_ws(E'\\n',
        CASE WHEN relpersistence = 'u' THEN 'UNLOGGED' END,
        CASE WHEN relrowsecurity THEN 'ROW LEVEL SECURITY' END,
        CASE WHEN relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
        pg_get_partkeydef(c.oid), pg_get_expr(relpartbound, c.oid),
        (SELECT string_agg('INHERITS ' || inhparent::regclass, E'\\n' ORDER BY inhseqno)
          FROM pg_inherits WHERE inhrelid = c.oid),
        (SELECT string_agg('INHERITED BY ' || inhrelid::regclass, E'\\n'
            ORDER BY inhrelid::regclass::text)
          FROM pg_inherits WHERE inhparent = c.oid),
        (SELECT string_agg(ev_enabled::text || ' ' || pg_get_ruledef(r.oid, true), E'\\n'
            ORDER BY rulename)
          FROM pg_rewrite r WHERE ev_class = c.oid),
        (SELECT string_agg(concat_ws(' ', 'POLICY', polname, polcmd, polpermissive,
            pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), E'\\n'
            ORDER BY polname)
          FROM pg_policy WHERE polrelid = c.oid))
      FROM pg_class c
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
      ORDER BY 1
      """

    private static let columns = """
      SELECT c.relname, attname, format_type(atttypid, atttypmod)
          || CASE WHEN attcollation <> typcollation THEN ' COLLATE ' || quote_ident(collname) ELSE '' END,
        attnotnull, pg_get_expr(adbin, adrelid, true), attidentity, attgenerated
      FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
        JOIN pg_type t ON t.oid = atttypid
        LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
        LEFT JOIN pg_collation l ON l.oid = attcollation
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        AND attnum > 0 AND NOT attisdropped
      ORDER BY 1, attnum
      """

    private static let constraints = """
      SELECT relname, conname, contype, cardinality(conkey), pg_get_constraintdef(k.oid, true)
      FROM pg_class c JOIN pg_constraint k ON conrelid = c.oid
      WHERE relnamespace = current_schema()::regnamespace AND contype IN ('c', 'f', 'p', 'u', 'x')
        AND (contype <> 'f' OR conparentid = 0)
      ORDER BY 1, contype <> 'p', 5
      """

    private static let indexes = """
      SELECT c.relname, i.relname, pg_get_indexdef(i.oid, 0, true)
      FROM pg_class c JOIN pg_index x ON indrelid = c.oid JOIN pg_class i ON i.oid = indexrelid
      WHERE c.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.oid AND contype <> 'f')
      ORDER BY 1, 2
      """

    private static let triggers = """
      SELECT relname, tgname, pg_get_triggerdef(t.oid, true)
        || CASE tgenabled WHEN 'O' THEN '' ELSE ' -- not enabled for all: ' || tgenabled::text END
      FROM pg_class c JOIN pg_trigger t ON tgrelid = c.oid
      WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
      ORDER BY 1, 2
      """

    private static let others = """
      SELECT kind, name, definition FROM (
        SELECT 'view' AS kind, oid, relname::text AS name, pg_get_viewdef(oid, true) AS definition
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm')
        UNION ALL
        SELECT 'sequence', oid, relname, '' FROM pg_class c
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'
          AND NOT EXISTS (
            SELECT 1 FROM pg_depend WHERE objid = c.oid AND deptype IN ('a', 'i'))
        UNION ALL
        SELECT 'function', p.oid, proname || '(' || pg_get_function_arguments(p.oid) || ')',
          concat_ws(' ', pg_get_function_result(p.oid), lanname, provolatile, prosecdef,
            proisstrict, pg_catalog.replace(pg_catalog.replace(array_to_string(proconfig, ' '),
              rehearsal || ', ', ''), rehearsal, place), prosrc)
        FROM pg_proc p JOIN pg_language l ON l.oid = prolang
          -- What a rehearsal makes is compared with what stands in the schema that it is for.
          CROSS JOIN (SELECT current_schema()::text AS rehearsal,
            coalesce(nullif(current_setting('latchkey.schema', true), ''), current_schema()::text)
              AS place) s
        WHERE pronamespace = current_schema()::regnamespace AND prokind IN ('f', 'p')
        UNION ALL
        SELECT 'type', oid, typname, concat_ws(' ', typtype, typnotnull, typdefault,
          (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum
            WHERE enumtypid = t.oid),
          (SELECT string_agg(pg_get_constraintdef(oid, true), ', ') FROM pg_constraint
            WHERE contypid = t.oid))
        FROM pg_type t
        WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')
      ) o
      WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')
      ORDER BY 1, 2
      """
  }
#endif
