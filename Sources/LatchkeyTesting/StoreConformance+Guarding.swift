import LatchkeyCore

extension StoreConformance {
  static let guardingCases = [
    Case("a browser is known to the accounts that logged in there, to each by its newest token") {
      store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      try await expect(!isKnown(1, to: "alice", in: store))
      try await begin(newSession(1, of: alice), in: store)
      try await begin(newSession(2, of: bob), in: store)
      let lookup = try await store.credentials(folded: "alice", devices: [device(2), device(1)])
      try expect(lookup.knownBrowser == device(1), "each account has a token of its own")
      try await expect(!isKnown(1, to: "bob", in: store))
      try await begin(
        newSession(3, of: alice, device: DeviceRenewal(new: device(3), previous: device(1))),
        in: store)
      try await expect(isKnown(3, to: "alice", in: store))
      try await expect(!isKnown(1, to: "alice", in: store))
      try await expect(isKnown(2, to: "bob", in: store))
    },
    Case("nobody makes another's browser unknown by a login with its token") { store in
      let alice = try await insert("alice", into: store)
      let mallory = try await insert("mallory", into: store)
      try await begin(newSession(1, of: alice), in: store)
      try await begin(
        newSession(2, of: mallory, device: DeviceRenewal(new: device(2), previous: device(1))),
        in: store)
      try await expect(isKnown(1, to: "alice", in: store))
      try await expect(!isKnown(2, to: "alice", in: store))
    },
    Case("an account remembers its last twenty browsers") { store in
      let alice = try await insert("alice", into: store)
      for number in UInt8(1)...21 {
        try await begin(newSession(number, of: alice, at: start + .seconds(Int(number))), in: store)
      }
      let oldest = try await store.credentials(folded: "alice", devices: [device(1)])
      let second = try await store.credentials(folded: "alice", devices: [device(2)])
      try expect(oldest.knownBrowser == nil && second.knownBrowser == device(2))
    },
    Case("a new password ends all but the renewed session, and only its browser is known") {
      store in
      let alice = try await insert("alice", into: store)
      let id = try await begin(newSession(1, of: alice), in: store).session.id
      try await begin(newSession(2, of: alice), in: store)
      _ = try await store.charge([strangers(alice)], at: start, audit: event)
      let changed = try await store.setPassword(
        password("new"), alice.id, verifiedHash: PasswordHash(text: "hash"),
        renewal: renewal(9, of: id, replacing: 1), audit: event)
      try expect(changed)
      try expect(
        try await store.sessions(of: nil, now: start, seenSince: nil).map(\.session.id) == [id])
      try expect(try await store.liveSession(digest(9), now: start, seenSince: nil) != nil)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
      try await expect(isKnown(9, to: "alice", in: store))
      try await expect(!isKnown(1, to: "alice", in: store), "a copy of the old token is worthless")
      try await expect(!isKnown(2, to: "alice", in: store))
      try expect(try await store.throttles(limit: 10).isEmpty)
      let stale = try await store.setPassword(
        password("newer"), alice.id, verifiedHash: PasswordHash(text: "hash"), renewal: nil,
        audit: event)
      try expect(!stale, "the hash is another one by now")
    },
    Case("a recovery takes the password and the sessions, and its code works once") { store in
      let alice = try await insert("alice", into: store)
      try await begin(newSession(1, of: alice), in: store)
      try expect(try await store.issueRecovery(recovery(1), alice.id, audit: event))
      try expect(
        try await store.credentials(folded: "alice", devices: []).credentials?.password == nil)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
      try expect(try await store.recoveryAccount(code(1), now: start)?.id == alice.id)
      try expect(try await store.recoveryAccount(code(2), now: start) == nil)
      let end = start + .seconds(900)
      try expect(try await store.recoveryAccount(code(1), now: end) == nil, "too late")
      try expect(try await recover(1, alice.id, in: store, now: end) == nil)
      try expect(try await recover(1, AccountID(rawValue: 999), in: store) == nil)
      try expect(try await recover(1, alice.id, in: store) == alice)
      try expect(try await recover(1, alice.id, in: store) == nil, "used")
      try await expect(isKnown(9, to: "alice", in: store))
      try await expect(!isKnown(1, to: "alice", in: store))
      try expect(try await has("chosen", alice, in: store))
    },
    Case("of 100 simultaneous uses of one code exactly one succeeds") { store in
      let alice = try await insert("alice", into: store)
      _ = try await store.issueRecovery(recovery(1), alice.id, audit: event)
      let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 {
          group.addTask { try await recover(1, alice.id, in: store) != nil }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try expect(winners == 1, "\(winners) won")
    },
    Case("a second code takes the place of the first, and a new password takes it away") { store in
      let alice = try await insert("alice", into: store)
      _ = try await store.issueRecovery(recovery(1), alice.id, audit: event)
      _ = try await store.issueRecovery(recovery(2), alice.id, audit: event)
      try expect(try await store.recoveryAccount(code(1), now: start) == nil)
      _ = try await setPassword(password("set"), alice.id, in: store)
      try expect(try await store.recoveryAccount(code(2), now: start) == nil)
    },
    Case("an attempt is charged to all subjects or to none") { store in
      let alice = try await insert("alice", into: store)
      let rule = ThrottleRule(free: 1, firstDelay: .seconds(30), maximumDelay: .seconds(60))
      let narrow = ThrottleCharge(.address("192.0.2.1"), rule)
      let wide = strangers(alice)
      let first = try await store.charge([wide, narrow], at: start, audit: event)
      try expect(
        first
          == .go([
            ThrottlePayment(subject: wide.subject, blockedUntil: start),
            ThrottlePayment(subject: narrow.subject, blockedUntil: start + .seconds(30)),
          ]))
      let second = try await store.charge([wide, narrow], at: start + .seconds(1), audit: event)
      try expect(second == .wait(until: start + .seconds(30)))
      let counts = try await store.throttles(limit: 10)
      try expect(counts.map(\.count.failures) == [1, 1])
    },
    Case("of 100 simultaneous attempts only the free ones are made") { store in
      let alice = try await insert("alice", into: store)
      let charge = strangers(alice)
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 {
          group.addTask {
            guard case .go = try await store.charge([charge], at: start, audit: event) else {
              return false
            }
            return true
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try expect(made == charge.rule.free, "\(made) were made")
    },
    Case("a settlement clears its own count and gives one attempt back to others") { store in
      let alice = try await insert("alice", into: store)
      let charges = [strangers(alice), ThrottleCharge(.everyone, strangers(alice).rule)]
      for _ in 0..<3 { _ = try await store.charge(charges, at: start, audit: event) }
      let paid = ThrottlePayment(subject: .everyone, blockedUntil: start)
      try await store.settle(
        ThrottleSettlement(cleared: [.account(alice.id)], refunded: [paid]))
      let counts = try await store.throttles(limit: 10)
      try expect(counts.map(\.kind) == [.everyone] && counts[0].count.failures == 2)
    },
    Case("a refund lifts the wait that its attempt has brought about, and no other") { store in
      let rule = ThrottleRule(free: 1, firstDelay: .seconds(30), maximumDelay: .seconds(60))
      let charge = ThrottleCharge(.everyone, rule)
      guard case .go(let slow) = try await store.charge([charge], at: start, audit: event),
        case .go(let late) = try await store.charge(
          [charge], at: start + .seconds(31), audit: event)
      else { throw Violation(description: "an attempt was refused") }
      try await store.settle(ThrottleSettlement(refunded: slow))
      try expect(
        try await store.charge([charge], at: start + .seconds(32), audit: event)
          == .wait(until: start + .seconds(91)))
      try await store.settle(ThrottleSettlement(refunded: late))
      guard case .go = try await store.charge([charge], at: start + .seconds(32), audit: event)
      else { throw Violation(description: "a wait was left") }
    },
    Case("a block is in the trail once, however many attempts it refuses") { store in
      let alice = try await insert("alice", into: store)
      let before = try await store.auditBounds().lastNumber
      for _ in 0..<20 { _ = try await store.charge([strangers(alice)], at: start, audit: event) }
      let records = try await store.auditRecords(after: before, limit: 100)
      try expect(records.map(\.entry.details) == [["kind": "account"]])
    },
    Case("counts are cleared by kind and key") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      let rule = strangers(alice).rule
      for subject: ThrottleSubject in [
        .account(alice.id), .account(bob.id), .knownBrowser(device(1), alice.id), .everyone,
      ] {
        _ = try await store.charge([ThrottleCharge(subject, rule)], at: start, audit: event)
      }
      func clear(_ kind: ThrottleSubject.Kind?, _ key: String?) async throws -> Int {
        try await store.clearThrottles(kind: kind, key: key, audit: event)
      }
      try expect(try await clear(.account, "\(alice.id)") == 1)
      try expect(try await clear(.knownBrowser, "\(alice.id)") == 1)
      try expect(try await clear(.account, "\(alice.id)") == 0)
      try expect(try await clear(nil, nil) == 2)
    },
    Case("a change and its audit record come together, numbered without gaps and chained") {
      store in
      let alice = try await insert("alice", into: store)
      try expect(
        try await store.insertAccount(newAccount("ALICE"), recovery: nil, audit: event) == nil)
      _ = try await store.setEnabled(false, alice.id, audit: event)
      let records = try await store.auditRecords(after: 0, limit: 10)
      try expect(records.map(\.number) == [1, 2], "what changes nothing leaves no record")
      try expect(records.allSatisfy { $0.entry.account == alice.id })
      var link = AuditChain.Link.start
      for record in records {
        try expect(AuditChain.append(record.entry, to: link) == record)
        link = AuditChain.Link(number: record.number, hash: record.hash)
      }
      try expect(try await store.auditBounds().lastNumber == 2)
    },
    Case("an audit record comes back as it was written") { store in
      let entry = AuditEntry(
        at: start, event: "app.event", succeeded: false, account: AccountID(rawValue: 7),
        session: SessionID(rawValue: "abc"),
        source: .client(ClientDescription(address: "192.0.2.1", userAgent: "A \"b\" ü")),
        details: ["a": "1", "ü\"": "\n"])
      try await store.appendAudit(entry)
      var other = entry
      other.source = .commandLine(user: "root")
      try await store.appendAudit(other)
      try expect(try await store.auditRecords(after: 0, limit: 10).map(\.entry) == [entry, other])
    },
    Case("simultaneous records are chained one after the other") { store in
      try await withThrowingTaskGroup { group in
        for _ in 0..<50 { group.addTask { try await store.appendAudit(event) } }
        try await group.waitForAll()
      }
      var link = AuditChain.Link.start
      for record in try await store.auditRecords(after: 0, limit: 100) {
        try expect(AuditChain.append(record.entry, to: link) == record)
        link = AuditChain.Link(number: record.number, hash: record.hash)
      }
      try expect(link.number == 50)
    },
    Case("a purge deletes what has ended, a batch at a time, and nothing else") { store in
      let alice = try await insert("alice", into: store)
      for number in UInt8(1)...5 { try await begin(newSession(number, of: alice), in: store) }
      try await begin(newSession(6, of: alice, lifetime: .seconds(9000)), in: store)
      let later = start + .seconds(7200)
      let purge = Purge(
        now: later, browsersSince: start - .seconds(1),
        throttlesSince: start - .seconds(1), unknownNamesSince: start - .seconds(1),
        unknownNamesBelow: 10,
        auditSince: nil
      )
      try expect(try await store.purge(purge, limit: 3, audit: event) == 3)
      try expect(try await store.purge(purge, limit: 3, audit: event) == 2)
      try expect(try await store.purge(purge, limit: 3, audit: event) == 0)
      try expect(try await store.liveSession(digest(6), now: later, seenSince: nil) != nil)
    },
    Case("sessions that nobody uses are found and end, but not one that was used meanwhile") {
      store in
      let alice = try await insert("alice", into: store)
      for number in UInt8(1)...4 { try await begin(newSession(number, of: alice), in: store) }
      let later = start + .seconds(600)
      let sessions = try await store.sessions(of: alice.id, now: start, seenSince: nil).map(
        \.session)
      try await store.touchSessions([sessions[0].id: later])
      try expect(try await store.idleSessions(seenBefore: start, limit: 10).isEmpty)
      try expect(try await store.idleSessions(seenBefore: later, limit: 2).count == 2)
      let idle = try await store.idleSessions(seenBefore: later, limit: 10)
      try expect(Set(idle) == Set(sessions.dropFirst().map(\.id)))
      try await store.touchSessions([sessions[1].id: later])
      try await store.endIdleSessions(idle + [sessions[0].id], seenBefore: later)
      let left = try await store.sessions(of: alice.id, now: later, seenSince: nil).map(
        \.session.id)
      try expect(Set(left) == Set(sessions.prefix(2).map(\.id)))
      try await store.endIdleSessions([], seenBefore: later)
    },
    Case("low counts of names that nobody has are forgotten, high ones and accounts' are not") {
      store in
      let alice = try await insert("alice", into: store)
      let rule = strangers(alice).rule
      for (bucket, failures) in [(UInt32(1), 3), (2, 10)] {
        for second in 0..<failures {
          _ = try await store.charge(
            [ThrottleCharge(.unknownName(bucket: bucket), rule)], at: start + .seconds(second),
            audit: event)
        }
      }
      _ = try await store.charge([strangers(alice)], at: start, audit: event)
      let later = start + .seconds(7200)
      let purge = Purge(
        now: later, browsersSince: start, throttlesSince: later,
        unknownNamesSince: later, unknownNamesBelow: rule.free, auditSince: nil)
      try expect(try await store.purge(purge, limit: 10, audit: event) == 1)
      let left = try await store.throttles(limit: 10)
      try expect(left.map(\.kind) == [.unknownName, .account] && left[0].key == "2")
    },
    Case("retention shortens the trail from its beginning and keeps it whole") { store in
      for second in 0..<10 {
        var entry = event
        entry.at = start + .seconds(second)
        try await store.appendAudit(entry)
      }
      let purge = Purge(
        now: start, browsersSince: start, throttlesSince: start,
        unknownNamesSince: start, unknownNamesBelow: 10, auditSince: start + .seconds(4))
      while try await store.purge(purge, limit: 3, audit: event) == 3 {}
      let records = try await store.auditRecords(after: 0, limit: 20)
      let bounds = try await store.auditBounds()
      try expect(bounds.anchor.number == 4 && bounds.lastNumber == records.last?.number)
      // Each removal is in the trail itself, by the last record that it took.
      try expect(records.map(\.number) == Array(5...12))
      try expect(records.last?.entry.details["last"] == "\(bounds.anchor)")
      try expect(AuditChain.append(records[0].entry, to: bounds.anchor) == records[0])
    },
    Case("the last records are those of an account, also when it is gone, or of all") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      for account in [alice, bob, alice, bob] {
        _ = try await store.setEnabled(true, account.id, audit: event)
      }
      _ = try await store.deleteAccount(alice.id, audit: event)
      let own = try await store.lastAuditRecords(3, of: alice.id)
      try expect(own.map(\.number) == [3, 5, 7])
      try expect(Set(own.map(\.entry.account)) == [alice.id])
      try expect(try await store.lastAuditRecords(2, of: nil).map(\.number) == [6, 7])
      try expect(try await store.lastAuditRecords(99, of: nil).count == 7)
    },
    Case("the secret is made once") { store in
      let secret = try await store.secret()
      try expect(secret.count == 32 && Set(secret).count > 1)
      try expect(try await store.secret() == secret)
    },
    Case("whoever watches for revocations hears of each way in which a session ends") { store in
      let alice = try await insert("alice", into: store)
      try await begin(newSession(1, of: alice), in: store)
      var changes = store.changes(.revocations).makeAsyncIterator()
      try expect(try await changes.next() != nil, "a value at once")
      _ = try await store.endSession(digest(1), audit: event)
      try expect(try await changes.next() != nil)
      _ = try await store.setEnabled(false, alice.id, audit: event)
      try expect(try await changes.next() != nil)
    },
  ]

  static func strangers(_ account: Account) -> ThrottleCharge {
    ThrottleCharge(
      .account(account.id),
      ThrottleRule(free: 10, firstDelay: .seconds(30), maximumDelay: .seconds(3600), limit: 100))
  }

  static func isKnown(
    _ number: UInt8, to name: String, in store: any Store
  ) async throws -> Bool {
    try await store.credentials(folded: name, devices: [device(number)]).knownBrowser != nil
  }

  static func code(_ number: UInt8) -> RecoveryCode.Digest {
    RecoveryCode.Digest(bytes: Array(repeating: number, count: 32))
  }

  static func recovery(_ number: UInt8) -> NewRecovery {
    NewRecovery(digest: code(number), createdAt: start, expiresAt: start + .seconds(900))
  }

  static func recover(
    _ number: UInt8, _ id: AccountID, in store: any Store, now: Timestamp = start
  ) async throws -> Account? {
    let recovered = try await store.recover(
      code(number), id, password: password("chosen"),
      device: DeviceRenewal(new: device(9), previous: device(1)), now: now, audit: event)
    return recovered?.account
  }
}
