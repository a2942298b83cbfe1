/// A browser in which an account has logged in before, recognised by a cookie of its own
/// (OWASP's "device cookie").
///
/// Guesses that strangers make at an account must not keep its owner out. So the owner's browser
/// has a throttle of its own, and the one that strangers fill does not stop it.
public struct KnownBrowser: Hashable, Sendable {
  /// How long a browser is remembered after its last login. Also the life of its cookie.
  public static let lifetime: Duration = .seconds(365 * 24 * 3600)
  /// Of one account. The longest unused one is forgotten for the next.
  public static let maximumCount = 20
}
