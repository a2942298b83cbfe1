"""What each page tells the browser to refuse, and names that try to be markup."""

import pytest
from playwright.sync_api import expect

from pages import PASSWORD, fill_register, log_in, logged_in, submit_register

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "\"><img src=x onerror=document.title='hit'>",
    # In Swift the quote and the accent are one character: who escapes by characters lets it through.
    "accented-quote": "\"\u0301 onfocus=document.title='hit' autofocus x=\"\u0301",
}


def check_headers(headers):
    policy = headers["content-security-policy"]
    assert "default-src" in policy and "frame-ancestors" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/", "/login", "/register", "/registered", "/logout", "/protected", "/nowhere", "/health"])
def test_every_answer_has_the_security_headers(server, path):
    check_headers(server.get(path))


@pytest.mark.clause("ASVS 14.3.2")
@pytest.mark.parametrize("path", ["/protected", "/", "/logout"])
def test_private_pages_are_not_stored(page, account, path):
    logged_in(page, account.name)
    headers = page.goto(path).all_headers()
    check_headers(headers)
    assert "no-store" in headers["cache-control"]


@pytest.mark.clause("ASVS 3.4.3")
@pytest.mark.parametrize("path", ["/", "/login", "/register", "/registered"])
def test_no_page_has_inline_script_or_style(page_without_js, path):
    page_without_js.goto(path)
    expect(page_without_js.locator("script:not([src]), style, [style]")).to_have_count(0)


def check_harmless(page):
    expect(page.locator("img[src=x], [onerror], [onfocus], main script")).to_have_count(0)
    assert page.title() != "hit"


@pytest.mark.clause("ASVS 1.2.1", "ASVS 3.2.2")
@pytest.mark.parametrize("username", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_comes_back_as_text_from_login(any_page, username):
    log_in(any_page, username, "not the password")
    expect(any_page.locator("[role=alert]")).to_have_text("There was a problem logging in, please try again.")
    expect(any_page.locator("#username")).to_have_value(username)
    check_harmless(any_page)


@pytest.mark.clause("ASVS 1.2.1", "ASVS 3.2.2")
@pytest.mark.parametrize("username", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_name_comes_back_as_text_from_register(any_page, username):
    any_page.goto("/register")
    # The passwords differ: refused for its name or for them, the form comes back with the name.
    fill_register(any_page, username, PASSWORD, "something else")
    submit_register(any_page)
    expect(any_page.locator("[role=alert]")).not_to_be_empty()
    expect(any_page.locator("#username")).to_have_value(username)
    check_harmless(any_page)
