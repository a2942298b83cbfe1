public import LatchkeyCore
import Synchronization

/// A scheme that does the real work of another and notes each computation, so that a test can show
/// that a door costs the same whoever knocks.
public final class CountingScheme: PasswordScheme {
  private let base: any PasswordScheme
  private let log: WorkLog

  public init(_ base: any PasswordScheme, _ log: WorkLog) {
    self.base = base
    self.log = log
  }

  public var name: String { base.name }
  public var work: PasswordWork { base.work }
  public var maximumPasswordBytes: Int? { base.maximumPasswordBytes }
  public func work(of hash: PasswordHash) -> PasswordWork? { base.work(of: hash) }

  public func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    log.note(work)
    return try base.hash(password, random: random)
  }

  public func hash(
    _ password: [UInt8], like other: PasswordHash, likeOthers: Bool
  ) -> PasswordHash? {
    if let work = base.work(of: other) { log.note(work) }
    return base.hash(password, like: other, likeOthers: likeOthers)
  }

  public func spend(_ work: PasswordWork, on password: [UInt8]) -> Bool {
    let isSpent = base.spend(work, on: password)
    if isSpent { log.note(work) }
    return isSpent
  }
}

/// The computations so far, shared by several schemes.
public final class WorkLog: Sendable {
  private let works = Mutex<[PasswordWork]>([])

  public init() {}

  func note(_ work: PasswordWork) {
    works.withLock { $0.append(work) }
  }

  /// The computations since the last call.
  public func drain() -> [PasswordWork] {
    works.withLock { works in
      defer { works = [] }
      return works
    }
  }
}
