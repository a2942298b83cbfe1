public import Configuration

/// A setting that cannot be what it says.
public struct InvalidSettingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let key: String
  public let value: String
  public let expectation: String

  public init(key: String, value: String, expectation: String) {
    self.key = key
    self.value = value
    self.expectation = expectation
  }

  public var description: String {
    "The setting \(key) is \"\(value)\", but must be \(expectation)."
  }
}

/// Reads whole numbers strictly. `ConfigReader.int` answers nil both for "not set" and for "not a
/// number"; a typing mistake must not quietly become the default.
public struct Settings: Sendable {
  private let reader: ConfigReader

  public init(reader: ConfigReader) {
    self.reader = reader
  }

  public func int(_ key: ConfigKey, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = string(key) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw InvalidSettingError(
        key: key.description, value: text,
        expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  public func bool(_ key: ConfigKey) throws -> Bool? {
    if let value = reader.bool(forKey: key) { return value }
    guard let text = string(key) else { return nil }
    throw InvalidSettingError(
      key: key.description, value: text, expectation: "true or false")
  }

  /// A JSON file gives numbers as numbers, the environment gives them as text.
  private func string(_ key: ConfigKey) -> String? {
    reader.string(forKey: key) ?? reader.int(forKey: key).map(String.init)
  }
}
