/// Something could not be done. The text is what the person at the terminal reads.
public struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
