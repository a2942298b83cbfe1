"""Open pages learn at once that somebody has logged out or in elsewhere."""

import re
import time
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from conftest import change_database
from pages import (
    PASSWORD, fill_login, fill_new_password, fill_register, heading, log_out, logged_in, member_link,
    notice, submit_new_password,
)
from program import Server, eventually

pytestmark = pytest.mark.timeout(240)

# How long a page may take to notice, on the slowest machine.
PATIENCE = 60_000
ENDED = "You have been logged out."


def expect_to_have_left(page, server, next):
    # The script puts it into the address with more percent signs than the server does.
    ways = "|".join(re.escape(quote(next, safe=safe)) for safe in ("", "/"))
    expect(page).to_have_url(
        re.compile(rf"^{re.escape(server.address)}/login\?next=({ways})&notice=ended$"), timeout=PATIENCE)
    expect(notice(page)).to_have_text(ENDED)
    expect(heading(page)).to_have_text("Log in")


def tab(page, path):
    """Another tab of the same browser."""
    other = page.context.new_page()
    other.goto(path)
    return other


def live_requests(context):
    requests = []
    context.on("request", lambda request: requests.append(request) if "/account/live" in request.url else None)
    return requests


def locks(page):
    """How many tabs listen, and how many wait for their turn."""
    return page.evaluate(
        "async () => { const { held, pending } = await navigator.locks.query();"
        " return [held.length, pending.length]; }")


# --- The end of a session

@pytest.mark.clause("ASVS 7.4.1", "ASVS 14.3.1")
@pytest.mark.parametrize("which", ["first", "last"])
def test_logging_out_in_one_tab_closes_the_others(page, server, account, which):
    """The first tab is the one that listens for all."""
    first = logged_in(page, account.name)
    tabs = [first, tab(page, "/account/sessions"), tab(page, "/protected?tab=2")]
    eventually(lambda: locks(first) == [1, 2])
    one = tabs.pop(0 if which == "first" else 2)
    log_out(one)
    expect(one).to_have_url(f"{server.address}/")
    # Who has logged out knows it.
    expect(notice(one)).to_have_text("")
    for other, next in zip(tabs, ["/protected", "/account/sessions"] if which == "last" else
                           ["/account/sessions", "/protected?tab=2"]):
        expect_to_have_left(other, server, next)


def test_a_login_leads_back_to_the_page_that_was_left(page, server, account):
    logged_in(page, account.name)
    other = tab(page, "/protected?tab=2")
    log_out(page)
    expect_to_have_left(other, server, "/protected?tab=2")
    fill_login(other, account.name, account.password)
    other.get_by_role("button", name="Login", exact=True).click()
    expect(other).to_have_url(f"{server.address}/protected?tab=2")
    # The first tab is told in turn.
    expect(member_link(page)).to_be_visible(timeout=PATIENCE)


@pytest.mark.clause("ASVS 7.4.1", "ASVS 7.5.2")
def test_a_session_that_is_revoked_in_another_browser_leaves(browse, server, account):
    here, there = logged_in(browse(), account.name), logged_in(browse(), account.name)
    here.goto("/account/sessions")
    here.get_by_role("button", name=re.compile("^Log out .* from")).click()
    expect(notice(here)).to_have_text("That browser has been logged out.")
    expect_to_have_left(there, server, "/protected")
    expect(here.locator(".session")).to_have_count(1)
    here.reload()
    expect(heading(here)).to_have_text("Your sessions")


@pytest.mark.clause("ASVS 7.4.2", "NIST C6")
def test_a_disabled_account_leaves_every_browser(browse, server, account):
    pages = [logged_in(browse(), account.name) for _ in range(2)]
    server.ok("user", "disable", account.name)
    for page in pages:
        expect_to_have_left(page, server, "/protected")


@pytest.mark.clause("ASVS 7.4.5")
def test_a_session_that_an_operator_revokes_leaves(page, server, account):
    logged_in(page, account.name)
    server.ok("session", "revoke", "--user", account.name)
    expect_to_have_left(page, server, "/protected")


