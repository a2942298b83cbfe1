import Foundation
@testable import LatchkeyCore
@testable import LatchkeyHummingbird

/// What is fed with whatever anybody sends. A trap in Swift ends the server, so each finding counts.
///
/// libFuzzer calls ``target`` with inputs that it makes up to reach new code; each target also says
/// what must hold of every result.
private enum Target: String, CaseIterable {
  case form, json, cookies, path, hash, table, address, code, token, link

  func run(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    switch self {
    case .form:
      if let fields = try? FormFields.parseForm(input, ["username", "password", "next"]) {
        // What was read can be written again and means the same.
        let name = fields["username"]
        let again = Array(("username=" + PercentEncoding.encodeQueryValue(name)).utf8)
        check(try? FormFields.parseForm(again, ["username"])["username"], name)
      }
    case .json:
      _ = try? FormFields.parseJSON(input, ["username", "password", "next"])
      _ = JSONKeys.firstDuplicate(in: input)
    case .cookies:
      for value in CookieReader.values(of: "latchkey", in: text) {
        if let token = SessionToken(cookieValue: value) { check(token.cookieValue, value) }
        let tokens = DeviceTokens(cookieValue: value)
        check(DeviceTokens(cookieValue: tokens.cookieValue).digests, tokens.digests)
      }
    case .path:
      if let path = LocalPath(text) {
        // A browser must take it for a path of this site, whatever is in it.
        let url = URL(string: path.description, relativeTo: URL(string: "https://here.example/a/b"))
        check(url?.absoluteURL.host() ?? "here.example", "here.example")
      }
    case .hash:
      let hash = PasswordHash(foreign: text)
      // What is kept is read as itself.
      check(PasswordHash(foreign: hash.text), hash)
      let verifiers: [any PasswordVerifier] =
        [Argon2id(), Bcrypt()] + PasswordHasher.ofOtherSystems
      for verifier in verifiers {
        guard let work = verifier.work(of: hash) else { continue }
        // Accepted for checking, so its cost has to be in the bounds. The check itself is too slow
        // to fuzz, but for the cheapest; and how the hash was made is as good as the hash.
        let setting = PasswordSetting(of: StoredPassword(hash: hash, isImported: true))
        check(verifier.work(of: setting.hash), work)
        let cheap = [
          "m=8,t=1,p=1", "$2b$04$", "$apr1$", "$unsalted-sha1$", "$i=1,", "ln=1,r=1,p=1",
        ]
        if cheap.contains(where: hash.text.contains) {
          _ = verifier.verify(Array("x".utf8), against: hash, likeOthers: true)
        }
      }
    case .table:
      for accounts in [
        try? ForeignAccounts(csv: input), ForeignAccounts(jsonl: input),
        ForeignAccounts(htpasswd: input),
      ] {
        for account in accounts?.accounts ?? [] { _ = try? Username(account.username) }
      }
      _ = Timestamp(foreign: text)
    case .address:
      if let address = IPAddress(text) { check(IPAddress(address.description), address) }
      _ = IPRange(text)
      var site = Site()
      site.proxies = [IPRange("127.0.0.0/8")].compactMap { $0 }
      _ = site.clientAddress(peer: "127.0.0.1", forwarded: [text])
      _ = UserAgent.spoken(text)
    case .code:
      if let code = RecoveryCode(typed: text) {
        check(RecoveryCode(typed: code.text)?.digest, code.digest)
      }
    case .token:
      if let username = try? Username(text) {
        // Folding is done once and for all.
        check(try? Username(username.folded).folded, username.folded)
      }
      _ = PasswordPolicy().problem(with: Password(text), username: "alice", maximumBytes: nil)
      _ = AuditChain.Link(text)
    case .link:
      let link = LocalPath.link("/login", [("next", text)])
      check(LocalPath(link) != nil || link.utf8.count > 2048, true)
      _ = Origin(text)
    }
  }

  private func check<Value: Equatable>(_ found: Value, _ expected: Value) {
    precondition(found == expected, "\(self): \(found) is not \(expected)")
  }
}

/// Set once, before the first input.
nonisolated(unsafe) private var target = Target.form

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ argc: UnsafeMutablePointer<Int32>,
  _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The entry point that SwiftPM gives an executable called Fuzz.
@_cdecl("Fuzz_main")
func main(
  _ argc: Int32, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  guard let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"],
    let chosen = Target(rawValue: name)
  else {
    print("Set FUZZ_TARGET to one of", Target.allCases.map(\.rawValue).joined(separator: ", "))
    return 64
  }
  target = chosen
  var (count, arguments) = (argc, argv)
  return runDriver(&count, &arguments) { bytes, size in
    target.run(Array(UnsafeBufferPointer(start: bytes, count: size)))
    return 0
  }
}
