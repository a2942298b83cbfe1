public import LatchkeyCore

extension LocalAuth.Configuration {
  /// The real scheme at its lowest cost, so that a test with many logins takes no time. Never for
  /// a program that serves people.
  public static var fastHashing: LocalAuth.Configuration {
    var configuration = LocalAuth.Configuration()
    configuration.schemes = [Argon2id(memoryKiB: 8, passes: 1, lanes: 1), Bcrypt(cost: 4)]
    return configuration
  }
}
