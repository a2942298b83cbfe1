import Foundation

/// ASP.NET Core Identity's (PasswordHasher.cs of <https://github.com/dotnet/aspnetcore>), Base64 of bytes:
///
/// - version 3: the byte 1, the function (0: SHA-1, 1: SHA-256, 2: SHA-512), the iterations and the salt's
///   length, each four bytes with the highest first, then salt and digest of PBKDF2, at least 16 bytes each
/// - version 2: the byte 0, 16 bytes of salt, 32 of digest: SHA-1, a thousand iterations
enum AspNetIdentityHash {
  private static let functions = [("sha1", 20), ("sha256", 32), ("sha512", 64)]

  static func read(_ text: String) -> PasswordHash? {
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
      return nil
    }
    var bytes = Array(data)[...]
    switch bytes.popFirst() {
    case 0 where bytes.count == 48:
      return pbkdf2(0, iterations: 1000, salt: bytes.prefix(16), digest: bytes.dropFirst(16))
    case 1 where bytes.count >= 12 + 32:
      func number() -> Int {
        defer { bytes = bytes.dropFirst(4) }
        return bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      }
      let (function, iterations, saltByteCount) = (number(), number(), number())
      return pbkdf2(
        function, iterations: iterations, salt: bytes.prefix(saltByteCount),
        digest: bytes.dropFirst(saltByteCount))
    default: return nil
    }
  }

  private static func pbkdf2(
    _ function: Int, iterations: Int, salt: ArraySlice<UInt8>, digest: ArraySlice<UInt8>
  ) -> PasswordHash? {
    guard functions.indices.contains(function), let iterations = UInt32(exactly: iterations),
      (16...128).contains(salt.count), (16...64).contains(digest.count)
    else { return nil }
    let (name, digestByteCount) = functions[function]
    return PasswordHash(
      text: PHCString.pbkdf2(
        name, iterations: iterations, salt: Array(salt),
        digest: Array(digest.prefix(digestByteCount))
      ).text)
  }
}
