/// The number of an account: positive, and never given to a second account.
///
/// The store hands IDs out in rising order and does not reuse one after a deletion, so that
/// nothing that outlives an account (a log line, a row of the app's own) can come to mean
/// somebody else.
public struct AccountID: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: Int64

  public init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

extension AccountID: CustomStringConvertible {
  public var description: String { String(rawValue) }
}
