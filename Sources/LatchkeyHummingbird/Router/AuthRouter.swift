public import HTTPTypes
public import Hummingbird

/// A router that is closed by default: what is added to it needs a login, what is added to
/// ``open`` does not.
///
/// ```swift
/// let router = try auth.router()
/// router.open.get("/") { _, _ in "Welcome!" }
/// router.get("/protected") { _, context in "Hello \(context.account.username)" }
/// ```
///
/// It has the pages of accounts, the session, the cross-origin check, the security headers and the
/// error pages already. It is used like any Hummingbird router: `group`, `add(middleware:)`,
/// route collections.
public final class AuthRouter: RouterMethods, HTTPResponderBuilder {
  public typealias Context = PrivateContext

  /// For routes that everybody may use. `context.auth.account` is there when somebody is logged
  /// in.
  public let open: OpenRoutes

  let web: WebAuth
  private let base: Router<OpenContext>
  private let closed: RouterGroup<PrivateContext>
  private let recorded = RecordedRoutes()

  init(web: WebAuth) {
    self.web = web
    base = Router(context: OpenContext.self, options: .autoGenerateHeadEndpoints)
    base.add(middleware: RequestLog(health: web.site.routes.health))
    let checked = base.group()
    open = OpenRoutes(routes: checked, recorded: recorded)
    closed = checked.group(context: PrivateContext.self)
    AccountPages<OpenContext>(web: web).install(
      outer: OpenRoutes(routes: base, recorded: recorded), checked: open)
  }

  @discardableResult
  public func on<Responder: HTTPResponder>(
    _ path: RouterPath, method: HTTPRequest.Method, responder: Responder
  ) -> Self where Responder.Context == PrivateContext {
    recorded.add(path, method)
    closed.on(path, method: method, responder: responder)
    return self
  }

  /// The middleware runs for the private routes that are added after it, when it is known who is
  /// logged in.
  @discardableResult
  public func add(
    middleware: any MiddlewareProtocol<Request, Response, PrivateContext>
  ) -> Self {
    closed.add(middleware: middleware)
    return self
  }

  public func buildResponder() -> RouterResponder<OpenContext> {
    recorded.addMethodNotAllowed(to: base)
    return base.buildResponder()
  }
}

/// The routes of an ``AuthRouter`` that need no login.
public struct OpenRoutes: RouterMethods {
  public typealias Context = OpenContext

  let routes: any RouterMethods<OpenContext>
  let recorded: RecordedRoutes

  @discardableResult
  public func on<Responder: HTTPResponder>(
    _ path: RouterPath, method: HTTPRequest.Method, responder: Responder
  ) -> Self where Responder.Context == OpenContext {
    recorded.add(path, method)
    routes.on(path, method: method, responder: responder)
    return self
  }

  /// The middleware runs for all routes, open and private, that are added after it.
  @discardableResult
  public func add(middleware: any MiddlewareProtocol<Request, Response, OpenContext>) -> Self {
    _ = routes.add(middleware: middleware)
    return self
  }
}
