"""Sessions as a browser sees them."""

import pytest
from playwright.sync_api import expect

from pages import log_out, logged_in, notice


def session_cookie(page):
    return next(cookie for cookie in page.context.cookies() if cookie["name"] == "latchkey")


@pytest.mark.clause("ASVS 3.3.2", "ASVS 3.3.4", "NIST W2")
def test_the_cookie_is_out_of_reach_of_scripts(page, account):
    logged_in(page, account.name)
    cookie = session_cookie(page)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["path"] == "/"
    assert "latchkey" not in page.evaluate("document.cookie")


@pytest.mark.clause("ASVS 7.2.4", "NIST S2")
def test_a_planted_cookie_is_never_adopted(page, server, account):
    page.context.add_cookies([{"name": "latchkey", "value": "A" * 43, "url": server.address}])
    logged_in(page, account.name)
    first = session_cookie(page)["value"]
    assert first != "A" * 43
    log_out(page)
    expect(page).to_have_url(f"{server.address}/")
    logged_in(page, account.name)
    assert session_cookie(page)["value"] != first


@pytest.mark.clause("ASVS 8.2.1", "ASVS 8.3.1")
def test_nothing_private_is_sent_to_anyone_else(server):
    answer = server.get("/protected?tab=2")
    assert (answer.status, answer["location"]) == (303, "/login?next=/protected%3Ftab%3D2")
    assert "Protected Page for" not in answer.text


@pytest.mark.clause("ASVS 14.3.1")
def test_after_logout_the_back_button_shows_nothing_private(page, account):
    logged_in(page, account.name)
    log_out(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to my homepage!")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    expect(page.get_by_text("Protected Page for")).to_have_count(0)


@pytest.mark.clause("ASVS 7.4.1", "NIST S3")
def test_after_logout_the_old_cookie_is_refused(browse, server, account):
    page = logged_in(browse(), account.name)
    stolen = session_cookie(page)
    log_out(page)
    expect(page).to_have_url(f"{server.address}/")

    thief = browse()
    thief.context.add_cookies([stolen])
    thief.goto("/protected")
    expect(thief.get_by_role("heading", level=1)).to_have_text("Log in")


# With JavaScript the other tab does not wait for a reload: see test_live.py.
def test_logging_out_in_one_tab_logs_out_the_other(page_without_js, account):
    page = logged_in(page_without_js, account.name)
    other = page.context.new_page()
    other.goto("/protected")
    log_out(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to my homepage!")
    other.reload()
    expect(other.get_by_role("heading", level=1)).to_have_text("Log in")


def test_logging_out_leaves_other_browsers_logged_in(browse, server, account):
    here, there = logged_in(browse(), account.name), logged_in(browse(), account.name)
    log_out(here)
    expect(here).to_have_url(f"{server.address}/")
    there.reload()
    expect(there).to_have_url(f"{server.address}/protected")


@pytest.mark.clause("ASVS 7.4.2")
def test_a_disabled_account_is_out_at_its_next_request(page_without_js, server, account):
    page = logged_in(page_without_js, account.name)
    server.ok("user", "disable", account.name)
    page.reload()
    expect(page).to_have_url(f"{server.address}/login?next=/protected&notice=ended")
    expect(notice(page)).to_have_text("You have been logged out.")
