import Foundation
import LatchkeyCore

/// How many passwords one thread hashes in a second when it does nothing else: what logins are measured
/// against.
///
/// `HashRate argon2id SECONDS` or `HashRate bcrypt COST SECONDS` prints one number.
@main
struct HashRate {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let seconds = arguments.last.flatMap(Double.init),
      let scheme = scheme(arguments.dropLast())
    else {
      print("Usage: HashRate argon2id SECONDS | bcrypt COST SECONDS")
      exit(64)
    }
    let password = Array("correct horse battery staple".utf8)
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0
    while clock.now - start < .seconds(seconds) {
      _ = try scheme.hash(password, random: .system)
      count += 1
    }
    print(Double(count) / ((clock.now - start) / .seconds(1)))
  }

  private static func scheme(_ arguments: ArraySlice<String>) -> (any PasswordScheme)? {
    switch arguments.first {
    case "argon2id" where arguments.count == 1: Argon2id()
    case "bcrypt" where arguments.count == 2:
      arguments.last.flatMap(Int.init).map { Bcrypt(cost: $0) }
    default: nil
    }
  }
}
