internal import CArgon2
import Foundation
import Synchronization

/// The blocks of memory in which argon2id works, 19 MiB each.
///
/// The system hands out such a block page by page, and each page zeroed: that took a third as long as the
/// hash itself. So a block is kept for the next hash, for as long as hashes come; an idle server has
/// none. libargon2 wipes a block before it gives it back.
enum HashingMemory {
  private struct Block {
    let address: UInt
    let byteCount: Int
    let givenBackAt: UInt64
  }

  private struct State {
    /// The one that was used last is the last, and the first to be used again.
    var kept: [Block] = []
    var isReleasing = false
  }

  private static let state = Mutex(State())
  /// No more hashes than this are computed at a time where somebody thought of it.
  private static let maximumCount = ProcessInfo.processInfo.activeProcessorCount
  /// In seconds.
  private static let patience = 5.0

  /// libargon2 takes a missing block for the failure that it is.
  static let allocate: allocate_fptr = { memory, byteCount in
    memory?.pointee = take(byteCount)?.assumingMemoryBound(to: UInt8.self)
    return memory?.pointee == nil ? -1 : 0
  }

  static let deallocate: deallocate_fptr = { memory, byteCount in
    if let memory { giveBack(memory, byteCount) }
  }

  private static func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let kept = state.withLock { state in
      state.kept.lastIndex { $0.byteCount == byteCount }.map { state.kept.remove(at: $0).address }
    }
    if let kept { return UnsafeMutableRawPointer(bitPattern: kept) }
    let mapped = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    #if os(Linux)
      // Ten pages and not five thousand, where the system has large ones.
      madvise(mapped, byteCount, MADV_HUGEPAGE)
    #endif
    return mapped
  }

  private static func giveBack(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
    let address = UInt(bitPattern: memory)
    let (isKept, isFirst) = state.withLock { state in
      guard state.kept.count < maximumCount else { return (false, false) }
      state.kept.append(
        Block(
          address: address, byteCount: byteCount, givenBackAt: DispatchTime.now().uptimeNanoseconds)
      )
      defer { state.isReleasing = true }
      return (true, !state.isReleasing)
    }
    if !isKept { munmap(memory, byteCount) }
    if isFirst { releaseLater() }
  }

  /// By a timer, and not by a task: this thread has a low priority, and so would a thread that it made for
  /// the task.
  private static func releaseLater() {
    DispatchQueue.global().asyncAfter(deadline: .now() + patience) { releaseUnused() }
  }

  private static func releaseUnused() {
    let end = DispatchTime.now().uptimeNanoseconds - UInt64(patience * 1_000_000_000)
    let (unused, isAnyLeft) = state.withLock { state in
      let count = state.kept.prefix { $0.givenBackAt <= end }.count
      let unused = Array(state.kept.prefix(count))
      state.kept.removeFirst(count)
      state.isReleasing = !state.kept.isEmpty
      return (unused, state.isReleasing)
    }
    for block in unused {
      munmap(UnsafeMutableRawPointer(bitPattern: block.address), block.byteCount)
    }
    if isAnyLeft { releaseLater() }
  }
}
