import Logging

extension LocalAuth {
  /// Who is behind a session token, right now.
  ///
  /// The store is asked each time. There is no cache that could still say yes after a logout.
  ///
  /// - Returns: nil when the session has ended, expired or idled out, or its account is disabled.
  /// - Throws: an error of the store. The request must then be refused, not let through.
  public func session(for token: SessionToken) async throws -> LiveSession? {
    let now = clock.now
    let live = try await store.liveSession(
      token.digest, now: now, seenSince: idleLimit(at: now))
    guard let live else { return nil }
    // One write a minute is enough for "last seen" and spares a write on every request.
    if live.session.lastSeenAt + .seconds(60) <= now {
      do {
        try await store.touchSession(live.session.id, at: now)
      } catch {
        // Reading goes on when writing cannot (a full disk); the idle timeout only gets stricter.
        logger.warning("last seen not written", metadata: ["error": "\(error)"])
      }
    }
    return live
  }

  /// Ends the session of a token: the next request with it is refused.
  ///
  /// - Returns: false when it had ended before.
  /// - Throws: an error of the store; the session may then still live, so say so.
  @discardableResult
  public func logout(_ token: SessionToken) async throws -> Bool {
    guard let session = try await store.endSession(token.digest) else { return false }
    logger.info(
      "logged out", metadata: ["account": "\(session.accountID)", "session": "\(session.id)"])
    return true
  }

  /// - Returns: false when there is no such session.
  @discardableResult
  public func revoke(_ id: SessionID) async throws -> Bool {
    let ended = try await store.endSession(id)
    if ended { logger.info("session revoked", metadata: ["session": "\(id)"]) }
    return ended
  }

  /// Logs an account out everywhere.
  /// - Returns: how many sessions were ended.
  @discardableResult
  public func revokeSessions(of account: Account) async throws -> Int {
    let count = try await store.endSessions(of: account.id)
    logger.info(
      "sessions revoked", metadata: ["account": "\(account.id)", "count": "\(count)"])
    return count
  }

  /// The live sessions of one account, or of all, newest first.
  public func sessions(of account: Account? = nil) async throws -> [LiveSession] {
    let now = clock.now
    return try await store.sessions(of: account?.id, now: now, seenSince: idleLimit(at: now))
  }

  private func idleLimit(at now: Timestamp) -> Timestamp? {
    configuration.idleTimeout.map { now - $0 }
  }
}
