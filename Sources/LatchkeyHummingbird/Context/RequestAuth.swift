import HTTPTypes
public import Hummingbird
public import LatchkeyCore
import NIOCore

/// What Latchkey knows about a request. A context carries one; `SessionMiddleware` fills it.
public struct RequestAuth: Sendable {
  private let peer: Peer
  /// The session behind the request's cookie, checked against the store for this request.
  public internal(set) var live: LiveSession?
  /// The token that the browser sent, whether or not it is worth anything.
  var token: SessionToken?
  /// Whether the page needs a login. Set by ``Authenticated``.
  var isPrivate = false
  /// What else came with the request. Most pages need none of it, so it is read when it is asked for.
  var headers = HTTPFields()
  /// Nil until the middleware has run (``MissingAuthError``).
  var web: WebAuth?

  /// Who is connected to us: the client, or a proxy in front.
  private enum Peer {
    /// With the address that it had at first: it has none any more when it is closed.
    case connection(any Channel, SocketAddress?)
    case address(String?)
  }

  public init(source: ApplicationRequestContextSource) {
    peer = .connection(source.channel, source.channel.remoteAddress)
  }

  /// For a context that is made from another source.
  ///
  /// - Parameter peer: an IP address. Nil when there is none: guesses and registrations are then
  ///   not counted by address.
  public init(peer: String?) {
    self.peer = .address(peer)
  }

  /// The account that is logged in, if one is. In a private route use ``Authenticated/account``,
  /// which is not optional.
  public var account: Account? { live?.account }
  public var session: Session? { live?.session }
  public var isLoggedIn: Bool { live != nil }
}

extension RequestAuth {
  /// Whose request it is: the address, and what the browser calls itself.
  public var client: ClientDescription {
    guard let web else { return .unknown }
    let address =
      switch peer {
      case .connection(_, let address): address?.ipAddress
      case .address(let address): address
      }
    return ClientDescription(
      address: web.site.clientAddress(
        peer: address, forwarded: headers[values: .xForwardedFor]),
      userAgent: headers[.userAgent] ?? "")
  }

  /// By what this browser is known to accounts that have logged in here.
  var device: DeviceTokens { web?.cookies.deviceTokens(in: headers) ?? DeviceTokens() }

  /// Every token that the browser sent, for logging out: more than one when cookies of our name
  /// were planted, and then ``token`` is nil.
  var allTokens: [SessionToken] { web?.cookies.allSessionTokens(in: headers) ?? [] }

  /// Does what is worth nothing to a client that has gone, such as hashing a password: it is
  /// cancelled when the client hangs up. Cut short by that, it throws ``ClientHungUp``.
  func whileConnected<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    if let hangUp = await hangUp { return try await hangUp.cancelling(work) }
    // A connection that was closed has no handlers any more. Another server than ours may never have
    // had this one, and a test has no connection.
    if case .connection(let channel, _) = peer, await channel.isClosed { throw ClientHungUp() }
    return try await work()
  }

  /// Calls `action` when the client hangs up while `work` is being done, as far as anybody can tell.
  func whenHangingUp<Value>(
    _ action: @escaping @Sendable () -> Void, while work: () async throws -> Value
  ) async rethrows -> Value {
    if let hangUp = await hangUp { return try await hangUp.noticing(action, while: work) }
    if case .connection(let channel, _) = peer, await channel.isClosed { action() }
    return try await work()
  }

  private var hangUp: HangUp? {
    get async {
      guard case .connection(let channel, _) = peer else { return nil }
      return try? await channel.pipeline.handler(type: HangUpHandler.self).get().hangUp
    }
  }
}

extension Channel {
  /// Whether it is open no more; one that never was, such as a test's, is not closed.
  fileprivate var isClosed: Bool {
    get async {
      let answer = eventLoop.submit {
        var isClosed = false
        // On its event loop, what has happened already calls back at once.
        self.closeFuture.assumeIsolated().whenComplete { _ in isClosed = true }
        return isClosed
      }
      return await (try? answer.get()) ?? true
    }
  }
}