@pytest.mark.clause("ASVS 7.4.3")
def test_a_new_password_closes_every_other_browser(browse, server, account):
    here, there = logged_in(browse(), account.name), logged_in(browse(), account.name)
    beside = tab(here, "/protected?tab=2")
    here.goto("/account/password")
    fill_new_password(here, f"{PASSWORD} new", current=PASSWORD)
    submit_new_password(here)
    expect(heading(here)).to_have_text("Your sessions")
    expect_to_have_left(there, server, "/protected")
    # This browser stays, also in its other tab.
    expect(beside).to_have_url(f"{server.address}/protected?tab=2")
    beside.reload()
    expect(beside).to_have_url(f"{server.address}/protected?tab=2")


@pytest.mark.clause("ASVS 7.3.2")
def test_a_session_that_runs_out_leaves(page, server, account):
    logged_in(page, account.name)
    # Nobody writes anything when the time has come.
    change_database(
        server, "UPDATE session SET expires_at_ms = ? WHERE account_id ="
        " (SELECT id FROM account WHERE username = ?)", int(time.time() * 1000) + 4_000, account.name)
    page.reload()
    expect_to_have_left(page, server, "/protected")


def test_a_public_page_keeps_what_was_typed(page, server, account):
    logged_in(page, account.name)
    page.goto("/recover")
    expect(member_link(page)).to_be_visible()
    typed = {"username": "somebody", "code": "ABCD", "password": "half a passw", "confirm_password": ""}
    for field, text in typed.items():
        page.locator(f"#{field}").fill(text)
    page.evaluate("window.notReloaded = true")
    server.ok("user", "disable", account.name)

    expect(notice(page)).to_have_text(ENDED, timeout=PATIENCE)
    expect(member_link(page)).to_have_count(0)
    expect(page.get_by_role("banner").get_by_role("link", name="Log in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Logout")).to_have_count(0)
    for field, text in typed.items():
        expect(page.locator(f"#{field}")).to_have_value(text)
    expect(page).to_have_url(f"{server.address}/recover")
    assert page.evaluate("window.notReloaded") is True


def test_the_home_page_turns_into_a_visitors(page, server, account):
    logged_in(page, account.name)
    page.goto("/")
    expect(page.get_by_text("Logged in as")).to_be_visible()
    other = tab(page, "/protected")
    log_out(other)
    expect(other).to_have_url(f"{server.address}/")
    expect(notice(page)).to_have_text(ENDED, timeout=PATIENCE)
    expect(page).to_have_url(f"{server.address}/")
    expect(page.get_by_text(account.name)).to_have_count(0)
    page.get_by_role("banner").get_by_role("link", name="Register", exact=True).click()
    expect(heading(page)).to_have_text("Register")


# --- A login in another tab

def test_a_visitors_tab_sees_the_login_of_another(page, server, account):
    page.goto("/")
    expect(member_link(page)).to_have_count(0)
    logged_in(page.context.new_page(), account.name)
    expect(member_link(page)).to_have_text(f"Account {account.name}", timeout=PATIENCE)
    expect(page).to_have_url(f"{server.address}/")


def test_a_login_page_goes_on_after_the_login_of_another_tab(page, server, account):
    page.goto("/login?next=/protected%3Ftab%3D2")
    logged_in(page.context.new_page(), account.name)
    expect(page).to_have_url(f"{server.address}/protected?tab=2", timeout=PATIENCE)


def test_a_login_in_another_tab_does_not_take_away_what_was_typed(page, server, name, account):
    page.goto("/register?next=/protected")
    fill_register(page, f"{name}two", "half a passw", "half")
    logged_in(page.context.new_page(), account.name)
    expect(notice(page)).to_have_text("You have logged in in another tab. Reload this page", timeout=PATIENCE)
    expect(page.locator("#username")).to_have_value(f"{name}two")
    expect(page.locator("#password")).to_have_value("half a passw")
    expect(page.locator("#confirm_password")).to_have_value("half")
    expect(page).to_have_url(f"{server.address}/register?next=/protected")
    notice(page).get_by_role("link", name="Reload this page", exact=True).click()
    expect(page).to_have_url(f"{server.address}/protected")


