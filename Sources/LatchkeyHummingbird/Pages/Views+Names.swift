import Mustache

// The values that each page has, by the names that templates use. Mustache would find them by reflection,
// over and over; that took most of the time of a page. A test holds these lists against the types.

extension PageValues: MustacheParent {
  func child(named name: String) -> Any? {
    switch name {
    case "page": page
    case "view": view
    default: nil
    }
  }
}

extension PageFrame: MustacheParent {
  func child(named name: String) -> Any? {
    switch name {
    case "title": title
    case "siteName": siteName
    case "colorMode": colorMode
    case "stylesheet": stylesheet
    case "script": script
    case "icon": icon
    case "username": username
    case "session": session
    case "isPrivate": isPrivate
    case "notice": notice
    case "here": here
    case "paths": paths
    case "loginLink": loginLink
    case "registerLink": registerLink
    default: nil
    }
  }
}

extension PageFrame.Paths: MustacheParent {
  func child(named name: String) -> Any? {
    switch name {
    case "home": home
    case "login": login
    case "register": register
    case "logout": logout
    case "colorMode": colorMode
    case "sessions": sessions
    case "password": password
    case "confirm": confirm
    case "live": live
    case "recover": recover
    default: nil
    }
  }
}

extension FormView: MustacheParent {
  func child(named name: String) -> Any? {
    switch name {
    case "action": action
    case "next": next
    case "alert": alert
    case "username": username
    case "code": code
    case "currentPassword": currentPassword
    case "password": password
    case "confirmPassword": confirmPassword
    case "usernameHint": usernameHint
    case "passwordHint": passwordHint
    case "minimumPasswordLength": minimumPasswordLength
    default: nil
    }
  }
}

extension FormView.Field: MustacheParent {
  func child(named name: String) -> Any? {
    switch name {
    case "value": value
    case "invalid": invalid
    case "focus": focus
    default: nil
    }
  }
}
