public import Hummingbird
public import LatchkeyCore

extension AuthRequestContext {
  /// Logs in an account that the app has identified by means of its own (the seed's `_login`).
  ///
  /// The browser gets a new session token with the response; the session that it came with ends.
  ///
  /// ```swift
  /// var response = Response.redirect(to: "/")
  /// guard try await context.logIn(account, on: &response) else { throw HTTPError(.forbidden) }
  /// return response
  /// ```
  ///
  /// - Parameters:
  ///   - account: who is logged in from now on.
  ///   - lifetime: nil for the configured one.
  ///   - response: gets the cookies.
  /// - Returns: false when the account is disabled or gone; the response is unchanged then.
  /// - Throws: an error of the store.
  public func logIn(
    _ account: Account, lifetime: Duration? = nil, on response: inout Response
  ) async throws -> Bool {
    let web = try requiredWeb
    let started = try await flows.beginSession(
      for: account, lifetime: lifetime, device: auth.device, replacing: auth.allTokens)
    guard let started else { return false }
    web.cookies.set(started, on: &response)
    return true
  }

  /// Ends the session of this request and clears its cookie.
  ///
  /// - Throws: an error of the store. The session may still be alive then, and the response does
  ///   not say otherwise.
  public func logOut(on response: inout Response) async throws {
    let web = try requiredWeb
    // First the store, then the cookie: no farewell to a session that is still alive, not even
    // when a planted second cookie hides which one is the browser's own.
    for token in auth.allTokens { try await flows.logout(token) }
    // A re-authentication at this moment may have changed the token since this request began.
    if let live = auth.live { try await flows.revoke(live.session.id, of: live.account) }
    web.cookies.clearSession(on: &response)
  }

  /// The flows, asked for by this request's client and logging under its ID.
  public var flows: LocalAuth {
    get throws { try requiredWeb.auth.logging(to: logger).asked(by: .client(auth.client)) }
  }

  var requiredWeb: WebAuth {
    get throws {
      guard let web = auth.web else { throw MissingAuthError() }
      return web
    }
  }
}
