public import Hummingbird
public import LatchkeyCore

/// The context of private routes. It cannot be made without a live session, so a handler that has
/// one needs no check, and forgetting the check does not compile.
///
/// The members of the context below it are reached directly: `context.auth`, or what the app's
/// own context adds.
@dynamicMemberLookup
public struct Authenticated<Base: AuthRequestContext>: AuthRequestContext, ChildRequestContext {
  public var base: Base
  public let account: Account
  public let session: Session

  /// - Throws: ``LoginRequired`` when nobody is logged in; ``MissingAuthError`` when the app is put
  ///   together wrongly. Either way nothing of the route runs.
  public init(context: Base) throws {
    guard let live = context.auth.live else {
      throw LoginRequired(
        loginPath: try context.requiredWeb.site.routes.login,
        hadSession: context.auth.token != nil)
    }
    base = context
    base.auth.isPrivate = true
    account = live.account
    session = live.session
  }

  public var coreContext: CoreRequestContextStorage {
    get { base.coreContext }
    set { base.coreContext = newValue }
  }

  public var auth: RequestAuth {
    get { base.auth }
    set { base.auth = newValue }
  }

  public subscript<Member>(dynamicMember path: KeyPath<Base, Member>) -> Member {
    base[keyPath: path]
  }
}

/// The context of the private routes of ``AuthRouter``.
public typealias PrivateContext = Authenticated<OpenContext>
