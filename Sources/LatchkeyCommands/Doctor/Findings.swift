import Configuration
import Foundation
import Latchkey

/// What is looked at, and when it is worth a word.
enum Findings {
  /// A variable of ours that nobody reads is a mistake that nothing else would show.
  static func ofEnvironment(_ environment: [String: String]) -> [Finding] {
    let known = SettingsFile.keys.union(Program.current.settings).map(SettingsFile.variable)
    let read = Set(known + ["LATCHKEY_CONFIG", "LATCHKEY_BUILD"])
    return environment.keys.sorted().filter { $0.hasPrefix("LATCHKEY_") && !read.contains($0) }
      .map { name in
        let nearest = SettingsFile.nearest(to: name, among: read)
        return Finding(
          level: .should,
          finding: "The environment variable \(TerminalText(name)) is read by nobody.",
          why: "What it was meant to set has its default.",
          mend: nearest.map { "Was \($0) meant?" } ?? "Remove it.")
      }
  }

  /// A password of the database is for the program, and not for everybody on the machine.
  ///
  /// - Parameter path: of the file with settings, if there is one.
  static func ofSettingsFile(_ path: String?) -> [Finding] {
    #if Postgres
      guard let path,
        let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
          as? Int, mode & 0o004 != 0, let data = FileManager.default.contents(atPath: path),
        let settings = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
        let database = settings["database"] as? String, PostgresOptions(database).hasPassword
      else { return [] }
      return [
        Finding(
          level: .must, finding: "Everybody on this machine can read \(TerminalText(path)).",
          why: "The password of the database stands in it.",
          mend:
            "chmod o= \(TerminalText(path)), and let the user that serves be its group; or use a "
            + "password file (~/.pgpass).")
      ]
    #else
      return []
    #endif
  }

  static func ofDeployment(_ wanted: ServeSettings) -> [Finding] {
    let (site, configuration) = (wanted.site, wanted.configuration)
    var findings: [Finding] = []
    do {
      try site.check(hostname: wanted.hostname)
    } catch {
      let failure = CommandFailure(serving: error, hostname: wanted.hostname, port: wanted.port)
      findings.append(Finding(refused: failure ?? error, why: "The app does not start so."))
    }
    if let origin = site.origin {
      if origin.isLocal {
        findings.append(
          Finding(
            level: .note, finding: "The origin is \(origin), which is this machine.",
            why: "Nobody else can log in.",
            mend: "For others, set origin to the https address that browsers open."))
      } else if !origin.isSecure {
        findings.append(
          Finding(
            level: .must, finding: "The origin is \(origin), without TLS.",
            why: "Passwords and sessions can be read on the way, and cookies are not __Host-.",
            mend: "Put a proxy with TLS in front, and set origin to its https address."))
      } else if site.proxies.isEmpty {
        findings.append(
          Finding(
            level: .should, finding: "The origin is https, and no proxy is named.",
            why: "Everybody comes from the proxy's address then: one guesser slows all down.",
            mend: "Set proxies to the proxy's address, such as 127.0.0.1."))
      }
    } else {
      findings.append(
        Finding(
          level: .note, finding: "There is no origin.",
          why: "Only this machine is served, and cookies are those of development.",
          mend: "For others, set origin to the https address that browsers open."))
    }
    if !configuration.throttling.isOn {
      findings.append(
        Finding(
          level: .must, finding: "Throttles are off.",
          why: "Anybody may guess at passwords without end.",
          mend: "Remove the setting throttle (LATCHKEY_THROTTLE)."))
    }
    if let bcrypt = configuration.schemes.first as? Bcrypt, bcrypt.cost < Bcrypt().cost {
      findings.append(
        Finding(
          level: .should, finding: "New hashes are of bcrypt with cost \(bcrypt.cost).",
          why: "A stolen database is searched faster the lower it is; OWASP asks for 10 at least.",
          mend: "Set password.bcryptCost to \(Bcrypt().cost), or password.scheme to argon2id."))
    }
    if configuration.passwordPolicy.minimumLength < PasswordPolicy.strict.minimumLength {
      findings.append(
        Finding(
          level: .note,
          finding:
            "New passwords may have \(configuration.passwordPolicy.minimumLength) characters.",
          why: "SP 800-63B-4 asks for 15 where a password is all that is asked.",
          mend: "Set password.minimumLength to 15, if your people can live with it."))
    }
    return findings
  }

  static func noTables(in database: any AppDatabase) -> Finding {
    Finding(
      level: .should, finding: "Nothing of Latchkey's is in the database \(database.title).",
      why: database.kind == .sqlite
        ? "The next start makes an empty one: nobody could log in."
        : "They are made by the next start, if its user may: nobody could log in.",
      mend: database.kind == .sqlite
        ? "If this is a new deployment, start it. If not, set database to the right file."
        : "If this is a new deployment: db migrate, as the user that is to own them. If not, set "
          + "database to the right one.")
  }

