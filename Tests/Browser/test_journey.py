"""Register, log in, a protected page, log out: the whole way, with JavaScript on and off."""

import re

import pytest
from playwright.sync_api import expect

from pages import (
    PASSWORD, TO_LOGIN, fill_login, fill_register, go_on, log_in, log_out, logged_in,
    stay_on_success, submit_register,
)


@pytest.mark.clause("ASVS 3.7.5")
def test_register_log_in_see_the_protected_page_log_out(any_page, server, name):
    page = any_page
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to my homepage!")
    page.get_by_role("link", name="Protected Page", exact=True).click()

    expect(page).to_have_url(f"{server.address}/login?next=/protected")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.get_by_role("main").get_by_role("link", name="Register", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Register")
    held = stay_on_success(page)
    fill_register(page, name, PASSWORD)
    submit_register(page)
    expect(page.get_by_role("status")).to_contain_text("Registration successful!")
    go_on(page, held)

    expect(page).to_have_url(TO_LOGIN)
    expect(page.locator("#username")).to_have_value(name)
    expect(page.locator("#password")).to_be_focused()
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Login", exact=True).click()

    page.wait_for_url(lambda url: not TO_LOGIN.search(url))
    page.goto("/protected")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Protected Page for {name}")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page).to_have_url(f"{server.address}/")
    page.go_back()
    log_out(page)

    expect(page).to_have_url(f"{server.address}/")
    page.goto("/protected")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_success_is_shown_for_half_a_second(page, name):
    times = {}
    page.on("requestfinished", lambda request: request.method == "POST" and times.update(
        answered=request.timing["startTime"] + request.timing["responseEnd"]))
    page.on("request", lambda request: request.is_navigation_request() and times.update(left=request))
    page.goto("/register")
    fill_register(page, name, PASSWORD)
    submit_register(page)
    expect(page).to_have_url(TO_LOGIN)
    page.wait_for_load_state()
    shown = times["left"].timing["startTime"] - times["answered"]
    assert 400 <= shown <= 5_000, f"{shown} ms"


def test_the_login_page_links_to_register_and_back(any_page):
    any_page.goto("/login")
    any_page.get_by_role("main").get_by_role("link", name="Register", exact=True).click()
    any_page.get_by_role("main").get_by_role("link", name="Log in", exact=True).click()
    expect(any_page.get_by_role("heading", level=1)).to_have_text("Log in")


@pytest.mark.clause("ASVS 1.1.1", "ASVS 1.2.2")
def test_logging_in_leads_back_to_path_and_query(any_page, server, account):
    any_page.goto("/protected?tab=2&q=a%20b")
    expect(any_page).to_have_url(f"{server.address}/login?next=/protected%3Ftab%3D2%26q%3Da%2520b")
    fill_login(any_page, account.name, account.password)
    any_page.get_by_role("button", name="Login", exact=True).click()
    expect(any_page).to_have_url(f"{server.address}/protected?tab=2&q=a%20b")
    expect(any_page.get_by_role("heading", level=1)).to_have_text(f"Protected Page for {account.name}")


def test_the_way_back_survives_a_wrong_password(any_page, server, account):
    any_page.goto("/protected?tab=2")
    fill_login(any_page, account.name, "not the password")
    any_page.get_by_role("button", name="Login", exact=True).click()
    expect(any_page.locator("[role=alert]")).to_be_visible()
    any_page.locator("#password").fill(account.password)
    any_page.get_by_role("button", name="Login", exact=True).click()
    expect(any_page).to_have_url(f"{server.address}/protected?tab=2")


def test_the_way_back_is_used_once(any_page, server, account):
    log_in(any_page, account.name, path="/protected?tab=2")
    expect(any_page).to_have_url(f"{server.address}/protected?tab=2")
    log_out(any_page)
    expect(any_page).to_have_url(f"{server.address}/")
    log_in(any_page, account.name)
    expect(any_page).to_have_url(f"{server.address}/")


@pytest.mark.clause("ASVS 1.2.2", "ASVS 3.7.2")
@pytest.mark.parametrize("target", [
    "//other.example/", "/\\other.example/", "https://other.example/", "https:other.example",
    "/%09/other.example", "\t//other.example", "javascript:alert(1)",
])
def test_logging_in_never_leads_to_another_site(any_page, server, account, target):
    any_page.goto("/login")
    fill_login(any_page, account.name, account.password)
    any_page.locator("input[name=next]").evaluate("(field, value) => field.value = value", target)
    with any_page.expect_navigation(url=lambda url: not TO_LOGIN.search(url)):
        any_page.get_by_role("button", name="Login", exact=True).click()
    assert any_page.url.startswith(f"{server.address}/")


def test_whoever_is_logged_in_is_sent_on_from_the_login_page(any_page, server, account):
    logged_in(any_page, account.name)
    any_page.goto("/login")
    expect(any_page).to_have_url(f"{server.address}/")
    any_page.goto("/login?next=/protected%3Ftab%3D2")
    expect(any_page).to_have_url(f"{server.address}/protected?tab=2")


@pytest.mark.clause("ASVS 7.4.4", "NIST S9")
def test_each_page_has_one_logout_button(page, account):
    logged_in(page, account.name)
    for path in ("/protected", "/", "/logout"):
        page.goto(path)
        expect(page.get_by_role("button", name="Logout", exact=True)).to_have_count(1)


@pytest.mark.clause("ASVS 3.5.3")
def test_asking_for_the_logout_page_does_not_log_out(any_page, server, account):
    logged_in(any_page, account.name)
    any_page.goto("/logout")
    any_page.goto("/protected")
    expect(any_page).to_have_url(f"{server.address}/protected")
    any_page.goto("/logout")
    log_out(any_page)
    expect(any_page).to_have_url(f"{server.address}/")
    any_page.goto("/protected")
    expect(any_page).to_have_url(re.compile(r"/login\?next="))
