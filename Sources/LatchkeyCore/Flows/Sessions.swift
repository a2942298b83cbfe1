import Logging

extension LocalAuth {
  /// Who is behind a session token, right now.
  ///
  /// The store is asked each time. If it remembers sessions, it still never says yes after a logout.
  ///
  /// - Parameters:
  ///   - token: from the cookie.
  ///   - isUse: whether its holder does something; only that holds an idle time-out off.
  /// - Returns: nil when the session has ended, expired or idled out, or its account is disabled.
  /// - Throws: an error of the store. The request must then be refused, not let through.
  public func session(
    for token: SessionToken, isUse: Bool = true
  ) async throws -> LiveSession? {
    let now = clock.now
    let live = try await store.liveSession(
      token.digest, now: now, seenSince: idleLimit(at: now))
    guard let live else { return nil }
    // One write a minute is enough for "last seen" and spares a write on every request.
    if isUse, live.session.lastSeenAt + .seconds(60) <= now {
      lastSeen.note(live.session.id, at: now)
      // Not a second later, when the session would be over by then.
      if let limit = configuration.idleTimeout,
        live.session.lastSeenAt + limit <= now + .seconds(30)
      {
        await lastSeen.write()
      }
    }
    return live
  }

  /// Writes what is still to be written. For the end of a server, before the store is closed.
  public func finishWriting() async {
    await lastSeen.write()
  }

  /// Those of the sessions that are alive now.
  public func liveSessions(among ids: [SessionID]) async throws -> Set<SessionID> {
    let now = clock.now
    return try await store.liveSessions(among: ids, now: now, seenSince: idleLimit(at: now))
  }

  /// Ends the session of a token: the next request with it is refused.
  ///
  /// - Returns: false when it had ended before.
  /// - Throws: an error of the store; the session may then still live, so say so.
  @discardableResult
  public func logout(_ token: SessionToken) async throws -> Bool {
    var entry = entry(.loggedOut)
    guard let session = try await store.endSession(token.digest, audit: entry) else { return false }
    entry.account = session.accountID
    entry.session = session.id
    announce(entry)
    return true
  }

  /// Ends one session.
  ///
  /// - Parameters:
  ///   - id: the session's public ID.
  ///   - owner: only if it is this account's. Doors for people always pass it; an ID alone must not
  ///     be enough to log somebody else out (ASVS 8.2.2).
  /// - Returns: false when there is no such session.
  @discardableResult
  public func revoke(_ id: SessionID, of owner: Account? = nil) async throws -> Bool {
    let entry = entry(.sessionRevoked, account: owner?.id, session: id)
    guard try await store.endSession(id, of: owner?.id, audit: entry) else { return false }
    announce(entry)
    return true
  }

  /// Logs an account out everywhere.
  ///
  /// - Parameters:
  ///   - account: whose sessions end.
  ///   - kept: but here.
  /// - Returns: how many sessions were ended.
  @discardableResult
  public func revokeSessions(
    of account: Account, except kept: SessionID? = nil
  ) async throws -> Int {
    let entry = entry(.sessionsRevoked, account: account.id, session: kept)
    let count = try await store.endSessions(of: account.id, except: kept, audit: entry)
    if count > 0 { announce(entry) }
    return count
  }

  /// Logs everybody out (ASVS 7.4.5).
  /// - Returns: how many sessions were ended.
  @discardableResult
  public func revokeAllSessions() async throws -> Int {
    let entry = entry(.sessionsRevoked, details: ["of": "all"])
    let count = try await store.endSessions(of: nil, except: nil, audit: entry)
    if count > 0 { announce(entry) }
    return count
  }

  /// The live sessions of one account, or of all, newest first.
  public func sessions(of account: Account? = nil) async throws -> [LiveSession] {
    let now = clock.now
    return try await store.sessions(of: account?.id, now: now, seenSince: idleLimit(at: now))
  }

  func idleLimit(at now: Timestamp) -> Timestamp? {
    configuration.idleTimeout.map { now - $0 }
  }
}
