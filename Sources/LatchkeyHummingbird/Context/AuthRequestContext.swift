public import Hummingbird
public import NIOCore

/// A request context that knows who is logged in. An app with a context of its own adds one line:
///
/// ```swift
/// struct AppContext: AuthRequestContext {
///   var coreContext: CoreRequestContextStorage
///   var auth = RequestAuth()
///
///   init(source: Source) { coreContext = .init(source: source) }
/// }
/// ```
public protocol AuthRequestContext: RequestContext {
  var auth: RequestAuth { get set }
}

/// The context of open routes: `context.auth.account` is there when somebody is logged in.
public struct OpenContext: AuthRequestContext, RemoteAddressRequestContext {
  public var coreContext: CoreRequestContextStorage
  public var auth = RequestAuth()
  public let remoteAddress: SocketAddress?

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress
  }
}
