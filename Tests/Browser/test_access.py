"""For everyone: the keyboard alone, password managers, showing a password."""

import re

import pytest
from playwright.sync_api import expect

from pages import PASSWORD, TO_LOGIN


def tab_to(page, target):
    """Presses Tab until the target has the focus, and checks that the focus can be seen there."""
    has_focus = "element => element === document.activeElement"
    for _ in range(25):
        if target.evaluate(has_focus):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
    assert target.evaluate(
        "e => { const s = getComputedStyle(e);"
        " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' }"
    ), f"the focus cannot be seen on {target}"


def test_everything_can_be_done_with_the_keyboard(any_page, name):
    page = any_page

    def press(role, label):
        tab_to(page, page.get_by_role("main").get_by_role(role, name=label, exact=True))
        page.keyboard.press("Enter")

    def write(field, text):
        tab_to(page, page.locator(f"#{field}"))
        page.keyboard.type(text)

    page.goto("/login")
    press("link", "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Register")
    write("username", name)
    write("password", PASSWORD)
    write("confirm_password", PASSWORD)
    press("button", "Register")

    expect(page).to_have_url(TO_LOGIN)
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(lambda url: not TO_LOGIN.search(url))
    page.goto("/")
    press("link", "Protected Page")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Protected Page for {name}")
    tab_to(page, page.get_by_role("button", name="Logout", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to my homepage!")


def test_the_colour_button_works_with_the_keyboard(any_page):
    any_page.goto("/")
    tab_to(any_page, any_page.get_by_role("button", name="Switch to dark mode", exact=True))
    any_page.keyboard.press("Enter")
    expect(any_page.get_by_role("button", name="Switch to light mode", exact=True)).to_be_visible()


@pytest.mark.clause("ASVS 6.2.6", "ASVS 6.2.7", "NIST P17")
@pytest.mark.parametrize("path, fields", [
    ("/login", {"username": "username", "password": "current-password"}),
    ("/register", {
        "username": "username", "password": "new-password", "confirm_password": "new-password"}),
])
def test_password_managers_know_the_fields(any_page, path, fields):
    any_page.goto(path)
    for field, autocomplete in fields.items():
        box = any_page.locator(f"form[method=post] #{field}")
        expect(box).to_have_attribute("name", field)
        expect(box).to_have_attribute("autocomplete", autocomplete)
        expect(box).to_have_attribute("type", "text" if field == "username" else "password")


@pytest.mark.clause("ASVS 6.2.6", "NIST P18")
@pytest.mark.parametrize("path, fields", [("/login", ["password"]), ("/register", ["password", "confirm_password"])])
def test_a_password_can_be_shown_and_hidden(page, path, fields):
    page.goto(path)
    buttons = page.get_by_role("button", name=re.compile("(Show|Hide) password"))
    # One button, for both fields of the registration form: they hold the same.
    expect(buttons).to_have_count(1)
    boxes = [page.locator(f"#{field}") for field in fields]
    for box in boxes:
        box.fill(PASSWORD)
    buttons.click()
    for box in boxes:
        expect(box).to_have_attribute("type", "text")
        expect(box).to_have_value(PASSWORD)
    buttons.click()
    for box in boxes:
        expect(box).to_have_attribute("type", "password")


def test_without_javascript_there_is_no_button_that_does_nothing(page_without_js):
    page_without_js.goto("/register")
    expect(page_without_js.get_by_role("button", name=re.compile("(Show|Hide) password"))).to_have_count(0)


@pytest.mark.clause("ASVS 6.2.7", "NIST P17")
@pytest.mark.parametrize("path, fields", [("/login", ["password"]), ("/register", ["password", "confirm_password"])])
def test_a_password_can_be_pasted(any_page, path, fields):
    any_page.goto(path)
    any_page.locator("#username").fill(PASSWORD)
    any_page.locator("#username").press("ControlOrMeta+a")
    any_page.keyboard.press("ControlOrMeta+c")
    for field in fields:
        any_page.locator(f"#{field}").focus()
        any_page.keyboard.press("ControlOrMeta+v")
        expect(any_page.locator(f"#{field}")).to_have_value(PASSWORD)
