import LatchkeyCore

extension StoreConformance {
  static let sessionCases = [
    Case("a session is found by the digest of its token, with its account") { store in
      let account = try await insert("alice", into: store)
      let began = try await begin(newSession(1, of: account), in: store)
      let found = try await store.liveSession(digest(1), now: start, seenSince: nil)
      try expect(found == began && found?.account == account)
      try expect(found?.session.client.userAgent == "Agent 1")
      try expect(try await store.liveSession(digest(2), now: start, seenSince: nil) == nil)
    },
    Case("a session is dead at its expiry, not before") { store in
      let account = try await insert("alice", into: store)
      let end = start + .seconds(3600)
      try await begin(newSession(1, of: account), in: store)
      try expect(
        try await store.liveSession(digest(1), now: end - .milliseconds(1), seenSince: nil) != nil)
      try expect(try await store.liveSession(digest(1), now: end, seenSince: nil) == nil)
      try expect(try await store.sessions(of: nil, now: end, seenSince: nil).isEmpty)
    },
    Case("a session that idled too long is dead, and a touch keeps it alive") { store in
      let account = try await insert("alice", into: store)
      let began = try await begin(newSession(1, of: account), in: store)
      let later = start + .seconds(600)
      try expect(try await store.liveSession(digest(1), now: later, seenSince: later) == nil)
      try expect(try await store.sessions(of: nil, now: later, seenSince: later).isEmpty)
      try await store.touchSessions([began.session.id: later])
      let found = try await store.liveSession(digest(1), now: later, seenSince: later)
      try expect(found?.session.lastSeenAt == later)
      try await store.touchSessions([began.session.id: start])
      let again = try await store.liveSession(digest(1), now: later, seenSince: later)
      try expect(again?.session.lastSeenAt == later, "a late touch does not turn time back")
    },
    Case("a login replaces the session that the browser had, of whatever account") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      try await begin(newSession(1, of: alice), in: store)
      var new = newSession(2, of: bob)
      new.replaced = [digest(1)]
      let replacement = try await begin(new, in: store)
      try expect(replacement.account == bob)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
    },
    Case("no session begins when the password changed after it was checked") { store in
      let account = try await insert("alice", into: store)
      _ = try await setPassword(password("new"), account.id, in: store)
      var new = newSession(1, of: account)
      new.verifiedHash = PasswordHash(text: "hash")
      let stale = try await store.beginSession(new, audit: event)
      try expect(stale == nil)
      try expect(try await store.sessions(of: nil, now: start, seenSince: nil).isEmpty)
      new.verifiedHash = PasswordHash(text: "new")
      let current = try await store.beginSession(new, audit: event)
      try expect(current != nil)
    },
    Case("a refused beginning changes nothing") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      var new = newSession(2, of: account)
      new.verifiedHash = PasswordHash(text: "other")
      new.upgrade = password("upgrade")
      new.replaced = [digest(1)]
      let refused = try await store.beginSession(new, audit: event)
      try expect(refused == nil)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) != nil)
      try expect(try await has("hash", account, in: store))
    },
    Case("a login stores the better hash with the session") { store in
      let account = try await insert("alice", into: store)
      var new = newSession(1, of: account)
      new.verifiedHash = PasswordHash(text: "hash")
      new.upgrade = password("better", work: "test cost=2")
      try await begin(new, in: store)
      let lookup = try await store.credentials(folded: "alice", devices: [])
      try expect(try await has("better", account, in: store))
      try expect(lookup.worksInUse == [PasswordWork(rawValue: "test cost=2")])
    },
    Case("a login deletes the account's expired sessions") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      let later = start + .seconds(7200)
      try await begin(newSession(2, of: account, at: later), in: store)
      try expect(
        try await store.endSession(digest(1), audit: event) == nil, "the expired row is gone")
    },
    Case("an ended session is dead, by token, by ID and by account") { store in
      let account = try await insert("alice", into: store)
      for number in UInt8(1)...4 { try await begin(newSession(number, of: account), in: store) }
      try expect(try await store.endSession(digest(1), audit: event)?.accountID == account.id)
      try expect(try await store.endSession(digest(1), audit: event) == nil)
      let second = newSession(2, of: account).session.id
      try expect(try await store.endSession(second, of: account.id, audit: event))
      try expect(try await store.endSession(second, of: account.id, audit: event) == false)
      try expect(try await store.endSessions(of: account.id, except: nil, audit: event) == 2)
      for number in UInt8(1)...4 {
        try expect(try await store.liveSession(digest(number), now: start, seenSince: nil) == nil)
      }
    },
    Case("sessions are listed newest first, of one account or of all") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      try await begin(newSession(1, of: alice), in: store)
      try await begin(newSession(2, of: bob, at: start + .seconds(1)), in: store)
      let all = try await store.sessions(of: nil, now: start + .seconds(2), seenSince: nil)
      try expect(all.map(\.account.username) == ["bob", "alice"])
      let own = try await store.sessions(of: alice.id, now: start + .seconds(2), seenSince: nil)
      try expect(own.map(\.account.username) == ["alice"])
    },
    Case("a session is ended by its ID only for its owner") { store in
      let alice = try await insert("alice", into: store)
      let mallory = try await insert("mallory", into: store)
      let id = try await begin(newSession(1, of: alice), in: store).session.id
      try expect(try await store.endSession(id, of: mallory.id, audit: event) == false)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) != nil)
      try expect(try await store.endSession(id, of: nil, audit: event))
    },
    Case("all sessions of an account end but the one that is kept, or all of everybody") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      let kept = try await begin(newSession(1, of: alice), in: store).session.id
      for number in UInt8(2)...3 { try await begin(newSession(number, of: alice), in: store) }
      try await begin(newSession(4, of: bob), in: store)
      try expect(try await store.endSessions(of: alice.id, except: kept, audit: event) == 2)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) != nil)
      try expect(try await store.liveSession(digest(4), now: start, seenSince: nil) != nil)
      try expect(try await store.endSessions(of: nil, except: nil, audit: event) == 2)
    },
    Case("a login beyond the limit ends the oldest sessions") { store in
      let account = try await insert("alice", into: store)
      for number in UInt8(1)...4 {
        var new = newSession(number, of: account, at: start + .seconds(Int(number)))
        new.maximumCount = 2
        try await begin(new, in: store)
      }
      let left = try await store.sessions(of: nil, now: start + .seconds(5), seenSince: nil)
      try expect(left.map(\.session.client.userAgent) == ["Agent 4", "Agent 3"])
    },
    Case("a renewed session has its new token and no other, and keeps its ID") { store in
      let account = try await insert("alice", into: store)
      let id = try await begin(newSession(1, of: account), in: store).session.id
      let later = start + .seconds(60)
      let renewal = renewal(9, of: id, replacing: 1, at: later)
      let hash = PasswordHash(text: "hash")
      let stale = try await store.renewSession(
        renewal, verifiedHash: PasswordHash(text: "old"), settlement: .init(), audit: event)
      try expect(!stale)
      let renewed = try await store.renewSession(
        renewal, verifiedHash: hash, settlement: .init(), audit: event)
      try expect(renewed)
      try expect(try await store.liveSession(digest(1), now: later, seenSince: nil) == nil)
      let found = try await store.liveSession(digest(9), now: later, seenSince: nil)?.session
      try expect(found?.id == id && found?.provenAt == later && found?.createdAt == start)
      try await expect(isKnown(9, to: "alice", in: store))
      try await expect(!isKnown(1, to: "alice", in: store))
    },
    Case("a session that a login ends has its own place in the trail") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      let old = try await begin(newSession(1, of: alice), in: store).session.id
      let oldest = try await begin(newSession(2, of: bob), in: store).session.id
      let before = try await store.auditBounds().lastNumber
      var new = newSession(3, of: bob, at: start + .seconds(1))
      new.replaced = [digest(1), digest(9)]
      new.maximumCount = 1
      let begun = try await store.beginSession(new, audit: event)
      let records = try await store.auditRecords(after: before, limit: 10).map(\.entry)
      try expect(records.map(\.event) == [.loggedOut, .sessionRevoked, event.event])
      try expect(records.map(\.account) == [alice.id, bob.id, bob.id])
      try expect(records.map(\.session) == [old, oldest, nil])
      try expect(begun?.ended == Array(records.dropLast()))
    },
    Case("of many sessions those that are alive are named") { store in
      let account = try await insert("alice", into: store)
      let first = try await begin(newSession(1, of: account), in: store).session.id
      let second = try await begin(newSession(2, of: account), in: store).session.id
      let unknown = SessionID(rawValue: String(repeating: "f", count: 32))
      _ = try await store.endSession(second, of: nil, audit: event)
      let alive = try await store.liveSessions(
        among: [first, second, unknown], now: start, seenSince: nil)
      try expect(alive == [first])
      _ = try await store.setEnabled(false, account.id, audit: event)
      let after = try await store.liveSessions(among: [first], now: start, seenSince: nil)
      try expect(after.isEmpty)
    },
  ]
}
