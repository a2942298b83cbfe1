import LatchkeyCore
import Testing

@Suite struct RandomSourceTests {
  @Test(arguments: [0, 1, 7, 8, 9, 16, 32])
  func `as many bytes come as were asked for`(count: Int) {
    #expect(RandomSource.system.bytes(count).count == count)
  }

  @Test func `every byte is drawn anew`() {
    let draws = (0..<64).map { _ in RandomSource.system.bytes(32) }
    #expect(Set(draws).count == 64)
    for position in 0..<32 {
      // Of 256 values; fewer than 20 by chance: never.
      #expect(Set(draws.map { $0[position] }).count >= 20)
    }
  }
}
