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

/// Reads settings strictly. `ConfigReader` answers nil both for "not set" and for "of another
/// type"; a typing mistake must not quietly become the default.
///
/// A number may stand as text, since the environment knows nothing else.
public struct Settings: Sendable {
  private let reader: ConfigReader

  public init(reader: ConfigReader) {
    self.reader = reader
  }

  /// - Throws: ``InvalidSettingError`` for a value that is no text, or empty.
  public func string(_ key: ConfigKey) throws -> String? {
    if let text = reader.string(forKey: key) {
      guard !text.isEmpty else { throw invalid(key, text, "a text that is not empty") }
      return text
    }
    try refuseOtherTypes(key, "a text")
    return nil
  }

  /// - Throws: ``InvalidSettingError`` for a value that is no whole number of the range.
  public func int(_ key: ConfigKey, in range: ClosedRange<Int>) throws -> Int? {
    let expectation = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    if let text = reader.string(forKey: key) ?? reader.int(forKey: key).map(String.init) {
      guard let value = Int(text), range.contains(value) else {
        throw invalid(key, text, expectation)
      }
      return value
    }
    try refuseOtherTypes(key, expectation)
    return nil
  }

  /// - Throws: ``InvalidSettingError`` for a value that is neither true nor false.
  public func bool(_ key: ConfigKey) throws -> Bool? {
    if let value = reader.bool(forKey: key) { return value }
    if let text = reader.string(forKey: key) { throw invalid(key, text, "true or false") }
    try refuseOtherTypes(key, "true or false")
    return nil
  }

  private func refuseOtherTypes(_ key: ConfigKey, _ expectation: String) throws {
    let readings: [Any?] = [
      reader.int(forKey: key), reader.double(forKey: key), reader.bool(forKey: key),
      reader.stringArray(forKey: key), reader.intArray(forKey: key),
      reader.doubleArray(forKey: key), reader.boolArray(forKey: key),
    ]
    let found = readings.lazy.compactMap { $0 }.first
    if let found { throw invalid(key, "\(found)", expectation) }
  }

  private func invalid(
    _ key: ConfigKey, _ value: String, _ expectation: String
  ) -> InvalidSettingError {
    InvalidSettingError(key: key.description, value: value, expectation: expectation)
  }
}
