import Foundation
import HTTPTypes
import Hummingbird
import Latchkey
import Logging
import NIOCore
import NIOEmbedded

/// What each piece needs: accounts in a database of its own, one of them logged in, and a site.
struct Fixture: Sendable {
  let auth: LocalAuth
  let account: Account
  private let responder: any HTTPResponder<OpenContext>

  init(path: String) async throws {
    var configuration = LocalAuth.Configuration()
    // The cheapest hash there is: hashing is measured by itself.
    configuration.schemes = [Argon2id(memoryKiB: 8, passes: 1, lanes: 1)]
    auth = try await LocalAuth(.sqlite(path), configuration: configuration, logger: Self.logger)
    guard
      case .registered(let account) = try await auth.addAccount(
        username: "alice", password: Password("seven blue teapots"))
    else { throw FixtureError() }
    self.account = account
    var site = Site()
    site.templates = [
      "page": "{{<layout}}{{$main}}<h1>Hello</h1>{{/main}}{{/layout}}",
      "values": """
      {{<layout}}{{$main}}<h1>{{view.motto}}</h1>
      <ul>{{#view.notes}}<li>{{.}}</li>{{/view.notes}}</ul>{{/main}}{{/layout}}
      """,
    ]
    let router = try auth.router(site: site)
    router.get("/text") { _, context in "Hello \(context.account.username)" }
    router.get("/page") { request, context in
      try context.page("page", title: "Page", for: request)
    }
    router.get("/values") { request, context in
      let view = Values(motto: "Festina lente", notes: (1...10).map { "note \($0)" })
      return try context.page("values", title: "Page", view: view, for: request)
    }
    responder = router.buildResponder()
  }

  private struct Values {
    let motto: String
    let notes: [String]
  }

  /// Of a new session.
  func token() async throws -> SessionToken {
    guard let started = try await auth.beginSession(for: account) else { throw FixtureError() }
    return started.token
  }

  /// What a page costs from the router on: no connection, nothing read or written.
  func request(_ path: String) async throws -> @Sendable () async throws -> Int {
    let cookie = path == "/login" ? "" : "latchkey=\(try await token().cookieValue)"
    let head = HTTPRequest(
      method: .get, scheme: "http", authority: "localhost", path: path,
      headerFields: [.cookie: cookie, .userAgent: "Mozilla/5.0 (X11; Linux x86_64)"])
    let channel = EmbeddedChannel()
    return { [responder] in
      let context = OpenContext(
        source: ApplicationRequestContextSource(channel: channel, logger: Self.logger))
      let response = try await responder.respond(
        to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: context)
      guard response.status == .ok else { throw FixtureError() }
      return response.body.contentLength ?? 0
    }
  }

  var entry: AuditEntry {
    AuditEntry(at: auth.clock.now, event: .throttled, source: .app)
  }

  private static let logger: Logger = {
    var logger = Logger(label: "pieces")
    logger.logLevel = .error
    return logger
  }()
}

struct FixtureError: Error {}

func withPieces(_ body: (Fixture) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("pieces-\(UUID().uuidString)", isDirectory: true)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let pieces = try await Fixture(path: folder.appendingPathComponent("pieces.db").path)
  try await body(pieces)
  try await pieces.auth.store.close()
}