  /// For a user of the database that serves and owns nothing.
  static let notCompared = Finding(
    level: .note, finding: "Tables and triggers were not compared with what the migrations make.",
    why: "That is seen in a schema that this user of the database, or a replica, may not make.",
    mend: "Run doctor as the user that owns the tables, too.")

  static func ofDatabase(
    _ location: DatabaseLocation, _ configuration: LocalAuth.Configuration, _ now: Timestamp
  ) async throws -> [Finding] {
    let year: Duration = .seconds(365 * 24 * 3600)
    let state = try await location.diagnosis(at: now, createdBefore: now - year)
    var findings = state.conditions.map(Finding.init)
    if let last = state.lastEvent, last > now + .seconds(60) {
      findings.append(
        Finding(
          level: .must,
          finding: "The last event in the audit trail is of \(last), which is to come.",
          why: "The clock is behind, or was ahead: sessions and waits end at wrong moments.",
          mend: "Set the clock by NTP."))
    }
    if state.unusedAccounts > 0 {
      findings.append(
        Finding(
          level: .note,
          finding:
            "\(state.unusedAccounts.of("account")) of \(state.accounts) had no login for a year.",
          why: "Nobody sees when somebody else uses them.",
          mend: "Disable or delete those that nobody needs (user list, user disable)."))
    }
    if state.accountsWithoutWay > 0 {
      findings.append(
        Finding(
          level: .note,
          finding:
            "\(state.accountsWithoutWay.of("account")) without a password and without a code to choose one.",
          why: "Their owners cannot log in: the code was not used in time.",
          mend: "Make another when the owner is there (user reset)."))
    }
    let own = PasswordHasher(
      schemes: configuration.schemes, lanes: HashingLanes(count: 1, maximumWaiting: 0)
    ).preferredWork
    let peppers = Set(configuration.schemes.compactMap { ($0 as? Peppered)?.pepperID })
    for (work, count) in state.works {
      guard let id = Peppered.pepperID(of: work), !peppers.contains(String(id)) else { continue }
      findings.append(
        Finding(
          level: .must, finding: "\(count.of("account")) with the pepper \(id), which is not set.",
          why: "Their passwords cannot be checked: nobody of them can log in.",
          mend: "Bring the key back, and name it in password.peppers behind the others."))
    }
    let others = state.works.filter { $0.key != own }
    if !others.isEmpty {
      let list = others.map { "\($0.value) of \($0.key.rawValue)" }.sorted().joined(separator: ", ")
      findings.append(
        Finding(
          level: .note, finding: "There are hashes of other schemes or costs: \(list).",
          why: "Each login computes one of each, so that none takes longer than another.",
          mend: "They are replaced as their owners log in. Delete the accounts that never do."))
    }
    return findings
  }

  /// Before all else: the rest is read from these tables.
  static func ofOwnTables(
    _ database: any AppDatabase, _ look: DatabaseLook, comparing: Bool
  ) async throws -> [Finding] {
    var findings: [Finding] = []
    let changedOwn = comparing ? try await database.changedOwn(after: look.own.applied) : []
    if !look.own.pending.isEmpty {
      findings.append(
        Finding(
          level: .should,
          finding:
            "\(look.own.pending.count.of("migration")) of Latchkey's own tables not applied.",
          why: "The next start applies them, and takes longer by that. Nothing else was looked at.",
          mend: "Make a backup, then: " + Program.current.line("db migrate")))
    }
    if !changedOwn.isEmpty {
      findings.append(
        Finding(
          level: .must,
          finding: "Gone or changed: \(TerminalText(changedOwn.joined(separator: ", "))).",
          why: "Latchkey relies on them. Triggers keep the audit trail from being rewritten.",
          mend:
            "Find out who did that. Then restore a backup, or make them anew as the migrations do.")
      )
    }
    return findings
  }

  static func ofMigrations(
    _ migrations: Migrations, _ look: DatabaseLook, comparing: Bool
  ) async throws -> [Finding] {
    var findings: [Finding] = []
    let state = try migrations.state(of: look)
    if let forgotten = try await migrations.forgotten(after: state.applied + state.pending) {
      findings.append(
        Finding(
          level: .must, finding: "A migration was forgotten.",
          why: "The app does not start with tables that are not as it thinks.", mend: forgotten))
    }
    if !state.pending.isEmpty {
      findings.append(
        Finding(
          level: .must,
          finding: "\(state.pending.count.of("migration")) not applied.",
          why: "The app does not start with tables that are not as it thinks.",
          mend: Program.current.line("db migrate")))
    }
    let drift =
      look.own.applied.isEmpty || !comparing
      ? []
      : try await migrations.database.drift(after: state.applied)
        .map { "\(TerminalText($0.object))" }
    if !drift.isEmpty {
      findings.append(
        Finding(
          level: .should,
          finding: "Not as the migrations make it: \(drift.joined(separator: ", ")).",
          why: "Somebody has changed them by hand, and the next migration may fail.",
          mend: Program.current.line("db status") + " says what differs."))
    }
    return findings
  }
}
