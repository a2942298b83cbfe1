import LatchkeyCore

extension StoreConformance {
  static let accountCases = [
    Case("an account is found by its ID and by its folded name") { store in
      let account = try await insert("Alice", into: store)
      try expect(account.username == "Alice" && account.isEnabled && account.createdAt == start)
      try expect(try await store.account(account.id) == account)
      try expect(try await store.account(folded: "alice") == account)
      try expect(try await store.account(folded: "Alice") == nil, "folded names are compared")
    },
    Case("a second account of one folded name is refused") { store in
      _ = try await insert("alice", into: store)
      try expect(
        try await store.insertAccount(newAccount("ALICE"), recovery: nil, audit: event) == nil)
      try expect(try await store.accounts(after: nil, limit: 10).count == 1)
    },
    Case("of 100 simultaneous registrations of one name exactly one succeeds") { store in
      let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 {
          group.addTask {
            try await store.insertAccount(newAccount("racer"), recovery: nil, audit: event) != nil
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      try expect(winners == 1, "\(winners) won")
    },
    Case("an ID is never given out twice") { store in
      let first = try await insert("first", into: store)
      try expect(try await store.deleteAccount(first.id, audit: event))
      let second = try await insert("second", into: store)
      try expect(second.id.rawValue > first.id.rawValue)
    },
    Case("accounts are listed in order of ID, page by page") { store in
      for name in ["c", "a", "b"] { _ = try await insert(name, into: store) }
      let page = try await store.accounts(after: nil, limit: 2)
      try expect(page.map(\.username) == ["c", "a"])
      let rest = try await store.accounts(after: page.last?.id, limit: 2)
      try expect(rest.map(\.username) == ["b"])
    },
    Case("a look-up of an unknown name still names all works in use") { store in
      _ = try await store.insertAccount(
        newAccount("a", work: "x cost=1"), recovery: nil, audit: event)
      _ = try await store.insertAccount(
        newAccount("b", work: "x cost=2"), recovery: nil, audit: event)
      _ = try await store.insertAccount(
        newAccount("c", work: "x cost=2"), recovery: nil, audit: event)
      let lookup = try await store.credentials(folded: "nobody", devices: [])
      try expect(lookup.credentials == nil)
      try expect(lookup.worksInUse.map(\.rawValue).sorted() == ["x cost=1", "x cost=2"])
    },
    Case("credentials say how a hash was made, and only the store compares it") { store in
      for (number, (text, setting)) in [
        (
          "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$ZGlnZXN0",
          "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAA"
        ),
        (
          "$2y$04$abcdefghijklmnopqrstuu5eqGhX1OFvZ6gT8PvD9w5.z1dXyKb0S",
          "$2y$04$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        ),
        ("hash", "AAAA"),
      ].enumerated() {
        let account = try await insert("alice\(number)", into: store)
        try expect(try await setPassword(password(text), account.id, in: store))
        let lookup = try await store.credentials(folded: "alice\(number)", devices: [])
        try expect(lookup.credentials?.account == account)
        try expect(lookup.credentials?.password?.hash.text == setting)
        let blotted = lookup.credentials?.password
        func compare(_ text: String?, of id: AccountID?) async throws -> PasswordComparison {
          try await store.comparePassword(
            text.map(PasswordHash.init(text:)), computedLike: id == nil ? nil : blotted, of: id)
        }
        try expect(try await compare(text, of: account.id) == .same)
        try expect(try await compare(setting, of: account.id) == .different)
        try expect(try await compare(nil, of: account.id) == .different)
        try expect(try await compare(text, of: nil) == .different)
        try expect(
          try await setPassword(
            password("$argon2id$v=19$m=8,t=1,p=1$b3RoZXJvbmU$ZGlnZXN0"), account.id, in: store))
        try expect(try await compare(text, of: account.id) == .outdated)
      }
    },
    Case("disabling ends all sessions and no session begins") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      try expect(try await store.setEnabled(false, account.id, audit: event))
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
      let again = try await store.beginSession(newSession(2, of: account), audit: event)
      try expect(again == nil)
      try expect(try await store.setEnabled(true, account.id, audit: event))
      try expect(
        try await store.liveSession(digest(1), now: start, seenSince: nil) == nil,
        "an ended session does not come back")
    },
    Case("setting a password ends all sessions") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      try expect(try await setPassword(password("new"), account.id, in: store))
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
      try expect(try await has("new", account, in: store))
    },
    Case("deleting an account deletes its sessions") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      try expect(try await store.deleteAccount(account.id, audit: event))
      try expect(try await store.sessions(of: nil, now: start, seenSince: nil).isEmpty)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
    },
    Case("changing what is not there says so") { store in
      let nobody = AccountID(rawValue: 999)
      try expect(try await store.setEnabled(false, nobody, audit: event) == false)
      try expect(try await setPassword(password("x"), nobody, in: store) == false)
      try expect(try await store.deleteAccount(nobody, audit: event) == false)
      try expect(try await store.account(nobody) == nil)
    },
    Case("an import reports one outcome for each account, in order, also collisions within") {
      store in
      let first = try await insert("alice", into: store)
      let outcomes = try await store.importAccounts(
        [newAccount("ALICE"), newAccount("Bob", isEnabled: false), newAccount("bob")],
        audit: event, progress: { _ in }
      ) { $0.count == 3 }.outcomes
      try expect(outcomes.count == 3 && outcomes[0] == .nameTaken(by: first))
      guard case .imported(let bob) = outcomes[1] else {
        throw Violation(description: "Bob was not imported")
      }
      try expect(bob.isEnabled == false)
      try expect(outcomes[2] == .nameTaken(by: bob))
    },
    Case("an import that is not kept reports the same, and leaves nothing behind") { store in
      let first = try await insert("alice", into: store)
      let before = try await store.auditRecords(after: 0, limit: 100)
      let (outcomes, isKept) = try await store.importAccounts(
        [newAccount("bob"), newAccount("Alice"), newAccount("BOB")], audit: event,
        progress: { _ in }
      ) { _ in false }
      guard case .imported(let bob) = outcomes.first else {
        throw Violation(description: "Bob would not have been imported")
      }
      try expect(!isKept && outcomes.dropFirst() == [.nameTaken(by: first), .nameTaken(by: bob)])
      try expect(try await store.accounts(after: nil, limit: 10) == [first])
      try expect(try await store.auditRecords(after: 0, limit: 100) == before)
    },
    Case("an import of more than one batch keeps its order, its hashes and the trail's chain") {
      store in
      let names = (0..<2100).map { "person\($0)" }
      let outcomes = try await store.importAccounts(
        try names.map { try newAccount($0, hash: "hash\"\\ \"\u{301}\\\u{301} of \($0)") } + [
          newAccount("person7")
        ],
        audit: event, progress: { _ in }
      ) { _ in true }.outcomes
      let accounts = outcomes.dropLast().compactMap { outcome in
        if case .imported(let account) = outcome { account } else { nil }
      }
      try expect(accounts.map(\.username) == names)
      try expect(accounts.map(\.id.rawValue) == accounts.map(\.id.rawValue).sorted())
      try expect(outcomes.last == .nameTaken(by: accounts[7]))
      try expect(
        try await has("hash\"\\ \"\u{301}\\\u{301} of person2099", accounts[2099], in: store))
      let auth = try await LocalAuth(.opened(store))
      guard case .intact(records: 2100, _) = try await auth.verifyAudit() else {
        throw Violation(description: "the trail is not whole")
      }
    },
  ]

