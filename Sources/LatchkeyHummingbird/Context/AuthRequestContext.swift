public import Hummingbird

/// A request context that knows who is logged in. An app with a context of its own adds two lines:
///
/// ```swift
/// struct AppContext: AuthRequestContext {
///   var coreContext: CoreRequestContextStorage
///   var auth: RequestAuth
///
///   init(source: Source) {
///     coreContext = .init(source: source)
///     auth = RequestAuth(source: source)
///   }
/// }
/// ```
public protocol AuthRequestContext: RequestContext {
  var auth: RequestAuth { get set }
}

/// The context of open routes: `context.auth.account` is there when somebody is logged in.
public struct OpenContext: AuthRequestContext {
  public var coreContext: CoreRequestContextStorage
  public var auth: RequestAuth

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    auth = RequestAuth(source: source)
  }
}
