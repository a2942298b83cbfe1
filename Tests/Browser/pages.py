"""What a person does on the pages, in the words of the pages."""

import re

from playwright.sync_api import Page, expect

PASSWORD = "correct horse battery staple"
TO_LOGIN = re.compile(r"/login(\?.*)?$")


def fill_login(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)


def log_in(page: Page, name: str, password: str = PASSWORD, path: str = "/login") -> None:
    page.goto(path)
    fill_login(page, name, password)
    page.get_by_role("button", name="Login", exact=True).click()


def logged_in(page: Page, name: str, password: str = PASSWORD) -> Page:
    """Logs in and waits for the protected page, so that the session is really there."""
    log_in(page, name, password, "/login?next=/protected")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Protected Page for {name}")
    return page


def fill_register(page: Page, name: str, password: str, confirm: str | None = None) -> None:
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Confirm password", exact=True).fill(password if confirm is None else confirm)


def submit_register(page: Page) -> None:
    page.get_by_role("button", name="Register", exact=True).click()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Logout", exact=True).click()


def fill_new_password(page: Page, new: str, again: str | None = None, current: str | None = None) -> None:
    if current is not None:
        page.get_by_label("Current password", exact=True).fill(current)
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("New password again", exact=True).fill(new if again is None else again)


def submit_new_password(page: Page) -> None:
    page.get_by_role("button", name="Change password", exact=True).click()


def fill_recovery(page: Page, name: str, code: str, new: str, again: str | None = None) -> None:
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Recovery code", exact=True).fill(code)
    fill_new_password(page, new, again)


def submit_recovery(page: Page) -> None:
    page.get_by_role("button", name="Set password", exact=True).click()


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def alert(page: Page):
    return page.locator("[role=alert]")


def notice(page: Page):
    return page.locator("#notice")


def member_link(page: Page):
    """The link in the header by which a page shows that somebody is logged in."""
    return page.locator("header .who")


def stay_on_success(page: Page) -> list:
    """Holds the page on the success message, which is otherwise there for half a second only."""
    held = []
    page.route(TO_LOGIN, lambda route: held.append(route))
    return held


def go_on(page: Page, held: list) -> None:
    """Lets a page that was held leave for the login page."""
    page.unroute(TO_LOGIN)
    for route in held:
        route.continue_()
