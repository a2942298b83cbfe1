import Foundation
import HTTPTypes
public import Hummingbird

extension Request {
  /// The fields of a submitted form. Others than these are ignored.
  ///
  /// What cannot be read as a form is answered with a 4xx and a page that says what to do: a body of
  /// more than 64 KiB, one that takes longer than 30 seconds, broken encodings, a field twice, the
  /// character U+0000: a database would cut the text there without a word.
  public func form(_ names: String...) async throws -> FormFields {
    let fields = try await FormFields.read(Set(names), from: self)
    if let name = names.first(where: { fields[$0].utf8.contains(0) }) {
      throw FormProblem.holdsNul(name)
    }
    return fields
  }
}

/// The fields of a submitted form, as text.
///
/// Hummingbird's form decoder answers a duplicate field or a broken `%` with 500; this reader
/// knows every way in which a body can be wrong and names it (`FormProblem`). It reads
/// `application/x-www-form-urlencoded` and a flat JSON object.
public struct FormFields: Sendable {
  private var values: [String: String] = [:]

  /// A password of the longest kind that a login hashes is 4,096 bytes, and percent-encoding
  /// triples that; four such fields fit.
  static let maximumBodyBytes = 64 * 1024

  /// How long the body may take to arrive. A form is small; who needs longer holds a connection and
  /// a shutdown up.
  static let maximumBodyDuration = Duration.seconds(30)

  /// A field that was not sent is empty: the page's own checks then say what is missing.
  public subscript(name: String) -> String { values[name] ?? "" }

  /// Reads the body. Fields that are not in `names` are ignored (ASVS 15.3.3).
  static func read(
    _ names: Set<String>, from request: Request
  ) async throws -> FormFields {
    let type = request.headers[.contentType]?.split(separator: ";").first.map {
      $0.trimmingCharacters(in: .whitespaces).lowercased()
    }
    switch type {
    case "application/x-www-form-urlencoded":
      return try parseForm(try await body(of: request), names)
    case "application/json":
      return try parseJSON(try await body(of: request), names)
    default:
      throw FormProblem.unsupportedType
    }
  }

  private static func body(of request: Request) async throws -> [UInt8] {
    // Refused before it is read, when the client says the size beforehand.
    if let length = request.headers[.contentLength].flatMap(Int.init), length > maximumBodyBytes {
      throw FormProblem.tooLarge
    }
    let end = ContinuousClock.now + maximumBodyDuration
    var bytes: [UInt8] = []
    var parts = request.body.makeAsyncIterator()
    while let part = try await next(of: &parts) {
      bytes.append(contentsOf: part.readableBytesView)
      guard bytes.count <= maximumBodyBytes else { throw FormProblem.tooLarge }
      guard ContinuousClock.now < end else { throw FormProblem.tooSlow }
    }
    return bytes
  }

  private static func next(of parts: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
    do {
      return try await parts.next()
    } catch let error as CancellationError {
      throw error
    } catch {
      // The client stopped in the middle: no fault of ours.
      throw FormProblem.malformed
    }
  }

  static func parseForm(_ body: [UInt8], _ names: Set<String>) throws -> FormFields {
    var fields = FormFields()
    for pair in body.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decodeForm(parts[0]),
        let value = PercentEncoding.decodeForm(parts.count > 1 ? parts[1] : [])
      else { throw FormProblem.malformed }
      guard names.contains(name) else { continue }
      // Two values for one field: another reader on the way may have looked at the other one.
      guard fields.values.updateValue(value, forKey: name) == nil else {
        throw FormProblem.duplicate(name)
      }
    }
    return fields
  }

  static func parseJSON(_ body: [UInt8], _ names: Set<String>) throws -> FormFields {
    guard let object = try? JSONDecoder().decode([String: JSONText].self, from: Data(body)) else {
      throw FormProblem.malformed
    }
    // The decoder takes one of two equal keys without a word (ASVS 15.3.7).
    if let name = JSONKeys.firstDuplicate(in: body) { throw FormProblem.duplicate(name) }
    var fields = FormFields()
    for name in names {
      switch object[name] {
      case .text(let value): fields.values[name] = value
      case .other: throw FormProblem.notText(name)
      case nil: break
      }
    }
    return fields
  }

  /// A JSON value of which only text is wanted. `null` counts as empty: the seed's own pages sent
  /// it for an empty field.
  private enum JSONText: Decodable {
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .text("")
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .other
      }
    }
  }
}

/// Why a body could not be read as a form. Each has a 4xx and a text.
enum FormProblem: Error, Hashable {
  case tooLarge
  case tooSlow
  case unsupportedType
  case malformed
  case duplicate(String)
  case notText(String)
  case holdsNul(String)

  var status: HTTPResponse.Status {
    switch self {
    case .tooLarge: .contentTooLarge
    case .tooSlow: .requestTimeout
    case .unsupportedType: .unsupportedMediaType
    case .malformed, .duplicate, .holdsNul: .badRequest
    case .notText: .unprocessableContent
    }
  }

  var message: String {
    switch self {
    case .tooLarge: "That was too much text. Shorten it and send the form again."
    case .tooSlow: "The form took too long to arrive. Send it again."
    case .unsupportedType:
      "Send the form as application/x-www-form-urlencoded or application/json."
    case .malformed: "The form arrived damaged. Go back and send it again."
    case .duplicate(let name): "The field \(name) was sent twice. Send it once."
    case .notText(let name): "The field \(name) must be text."
    case .holdsNul(let name):
      "The field \(name) holds a character that cannot be kept. Type it anew and send it again."
    }
  }
}
