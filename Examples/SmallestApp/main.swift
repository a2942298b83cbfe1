import Latchkey

let auth = try await LocalAuth(.sqlite("app.db"))  // opens, migrates, prepares hashing
let router = try auth.router()  // pages, sessions, headers; closed by default
router.open.get("/") { _, _ in "Welcome to my homepage!" }
router.get("/protected") { _, context in "Protected Page for \(context.account.username)" }
try await auth.application(router: router).runService()
