import Foundation

extension ForeignAccounts {
  /// Accounts of a Firebase project: the file of `firebase auth:export users.json --format=JSON`. The address is the
  /// name; who has none, as those of Google or a phone alone, is counted and left out.
  ///
  /// - Parameters:
  ///   - bytes: of the file.
  ///   - parameters: of the project.
  /// - Throws: ``UnreadableFileError`` when it is not such a file.
  public init(
    firebase bytes: [UInt8], _ parameters: FirebaseParameters
  ) throws(UnreadableFileError) {
    self.init()
    let file: FirebaseFile
    do {
      file = try JSONDecoder().decode(FirebaseFile.self, from: Data(bytes))
    } catch {
      throw UnreadableFileError("It is no JSON of firebase auth:export.")
    }
    for (index, user) in file.users.enumerated() {
      let origin = "user \(user.localId ?? "\(index + 1)")"
      guard let email = user.email, !email.isEmpty else {
        namelessCount += 1
        continue
      }
      let hash = user.passwordHash.map { text in
        // What is not the project's is kept as it is, and refused in words.
        parameters.hash(text, salt: user.salt ?? "") ?? PasswordHash(text: text)
      }
      accounts.append(
        ForeignAccount(
          origin: origin, username: email, hash: hash, isEnabled: user.disabled != true,
          createdAt: user.createdAt.flatMap(Int64.init).map {
            Timestamp(millisecondsSinceEpoch: max(0, $0))
          }))
    }
  }
}

private struct FirebaseFile: Decodable {
  struct User: Decodable {
    let localId: String?
    let email: String?
    let passwordHash: String?
    let salt: String?
    let disabled: Bool?
    /// Milliseconds since 1970, as a text.
    let createdAt: String?
  }

  let users: [User]
}
