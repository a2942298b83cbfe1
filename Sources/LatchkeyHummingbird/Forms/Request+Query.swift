import Hummingbird

extension Request {
  /// The fields of the query, or none when the query cannot be read: a link that was damaged on
  /// its way still opens its page.
  func queryFields(_ names: Set<String>) -> FormFields {
    (try? FormFields.parseForm(Array((uri.query ?? "").utf8), names)) ?? FormFields()
  }

  /// The path and the query of this request, for coming back to it.
  var localPath: LocalPath? {
    LocalPath(uri.query.map { "\(uri.path)?\($0)" } ?? uri.path)
  }

  /// Whether the client wants JSON rather than a page: it says so and does not take HTML.
  var prefersJSON: Bool {
    let accept = headers[.accept] ?? ""
    return accept.contains("application/json") && !accept.contains("text/html")
  }
}
