import Clauses
@testable import LatchkeyCore
import Testing

/// The comparison looks at every byte. (How long it takes cannot be tested without a clock; that it
/// does not stop early shows in its code, which has no way out but the end.)
@Suite struct ConstantTimeTests {
  @Test(.clause("ASVS 11.2.4"))
  func `a difference in any one byte is seen`() {
    let original = Array("$2b$12$abcdefghijklmnopqrstuv".utf8)
    #expect(ConstantTime.areEqual(original, original))
    for index in original.indices {
      for bit in 0..<8 {
        var other = original
        other[index] ^= 1 << UInt8(bit)
        #expect(!ConstantTime.areEqual(original, other))
      }
    }
    #expect(!ConstantTime.areEqual(original, original.dropLast()))
    #expect(!ConstantTime.areEqual(original, original + [0]))
    #expect(ConstantTime.areEqual([], []))
  }
}
