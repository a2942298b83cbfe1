import NIOCore
import Synchronization

/// Pages that were rendered before, with gaps for the texts that differ from request to request.
///
/// To render a template takes a hundred times as long as to put some texts between parts of it. A
/// template without values of its own gets the same ``PageFrame`` each time but for those texts, and
/// Mustache can do nothing with a text but write it out, or transform it first. So the template is
/// rendered once with a mark in place of each text, and the gaps are where the marks are.
///
/// A shell is used only if it was seen to be right: filled with other texts, it must give what Mustache
/// makes of those. A template that transforms a text, or has marks of its own, is rendered each time.
final class PageShells: Sendable {
  private struct Key: Hashable {
    let template: String
    let shape: PageFrame.Shape
  }

  /// Nil for a page that has to be rendered.
  private let shells = Mutex<[Key: Shell?]>([:])

  /// - Parameters:
  ///   - template: its name.
  ///   - frame: of this request.
  ///   - render: makes the page of any frame.
  func page(
    _ template: String, _ frame: PageFrame, render: (PageFrame) throws -> String
  ) throws -> ByteBuffer {
    let key = Key(template: template, shape: frame.shape)
    if let known = shells.withLock({ $0[key] }) {
      return try known?.filled(with: frame.texts) ?? ByteBuffer(string: render(frame))
    }
    let shell = try Shell(frame, render)
    shells.withLock { $0[key] = shell }
    return ByteBuffer(string: try render(frame))
  }
}

private struct Shell: Sendable {
  private enum Part {
    case html(ByteBuffer)
    /// The text of that number.
    case gap(Int)
  }

  private let parts: [Part]
  private let size: Int

  /// Nil when a page of this shape is more than texts between texts.
  init?(_ frame: PageFrame, _ render: (PageFrame) throws -> String) throws {
    let marks = frame.texts.indices.map { "\u{E000}\($0)\u{E001}" }
    var parts: [Part] = []
    for piece in try render(frame.with(texts: marks)).split(
      separator: "\u{E000}", omittingEmptySubsequences: false)
    {
      guard !parts.isEmpty else {
        parts.append(.html(ByteBuffer(substring: piece)))
        continue
      }
      guard let end = piece.firstIndex(of: "\u{E001}"), let number = Int(piece[..<end]),
        frame.texts.indices.contains(number)
      else { return nil }
      parts.append(.gap(number))
      parts.append(.html(ByteBuffer(substring: piece[piece.index(after: end)...])))
    }
    self.parts = parts
    size = parts.reduce(0) { sum, part in
      if case .html(let bytes) = part { sum + bytes.readableBytes } else { sum }
    }
    // All that a transformation or the rules of white space could change.
    let probe = frame.with(texts: marks.indices.map { " aÉ<&\"'>\u{301}\($0)\n" })
    guard try ByteBuffer(string: render(probe)) == filled(with: probe.texts) else { return nil }
  }

  func filled(with texts: [String?]) -> ByteBuffer {
    var page = ByteBufferAllocator().buffer(capacity: size + 1024)
    for part in parts {
      switch part {
      case .html(let bytes): page.writeImmutableBuffer(bytes)
      case .gap(let number):
        if let text = texts[number] { page.writeString(EscapedHTML().escapeText(text)) }
      }
    }
    return page
  }
}
