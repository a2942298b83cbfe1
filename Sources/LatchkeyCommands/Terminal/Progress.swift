import Foundation
import Synchronization

/// Shows that long work goes on, to a person at a terminal.
enum Progress {
  /// - Returns: the result, and how long it took, such as `0.42 s`.
  static func shown<Value: Sendable>(
    _ title: String,
    _ work: (_ tell: @escaping @Sendable (String) -> Void) async throws -> Value
  ) async throws -> (Value, time: String) {
    let clock = ContinuousClock()
    let start = clock.now
    let stage = Stage()
    let teller = Task {
      while true {
        try await Task.sleep(for: .seconds(1))
        guard StandardInput.showsProgress else { return }
        let line = [title, stage.text, (clock.now - start).spoken].compactMap { $0 }
        StandardInput.ask(line.joined(separator: ", ") + "\n")
      }
    }
    defer { teller.cancel() }
    let value = try await work { stage.text = $0 }
    return (value, (clock.now - start).spoken)
  }
}

/// How far the work has come, in its own words.
private final class Stage: Sendable {
  private let current = Mutex<String?>(nil)

  var text: String? {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }
}

extension Duration {
  /// `0.42 s`.
  fileprivate var spoken: String {
    formatted(.units(allowed: [.seconds], width: .narrow, fractionalPart: .show(length: 2)))
  }
}
