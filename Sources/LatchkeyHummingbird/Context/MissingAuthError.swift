/// A route uses accounts, but `LocalAuth.add(to:site:)` has not been called before it was added.
public struct MissingAuthError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String {
    "This route was added before LocalAuth.add(to:), so it knows of no accounts. Add it after."
  }
}
