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
      try await store.touchSession(began.session.id, at: later)
      let found = try await store.liveSession(digest(1), now: later, seenSince: later)
      try expect(found?.session.lastSeenAt == later)
      try await store.touchSession(began.session.id, at: start)
      let again = try await store.liveSession(digest(1), now: later, seenSince: later)
      try expect(again?.session.lastSeenAt == later, "a late touch does not turn time back")
    },
    Case("a login replaces the session that the browser had, of whatever account") { store in
      let alice = try await insert("alice", into: store)
      let bob = try await insert("bob", into: store)
      try await begin(newSession(1, of: alice), in: store)
      let replacement = try await store.beginSession(
        newSession(2, of: bob), verifiedHash: nil, upgrade: nil, replacing: digest(1))
      try expect(replacement?.account == bob)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) == nil)
    },
    Case("no session begins when the password changed after it was checked") { store in
      let account = try await insert("alice", into: store)
      _ = try await store.setPassword(password("new"), account.id)
      let stale = try await store.beginSession(
        newSession(1, of: account), verifiedHash: PasswordHash(text: "hash"), upgrade: nil,
        replacing: nil)
      try expect(stale == nil)
      try expect(try await store.sessions(of: nil, now: start, seenSince: nil).isEmpty)
      let current = try await store.beginSession(
        newSession(1, of: account), verifiedHash: PasswordHash(text: "new"), upgrade: nil,
        replacing: nil)
      try expect(current != nil)
    },
    Case("a refused beginning changes nothing") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      let refused = try await store.beginSession(
        newSession(2, of: account), verifiedHash: PasswordHash(text: "other"),
        upgrade: password("upgrade"), replacing: digest(1))
      try expect(refused == nil)
      try expect(try await store.liveSession(digest(1), now: start, seenSince: nil) != nil)
      let stored = try await store.credentials(folded: "alice").credentials?.password
      try expect(stored?.hash.text == "hash")
    },
    Case("a login stores the better hash with the session") { store in
      let account = try await insert("alice", into: store)
      _ = try await store.beginSession(
        newSession(1, of: account), verifiedHash: PasswordHash(text: "hash"),
        upgrade: password("better", work: "test cost=2"), replacing: nil)
      let lookup = try await store.credentials(folded: "alice")
      try expect(lookup.credentials?.password.hash.text == "better")
      try expect(lookup.worksInUse == [PasswordWork(rawValue: "test cost=2")])
    },
    Case("a login deletes the account's expired sessions") { store in
      let account = try await insert("alice", into: store)
      try await begin(newSession(1, of: account), in: store)
      let later = start + .seconds(7200)
      try await begin(newSession(2, of: account, at: later), in: store)
      try expect(try await store.endSession(digest(1)) == nil, "the expired row is gone")
    },
    Case("an ended session is dead, by token, by ID and by account") { store in
      let account = try await insert("alice", into: store)
      for number in UInt8(1)...4 { try await begin(newSession(number, of: account), in: store) }
      try expect(try await store.endSession(digest(1))?.accountID == account.id)
      try expect(try await store.endSession(digest(1)) == nil)
      let second = newSession(2, of: account).session.id
      try expect(try await store.endSession(second))
      try expect(try await store.endSession(second) == false)
      try expect(try await store.endSessions(of: account.id) == 2)
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
  ]
}
