import Foundation

/// What is done when somebody ends the program from outside, such as by Ctrl-C, until ``end()``.
struct Interruption {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter body: runs before the program exits.
  init(_ body: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      #if canImport(Darwin)
        // There a source sees only what the default action has not taken.
        signal(number, SIG_IGN)
      #endif
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        fflush(nil)
        body()
        // What a shell reports of a program that the signal ended. At once: the work goes on meanwhile, and
        // would make files again that are gone.
        _exit(128 + number)
      }
      source.resume()
      return source
    }
  }

  func end() {
    for source in sources { source.cancel() }
  }
}
