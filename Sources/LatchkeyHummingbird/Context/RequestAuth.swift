public import Hummingbird
public import LatchkeyCore
import NIOCore

/// What Latchkey knows about a request. A context carries one; `SessionMiddleware` fills it.
public struct RequestAuth: Sendable {
  /// The IP address of who is connected to us: the client, or a proxy in front.
  let peer: String?
  /// The session behind the request's cookie, checked against the store for this request.
  public internal(set) var live: LiveSession?
  /// The token that the browser sent, whether or not it is worth anything.
  var token: SessionToken?
  /// Every token that the browser sent, for logging out: more than one when cookies of our name
  /// were planted, and then ``token`` is nil.
  var allTokens: [SessionToken] = []
  /// By what this browser is known to accounts that have logged in here.
  var device = DeviceTokens()
  /// Whose request it is: the address, and what the browser calls itself.
  public internal(set) var client = ClientDescription.unknown
  /// Whether the page needs a login. Set by ``Authenticated``.
  var isPrivate = false
  /// Nil until the middleware has run (``MissingAuthError``).
  var web: WebAuth?

  public init(source: ApplicationRequestContextSource) {
    self.init(peer: source.channel.remoteAddress?.ipAddress)
  }

  /// For a context that is made from another source.
  ///
  /// - Parameter peer: an IP address. Nil when there is none: guesses and registrations are then
  ///   not counted by address.
  public init(peer: String?) {
    self.peer = peer
  }

  /// The account that is logged in, if one is. In a private route use ``Authenticated/account``,
  /// which is not optional.
  public var account: Account? { live?.account }
  public var session: Session? { live?.session }
  public var isLoggedIn: Bool { live != nil }
}
