import Foundation
import HTTPTypes
import Hummingbird

/// What the JSON side of a form answers. The page's own script reads it, and so may any client.
struct JSONReply: Encodable {
  /// For people.
  var message: String?
  /// Where to go next.
  var location: String?
  var delayMilliseconds: Int?
  /// The field to correct, to be focused.
  var field: String?
  /// The fields that are marked as wrong, if others than ``field``.
  var invalid: [String]?
  /// The fields to empty.
  var clear: [String]?

  func response(status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    return .content(
      ByteBuffer(bytes: try encoder.encode(self)), type: "application/json; charset=utf-8",
      status: status)
  }
}

extension Response {
  static func content(
    _ body: ByteBuffer, type: String, status: HTTPResponse.Status = .ok
  ) -> Response {
    Response(
      status: status,
      headers: [.contentType: type, .contentLength: String(body.readableBytes)],
      body: ResponseBody(byteBuffer: body))
  }
}
