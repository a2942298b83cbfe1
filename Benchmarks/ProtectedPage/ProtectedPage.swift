import Foundation
import Latchkey
import Logging

/// The smallest app: one page that needs a login and is a text.
///
/// `ProtectedPage PORT DATABASE` listens on 127.0.0.1; the page is `/protected`.
@main
struct ProtectedPage {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let port = Int(arguments[1]) else {
      print("Usage: ProtectedPage PORT DATABASE")
      exit(64)
    }
    var logger = Logger(label: "protected")
    logger.logLevel = .error
    let auth = try await LocalAuth(.sqlite(arguments[2]), logger: logger)
    let router = try auth.router()
    router.get("/protected") { _, context in "Protected Page for \(context.account.username)" }
    let application = try auth.application(router: router, port: port) { address in
      try? FileHandle.standardOutput.write(
        contentsOf: Data("ProtectedPage listens on \(address)\n".utf8))
    }
    try await application.runService()
  }
}