  static let exportCases: [Case] = [
    Case("an export has everything of each account, in order, and no other's") { store in
      let (alice, bob) = (
        try await insert("alice", into: store), try await insert("bob", into: store)
      )
      try await begin(newSession(1, of: bob), in: store)
      try await begin(newSession(2, of: bob, at: start + .seconds(1)), in: store)
      let carol = try await store.insertAccount(
        NewAccount(username: try Username("carol"), password: nil, createdAt: start),
        recovery: NewRecovery(
          digest: RecoveryCode.Digest(bytes: Array(repeating: 9, count: 32)), createdAt: start,
          expiresAt: start + .seconds(900)), audit: event)
      let all = try await store.exportAccounts(after: nil, limit: 10)
      try expect(all.map(\.account) == [alice, bob, carol])
      try expect(all[0].sessions.isEmpty && all[0].browsers.isEmpty && all[0].recovery == nil)
      try expect(all[1].password == password("hash").stored)
      try expect(all[1].sessions.map(\.client.userAgent) == ["Agent 1", "Agent 2"])
      try expect(all[1].browsers.map(\.lastLoginAt) == [start, start + .seconds(1)])
      try expect(all[2].password == nil && all[2].recovery?.expiresAt == start + .seconds(900))
      let next = try await store.exportAccounts(after: alice.id, limit: 1)
      try expect(next.map(\.account) == [bob] && next[0].sessions.count == 2)
      try expect(try await store.exportAccounts(after: carol?.id, limit: 1).isEmpty)
    }
  ]
}
