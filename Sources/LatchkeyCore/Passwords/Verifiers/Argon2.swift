internal import CArgon2

/// argon2d, argon2i and argon2id of any library, also as they were before RFC 9106 (version 16, or none):
/// `$argon2i$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<digest>`. Computed by libargon2.
///
/// No more than 256 MiB, 16 passes and 8 lanes, and about ten times the work of a new hash.
/// A hash with a key or with associated data (`keyid`, `data`) is refused: it cannot be verified.
struct Argon2: PHCVerifier {
  static let prefix = "$argon2"
  static let version = ARGON2_VERSION_13.rawValue
  private static let oldSuffix = " v=\(ARGON2_VERSION_10.rawValue)"

  static func accepts(_ hash: PHCString) -> Bool {
    guard type(of: hash) != nil, version(of: hash) != nil,
      let cost = hash.values("m", "t", "p")
    else { return false }
    let (memoryKiB, passes, lanes) = (cost[0], cost[1], cost[2])
    return (8...262_144).contains(memoryKiB) && (1...16).contains(passes)
      && (1...8).contains(lanes) && memoryKiB >= 8 * lanes
      && UInt64(memoryKiB) * UInt64(passes) <= 524_288
      // RFC 9106 asks for 8 bytes of salt; the library refuses fewer.
      // Whole words of digest: another length is a hash that has lost some.
      && (8...64).contains(hash.salt.count) && (16...64).contains(hash.digest.count)
      && hash.digest.count.isMultiple(of: 8)
  }

  static func digest(of password: [UInt8], like hash: PHCString) -> [UInt8]? {
    try? compute(password, like: hash)
  }

  /// The old version does not read what it writes over, and is a little faster.
  static func work(of hash: PHCString) -> PasswordWork {
    hash.version == version
      ? hash.work : PasswordWork(rawValue: hash.work.rawValue + oldSuffix)
  }

  static func sample(of work: PasswordWork) -> PHCString? {
    let isOld = work.rawValue.hasSuffix(oldSuffix)
    let work = PasswordWork(
      rawValue: String(work.rawValue.dropLast(isOld ? oldSuffix.count : 0)))
    var hash = PHCString(sampleOf: work, digestByteCount: Argon2id.digestByteCount)
    hash?.version = isOld ? ARGON2_VERSION_10.rawValue : version
    return hash
  }

  /// - Precondition: the hash is accepted.
  static func compute(_ password: [UInt8], like hash: PHCString) throws -> [UInt8] {
    guard let type = type(of: hash), let version = version(of: hash),
      let cost = hash.values("m", "t", "p")
    else { throw PasswordHashingError.passwordNotSupported }
    var digest = hash.digest
    let code = digest.withUnsafeMutableBufferPointer { digest in
      password.withUnsafeBufferPointer { password in
        hash.salt.withUnsafeBufferPointer { salt in
          // The library may write to what it is given, and does so only if a flag asks for it.
          var context = argon2_context(
            out: digest.baseAddress, outlen: UInt32(digest.count),
            pwd: UnsafeMutablePointer(mutating: password.baseAddress),
            pwdlen: UInt32(password.count),
            salt: UnsafeMutablePointer(mutating: salt.baseAddress), saltlen: UInt32(salt.count),
            secret: nil, secretlen: 0, ad: nil, adlen: 0, t_cost: cost[1], m_cost: cost[0],
            lanes: cost[2], threads: cost[2], version: version,
            allocate_cbk: HashingMemory.allocate, free_cbk: HashingMemory.deallocate, flags: 0)
          return argon2_ctx(&context, type)
        }
      }
    }
    guard code == ARGON2_OK.rawValue else {
      throw PasswordHashingError.libraryFailure(code: Int(code))
    }
    return digest
  }

  private static func type(of hash: PHCString) -> argon2_type? {
    switch hash.identifier {
    case "argon2d": Argon2_d
    case "argon2i": Argon2_i
    case "argon2id": Argon2_id
    default: nil
    }
  }

  private static func version(of hash: PHCString) -> UInt32? {
    switch hash.version {
    case nil, ARGON2_VERSION_10.rawValue: ARGON2_VERSION_10.rawValue
    case ARGON2_VERSION_13.rawValue: ARGON2_VERSION_13.rawValue
    default: nil
    }
  }
}
