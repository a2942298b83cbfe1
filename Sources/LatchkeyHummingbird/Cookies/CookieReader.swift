/// Reads the cookies of one name from a `Cookie` header (RFC 6265, section 4.2.1).
enum CookieReader {
  static func values(of name: String, in header: String) -> [String] {
    header.split(separator: ";").compactMap { pair in
      let trimmed = pair.drop { $0 == " " || $0 == "\t" }
      guard trimmed.hasPrefix(name) else { return nil }
      let rest = trimmed.dropFirst(name.count)
      return rest.first == "=" ? String(rest.dropFirst()) : nil
    }
  }
}
