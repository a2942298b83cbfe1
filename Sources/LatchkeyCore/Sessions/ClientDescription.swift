/// What is remembered of the browser that logged in, so that its owner can recognise it.
public struct ClientDescription: Hashable, Sendable {
  /// The peer's IP address as text, or empty when it is not known.
  public let address: String
  /// The `User-Agent` header, cut to 256 bytes at a character, control characters removed.
  public let userAgent: String

  public init(address: String = "", userAgent: String = "") {
    self.address = String(address.prefix(64))
    var kept = String.UnicodeScalarView()
    var length = 0
    for scalar in userAgent.unicodeScalars where scalar.properties.generalCategory != .control {
      length += UTF8.width(scalar)
      if length > 256 { break }
      kept.append(scalar)
    }
    self.userAgent = String(kept)
  }

  /// For sessions that no browser began.
  public static let unknown = ClientDescription()
}
