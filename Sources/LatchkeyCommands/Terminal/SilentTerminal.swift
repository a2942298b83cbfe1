import Foundation

/// A terminal that does not echo what is typed, until ``restore()``.
struct SilentTerminal {
  private let shown: termios
  private let interruption: Interruption

  /// - Throws: ``CommandFailure`` when the terminal cannot do that.
  init() throws {
    var modes = termios()
    guard tcgetattr(STDIN_FILENO, &modes) == 0 else { throw Self.failure }
    let shown = modes
    self.shown = shown
    // Ctrl-C at the prompt must not leave a shell in which nobody sees what they type.
    interruption = Interruption {
      Self.set(shown)
      StandardInput.ask("\n")
    }
    modes.c_lflag &= ~tcflag_t(ECHO)
    guard Self.set(modes) else {
      restore()
      throw Self.failure
    }
  }

  func restore() {
    Self.set(shown)
    StandardInput.ask("\n")
    interruption.end()
  }

  /// Discards what was typed before the change: it was not meant as an answer.
  @discardableResult
  private static func set(_ modes: termios) -> Bool {
    withUnsafePointer(to: modes) { tcsetattr(STDIN_FILENO, TCSAFLUSH, $0) == 0 }
  }

  private static var failure: CommandFailure {
    CommandFailure("The terminal cannot hide what is typed; use standard input instead.")
  }
}
