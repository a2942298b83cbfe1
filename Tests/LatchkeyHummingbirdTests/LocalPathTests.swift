import Latchkey
import LatchkeyTesting
import Testing

@Suite struct LocalPathTests {
  static let hostile = [
    "", "x", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "https:evil.example", "https://evil.example", "http:/evil", "javascript:alert(1)", "/\t/evil",
    " /x", "/x y", "/\r\nSet-Cookie: a=b", "/\u{0}", "/é", "/\u{2028}", "/x#fragment", "/\"",
    "/<script>", "/x\\y", "?x", "#x", "/[x]", "/" + String(repeating: "x", count: 2048),
    "/\u{202E}", "/x|y", "/`", "/{x}", "/^",
  ]

  @Test(arguments: hostile)
  func `what could lead off the site is no local path`(text: String) {
    #expect(LocalPath(text) == nil)
  }

  @Test(arguments: [
    "/", "/protected", "/protected?tab=2", "/a/b/?x=%C3%A9&y=1;z", "/%2f%2fevil.example",
    "/%5cevil.example", "/.//evil.example", "/?next=//evil.example", "/a@b:c",
    "/" + String(repeating: "x", count: 2047),
  ])
  func `paths of this site are local paths and stay as they are`(text: String) {
    #expect(LocalPath(text)?.description == text)
  }

  @Test func `of 100,000 random strings none that is accepted can leave the site`() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("/\\:?#@.%25c2fhtps evil\t\n\u{0}é\"<".unicodeScalars)
    for _ in 0..<100_000 {
      var scalars = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        scalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
      }
      guard let path = LocalPath(String(scalars))?.description else { continue }
      #expect(path.hasPrefix("/") && !path.hasPrefix("//"))
      #expect(!path.contains("\\") && !path.contains("#"))
      #expect(path.utf8.allSatisfy { (0x21...0x7E).contains($0) })
    }
  }

  @Test(arguments: hostile)
  func `a login with a hostile target lands on the home page`(next: String) async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let page = try await site.browser.post(
        "/login", ["username": "alice", "password": "correct horse", "next": next])
      #expect(page.headers[.location] == "/")
    }
  }
}
