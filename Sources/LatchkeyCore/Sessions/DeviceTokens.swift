/// What a browser is known by: a device token for each account that has logged in there.
///
/// Each account's is replaced by itself alone. If they shared one, whoever stole it could make it
/// his own by a login to an account of his.
public struct DeviceTokens: Sendable {
  /// Further accounts push out those that were there before all others.
  public static let maximumCount = 8

  /// The newest first.
  private let tokens: [DeviceToken]

  public init() {
    tokens = []
  }

  private init(tokens: [DeviceToken]) {
    self.tokens = Array(tokens.prefix(Self.maximumCount))
  }

  /// Reads what the cookie holds. What is no token counts as absent.
  public init(cookieValue: String) {
    guard cookieValue.utf8.count <= 64 * Self.maximumCount else {
      self.init()
      return
    }
    self.init(
      tokens: cookieValue.split(separator: ".").compactMap { DeviceToken(cookieValue: String($0)) })
  }

  /// The text for the cookie: tokens with points between them. Only the cookie writer asks for it.
  public var cookieValue: String { tokens.map(\.cookieValue).joined(separator: ".") }

  /// What the store knows of them, in order.
  public var digests: [DeviceToken.Digest] { tokens.map(\.digest) }

  /// - Parameter known: the token that the account had here so far.
  func replacing(_ known: DeviceToken.Digest?, with new: DeviceToken) -> DeviceTokens {
    DeviceTokens(tokens: [new] + tokens.filter { $0.digest != known })
  }
}
