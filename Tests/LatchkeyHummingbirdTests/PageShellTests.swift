import Hummingbird
import HummingbirdTesting
import Latchkey
@testable import LatchkeyHummingbird
import LatchkeyTesting
import Mustache
import Testing

@Suite struct PageShellTests {
  private static let templates = [
    "plain": "{{<layout}}{{$main}}<p>for {{page.username}}</p>{{/main}}{{/layout}}",
    "shouting": "{{<layout}}{{$main}}<p>FOR {{uppercased(page.username)}}</p>{{/main}}{{/layout}}",
    "marked": "{{<layout}}{{$main}}<p>\u{E000}0\u{E001} {{page.username}}</p>{{/main}}{{/layout}}",
    "raw": "{{<layout}}{{$main}}<p>raw {{{page.username}}}</p>{{/main}}{{/layout}}",
  ]

  /// Frames as different requests have them.
  private static func frames(_ web: WebAuth) -> [PageFrame] {
    let request = Request(
      head: .init(method: .get, scheme: "http", authority: "localhost", path: "/here?a='b'&c"),
      body: .init(buffer: .init()))
    return ["alice", "ALICE", "o'neil", "a&b<c>\"d\"", nil].flatMap { name in
      [nil, "dark"].map { colorMode in
        var frame = PageFrame("A title", web, request: request, auth: RequestAuth(peer: nil))
        frame.username = name
        frame.session = name.map { _ in String(repeating: "0", count: 32) }
        frame.colorMode = colorMode
        frame.isPrivate = name != nil
        return frame
      }
    }
  }

  @Test(arguments: ["plain", "shouting", "marked", "raw"])
  func `a page is what Mustache makes of it, the first time and afterwards`(
    _ template: String
  ) async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      var site = Site()
      site.templates = Self.templates
      let web = try WebAuth(auth: auth, site: site)
      for round in 1...3 {
        for frame in Self.frames(web) {
          func render(_ frame: PageFrame) throws -> String {
            try web.templates.render(template, PageValues(page: frame, view: NoValues()))
          }
          let page = try web.shells.page(template, frame, render: render)
          #expect(try String(buffer: page) == render(frame), "round \(round)")
        }
      }
      try await auth.store.close()
    }
  }

  @Test func `each value of a page is found by its name`() async throws {
    try await withTemporaryDatabase { path in
      let auth = try await LocalAuth(.sqlite(path), configuration: .fastHashing)
      let web = try WebAuth(auth: auth, site: Site())
      let frames = Self.frames(web)
      let form = FormView(action: "/login", next: LocalPath("/here"), policy: PasswordPolicy())
      for frame in frames {
        Self.check(PageValues(page: frame, view: form))
        Self.check(frame)
        Self.check(frame.paths)
      }
      Self.check(form)
      Self.check(FormView.Field(value: "a", invalid: true, focus: false))
      try await auth.store.close()
    }
  }

  /// Against what reflection finds.
  private static func check(_ values: some MustacheParent) {
    for (name, value) in Mirror(reflecting: values).children {
      let found = values.child(named: name ?? "").map { "\($0)" } ?? "nil"
      let isNil = Mirror(reflecting: value).displayStyle == .optional
      let expected =
        isNil ? Mirror(reflecting: value).children.first.map { "\($0.value)" } ?? "nil" : "\(value)"
      #expect(found == expected, "\(name ?? "")")
    }
  }
}
