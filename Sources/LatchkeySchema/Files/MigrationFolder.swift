public import Foundation

/// The kinds of databases that an app can use, each with SQL of its own.
public enum DatabaseKind: String, Hashable, Sendable, CaseIterable {
  case sqlite, postgres

  /// As it is written in a sentence.
  public var title: String {
    switch self {
    case .sqlite: "SQLite"
    case .postgres: "PostgreSQL"
    }
  }
}

/// The folder in which an app keeps its migrations: a file `ID.KIND.sql` for each step and kind of
/// database, such as `20261126093000-add-profile.sqlite.sql`.
public struct MigrationFolder: Hashable, Sendable {
  public let path: String

  public init(path: String) {
    self.path = path
  }

  public var absolutePath: String { URL(fileURLWithPath: path).path }

  public var exists: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// - Throws: ``MigrationFolderError``.
  public func create() throws {
    try explaining("make the folder \(path)") {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
  }

  /// Foundation's errors print as a dump; their description is a sentence.
  private func explaining<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as CocoaError {
      throw MigrationFolderError(
        path: path, reason: "Cannot \(what): \(error.localizedDescription)")
    }
  }

  /// All steps for a kind of database, in order.
  ///
  /// - Throws: ``MigrationFileError`` for a file that is no migration, or ``MigrationFolderError``.
  public func files(for kind: DatabaseKind) throws -> [MigrationFile] {
    guard exists else {
      throw MigrationFolderError(path: path, reason: "There is no folder \(path).")
    }
    let ending = ".\(kind.rawValue).sql"
    let names = try explaining("read the folder \(path)") {
      try FileManager.default.contentsOfDirectory(atPath: path)
    }
    return try names.sorted()
      .filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }
      .map { name in
        let id = String(name.dropLast(ending.count))
        guard MigrationID(id) != nil else {
          throw MigrationFileError(
            id: name, reason: "its name must be 14 digits, a hyphen, and a few words with hyphens.")
        }
        let bytes = try explaining("read \(name)") {
          try Data(contentsOf: URL(fileURLWithPath: path).appendingPathComponent(name))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw MigrationFileError(id: id, reason: "it is no UTF-8 text.")
        }
        return try MigrationFile(id: id, text: text)
      }
  }

  /// Writes a new file.
  /// - Returns: its path.
  public func add(
    _ file: MigrationFile, for kind: DatabaseKind, comment: [String]
  ) throws -> String {
    let url = URL(fileURLWithPath: path).appendingPathComponent("\(file.id).\(kind.rawValue).sql")
    // Never over one that is there.
    try explaining("write \(url.relativePath)") {
      try Data(file.text(comment: comment).utf8).write(to: url, options: .withoutOverwriting)
    }
    return url.relativePath
  }
}

/// The name of a step: the moment in which it was made, in UTC, and what it does.
public struct MigrationID: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// Nil unless it is 14 digits, a hyphen, and words of small letters and digits with hyphens.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    guard bytes.count > 15, bytes.count <= 100, bytes[14] == UInt8(ascii: "-"),
      bytes[..<14].allSatisfy({ digits.contains($0) }),
      bytes[15...].allSatisfy({
        digits.contains($0) || letters.contains($0) || $0 == UInt8(ascii: "-")
      })
    else { return nil }
    description = text
  }

  /// - Parameters:
  ///   - message: what it does, in words: `Add profile` becomes `add-profile`.
  ///   - date: the moment in which it is made.
  /// - Returns: nil when the message has neither a letter nor a digit of ASCII.
  public init?(message: String, date: Date) {
    let words = message.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let parts = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: date)
    let digits = [parts.year, parts.month, parts.day, parts.hour, parts.minute, parts.second]
      .map { number in
        let text = String(number ?? 0)
        return text.count < 2 ? "0" + text : text
      }
    self.init(digits.joined() + "-" + words.joined(separator: "-").prefix(80))
  }
}

/// The folder cannot be used.
public struct MigrationFolderError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let reason: String

  public var description: String { reason }
}
