import Foundation

/// Looks at the keys of a JSON object that has been decoded once, so its syntax is right.
package enum JSONKeys {
  /// The first key that the outermost object has twice, however it is escaped.
  package static func firstDuplicate(in json: [UInt8]) -> String? {
    var seen: Set<String> = []
    var depth = 0
    var text: Range<Int>?
    var index = 0
    while index < json.count {
      switch json[index] {
      case UInt8(ascii: "\""):
        let end = closingQuote(of: index, in: json)
        text = index..<end
        index = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1:
        if let text, let key = try? JSONDecoder().decode(String.self, from: Data(json[text])),
          !seen.insert(key).inserted
        {
          return key
        }
      default: break
      }
      index += 1
    }
    return nil
  }

  /// The index behind the quote that ends the text which begins at `start`.
  private static func closingQuote(of start: Int, in json: [UInt8]) -> Int {
    var index = start + 1
    while index < json.count, json[index] != UInt8(ascii: "\"") {
      index += json[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, json.count)
  }
}
