import Hummingbird

extension Request {
  /// The fields of the query, or none when the query cannot be read: a link that was damaged on
  /// its way still opens its page.
  func queryFields(_ names: Set<String>) -> FormFields {
    guard let query = uri.query else { return FormFields() }
    return (try? FormFields.parseForm(Array(query.utf8), names)) ?? FormFields()
  }

  /// The path and the query of this request, for coming back to it. Browsers send some characters
  /// as they are that RFC 3986 wants encoded, such as `[` in a query.
  var localPath: LocalPath? {
    LocalPath(LocalPath.encodingTheRest(uri.query.map { "\(uri.path)?\($0)" } ?? uri.path))
  }

  /// Whether the client wants JSON rather than a page: it says so and does not take HTML.
  var prefersJSON: Bool {
    let accept = headers[.accept] ?? ""
    return accept.contains("application/json") && !accept.contains("text/html")
  }
}
