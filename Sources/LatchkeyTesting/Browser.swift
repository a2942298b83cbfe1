public import HTTPTypes
import Hummingbird
public import HummingbirdTesting
import Synchronization

/// A browser as far as forms and cookies go: it keeps cookies, follows redirects, says where its
/// requests come from, and fills in forms. It runs no scripts.
///
/// ```swift
/// try await Application(router: HomePage.router(auth)).test(.router) { client in
///   let browser = Browser(client)
///   let page = try await browser.submit(
///     "/login", ["username": "alice", "password": "correct horse", "next": "/protected"])
///   #expect(page.body.contains("Protected Page for alice"))
/// }
/// ```
public final class Browser: Sendable {
  private let client: any TestClientProtocol
  private let origin: String
  private let jar = Mutex<[String: String]>([:])

  /// - Parameters:
  ///   - client: what the requests go through.
  ///   - origin: the site's own; development uses `http://localhost`.
  public init(_ client: any TestClientProtocol, origin: String = "http://localhost") {
    self.client = client
    self.origin = origin
  }

  /// Another one at the same site, without cookies: somebody else's.
  public func another() -> Browser { Browser(client, origin: origin) }

  /// The cookies by name. Setting one plants it, as an attacker might.
  public var cookies: [String: String] {
    get { jar.withLock { $0 } }
    set { jar.withLock { $0 = newValue } }
  }

  /// Opens an address and follows redirects.
  public func open(_ path: String, headers: HTTPFields = [:]) async throws -> Page {
    try await follow(try await send(.get, path, headers: headers, body: nil))
  }

  /// Posts a form and follows redirects.
  public func submit(
    _ path: String, _ fields: KeyValuePairs<String, String>
  ) async throws -> Page {
    try await follow(try await post(path, fields))
  }

  /// Posts a form; a redirect is returned, not followed.
  public func post(
    _ path: String, _ fields: KeyValuePairs<String, String>, headers: HTTPFields = [:]
  ) async throws -> Page {
    let body = fields.map { "\(Self.encode($0))=\(Self.encode($1))" }.joined(separator: "&")
    var headers = headers
    headers[.contentType] = "application/x-www-form-urlencoded"
    return try await send(.post, path, headers: headers, body: body)
  }

  /// One request with this browser's cookies; nothing is followed.
  public func send(
    _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String? = nil
  ) async throws -> Page {
    var headers = headers
    let cookies = cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
    if !cookies.isEmpty { headers[.cookie] = cookies }
    if method != .get, method != .head, headers[.origin] == nil { headers[.origin] = origin }
    if headers[.accept] == nil { headers[.accept] = "text/html,*/*;q=0.8" }
    let response = try await client.executeRequest(
      uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    for field in response.headers[values: .setCookie] { keep(field) }
    return Page(
      path: path, status: response.status, headers: response.headers,
      body: String(buffer: response.body))
  }

  private func follow(_ first: Page) async throws -> Page {
    var page = first
    for _ in 0..<10 {
      guard page.status.kind == .redirection, let location = page.headers[.location] else {
        return page
      }
      page = try await send(.get, location)
    }
    throw BrowserError.tooManyRedirects
  }

  private func keep(_ field: String) {
    let parts = field.split(separator: ";").map { $0.drop { $0 == " " } }
    guard
      let pair = parts.first?.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false),
      pair.count == 2
    else { return }
    jar.withLock { jar in
      jar[String(pair[0])] = parts.contains("Max-Age=0") ? nil : String(pair[1])
    }
  }

  private static func encode(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }
}

/// What came back, as a test wants to look at it.
public struct Page: Sendable {
  /// The address that answered, after redirects.
  public let path: String
  public let status: HTTPResponse.Status
  public let headers: HTTPFields
  public let body: String

  /// The text of the element with `role="alert"`, as it stands in the page; nil when empty.
  public var alert: String? {
    guard let match = body.firstMatch(of: /role="alert"[^>]*>([^<]*)</) else { return nil }
    return match.1.isEmpty ? nil : String(match.1)
  }

  /// The `value` of an input as it stands in the page, or nil when it has none.
  public func value(of field: String) -> String? {
    input(field)?.firstMatch(of: /\svalue="([^"]*)"/).map { String($0.1) }
  }

  /// The name of the input that has the focus when the page opens.
  public var focus: String? {
    ["username", "password", "confirm_password"].first {
      input($0)?.contains(" autofocus") ?? false
    }
  }

  private func input(_ name: String) -> Substring? {
    // The header has a form of its own.
    let main = body.firstRange(of: "<main").map { body[$0.lowerBound...] } ?? body[...]
    guard let start = main.firstRange(of: "name=\"\(name)\"")?.lowerBound,
      let open = body[..<start].lastIndex(of: "<"), let end = body[start...].firstIndex(of: ">")
    else { return nil }
    return body[open...end]
  }
}

public enum BrowserError: Error {
  case tooManyRedirects
}
