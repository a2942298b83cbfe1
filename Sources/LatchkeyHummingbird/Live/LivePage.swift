import HTTPTypes
import Hummingbird
import LatchkeyCore

/// The stream of server-sent events (HTML, section 9.2) by which open pages learn that their session
/// has ended. It says nothing else.
struct LivePage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  func stream(_ request: Request, _ context: Context) throws -> Response {
    // Nobody would read it, and a body that never ends would hold a shutdown up.
    guard request.headers[.contentLength] ?? "0" == "0", request.headers[.transferEncoding] == nil
    else { throw HTTPError(.badRequest) }
    // Also the answer to a browser that reconnects and finds the session gone: a status would leave
    // its script guessing.
    guard let live = context.auth.live,
      // A page of an earlier session of this browser: the cookie is another one's by now.
      request.queryFields(["session"])["session"] == live.session.id.rawValue
    else {
      return Response(
        status: .ok, headers: Self.headers, body: .init(byteBuffer: ByteBuffer(string: Self.ended)))
    }
    let address = IPAddress(context.auth.client.address)?.clientNetwork ?? ""
    guard web.live.hasRoom(for: live, from: address) else {
      throw HTTPError(.tooManyRequests, headers: [.retryAfter: "60"])
    }
    let (channel, auth) = (web.live, context.auth)
    return Response(
      status: .ok, headers: Self.headers,
      // In this one task: whatever else were started here, each open page would pay for.
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        let listener = await channel.listener(to: live, from: address)
        try await auth.whenHangingUp(listener.leave) {
          for await event in listener.events {
            switch event {
            case .ended: try await writer.write(ByteBuffer(string: Self.ended))
            case .beat: try await writer.write(ByteBuffer(string: ":\n\n"))
            }
          }
        }
        try await writer.finish(nil)
      })
  }

  private static var ended: String {
    "event: ended\ndata: {\"message\":\"\(Notice.ended.message)\"}\n\n"
  }

  private static var headers: HTTPFields {
    // nginx would collect the events before it passes them on.
    [.contentType: "text/event-stream; charset=utf-8", .xAccelBuffering: "no"]
  }
}

extension HTTPField.Name {
  fileprivate static var xAccelBuffering: Self {
    guard let name = Self("X-Accel-Buffering") else { preconditionFailure() }
    return name
  }
}
