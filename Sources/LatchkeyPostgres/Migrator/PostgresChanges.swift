#if Postgres
  internal import LatchkeySchema

  /// The statements that lead from one catalog to another, both as the server says them.
  struct PostgresChanges {
    private(set) var statements: [String] = []
    /// What gets lost by them, one phrase for each loss.
    private(set) var losses: [String] = []

    /// - Parameters:
    ///   - old: what there is.
    ///   - new: what there should be.
    ///   - declared: when the way leads to declared tables: new ones are made in their words, and what a
    ///     schema cannot say stays as it is. Without it, all is made as `new` has it.
    init(from old: PostgresCatalog, to new: PostgresCatalog, declared: Schema? = nil) {
      let keeps = declared != nil
      let goes = old.tables.filter { table in
        new.table(table.name) == nil && !(keeps && !table.unsaid.isEmpty)
      }
      let pairs = old.tables.compactMap { table in new.table(table.name).map { (table, $0) } }
      for (table, other) in pairs { dropParts(of: table, for: other, keeps) }
      if !goes.isEmpty {
        statements.append("DROP TABLE \(goes.map(\.name.quoted).joined(separator: ", "))")
        losses += goes.map { "the table \($0.name) with its rows" }
      }
      let comes = new.tables.filter { old.table($0.name) == nil }
      if let declared {
        let names = Set(comes.map(\.name))
        statements += PostgresText.create(
          Schema(tables: declared.tables.filter { names.contains($0.name) }))
      } else {
        for table in comes { make(table) }
      }
      for (table, other) in pairs { change(table, to: other) }
      for (table, other) in pairs { addParts(of: other, to: table) }
      guard !keeps else { return }
      for table in comes {
        statements += table.constraints.filter { $0.kind == "f" }.map { table.adding($0) }
        statements += table.triggers.map(\.definition)
      }
    }

    /// Conditions and indexes go before the columns that they name.
    private mutating func dropParts(
      of table: PostgresCatalog.Table, for new: PostgresCatalog.Table, _ keeps: Bool
    ) {
      for index in table.indexes where !new.indexes.contains(index) {
        if keeps, !table.isSaid(index) { continue }
        statements.append("DROP INDEX \(index.name.quoted)")
      }
      let wanted = new.constraints.map(\.definition)
      for constraint in table.constraints where !wanted.contains(constraint.definition) {
        if keeps, !constraint.isSaid { continue }
        statements.append(
          "ALTER TABLE \(table.name.quoted) DROP CONSTRAINT \(constraint.name.quoted)")
      }
      guard !keeps else { return }
      for trigger in table.triggers where !new.triggers.contains(trigger) {
        statements.append("DROP TRIGGER \(trigger.name.quoted) ON \(table.name.quoted)")
      }
    }

    private mutating func change(_ table: PostgresCatalog.Table, to new: PostgresCatalog.Table) {
      let alter = "ALTER TABLE \(table.name.quoted) "
      for column in table.columns where new.column(column.name) == nil {
        statements.append(alter + "DROP COLUMN \(column.name.quoted)")
        losses.append("the column \(table.name).\(column.name) with its values")
      }
      for column in new.columns {
        guard let before = table.column(column.name) else {
          statements.append(alter + "ADD COLUMN \(column.definition)")
          continue
        }
        guard before != column else { continue }
        change(before, to: column, of: table.name)
      }
    }

    private mutating func change(
      _ old: PostgresCatalog.Column, to new: PostgresCatalog.Column, of table: String
    ) {
      let alter = "ALTER TABLE \(table.quoted) ALTER COLUMN \(new.name.quoted) "
      if old.isIdentity, !new.isIdentity { statements.append(alter + "DROP IDENTITY") }
      // A value of another type may stand for none of the new one.
      if old.defaultValue != nil, old.type != new.type || new.defaultValue == nil {
        statements.append(alter + "DROP DEFAULT")
      }
      if old.type != new.type {
        if !Self.keepsValues(old.type, new.type) {
          losses.append(
            "values of \(table).\(new.name) that are not \(new.type) (it was \(old.type))")
        }
        statements.append(
          alter + "TYPE \(new.type) USING \(Self.cast(new.name.quoted, old.type, new.type))")
      }
      if let value = new.defaultValue, value != old.defaultValue || old.type != new.type {
        statements.append(alter + "SET DEFAULT \(value)")
      }
      if old.isOptional, !new.isOptional {
        if let value = new.defaultValue {
          statements.append(
            "UPDATE \(table.quoted) SET \(new.name.quoted) = \(value) "
              + "WHERE \(new.name.quoted) IS NULL")
        }
        statements.append(alter + "SET NOT NULL")
      } else if !old.isOptional, new.isOptional {
        statements.append(alter + "DROP NOT NULL")
      }
      if !old.isIdentity, new.isIdentity {
        statements.append(alter + "ADD" + new.generation)
        let (name, column) = (table.literal, new.name.literal)
        statements.append(
          "SELECT setval(pg_get_serial_sequence(\(name), \(column)), "
            + "coalesce(max(\(new.name.quoted)), 0) + 1, false) FROM \(table.quoted)")
      }
    }

    /// Whether each value of a type has one of the other, from which it can be had back; what has none
    /// may still be refused by the server.
    private static func keepsValues(_ old: String, _ new: String) -> Bool {
      switch (old, new) {
      case (_, "text"), ("text", "bytea"), ("boolean", "bigint"), ("boolean", "double precision"),
        ("text", "uuid"):
        true
      default: false
      }
    }

    /// There is no cast between some types that have a sense all the same.
    private static func cast(_ name: String, _ old: String, _ new: String) -> String {
      switch (old, new) {
      case ("boolean", "bigint"), ("boolean", "double precision"): "\(name)::integer"
      case ("bigint", "boolean"), ("double precision", "boolean"): "\(name) <> 0"
      case ("text", "bytea"): "convert_to(\(name), 'UTF8')"
      case ("bytea", "text"): "convert_from(\(name), 'UTF8')"
      default: "\(name)::\(new)"
      }
    }

    private mutating func addParts(
      of new: PostgresCatalog.Table, to table: PostgresCatalog.Table
    ) {
      let there = table.constraints.map(\.definition)
      statements += new.constraints.filter { !there.contains($0.definition) }
        .map { new.adding($0) }
      statements += new.indexes.filter { !table.indexes.contains($0) }.map(\.definition)
      statements += new.triggers.filter { !table.triggers.contains($0) }.map(\.definition)
    }

    /// As the catalog has it. What refers to other tables comes when all are there.
    private mutating func make(_ table: PostgresCatalog.Table) {
      let lines =
        table.columns.map(\.definition)
        + table.constraints.filter { $0.kind != "f" }
        .map { "CONSTRAINT \($0.name.quoted) \($0.definition)" }
      statements.append(
        """
        CREATE TABLE \(table.name.quoted) (
          \(lines.joined(separator: ",\n  "))
        )
        """)
      statements += table.indexes.map(\.definition)
    }
  }

  extension PostgresCatalog.Table {
    fileprivate func adding(_ constraint: PostgresCatalog.Constraint) -> String {
      "ALTER TABLE \(name.quoted) ADD \(constraint.definition)"
    }

    /// An index on columns in their order, and no more.
    fileprivate func isSaid(_ index: PostgresCatalog.Object) -> Bool {
      guard let open = index.definition.firstRange(of: " USING btree ("),
        index.definition.hasSuffix(")")
      else { return false }
      let list = index.definition[open.upperBound...].dropLast()
      let known = Set(columns.map(\.name.quoted))
      return list.split(separator: ",").allSatisfy { known.contains(String($0).trimmingBlank) }
    }

    /// What there is in it and a schema cannot say.
    var unsaid: [String] {
      let said: Set = ["bigint", "double precision", "text", "bytea", "boolean"]
      return columns.filter { !said.contains($0.type) }.map { "the type \($0.type) in \($0.name)" }
        + columns.filter { !$0.generation.isEmpty && !$0.isIdentity }.map { "\($0.name), computed" }
        + columns.filter { $0.defaultValue.map { !Self.isLiteral($0) } ?? false }
        .map { "the default \($0.defaultValue ?? "") in \($0.name)" }
        + constraints.filter { !$0.isSaid }.map(\.definition)
        + indexes.filter { !isSaid($0) }.map { "the index \($0.name)" }
        + triggers.map { "the trigger \($0.name)" } + traits.split(separator: "\n").map(String.init)
    }

    /// `5`, `'x'::text`, `true`.
    private static func isLiteral(_ value: String) -> Bool {
      let tokens = SQLTokens(value).tokens
      let first = tokens.first ?? ""
      let isSigned = ["-", "+"].contains(first)
      let rest = isSigned ? tokens.dropFirst() : tokens[...]
      guard let literal = rest.first?.first else { return false }
      return literal == "'" && rest.dropFirst().allSatisfy { $0 != "(" && $0 != "||" }
        || rest.count == 1 && (literal.isNumber || ["true", "false"].contains(rest.first ?? ""))
    }
  }

  extension PostgresCatalog.Constraint {
    fileprivate var isSaid: Bool {
      switch kind {
      case "c", "p": true
      case "f": columns == 1
      default: false
      }
    }
  }

  extension String {
    fileprivate var literal: String { "'\(replacing("'", with: "''"))'" }

    fileprivate var trimmingBlank: String { first == " " ? String(dropFirst()) : self }
  }
#endif
