/// Where secrets and salts come from.
///
/// The default is the operating system's generator (`getrandom` on Linux), which is
/// cryptographically secure and needs no seeding (ASVS 11.5.1).
public struct RandomSource: Sendable {
  private let generate: @Sendable (Int) -> [UInt8]

  public init(_ generate: @escaping @Sendable (_ count: Int) -> [UInt8]) {
    self.generate = generate
  }

  public func bytes(_ count: Int) -> [UInt8] {
    let bytes = generate(count)
    precondition(bytes.count == count, "the random source returned \(bytes.count) of \(count)")
    return bytes
  }

  public static let system = RandomSource { count in
    var generator = SystemRandomNumberGenerator()
    // A call of the system for eight bytes, and not for each.
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word: UInt64 = generator.next()
      bytes += stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
    return Array(bytes.prefix(count))
  }
}
