extension PasswordHash {
  /// A hash in another system's words.
  ///
  /// Formats that are the same but for the way they are written become one: what is kept is a PHC string
  /// or a text of crypt(3), whatever the digest is written in. No format is told by its prefix alone: each
  /// reader takes a whole text or nothing.
  ///
  /// - Parameter text: as it stands there. What no reader knows stays as it is: then it is a format that
  ///   is kept, or nobody's.
  public init(foreign text: String) {
    let read =
      text.utf8.count <= Self.maximumByteCount
      ? Self.readers.lazy.compactMap { $0(text) }.first : nil
    self = read ?? PasswordHash(text: text)
  }

  private static let readers: [@Sendable (String) -> PasswordHash?] = [
    PasslibHash.read, DjangoHash.read, WerkzeugHash.read, AspNetIdentityHash.read,
    HtpasswdHash.read,
  ]
}
