internal import CLibCrypt

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// crypt(3) of libxcrypt.
enum LibCrypt {
  /// The longest password that the library takes (CRYPT_MAX_PASSPHRASE_SIZE, with its end).
  static let maximumBytes = Int(CRYPT_MAX_PASSPHRASE_SIZE) - 1

  /// The hash, or nil when libxcrypt refuses (it answers nil, or a text that starts with `*`).
  /// - Parameter password: without a NUL, which would end it.
  static func hash(_ password: [UInt8], setting: String) -> String? {
    let phrase = password.map(CChar.init(bitPattern:)) + [0]
    // crypt_data is 32 KiB and ends up holding key material: on the heap, wiped after use.
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<crypt_data>.size, alignment: MemoryLayout<crypt_data>.alignment)
    scratch.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<crypt_data>.size)
    defer {
      // explicit_bzero, unlike memset, is not removed by an optimiser that sees no reader.
      explicit_bzero(scratch, MemoryLayout<crypt_data>.size)
      scratch.deallocate()
    }
    guard
      let result = crypt_rn(phrase, setting, scratch, Int32(MemoryLayout<crypt_data>.size))
    else { return nil }
    let text = String(cString: result)
    return text.hasPrefix("*") ? nil : text
  }

  /// A setting with a fresh salt, such as `$2b$12$…`.
  /// - Throws: ``PasswordHashingError``.
  static func setting(_ prefix: String, cost: Int, salt: [UInt8]) throws -> String {
    let salt = salt.map(CChar.init(bitPattern:))
    return try withUnsafeTemporaryAllocation(
      of: CChar.self, capacity: Int(CRYPT_GENSALT_OUTPUT_SIZE)
    ) { text in
      guard
        let start = crypt_gensalt_rn(
          prefix, UInt(cost), salt, Int32(salt.count), text.baseAddress, Int32(text.count))
      else { throw PasswordHashingError.libraryFailure(code: Int(errno)) }
      return String(cString: start)
    }
  }

  /// The alphabet of crypt(3)'s salts and digests.
  static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
