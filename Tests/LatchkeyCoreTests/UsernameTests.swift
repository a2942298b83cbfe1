import LatchkeyCore
import Testing

@Suite struct UsernameTests {
  @Test(arguments: [
    ("Alice", "alice"), ("ALICE", "alice"), (" alice\n", "alice"), ("Ａｌｉｃｅ", "alice"),
    ("Renée", "renée"), ("Rene\u{301}e", "renée"), ("日本語ユーザー", "日本語ユーザー"), ("K", "k"),
    ("ﬁona", "fiona"), ("bob@example.org", "bob@example.org"), ("o'neil+1", "o'neil+1"),
  ])
  func `spellings of one name fold to one form`(typed: String, folded: String) throws {
    #expect(try Username(typed).folded == folded)
  }

  @Test func `folding a folded name changes nothing, for every scalar that a name may have`() throws
  {
    for value in UInt32(0)...0x2_FFFF {
      guard let scalar = Unicode.Scalar(value), let name = try? Username("a\(scalar)") else {
        continue
      }
      let again = try Username(name.folded)
      #expect(again.folded == name.folded, "U+\(String(value, radix: 16))")
    }
  }

  @Test func `the name is shown as its owner typed it, composed`() throws {
    #expect(try Username("Rene\u{301}e").text == "Renée")
  }

  @Test func `64 characters are a name, 65 are too long`() throws {
    _ = try Username(String(repeating: "x", count: 64))
    #expect(throws: UsernameProblem.tooLong) { try Username(String(repeating: "x", count: 65)) }
  }

  @Test(arguments: ["", " ", "\t\n", "\u{3000}"])
  func `a name of blanks is empty`(typed: String) {
    #expect(throws: UsernameProblem.empty) { try Username(typed) }
  }

  @Test(arguments: [
    "a b", "a\u{0}b", "<script>", "a\"b", "a\u{1B}[31m", "a\u{202E}b", "a\u{200B}b", "a\u{FEFF}b",
    "a/b", "a\u{3164}b", "🔑", "a\u{E0041}", "℀", "a\u{7F}",
  ])
  func `markup, control, invisible and direction-changing characters are refused`(typed: String) {
    #expect {
      try Username(typed)
    } throws: { error in
      if case UsernameProblem.characterNotAllowed = error { true } else { false }
    }
  }

  @Test(arguments: [".hidden", "-rf", "@home", "\u{301}a"])
  func `a name begins with a letter or a digit`(typed: String) {
    #expect {
      try Username(typed)
    } throws: { error in
      if case UsernameProblem.startsWrongly = error { true } else { false }
    }
  }

  @Test(arguments: [
    "pаypal", "аdmin", "bοb", "١2", "alice1२", "ꓐob", "łukaszж", "日本Ж", "ひらгана", "가α",
  ])
  func `letters of two scripts that look alike are refused, and digits of two kinds`(typed: String)
  {
    #expect(throws: UsernameProblem.mixesScripts) { try Username(typed) }
  }

  @Test(arguments: [
    "иван", "иван7", "αλέξης", "日本語ユーザー", "ひらがなカタカナ漢字abc", "時々々", "김철수", "김abc漢字", "注音ㄅㄆabc",
    "مستخدم", "user_１２", "naïve", "straße", "कमल", "אבי.ג", "ʻokina",
  ])
  func `letters of one script, or of those that are written together, are a name`(typed: String)
    throws
  {
    _ = try Username(typed)
  }

  @Test(arguments: [
    ("Anna Maria", "anna maria"), ("user#7", "user#7"), ("<b>", "<b>"), ("-rf", "-rf"),
    ("аDMIN", "аdmin"), ("🔑", "🔑"), (" a/B\n", "a/b"),
  ])
  func `another system's spelling stays a name, and folds like any other`(
    spelling: String, folded: String
  ) {
    #expect(Username(legacy: spelling)?.folded == folded)
  }

  @Test(arguments: [
    "", " ", "a\u{0}b", "a\u{1B}[31m", "a\u{202E}b", "a\u{200B}b", "a\nb", "a\u{A0}b", "a\u{FFFD}b",
    "alice\u{2800}", "\u{1D159}", "a\u{16FE4}", "\u{301}a", "Anna  Maria",
    String(repeating: "x", count: 65), String(repeating: "\u{301}", count: 3000),
  ])
  func `what nobody could type or see is no legacy spelling`(spelling: String) {
    #expect(Username(legacy: spelling) == nil)
  }
}
