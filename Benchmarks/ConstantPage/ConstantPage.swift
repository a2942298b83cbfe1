import Foundation
import Hummingbird
import Logging

/// Hummingbird alone, answering a constant string: what a server costs that knows nobody.
///
/// `ConstantPage PORT [FILE]` listens on 127.0.0.1 and answers `/constant` with "Hello", and `/page` with the
/// content of the file, as HTML.
@main
struct ConstantPage {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let port = Int(arguments[1]) else {
      print("Usage: ConstantPage PORT [FILE]")
      exit(64)
    }
    let router = Router()
    router.get("/constant") { _, _ in "Hello" }
    if arguments.count > 2 {
      let page = try String(contentsOfFile: arguments[2], encoding: .utf8)
      router.get("/page") { _, _ in
        Response(
          status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
          body: .init(byteBuffer: ByteBuffer(string: page)))
      }
    }
    var logger = Logger(label: "constant")
    logger.logLevel = .error
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? port
        try? FileHandle.standardOutput.write(
          contentsOf: Data("ConstantPage listens on http://localhost:\(port)\n".utf8))
      },
      logger: logger)
    try await application.runService()
  }
}