def test_another_browser_is_not_told_of_a_login(browse, account):
    visitor = browse()
    visitor.goto("/")
    beside = logged_in(browse(), account.name)
    # Time enough for a word to come through: one has, in the browser that it was meant for.
    tab_of_member = tab(beside, "/")
    log_out(beside)
    expect(member_link(beside)).to_have_count(0)
    expect(notice(tab_of_member)).to_have_text(ENDED, timeout=PATIENCE)
    expect(notice(visitor)).to_have_text("")
    expect(member_link(visitor)).to_have_count(0)


# --- The stream

def test_four_tabs_share_one_stream(page, server, account):
    requests = live_requests(page.context)
    logged_in(page, account.name)
    eventually(lambda: locks(page) == [1, 0])
    tabs = [page, *(tab(page, path) for path in ("/", "/account/sessions", "/account/password"))]
    eventually(lambda: locks(page) == [1, 3])
    assert len(requests) == 1, [request.url for request in requests]

    # The one that listens is closed: another takes over, and hears.
    with page.context.expect_event(
            "request", lambda request: "/account/live" in request.url, timeout=PATIENCE):
        tabs.pop(0).close()
    eventually(lambda: locks(tabs[0]) == [1, 2])
    assert len(requests) == 2, [request.url for request in requests]
    server.ok("session", "revoke", "--user", account.name)
    expect(notice(tabs[0])).to_have_text(ENDED, timeout=PATIENCE)
    expect_to_have_left(tabs[1], server, "/account/sessions")
    expect_to_have_left(tabs[2], server, "/account/password")


def test_nine_tabs_can_all_load(page, server, account):
    """Over HTTP/1.1 a browser has six connections to a server: with a stream in each tab the seventh
    would hang."""
    logged_in(page, account.name)
    for number in range(8):
        tab(page, f"/protected?tab={number}")
    eventually(lambda: locks(page) == [1, 8])


def test_a_visitor_asks_for_no_stream(page, name):
    requests = live_requests(page.context)
    for path in ("/", "/login", "/register", "/recover", "/logout"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert not requests


def test_without_javascript_nothing_is_asked_for(page_without_js, server, account):
    page = page_without_js
    requests = live_requests(page.context)
    logged_in(page, account.name)
    for path in ("/", "/account/sessions", "/account/password", "/account/confirm", "/logout"):
        page.goto(path)
        expect(heading(page)).to_be_visible()
    log_out(page)
    expect(page).to_have_url(f"{server.address}/")
    page.goto("/protected")
    # Logging out took the cookie away: there is nothing of which one could say that it has ended.
    expect(page).to_have_url(f"{server.address}/login?next=/protected")
    assert not requests


def test_a_page_outlives_a_restart_of_the_server(browse, tmp_path, name):
    with Server(tmp_path) as server:
        server.add(name)
        page = browse(base_url=server.address, expect_complaint=r"Failed to load resource: net::ERR_")
        logged_in(page, name)
        eventually(lambda: locks(page) == [1, 0])
        page.evaluate("window.notReloaded = true")
        requests = live_requests(page.context)
        # An open page does not keep the server from stopping.
        server.stop()
        server.arguments[server.arguments.index("--port") + 1] = str(server.port)
        server.start()
        eventually(lambda: page.evaluate("1") and requests, seconds=PATIENCE / 1000)

        expect(page).to_have_url(f"{server.address}/protected")
        assert page.evaluate("window.notReloaded") is True
        page.get_by_role("link", name="Home", exact=True).click()
        expect(page.get_by_text("Logged in as")).to_be_visible()
        page.go_back()
        expect(heading(page)).to_have_text(f"Protected Page for {name}")
        server.ok("user", "disable", name)
        expect_to_have_left(page, server, "/protected")


def test_a_page_that_stayed_open_over_a_restart_still_hears(browse, tmp_path, name):
    with Server(tmp_path) as server:
        server.add(name)
        page = browse(base_url=server.address, expect_complaint=r"Failed to load resource: net::ERR_")
        logged_in(page, name)
        eventually(lambda: locks(page) == [1, 0])
        server.stop()
        # While it is away.
        server.ok("user", "disable", name)
        server.arguments[server.arguments.index("--port") + 1] = str(server.port)
        server.start()
        expect_to_have_left(page, server, "/protected")
