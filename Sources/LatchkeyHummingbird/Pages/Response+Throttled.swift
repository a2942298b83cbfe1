import HTTPTypes
import Hummingbird
import LatchkeyCore

extension Response {
  /// Says when to try again, for programs (RFC 9110, section 10.2.3).
  func retrying(after wait: Throttled) -> Response {
    var response = self
    response.headers[.retryAfter] = String(wait.retryAfterSeconds)
    return response
  }
}
