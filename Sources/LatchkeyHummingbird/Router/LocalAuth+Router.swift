public import Hummingbird
public import LatchkeyCore

extension LocalAuth {
  /// A router with the pages of accounts, closed by default.
  ///
  /// - Throws: `TemplateError` when a template cannot be read; `InvalidSettingError` for a path of
  ///   `Site.routes` that is none.
  public func router(site: Site = Site()) throws -> AuthRouter {
    AuthRouter(web: try WebAuth(auth: self, site: site))
  }

  /// Adds accounts to a router that the app has already: the session and its checks for all
  /// routes that are added after this call, the pages of accounts, and error pages.
  ///
  /// ```swift
  /// let router = Router(context: AppContext.self)
  /// let closed = try auth.add(to: router)
  /// router.get("/") { _, context in "Hello \(context.auth.account?.username ?? "stranger")" }
  /// closed.get("/protected") { _, context in "Hello \(context.account.username)" }
  /// ```
  ///
  /// The app's router stays as **open** as it was: only what is added to the returned routes needs
  /// a login.
  ///
  /// - Returns: the routes that need a login. Their context has the account and, by the same
  ///   names, all that the app's own context has.
  /// - Throws: `TemplateError` when a template cannot be read; `InvalidSettingError` for a path of
  ///   `Site.routes` that is none.
  public func add<Context: AuthRequestContext>(
    to router: Router<Context>, site: Site = Site()
  ) throws -> RouterGroup<Authenticated<Context>> {
    let web = try WebAuth(auth: self, site: site)
    AccountPages<Context>(web: web).install(outer: router, checked: router)
    return router.group(context: Authenticated<Context>.self)
  }
}
