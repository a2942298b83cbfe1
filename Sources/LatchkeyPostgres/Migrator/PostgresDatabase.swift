#if Postgres
  package import LatchkeyCore
  package import LatchkeySchema

  /// A PostgreSQL database and an app's migrations. Each step is a transaction, under a lock that one
  /// migrating process has at a time: the second waits, and then finds the step done.
  package struct PostgresDatabase: AppDatabase {
    private let pool: PostgresPool
    private let clock: WallClock
    package let title: String

    package init(_ options: PostgresOptions, clock: WallClock = .system) {
      var options = options
      // One after the other, and what the operator waits for may take longer than a request.
      options.maximumConnections = 1
      options.statementTimeout = max(options.statementTimeout, .seconds(60))
      pool = PostgresPool(options)
      self.clock = clock
      title = options.title
    }

    package var kind: DatabaseKind { .postgres }

    /// - Parameter orAtNone: makes no difference: the database itself is its operator's to make.
    package func look(orAtNone: Bool) async throws -> DatabaseLook {
      try await pool.read { db in
        DatabaseLook(
          own: try OwnMigrations.state(of: db), applied: try MigrationHistory.app.applied(in: db))
      }
    }

    package func mayCompare() async throws -> Bool {
      try await pool.read(PostgresRehearsal.isAllowed)
    }

    package func changedOwn(after files: [MigrationFile]) async throws -> [String] {
      if files.isEmpty { return [] }
      let found = try await pool.read { try PostgresCatalog(in: $0).divided().own }
      let made = try await PostgresRehearsal.with(pool, own: files) {
        try PostgresCatalog(in: $0).divided().own
      }
      return found.drift(from: made).map(\.object)
    }

    package func apply(
      _ file: MigrationFile, progress: @escaping MigrationProgress.Teller
    ) async throws -> Bool {
      let now = clock.now.millisecondsSinceEpoch
      return try await pool.write { db in
        try MigrationHistory.lock(db)
        let applied = try MigrationHistory.app.applied(in: db).map(\.id)
        guard !applied.contains(file.id) else { return false }
        // Somebody may have taken another step meanwhile.
        if let last = applied.last, last > file.id {
          throw MigrationStateError.outOfOrder(file.id, behind: last)
        }
        try PostgresRights.extended(in: db) {
          try PostgresStep.run(file.up.sql, of: file.id, endsTransaction: true, in: db)
        }
        try MigrationHistory.app.add(file, appliedAt: now, in: db)
        return true
      }
    }

    package func revert(
      _ file: MigrationFile, progress: @escaping MigrationProgress.Teller
    ) async throws -> Bool {
      guard let down = file.down else {
        throw MigrationFailure(id: file.id, reason: "it has no way back")
      }
      return try await pool.write { db in
        try MigrationHistory.lock(db)
        guard try MigrationHistory.app.applied(in: db).last?.id == file.id else { return false }
        try PostgresRights.extended(in: db) {
          try PostgresStep.run(down.sql, of: file.id, endsTransaction: true, in: db)
        }
        try MigrationHistory.app.remove(file.id, in: db)
        return true
      }
    }

    package func rehearse(_ files: [MigrationFile]) async throws {
      try await PostgresRehearsal.with(pool, files) { db in
        if !files.isEmpty { try PostgresRehearsal.again(files, in: db) }
      }
    }

    package func drift(after files: [MigrationFile]) async throws -> [Drift] {
      let found = try await pool.read { try PostgresCatalog(in: $0).divided().app }
      return try await found.drift(from: catalog(after: files))
    }

    package func undeclared(
      after files: [MigrationFile], in declared: Schema
    ) async throws -> [String] {
      try await PostgresChanges(
        from: catalog(after: files), to: catalog(of: declared), declared: declared
      ).statements
    }

    package func isForgotten(
      after files: [MigrationFile], in declared: Schema
    ) async throws -> Bool {
      try await pool.read { db in
        // What is pending may be what is missing.
        guard try MigrationHistory.app.applied(in: db).count == files.count else { return false }
        let there = try PostgresCatalog(in: db)
        return !declared.tables.allSatisfy { table in
          guard let found = there.table(table.name) else { return false }
          return table.columns.allSatisfy { column in
            let other = found.column(column.name)
            return other?.type == PostgresText.typeName(column.type).lowercased()
              && other?.isOptional == column.isOptional
          }
        }
      }
    }

    package func leftAlone(
      after files: [MigrationFile], by declared: Schema
    ) async throws -> [(table: String, unsaid: [String])] {
      try await catalog(after: files).tables
        .filter { declared.table($0.name) == nil && !$0.unsaid.isEmpty }
        .map { ($0.name, $0.unsaid) }
    }

    package func plan(
      after files: [MigrationFile], to declared: Schema, renames: [Rename]
    ) async throws -> MigrationPlan? {
      let target = try await catalog(of: declared)
      return try await PostgresRehearsal.with(pool, files) { db in
        let before = try PostgresCatalog(in: db).divided().app
        let up = try PostgresPlan.walk(to: target, declared, renames, in: db)
        guard !up.statements.isEmpty else { return nil }
        // The way back can fail, and the transaction with it: nothing is asked of it afterwards.
        let down = try? PostgresPlan.walk(
          to: before, nil, renames.reversed().map(\.reversed), in: db)
        let isBack =
          try down != nil && PostgresCatalog(in: db).divided().app.drift(from: before).isEmpty
        return MigrationPlan(up: up.section, down: isBack ? down?.section : nil)
      }
    }

    private func catalog(after files: [MigrationFile]) async throws -> PostgresCatalog {
      try await PostgresRehearsal.with(pool, files) { try PostgresCatalog(in: $0).divided().app }
    }

    private func catalog(of declared: Schema) async throws -> PostgresCatalog {
      let problems = declared.problems(besides: OwnMigrations.tables)
      guard problems.isEmpty else { throw SchemaError(problems) }
      return try await PostgresRehearsal.with(pool) { db in
        do {
          for statement in PostgresText.create(declared) { try db.execute(script: statement) }
        } catch PostgresError.refused(_, let message) {
          throw SchemaError(["PostgreSQL refuses it: \(message)."])
        }
        return try PostgresCatalog(in: db).divided().app
      }
    }
  }

  /// A way that was walked before it is written.
  private struct PostgresPlan {
    var statements: [String] = []
    var losses: [String] = []

    var section: MigrationFile.Section {
      MigrationFile.Section(
        sql: statements.map { "\($0);" }.joined(separator: "\n\n"), losses: losses)
    }

    static func walk(
      to target: PostgresCatalog, _ declared: Schema?, _ renames: [Rename],
      in db: PostgresSession
    ) throws -> PostgresPlan {
      var plan = PostgresPlan()
      for rename in renames {
        let statement = try rename.statement(
          for: PostgresCatalog(in: db).divided().app, towards: target)
        try plan.take([statement], in: db)
      }
      let changes = PostgresChanges(
        from: try PostgresCatalog(in: db).divided().app, to: target, declared: declared)
      try plan.take(changes.statements, in: db)
      plan.losses = changes.losses
      return plan
    }

    private mutating func take(_ new: [String], in db: PostgresSession) throws {
      for statement in new {
        do {
          try PostgresStep.run(statement, of: "new", in: db)
        } catch let failure as MigrationFailure {
          throw MigrationPlanError(reason: failure.reason)
        }
      }
      statements += new
    }
  }

  extension Rename {
    /// - Throws: `RenameError`.
    fileprivate func statement(
      for now: PostgresCatalog, towards target: PostgresCatalog
    ) throws -> String {
      guard let table else {
        guard now.table(old) != nil, now.table(new) == nil, target.table(new) != nil,
          target.table(old) == nil
        else { throw RenameError(notPossible: self) }
        return "ALTER TABLE \(old.quoted) RENAME TO \(new.quoted)"
      }
      // The table itself may be about to get another name.
      let wanted = target.table(table)?.columns.map(\.name) ?? [new]
      guard let found = now.table(table), found.column(old) != nil, found.column(new) == nil,
        wanted.contains(new), !wanted.contains(old)
      else { throw RenameError(notPossible: self) }
      return "ALTER TABLE \(table.quoted) RENAME COLUMN \(old.quoted) TO \(new.quoted)"
    }
  }
#endif
