import Foundation
import Synchronization

/// Shows that long work goes on, to a person at a terminal.
enum Progress {
  /// - Returns: the result, and how long it took, such as `0.42 s`.
  static func shown<Value: Sendable>(
    _ title: String,
    _ work: (_ progress: @escaping @Sendable (Int) -> Void) async throws -> Value
  ) async throws -> (Value, time: String) {
    let clock = ContinuousClock()
    let start = clock.now
    let step = StepNumber()
    let teller = Task {
      while true {
        try await Task.sleep(for: .seconds(1))
        guard StandardInput.showsProgress else { return }
        StandardInput.ask("\(title): statement \(step.value), \((clock.now - start).spoken)\n")
      }
    }
    defer { teller.cancel() }
    let value = try await work { step.value = $0 }
    return (value, (clock.now - start).spoken)
  }
}

private final class StepNumber: Sendable {
  private let number = Mutex(1)

  var value: Int {
    get { number.withLock { $0 } }
    set { number.withLock { $0 = newValue } }
  }
}

extension Duration {
  /// `0.42 s`.
  fileprivate var spoken: String {
    formatted(.units(allowed: [.seconds], width: .narrow, fractionalPart: .show(length: 2)))
  }
}
