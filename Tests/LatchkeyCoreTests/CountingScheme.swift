import LatchkeyCore
import Synchronization

/// A scheme that does the real work of another and notes each computation.
final class CountingScheme: PasswordScheme {
  private let base: any PasswordScheme
  private let log: WorkLog

  init(_ base: any PasswordScheme, _ log: WorkLog) {
    self.base = base
    self.log = log
  }

  var name: String { base.name }
  var work: PasswordWork { base.work }
  var maximumPasswordBytes: Int? { base.maximumPasswordBytes }
  func work(of hash: PasswordHash) -> PasswordWork? { base.work(of: hash) }

  func hash(_ password: [UInt8], random: RandomSource) throws -> PasswordHash {
    log.note(work)
    return try base.hash(password, random: random)
  }

  func verify(_ password: [UInt8], against hash: PasswordHash, likeOthers: Bool) -> Bool {
    if let work = base.work(of: hash) { log.note(work) }
    return base.verify(password, against: hash, likeOthers: likeOthers)
  }

  func spend(_ work: PasswordWork, random: RandomSource) {
    if work.rawValue.hasPrefix(base.name) { log.note(work) }
    base.spend(work, random: random)
  }
}

/// The computations so far, shared by several schemes.
final class WorkLog: Sendable {
  private let works = Mutex<[PasswordWork]>([])

  func note(_ work: PasswordWork) {
    works.withLock { $0.append(work) }
  }

  /// The computations since the last call.
  func drain() -> [PasswordWork] {
    works.withLock { works in
      defer { works = [] }
      return works
    }
  }
}
