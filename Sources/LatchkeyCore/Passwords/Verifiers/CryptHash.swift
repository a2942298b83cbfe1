internal import CLibCrypt

/// What /etc/shadow holds: sha256crypt (`$5$`), sha512crypt (`$6$`; both by Ulrich Drepper,
/// <https://akkadia.org/drepper/SHA-crypt.txt>) and yescrypt (`$y$`, <https://openwall.com/yescrypt/>; crypt(5)
/// has the grammar). Computed by libxcrypt.
///
/// No more than a million rounds. Of yescrypt the costs that libxcrypt itself makes, from 1 to 8: at the
/// most 64 MiB. The library takes 511 bytes of a password; no longer one is ever right.
struct CryptHash: PasswordVerifier {
  func work(of hash: PasswordHash) -> PasswordWork? {
    Parts(hash.text)?.work
  }

  func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    guard let parts = Parts(other.text) else { return nil }
    let isWhole = password.count <= LibCrypt.maximumBytes && !password.contains(0)
    // A password that this hash cannot stand for is wrong, but it costs what a wrong one costs.
    let computed = LibCrypt.hash(
      Array(password.prefix(LibCrypt.maximumBytes)), setting: parts.setting)
    return isWhole ? computed.map(PasswordHash.init(text:)) : nil
  }

  func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    guard let setting = Parts.sample(of: work) else { return false }
    _ = LibCrypt.hash(Array(password.prefix(LibCrypt.maximumBytes)), setting: setting)
    return true
  }

  private struct Parts {
    let work: PasswordWork
    /// All of the text but the digest.
    let setting: String

    private static let acceptableRounds = 1000...1_000_000
    private static let defaultRounds = 5000
    private static let names = ["5": "sha256crypt", "6": "sha512crypt"]
    /// `j9T`, for one: each with the salt's length that goes with it.
    private static let yescryptCosts: [Substring] = (1...8).compactMap { cost in
      let setting = try? LibCrypt.setting("$y$", cost: cost, salt: Array(repeating: 0, count: 16))
      return setting?.fields(separatedBy: "$").dropFirst(2).first
    }

    init?(_ text: String) {
      var parts = text.fields(separatedBy: "$")[...]
      guard parts.popFirst()?.isEmpty == true, let kind = parts.popFirst(),
        let digest = parts.popLast(), let salt = parts.popLast(), parts.count <= 1,
        (salt + digest).utf8.allSatisfy(LibCrypt.isDigit)
      else { return nil }
      switch (kind, digest.utf8.count) {
      case ("5", 43), ("6", 86):
        guard let rounds = Self.rounds(parts.first), salt.utf8.count <= 16,
          let name = Self.names[String(kind)]
        else { return nil }
        work = PasswordWork(rawValue: "\(name) rounds=\(rounds)")
      case ("y", 43):
        guard let cost = parts.first, Self.yescryptCosts.contains(cost),
          (1...86).contains(salt.utf8.count)
        else { return nil }
        work = PasswordWork(rawValue: "yescrypt cost=\(cost)")
      default: return nil
      }
      setting = String(text.dropLast(digest.count))
    }

    private static func rounds(_ text: Substring?) -> Int? {
      guard let text else { return defaultRounds }
      guard text.hasPrefix("rounds="), let rounds = Int(text.dropFirst(7)),
        acceptableRounds.contains(rounds), text.dropFirst(7) == String(rounds)
      else { return nil }
      return rounds
    }

    /// A setting whose salt is nobody's.
    static func sample(of work: PasswordWork) -> String? {
      let parts = work.rawValue.fields(separatedBy: " ")
      guard parts.count == 2 else { return nil }
      let salt = String(repeating: ".", count: 16)
      if parts[0] == "yescrypt", yescryptCosts.contains(parts[1].dropFirst(5)) {
        return "$y$\(parts[1].dropFirst(5))$\(salt)$"
      }
      guard let kind = names.first(where: { $0.value == parts[0] })?.key, rounds(parts[1]) != nil
      else { return nil }
      return "$\(kind)$\(parts[1])$\(salt)$"
    }
  }
}
