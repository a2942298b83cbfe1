import Hummingbird
import LatchkeyCore

/// For a load balancer: 200 when the store answers, 503 when it does not.
struct HealthPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  func show(_ request: Request, _ context: Context) async throws -> Response {
    try await web.auth.store.checkHealth()
    return .content(ByteBuffer(string: "{\"status\":\"ok\"}"), type: "application/json")
  }
}
