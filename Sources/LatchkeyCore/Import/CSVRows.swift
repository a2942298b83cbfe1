/// The rows of a CSV file (RFC 4180): fields between commas, quoted when they hold a comma, a quote (then
/// doubled) or a line break. Empty lines are no rows.
struct CSVRows: RandomAccessCollection {
  struct Row {
    /// Where it begins, from 1.
    let line: Int
    let fields: [String]
  }

  private let rows: [Row]

  var startIndex: Int { rows.startIndex }
  var endIndex: Int { rows.endIndex }
  subscript(index: Int) -> Row { rows[index] }

  /// - Throws: ``UnreadableFileError`` for a quote that has no end, or stands where none may.
  init(_ bytes: [UInt8]) throws(UnreadableFileError) {
    var rows: [Row] = []
    var fields: [String] = []
    var field: [UInt8] = []
    var (line, begin) = (1, 1)
    var isQuoted = false
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0

    func endField() {
      fields.append(String(decoding: field, as: UTF8.self))
      field = []
      isQuoted = false
    }
    func endRow() {
      endField()
      if fields != [""] { rows.append(Row(line: begin, fields: fields)) }
      fields = []
    }

    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard field.isEmpty, !isQuoted else {
          throw UnreadableFileError("Line \(line) has a quote in the middle of a field.")
        }
        isQuoted = true
        let opening = line
        while true {
          guard index < bytes.count else {
            throw UnreadableFileError("The quote that begins in line \(opening) has no end.")
          }
          let inner = bytes[index]
          index += 1
          if inner == UInt8(ascii: "\"") {
            guard index < bytes.count, bytes[index] == inner else { break }
            index += 1
          }
          if inner == UInt8(ascii: "\n") { line += 1 }
          field.append(inner)
        }
      case UInt8(ascii: ","): endField()
      case UInt8(ascii: "\r") where index == bytes.count || bytes[index] == UInt8(ascii: "\n"):
        break
      case UInt8(ascii: "\n"):
        endRow()
        line += 1
        begin = line
      default:
        guard !isQuoted else {
          throw UnreadableFileError("Line \(line) goes on after the end of a quoted field.")
        }
        field.append(byte)
      }
    }
    if !field.isEmpty || !fields.isEmpty || isQuoted { endRow() }
    self.rows = rows
  }
}

/// A file is not what it was said to be.
public struct UnreadableFileError: Error, Hashable, Sendable {
  public let reason: String

  init(_ reason: String) { self.reason = reason }
}
