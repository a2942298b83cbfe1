/// Reads one cookie of a `Cookie` header (RFC 6265, section 4.2.1).
enum CookieReader {
  /// The value, or nil when there is none, or more than one: a second cookie of the name was
  /// planted by someone (another path, a neighbouring host), and nobody can tell which is ours.
  static func value(of name: String, in header: String) -> String? {
    var found: Substring?
    for pair in header.split(separator: ";") {
      let trimmed = pair.drop { $0 == " " || $0 == "\t" }
      guard trimmed.hasPrefix(name) else { continue }
      let rest = trimmed.dropFirst(name.count)
      guard rest.first == "=" else { continue }
      guard found == nil else { return nil }
      found = rest.dropFirst()
    }
    return found.map(String.init)
  }
}
