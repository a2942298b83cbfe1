/// Who brought an event about, and through which door.
public enum AuditSource: Hashable, Sendable {
  /// Somebody at a browser or another HTTP client.
  case client(ClientDescription)
  /// An operator at the command line; the name of the operating system's user.
  case commandLine(user: String)
  /// The app itself.
  case app

  /// What a session remembers of the browser that began it.
  public var client: ClientDescription {
    if case .client(let client) = self { client } else { .unknown }
  }
}
