public import Hummingbird
public import LatchkeyCore
import Logging
import NIOCore
import ServiceLifecycle

extension LocalAuth {
  /// The server for a router of ``router(site:)``.
  ///
  /// On SIGTERM it takes no new connections, finishes what is in flight, and closes the store.
  ///
  /// - Parameters:
  ///   - router: with all of its routes.
  ///   - hostname: the address that it listens on; `0.0.0.0` for all.
  ///   - port: 0 for any free one.
  ///   - onListening: called once with the address that it listens on.
  /// - Throws: `InsecureDeploymentError` when others than this machine could reach it over
  ///   plain http, unless `Site.allowsPlainHTTP` says that this is wanted.
  public func application(
    router: AuthRouter, hostname: String = "127.0.0.1", port: Int = 3000,
    onListening: @escaping @Sendable (_ address: String) async -> Void = { _ in }
  ) throws -> Application<RouterResponder<OpenContext>> {
    try application(
      router: router, site: router.web.site, hostname: hostname, port: port,
      onListening: onListening)
  }

  /// The server for a router of the app's own, to which ``add(to:site:)`` has added accounts.
  ///
  /// - Parameters:
  ///   - router: with all of its routes.
  ///   - site: the one that was given to ``add(to:site:)``.
  ///   - hostname: the address that it listens on; `0.0.0.0` for all.
  ///   - port: 0 for any free one.
  ///   - onListening: called once with the address that it listens on.
  /// - Throws: `InsecureDeploymentError`.
  public func application<Router: HTTPResponderBuilder>(
    router: Router, site: Site, hostname: String = "127.0.0.1", port: Int = 3000,
    onListening: @escaping @Sendable (_ address: String) async -> Void = { _ in }
  ) throws -> Application<Router.Responder>
  where Router.Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    try site.checkDeployment(hostname: hostname)
    guard configuration.throttling.isOn || Origin.isLoopback(host: hostname) else {
      throw UnthrottledDeploymentError()
    }
    var application = Application(
      router: router,
      // Connections that nobody uses are closed. (How long a form may take: `FormFields`.)
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [HangUpHandler()], idleTimeout: .seconds(60))),
      configuration: ApplicationConfiguration(address: .hostname(hostname, port: port)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? port
        await onListening("http://\(Self.spoken(hostname)):\(port)")
      },
      logger: logger)
    application.addServices(StoreService(auth: self), PurgeService(auth: self))
    return application
  }

  private static func spoken(_ hostname: String) -> String {
    switch hostname {
    case "127.0.0.1", "::1": "localhost"
    case _ where hostname.contains(":"): "[\(hostname)]"
    default: hostname
    }
  }
}

/// Closes the store after the server has answered its last request: services stop in the reverse
/// order of their start.
private struct StoreService: Service {
  let auth: LocalAuth

  func run() async throws {
    try? await gracefulShutdown()
    await auth.finishWriting()
    try await auth.store.close()
  }
}

/// Guessing at passwords would be free.
public struct UnthrottledDeploymentError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String {
    "Refused to serve others than this machine without throttles: anybody could guess at passwords "
      + "without end. Remove the setting throttle (LATCHKEY_THROTTLE)."
  }
}

extension Site {
  /// - Throws: what would keep a server from starting with it.
  package func check(hostname: String) throws {
    _ = try Templates(site: self)
    try checkDeployment(hostname: hostname)
  }

  func checkDeployment(hostname: String) throws {
    let staysHere =
      Origin.isLoopback(host: hostname) && (origin.map { Origin.isLoopback(host: $0.host) } ?? true)
    // Without an origin only this machine's own pages may send forms: nobody else could log in.
    let isWanted = allowsPlainHTTP && origin != nil
    guard isSecure || staysHere || isWanted else { throw InsecureDeploymentError() }
  }
}

/// Passwords and session cookies would cross a network in clear.
public struct InsecureDeploymentError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String {
    "Refused to serve other machines over plain http: passwords would be readable on the way. "
      + "Put a proxy with TLS in front and set Site.origin to its address, for example "
      + "https://example.org; or, on a network that you trust, set it to the http address that "
      + "browsers open, and Site.allowsPlainHTTP."
  }
}
