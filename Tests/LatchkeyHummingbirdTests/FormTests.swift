import Clauses
import HTTPTypes
import Latchkey
import LatchkeyTesting
import Testing

@Suite struct FormTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let fields: [String]
    let alert: String
    let focus: String
    let username: String
    var testDescription: String { alert }

    init(
      _ username: String, _ password: String, _ confirmation: String, alert: String, focus: String,
      keeps: String
    ) {
      fields = [username, password, confirmation]
      self.alert = alert
      self.focus = focus
      self.username = keeps
    }
  }

  @Test(arguments: [
    Mistake("", "x", "x", alert: "Username cannot be empty", focus: "username", keeps: ""),
    Mistake(
      "Alice", "x", "x", alert: "Username Alice is already registered. Try a different name",
      focus: "username", keeps: ""),
    Mistake("bob", "", "x", alert: "Password cannot be empty", focus: "password", keeps: "bob"),
    Mistake(
      "bob", "x", "y", alert: "Passwords do not match", focus: "confirm_password", keeps: "bob"),
    Mistake(
      "bob", "short", "short", alert: "Password is too short. Use at least 8 characters",
      focus: "password", keeps: "bob"),
    Mistake(
      "a b", "x", "x",
      alert: "Username can have letters, digits and . _ - @ + &#39; only. Remove the blank",
      focus: "username", keeps: "a b"),
  ])
  func `a refused registration shows the form again with its text and its field`(
    mistake: Mistake
  ) async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let page = try await site.browser.post(
        "/register",
        [
          "username": mistake.fields[0], "password": mistake.fields[1],
          "confirm_password": mistake.fields[2],
        ])
      #expect(page.status == .unprocessableContent)
      #expect(page.alert == mistake.alert)
      #expect(page.focus == mistake.focus)
      #expect(page.value(of: "username") == mistake.username)
      #expect(page.value(of: "password") == nil && page.value(of: "confirm_password") == nil)
      #expect(try await site.auth.accounts().count == 1)
    }
  }

  @Test(arguments: ["wrong horse", "", "\u{0}", "x"])
  func `a refused login keeps the name, forgets the password and says one thing`(
    password: String
  ) async throws {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let off = try await site.register("disabled")
      try await site.auth.setEnabled(false, for: off)
      for name in ["alice", "nobody", "disabled", "", "not a name"] {
        let page = try await site.browser.post(
          "/login", ["username": name, "password": password])
        #expect(page.status == .unprocessableContent)
        #expect(page.alert == "There was a problem logging in, please try again.")
        #expect(page.value(of: "username") == name && page.value(of: "password") == nil)
        #expect(page.focus == "password")
        #expect(page.headers[.setCookie] == nil)
      }
    }
  }

  @Test(.clause("ASVS 6.3.8"))
  func `whether an account exists shows in no byte of a refused login`() async throws {
    try await SiteFixture.run { site in
      try await site.register("aaaaaaa")
      let off = try await site.register("bbbbbbb")
      try await site.auth.setEnabled(false, for: off)
      var answers: [String] = []
      for name in ["aaaaaaa", "bbbbbbb", "ccccccc"] {
        let page = try await site.browser.post(
          "/login", ["username": name, "password": "wrong horse"])
        let fields = page.headers.filter { $0.name != .date }.map(\.description)
        answers.append(
          ([page.status.description, page.body] + fields).joined(separator: "\n")
            .replacing(name, with: "NAME"))
      }
      #expect(Set(answers).count == 1)
    }
  }

  @Test func `a disabled account is told so with the right password`() async throws {
    try await SiteFixture.run { site in
      let account = try await site.register("alice")
      try await site.auth.setEnabled(false, for: account)
      let page = try await site.browser.post(
        "/login", ["username": "alice", "password": "correct horse"])
      #expect(page.alert == "This account is disabled." && page.status == .unprocessableContent)
    }
  }

  @Test(arguments: [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'\"&<>",
    "\"\u{301} onfocus=alert(1) autofocus x=\"", "<\u{338}script>", "{{page.title}}", "\u{202E}x",
  ])
  func `a hostile name is echoed as text`(name: String) async throws {
    try await SiteFixture.run { site in
      for path in ["/login", "/register"] {
        let page = try await site.browser.post(
          path, ["username": name, "password": "wrong horse", "confirm_password": "wrong horse"])
        #expect(page.status == .unprocessableContent)
        let scalars = Array(page.body.unicodeScalars)
        #expect(!page.body.contains("<script>") && !page.body.contains("<img src=x"))
        // No quote of the name's may stand in the page as a quote, whatever follows it.
        for index in scalars.indices.dropLast() where scalars[index] == "\"" {
          #expect(scalars[index + 1] != "\u{301}")
        }
        let shown = try #require(page.value(of: "username"))
        #expect(shown.unicodeScalars.allSatisfy { !"<>\"'".unicodeScalars.contains($0) })
      }
    }
  }

  @Test(arguments: [
    ("username=%ZZ", 400), ("username=%", 400), ("username=%F", 400), ("username=%FF", 400),
    ("user%ZZname=x", 400), ("username=a&username=b", 400),
    ("username=a&password=b&password=b", 400),
    ("", 422), ("=", 422), ("&&&", 422), ("username", 422), ("username=%00&password=%00", 422),
    ("unknown=x", 422), ("username=alice", 422), ("password=x", 422),
  ])
  func `a damaged form gets a 4xx`(body: String, status: Int) async throws {
    try await SiteFixture.run { site in
      for path in ["/login", "/register"] {
        let page = try await site.browser.send(
          .post, path, headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
        #expect(page.status.code == status, "\(path) \(body)")
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
      }
      #expect(try await site.auth.accounts().isEmpty)
    }
  }

  @Test(arguments: ["username", "password", "confirm_password", "next"])
  func `a JSON field of another type than text gets a 4xx`(field: String) async throws {
    try await SiteFixture.run { site in
      for value in ["1", "true", "1.5", "[]", "[\"x\"]", "{}", "{\"a\":{}}", #""\ud800""#] {
        for path in ["/login", "/register"] {
          if path == "/login", field == "confirm_password" { continue }
          let page = try await site.browser.send(
            .post, path, headers: [.contentType: "application/json", .accept: "application/json"],
            body: "{\"\(field)\":\(value)}")
          #expect(page.status == .unprocessableContent)
          #expect(page.body == "{\"message\":\"The field \(field) must be text.\"}")
        }
      }
    }
  }

  @Test(arguments: [
    "", "{", "[]", "1", "null", "\"x\"", "{\"username\":}",
    String(repeating: "[", count: 5000),
    #"{"username":"a","password":"x","username":"b"}"#,
    #"{"username":"a","user\u006eame":"b","password":"x"}"#,
  ])
  func `what is no JSON object gets a 400`(body: String) async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.send(
        .post, "/login", headers: [.contentType: "application/json"], body: body)
      #expect(page.status == .badRequest)
    }
  }

  @Test(.clause("ASVS 1.5.3")) func `a null in JSON is an empty field`() async throws {
    try await SiteFixture.run { site in
      let page = try await site.browser.send(
        .post, "/register",
        headers: [.contentType: "application/json", .accept: "application/json"],
        body: #"{"username":null,"password":null}"#)
      #expect(page.body.contains("Username cannot be empty"))
    }
  }

  @Test(arguments: ["text/plain", "multipart/form-data; boundary=x", "", "application/xml", "/"])
  func `another content type gets 415`(type: String) async throws {
    try await SiteFixture.run { site in
      let headers: HTTPFields = type.isEmpty ? [:] : [.contentType: type]
      for path in ["/login", "/register", "/color-mode"] {
        let page = try await site.browser.send(.post, path, headers: headers, body: "username=x")
        #expect(page.status == .unsupportedMediaType)
      }
    }
  }

  @Test func `a form of more than 64 KiB gets 413, and one of just under is read`() async throws {
    try await SiteFixture.run { site in
      for (count, status) in [
        (64 * 1024 + 1, HTTPResponse.Status.contentTooLarge), (64 * 1024, .unprocessableContent),
      ] {
        let name = String(repeating: "x", count: count - "username=".count)
        let page = try await site.browser.send(
          .post, "/register", headers: [.contentType: "application/x-www-form-urlencoded"],
          body: "username=\(name)")
        #expect(page.status == status)
      }
    }
  }

  @Test(.clause("ASVS 1.5.3")) func `equal keys are no duplicates in values or in objects within`()
    async throws
  {
    try await SiteFixture.run { site in
      try await site.register("alice")
      let page = try await site.browser.send(
        .post, "/login", headers: [.contentType: "application/json"],
        body: #"{"other":{"username":"x","username":"y"},"username":"alice","#
          + #""password":"correct horse","note":"\"username\":\"z\"","list":["username","username"]}"#
      )
      #expect(page.status == .seeOther)
    }
  }
}
