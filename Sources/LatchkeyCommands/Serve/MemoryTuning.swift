import CMalloc

enum MemoryTuning {
  /// Each argon2id hash borrows 19 MiB. glibc gives such a block back to the system the first
  /// time, and from then on keeps its like for later: an idle server would hold one block for
  /// each lane for ever (78 MB resident instead of 40 were seen after a handful of logins).
  /// Setting the threshold stops it from growing.
  static func returnHashingMemory() {
    #if canImport(Glibc)
      mallopt(M_MMAP_THRESHOLD, 1 << 20)
    #endif
  }
}
