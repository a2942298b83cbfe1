import Configuration
import Foundation
import Latchkey
import SystemPackage

/// The file with settings. A key that nobody reads is a mistake, and not a wish to keep the default.
enum SettingsFile {
  /// - Parameter known: the keys that an app reads beside ours.
  /// - Throws: ``CommandFailure``.
  static func provider(_ path: String, known: Set<String>) async throws -> any ConfigProvider {
    do {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      guard let object = try JSONSerialization.jsonObject(with: bytes) as? [String: Any] else {
        throw CommandFailure(
          "The settings in \(path) must be one JSON object: {\"origin\": \"https://example.org\"}")
      }
      let values = values(of: object, below: [])
      let names = values.map(\.key)
      let twice =
        JSONKeys.firstDuplicate(in: Array(bytes))
        ?? names.first { name in
          names.count { $0 == name } > 1
        }
      if let twice {
        throw CommandFailure("The setting \(TerminalText(twice)) stands twice in \(path).")
      }
      for (key, value) in values { try check(value, key, known.union(keys), path) }
      return try await FileProvider<JSONSnapshot>(filePath: FilePath(path))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      // Foundation's errors print as a dump; their description is a sentence.
      let details = (error as NSError).userInfo["NSDebugDescription"] as? String
      let reason = details ?? (error as? CocoaError)?.localizedDescription ?? "\(error)"
      throw CommandFailure("Cannot read the settings in \(path): \(reason)")
    }
  }

  /// All keys that Latchkey reads, as the guide lists them.
  static let keys: Set<String> = [
    "allowPlainHTTP", "audit.retentionDays", "database", "hashing.lanes",
    "hashing.maximumWaiting", "hostname", "log.level", "migrations", "origin",
    "password.bcryptCost", "password.blocklist", "password.maximumLength",
    "password.minimumLength", "password.peppers", "password.scheme", "port",
    "postgres.maximumConnections",
    "postgres.pooler", "postgres.statementTimeoutSeconds", "postgres.waitTimeoutSeconds", "proxies",
    "session.idleTimeoutSeconds", "session.lifetimeSeconds", "session.maximumPerAccount",
    "site.name", "templates", "throttle",
  ]

  private static let booleans: Set = ["allowPlainHTTP"]

  /// The values with their whole keys: `site.name`.
  private static func values(
    of object: [String: Any], below path: [String]
  ) -> [(key: String, value: Any)] {
    object.sorted { $0.key < $1.key }.flatMap { name, value in
      let path = path + [name]
      // An empty object is nothing that could be read, and nothing that anybody wants.
      guard let object = value as? [String: Any], !object.isEmpty else {
        return [(path.joined(separator: "."), value)]
      }
      return values(of: object, below: path)
    }
  }

  private static func check(
    _ value: Any, _ key: String, _ known: Set<String>, _ path: String
  ) throws {
    if let outer = known.first(where: { key.hasPrefix("\($0).") }) {
      throw CommandFailure(
        "The setting \(outer) in \(path) is an object. It has one value, and none below it.")
    }
    if value is [String: Any], known.contains(where: { $0 == key || $0.hasPrefix("\(key).") }) {
      throw CommandFailure("The setting \(key) in \(path) is an empty object. Leave it out.")
    }
    guard known.contains(key) else {
      let advice = nearest(to: key, among: known).map { " Did you mean \($0)?" } ?? ""
      throw CommandFailure(
        "There is no setting \(TerminalText(key)), which stands in \(path).\(advice)")
    }
    // To swift-configuration true is also 1.
    let isBoolean = (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
    if keys.contains(key), value is NSNumber, isBoolean != booleans.contains(key) {
      throw CommandFailure(
        "The setting \(key) in \(path) is \(isBoolean ? "true or false" : "a number"), which it cannot be."
      )
    }
    if let list = value as? [Any], !(list is [String]) && !(list is [NSNumber]) {
      throw CommandFailure(
        "The setting \(key) in \(path) is a list of more than texts, or more than numbers.")
    }
    if value is NSNull {
      throw CommandFailure(
        "The setting \(key) in \(path) is null. Leave it out, or give it a value.")
    }
  }

  /// The one that is so like it that it was probably meant.
  static func nearest(to text: String, among known: Set<String>) -> String? {
    known.sorted().min { distance($0, text) < distance($1, text) }
      .flatMap { distance($0, text) <= 4 ? $0 : nil }
  }

  /// The environment variable of a key: `LATCHKEY_SITE_NAME` of `site.name`.
  static func variable(of key: String) -> String {
    var name = "LATCHKEY_"
    var previous: Character = "_"
    for character in key {
      if character.isUppercase, previous.isLowercase { name += "_" }
      name += character == "." ? "_" : character.uppercased()
      previous = character
    }
    return name
  }

  /// How many letters have to be put in, taken out or changed (Levenshtein).
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.lowercased().prefix(100))
    var row = Array(0...right.count)
    for (index, letter) in left.lowercased().prefix(100).enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, min(row[column], row[column + 1]) + 1)
      }
    }
    return row[right.count]
  }
}
