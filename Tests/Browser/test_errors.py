"""Every error: its text, the field that is cleared, the field that is focused, what is kept."""

import re
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from pages import PASSWORD, fill_login, fill_register, log_in, submit_register

PROBLEM = "There was a problem logging in, please try again."
DISABLED = "This account is disabled."


class Refused(NamedTuple):
    username: str
    password: str
    confirm: str
    text: str
    focused: str
    cleared: str | None = None


# {free} and {taken} stand for usernames.
REGISTER = {
    "no-username": Refused("", PASSWORD, PASSWORD, "Username cannot be empty", "username"),
    "taken": Refused(
        "{taken}", PASSWORD, PASSWORD,
        "Username {taken} is already registered. Try a different name", "username", "username"),
    "no-password": Refused("{free}", "", "", "Password cannot be empty", "password"),
    "different": Refused(
        "{free}", PASSWORD, PASSWORD + "!", "Passwords do not match", "confirm_password", "confirm_password"),
    # The first check that fails is the one that is told, in this order.
    "no-username-first": Refused("", "", "x", "Username cannot be empty", "username"),
    "taken-before-password": Refused(
        "{taken}", "", "x",
        "Username {taken} is already registered. Try a different name", "username", "username"),
}


@pytest.fixture(params=REGISTER.values(), ids=REGISTER.keys())
def refused(request, name, add_account):
    taken = add_account(f"{name}taken").name
    return Refused(*(value and value.format(free=name, taken=taken) for value in request.param))


def check_fields(page, refused: Refused, kept: set[str]) -> None:
    expect(page.locator("[role=alert]")).to_have_text(refused.text)
    expect(page.locator(f"#{refused.focused}")).to_be_focused()
    texts = {"username": refused.username, "password": refused.password, "confirm_password": refused.confirm}
    for field, text in texts.items():
        expected = text if field in kept and field != refused.cleared else ""
        expect(page.locator(f"#{field}")).to_have_value(expected)


def test_register_refuses_and_keeps_what_was_typed(page, refused):
    page.goto("/register")
    page.evaluate("window.notReloaded = true")
    fill_register(page, refused.username, refused.password, refused.confirm)
    submit_register(page)
    check_fields(page, refused, kept={"username", "password", "confirm_password"})
    assert page.evaluate("window.notReloaded") is True


@pytest.mark.clause("ASVS 2.2.2", "ASVS 2.2.3", "ASVS 8.3.1")
def test_register_refuses_without_javascript(page_without_js, refused):
    page = page_without_js
    page.goto("/register")
    fill_register(page, refused.username, refused.password, refused.confirm)
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        submit_register(page)
    assert answer.value.status == 422
    # Passwords are never sent back.
    check_fields(page, refused, kept={"username"})


@pytest.mark.clause("ASVS 6.2.1", "NIST P13")
def test_a_short_password_is_told_the_length(any_page, name):
    any_page.goto("/register")
    fill_register(any_page, name, "1234567")
    submit_register(any_page)
    expect(any_page.locator("[role=alert]")).to_contain_text("8")
    expect(any_page.locator("#password")).to_be_focused()
    expect(any_page.locator("#username")).to_have_value(name)


def test_an_error_is_tied_to_its_field(any_page):
    any_page.goto("/register")
    submit_register(any_page)
    expect(any_page.locator("#username")).to_have_attribute("aria-invalid", "true")
    expect(any_page.locator("#username")).to_have_accessible_description(
        re.compile("^Username cannot be empty")
    )


def test_a_mended_form_goes_through(any_page, server, name):
    any_page.goto("/register")
    fill_register(any_page, name, PASSWORD, "something else")
    submit_register(any_page)
    expect(any_page.locator("[role=alert]")).to_have_text("Passwords do not match")
    fill_register(any_page, name, PASSWORD)
    submit_register(any_page)
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Log in")


@pytest.mark.parametrize("case", ["wrong-password", "no-password", "unknown"])
def test_login_says_the_same_whatever_was_wrong(any_page, name, account, case):
    username = f"{name}nobody" if case == "unknown" else account.name
    password = "" if case == "no-password" else "not the password"
    any_page.goto("/login")
    fill_login(any_page, username, password)
    with any_page.expect_response(lambda response: response.request.method == "POST") as answer:
        any_page.get_by_role("button", name="Login", exact=True).click()
    assert answer.value.status == 422
    expect(any_page.locator("[role=alert]")).to_have_text(PROBLEM)
    expect(any_page.locator("#username")).to_have_value(username)
    expect(any_page.locator("#password")).to_have_value("")
    expect(any_page.locator("#password")).to_be_focused()


def test_a_disabled_account_is_told_so_only_after_the_right_password(any_page, server, account):
    server.ok("user", "disable", account.name)
    log_in(any_page, account.name, "not the password")
    expect(any_page.locator("[role=alert]")).to_have_text(PROBLEM)
    log_in(any_page, account.name)
    expect(any_page.locator("[role=alert]")).to_have_text(DISABLED)
    expect(any_page.locator("#username")).to_have_value(account.name)
    expect(any_page.locator("#password")).to_have_value("")
    any_page.goto("/protected")
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Log in")
