extension String {
  /// What stands between the separators, empty fields too: `a$$b` is `a`, nothing, `b`.
  ///
  /// By bytes and not by what is drawn as one character: formats are made of bytes, and an import reads a
  /// hundred thousand of them.
  func fields(separatedBy separator: Unicode.Scalar) -> [Substring] {
    self[...].fields(separatedBy: separator)
  }
}

extension Substring {
  func fields(separatedBy separator: Unicode.Scalar, maxSplits: Int = .max) -> [Substring] {
    utf8.split(
      separator: UInt8(ascii: separator), maxSplits: maxSplits, omittingEmptySubsequences: false
    ).map(Substring.init)
  }
}
