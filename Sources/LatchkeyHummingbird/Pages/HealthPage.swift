import HTTPTypes
import Hummingbird
import LatchkeyCore
import Logging

/// For a load balancer: 200 when the store answers, 503 when it does not.
struct HealthPage<Context: AuthRequestContext>: Sendable {
  let web: WebAuth

  func show(_ request: Request, _ context: Context) async throws -> Response {
    do {
      try await web.auth.store.checkHealth()
      return answer(.ok, "ok")
    } catch let error as StoreUnavailableError {
      context.logger.error("not healthy", metadata: ["error": "\(error)"])
      return answer(.serviceUnavailable, "unavailable")
    }
  }

  private func answer(_ status: HTTPResponse.Status, _ word: String) -> Response {
    .content(
      ByteBuffer(string: "{\"status\":\"\(word)\"}"), type: "application/json", status: status)
  }
}
