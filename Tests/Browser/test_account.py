"""The pages of one's own account: sessions, confirming, the password, recovery, and being throttled."""

import re
import time

import pytest
from playwright.sync_api import expect

from catalogue import EXPECTED_COMPLAINT
from conftest import change_database
from pages import (
    PASSWORD, alert, fill_new_password, fill_recovery, heading, log_in, log_out, logged_in, member_link,
    notice, submit_new_password, submit_recovery,
)

pytestmark = pytest.mark.timeout(180)

NEW = "four unusual walruses singing"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
          " Version/18.0 Mobile/15E148 Safari/604.1")


@pytest.fixture(params=[True, False], ids=["js-on", "js-off"])
def js(request):
    return request.param


def entry(page, device):
    return page.locator(".session").filter(has=page.get_by_role("heading", name=device, exact=True))


def log_out_there(page, device):
    entry(page, device).get_by_role("button", name=re.compile("^Log out")).click()


def is_in(page):
    page.goto("/protected")
    return heading(page).inner_text().startswith("Protected Page for")


def make_proof_old(server, account):
    change_database(
        server, "UPDATE session SET proven_at_ms = proven_at_ms - 700000 WHERE account_id ="
        " (SELECT id FROM account WHERE username = ?)", account.name)


@pytest.fixture
def browsers(browse, account, js):
    """This browser and two others, all logged in. The others have no script: they stay where they are."""
    here = logged_in(browse(java_script_enabled=js), account.name)
    firefox = logged_in(browse(java_script_enabled=False, user_agent=FIREFOX), account.name)
    iphone = logged_in(browse(java_script_enabled=False, user_agent=IPHONE), account.name)
    return here, firefox, iphone


# --- Sessions

@pytest.mark.clause("ASVS 7.5.2")
def test_the_sessions_say_where_one_is_logged_in(browsers):
    here, *_ = browsers
    member_link(here).click()
    expect(heading(here)).to_have_text("Your sessions")
    expect(here.locator(".session")).to_have_count(3)
    # This one first, marked, and with no button: the header has one for it.
    first = here.locator(".session").first
    expect(first).to_contain_text("This browser")
    expect(first.get_by_role("button")).to_have_count(0)
    expect(here.get_by_text("This browser", exact=True)).to_have_count(1)
    for device in ("Firefox on Linux", "Safari on iPhone"):
        expect(entry(here, device)).to_contain_text("From 127.0.0.x")
        expect(entry(here, device).locator("time")).to_have_count(2)
        # Each button says which one it means.
        expect(entry(here, device).get_by_role("button")).to_have_accessible_name(
            re.compile(rf"^Log out {device} from 127\.0\.0\.x, logged in "))


@pytest.mark.clause("ASVS 7.5.2", "ASVS 7.4.1")
def test_one_session_is_revoked_and_no_other(browsers):
    here, firefox, iphone = browsers
    here.goto("/account/sessions")
    log_out_there(here, "Firefox on Linux")
    expect(notice(here)).to_have_text("That browser has been logged out.")
    expect(here.locator(".session")).to_have_count(2)
    assert (is_in(firefox), is_in(iphone), is_in(here)) == (False, True, True)


@pytest.mark.clause("ASVS 7.5.2", "ASVS 7.4.1")
def test_all_other_sessions_are_revoked(browsers):
    here, firefox, iphone = browsers
    here.goto("/account/sessions")
    here.get_by_role("button", name="Log out all others", exact=True).click()
    expect(notice(here)).to_have_text("All your other browsers have been logged out.")
    expect(here.locator(".session")).to_have_count(1)
    expect(here.get_by_text("You are logged in nowhere else.")).to_be_visible()
    expect(here.get_by_role("button", name="Log out all others")).to_have_count(0)
    assert (is_in(firefox), is_in(iphone), is_in(here)) == (False, False, True)


# --- Confirming

@pytest.mark.clause("ASVS 7.5.2", "ASVS 7.5.3")
@pytest.mark.parametrize("which", ["one", "others"])
def test_an_old_proof_leads_to_the_password_and_back_to_the_question(browsers, server, account, which):
    here, firefox, iphone = browsers
    make_proof_old(server, account)
    here.goto("/account/sessions")
    if which == "one":
        log_out_there(here, "Firefox on Linux")
    else:
        here.get_by_role("button", name="Log out all others", exact=True).click()
    expect(heading(here)).to_have_text("Confirm that it is you")
    # Nothing has been done yet.
    assert is_in(firefox) and is_in(iphone)

    expect(here.locator("#password")).to_be_focused()
    here.locator("#password").fill("not the password")
    here.keyboard.press("Enter")
    expect(alert(here)).to_have_text("The password is not right, please try again.")
    expect(here.locator("#password")).to_be_focused()
    expect(here.locator("#password")).to_have_value("")
    expect(here.locator("#password")).to_have_attribute("aria-invalid", "true")
    here.locator("#password").fill(PASSWORD)
    here.keyboard.press("Enter")

    expect(heading(here)).to_have_text("Your sessions")
    question = {"one": "Log out this browser?", "others": "Log out all browsers but this one?"}[which]
    expect(here.locator("#question")).to_have_text(question)
    focused = here.locator("button:focus")
    expect(focused).to_have_accessible_description(question)
    # Reading the page has ended nothing.
    assert is_in(firefox) and is_in(iphone)
    focused.press("Enter")
    expect(notice(here)).to_contain_text("been logged out.")
    assert (is_in(firefox), is_in(iphone), is_in(here)) == (False, which == "one", True)


@pytest.mark.clause("ASVS 7.2.4", "NIST S2")
def test_confirming_renews_the_session(browse, server, account, js):
    page = logged_in(browse(java_script_enabled=js), account.name)
    before = page.context.cookies()
    page.goto("/account/confirm?next=/protected")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page).to_have_url(f"{server.address}/protected")
    value = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert value["latchkey"] != {cookie["name"]: cookie["value"] for cookie in before}["latchkey"]
    old = browse(java_script_enabled=False)
    old.context.add_cookies(before)
    assert not is_in(old) and is_in(page)


# --- The password

@pytest.mark.clause("ASVS 6.2.2", "ASVS 6.2.3", "ASVS 7.4.3")
def test_the_password_is_changed(browsers, server, account):
    here, firefox, iphone = browsers
    here.goto("/account/sessions")
    here.get_by_role("link", name="Change password", exact=True).click()
    expect(here.locator("#current_password")).to_be_focused()
    fill_new_password(here, NEW, current=PASSWORD)
    submit_new_password(here)
    expect(heading(here)).to_have_text("Your sessions")
    expect(notice(here)).to_have_text("Your password was changed. Everywhere else you have been logged out.")
    expect(here.locator(".session")).to_have_count(1)
    assert (is_in(firefox), is_in(iphone), is_in(here)) == (False, False, True)
    log_in(firefox, account.name)
    expect(alert(firefox)).to_contain_text("There was a problem")
    logged_in(firefox, account.name, NEW)


REFUSED = {
    "wrong": (("not the password", NEW, NEW), "The current password is not right, please try again.",
              "current_password"),
    "no-current": (("", NEW, NEW), "The current password is not right, please try again.", "current_password"),
    "short": ((PASSWORD, "1234567", "1234567"), "Password is too short. Use at least 8 characters", "password"),
    "common": ((PASSWORD, "password1", "password1"), "This password is one of those that are tried first.",
               "password"),
    "different": ((PASSWORD, NEW, f"{NEW}!"), "Passwords do not match", "confirm_password"),
}


@pytest.mark.clause("ASVS 6.2.3", "NIST P13")
@pytest.mark.parametrize("typed, text, field", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_change_says_which_field(browse, account, js, typed, text, field):
    page = logged_in(browse(java_script_enabled=js), account.name)
    page.goto("/account/password")
    fill_new_password(page, typed[1], typed[2], current=typed[0])
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        submit_new_password(page)
    assert answer.value.status == 422
    check_refused(page, text, field)
    # The old one still holds, and so does the session.
    logged_in(browse(java_script_enabled=False), account.name)
    assert is_in(page)


def check_refused(page, text, field, invalid=None):
    expect(alert(page)).to_contain_text(text)
    expect(page.locator(f"#{field}")).to_be_focused()
    expect(page.locator(f"#{field}")).to_have_accessible_description(re.compile(f"^{re.escape(text)}"))
    wrong = page.locator("main [aria-invalid=true]")
    expect(wrong).to_have_count(len(invalid or [field]))
    assert wrong.evaluate_all("fields => fields.map((field) => field.id)") == (invalid or [field])


# --- Recovery

@pytest.fixture
def code(server, account):
    return server.json("user", "reset", account.name)["code"]


@pytest.mark.clause("ASVS 6.4.3", "ASVS 6.4.6", "NIST C1")
def test_a_recovery_code_leads_to_a_new_password(browse, server, account, code, js):
    page = browse(java_script_enabled=js)
    log_in(page, account.name)
    expect(alert(page)).to_contain_text("There was a problem")
    page.get_by_role("link", name="Have a recovery code?", exact=True).click()
    expect(page.locator("#username")).to_be_focused()
    # As it is read from paper.
    fill_recovery(page, account.name, code.lower().replace("-", " "), NEW)
    submit_recovery(page)
    expect(heading(page)).to_have_text("Log in")
    # Nobody is logged in by a code alone.
    expect(member_link(page)).to_have_count(0)
    expect(notice(page)).to_have_text("Your password was set. Log in with it.")
    expect(page.locator("#username")).to_have_value(account.name)
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")
    expect(member_link(page)).to_have_text(f"Account {account.name}")


@pytest.mark.clause("ASVS 6.5.1")
def test_a_recovery_code_is_used_once(browse, account, code, js):
    page = browse(java_script_enabled=js)
    for attempt in range(2):
        page.goto("/recover")
        fill_recovery(page, account.name, code, NEW)
        submit_recovery(page)
        if attempt == 0:
            expect(heading(page)).to_have_text("Log in")
    check_refused(page, "This code cannot be used for this username", "code", ["username", "code"])


def test_a_refused_recovery_keeps_the_code_for_mending(browse, account, code, js):
    page = browse(java_script_enabled=js)
    page.goto("/recover")
    mistyped = ("Z" if code[0] != "Z" else "Y") + code[1:]
    fill_recovery(page, account.name, mistyped, NEW)
    submit_recovery(page)
    check_refused(page, "This code cannot be used for this username", "code", ["username", "code"])
    expect(page.locator("#username")).to_have_value(account.name)
    expect(page.locator("#code")).to_have_value(mistyped)
    fill_recovery(page, account.name, code, NEW, f"{NEW}!")
    submit_recovery(page)
    check_refused(page, "Passwords do not match", "confirm_password")
    fill_recovery(page, account.name, code, "1234567")
    submit_recovery(page)
    check_refused(page, "Password is too short. Use at least 8 characters", "password")
    # None of this has used up the code.
    expect(page.locator("#code")).to_have_value(code)
    fill_recovery(page, account.name, code, NEW)
    submit_recovery(page)
    expect(heading(page)).to_have_text("Log in")


@pytest.mark.clause("ASVS 14.2.1")
def test_no_code_and_no_password_ever_stands_in_an_address(browse, account, code, js):
    page = browse(java_script_enabled=js)
    addresses = []
    page.context.on("request", lambda request: addresses.append(request.url))
    page.goto("/recover")
    fill_recovery(page, account.name, code, NEW)
    submit_recovery(page)
    expect(heading(page)).to_have_text("Log in")
    logged_in(page, account.name, NEW)
    assert addresses and not [
        address for address in addresses if code in address or "walruses" in address]


# --- Being throttled

def count_failures(server, name, failures, minutes=0):
    """As strangers leave it who have guessed at the account."""
    now = int(time.time() * 1000)
    change_database(
        server, "INSERT INTO throttle SELECT 'account', id, ?, ?, ?, 0 FROM account WHERE username = ?",
        failures, now, now + minutes * 60_000, name)


@pytest.fixture
def guarded_account(guarded_server, name):
    guarded_server.ok("throttle", "clear", "--all")
    guarded_server.add(name)
    return name


def browse_guarded(browse, server, js):
    return browse(base_url=server.address, java_script_enabled=js, expect_complaint=EXPECTED_COMPLAINT)


@pytest.mark.clause("ASVS 6.3.1")
def test_whoever_guesses_is_told_when_to_try_again(browse, guarded_server, guarded_account, js):
    known = logged_in(browse_guarded(browse, guarded_server, js), guarded_account)
    log_out(known)
    expect(known).to_have_url(f"{guarded_server.address}/")
    # Strangers do it ten times for nothing.
    for _ in range(10):
        answer = guarded_server.post("/login", {"username": guarded_account, "password": "not the password"})
        assert answer.status == 422
    stranger = browse_guarded(browse, guarded_server, js)
    # The first wait is short, and this machine may be slow.
    change_database(
        guarded_server, "UPDATE throttle SET blocked_until_ms = blocked_until_ms + 1500000 WHERE kind = 'account'")
    # Not even with the right password.
    log_in(stranger, guarded_account)
    expect(alert(stranger)).to_have_text(re.compile(
        r"^Too many attempts\. Try again in 2\d minutes\. A browser in which you have logged in before is not"
        r" affected, nor is a recovery code\.$"))
    expect(stranger.locator("#username")).to_have_value(guarded_account)
    expect(stranger.locator("#password")).to_have_value("")
    expect(stranger.locator("#password")).to_be_focused()
    # Its owner's browser is let in.
    logged_in(known, guarded_account)


@pytest.mark.clause("ASVS 6.3.5", "NIST R1", "NIST R3")
def test_after_a_hundred_guesses_the_owner_is_told_and_chooses_anew(
        browse, guarded_server, guarded_account, js):
    server, name = guarded_server, guarded_account
    known = logged_in(browse_guarded(browse, server, js), name)
    log_out(known)
    expect(known).to_have_url(f"{server.address}/")
    count_failures(server, name, 100)
    stranger = browse_guarded(browse, server, js)
    log_in(stranger, name)
    expect(alert(stranger)).to_contain_text("Too many attempts. Try again in")

    log_in(known, name, path="/login?next=/protected%3Ftab%3D2")
    expect(heading(known)).to_have_text("Change password")
    expect(notice(known)).to_have_text(
        "Somebody has tried very often to guess your password, without success. Until you choose a new one,"
        " you can log in only in browsers in which you have logged in before.")
    fill_new_password(known, NEW, current=PASSWORD)
    submit_new_password(known)
    expect(known).to_have_url(f"{server.address}/protected?tab=2&notice=password-changed")
    expect(heading(known)).to_have_text(f"Protected Page for {name}")
    logged_in(stranger, name, NEW)


def test_a_recovery_is_open_to_whoever_is_throttled(browse, guarded_server, guarded_account, js):
    count_failures(guarded_server, guarded_account, 100)
    code = guarded_server.json("user", "reset", guarded_account)["code"]
    page = browse_guarded(browse, guarded_server, js)
    page.goto("/recover")
    fill_recovery(page, guarded_account, code, NEW)
    submit_recovery(page)
    expect(heading(page)).to_have_text("Log in")
    logged_in(page, guarded_account, NEW)


# --- Help with choosing, and password managers

@pytest.mark.clause("NIST P15")
def test_the_strength_of_a_new_password_is_told(page, name):
    page.goto("/register")
    shown, spoken = page.locator(".strength-words"), page.locator(".strength [role=status]")
    expect(shown).to_have_text("")
    page.locator("#username").fill(name)
    for text, words, said in [
        ("1234567", "Too short: 1 more character", "Too short: 1 more character"),
        ("12", "Too short: 6 more characters", "Too short: 6 more characters"),
        ("Password1!", "Easy to guess", "Password strength: Easy to guess"),
        ("qwertyuiop", "Easy to guess", "Password strength: Easy to guess"),
        (name, "Easy to guess", "Password strength: Easy to guess"),
        (NEW, "Strong", "Password strength: Strong"),
    ]:
        page.locator("#password").fill(text)
        expect(shown).to_have_text(words)
        # For those who do not see it: when the typing rests.
        expect(spoken).to_have_text(said)
    page.locator("#password").fill("")
    expect(shown).to_have_text("")


def test_weak_words_do_not_stop_anybody(page, name):
    """The server's list decides, and not an estimate."""
    page.goto("/register")
    page.locator("#username").fill(name)
    for field in ("password", "confirm_password"):
        page.locator(f"#{field}").fill("abcdefgh1234abcd")
    expect(page.locator(".strength-words")).to_have_text("Easy to guess")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(heading(page)).to_have_text("Log in")


def test_without_javascript_there_is_no_empty_meter(page_without_js):
    page_without_js.goto("/register")
    expect(page_without_js.locator(".strength")).to_be_hidden()


FORMS = {
    "/recover": {"username": "username", "code": "off", "password": "new-password",
                 "confirm_password": "new-password"},
    "/account/password": {"account": "username", "current_password": "current-password",
                          "password": "new-password", "confirm_password": "new-password"},
    "/account/confirm": {"account": "username", "password": "current-password"},
}


@pytest.mark.clause("ASVS 6.2.6", "ASVS 6.2.7", "NIST P17")
@pytest.mark.parametrize("path", FORMS)
def test_password_managers_know_every_form(any_page, account, path):
    logged_in(any_page, account.name)
    any_page.goto(path)
    form = any_page.locator("main form")
    fields = form.locator("input:not([type=hidden])").evaluate_all(
        "fields => fields.map(({ name, type, autocomplete }) => [name, autocomplete, type])")
    # In this order: managers guess by it. No field may be one that they cannot place.
    assert fields == [
        [field, token, "password" if token.endswith("password") else "text"]
        for field, token in FORMS[path].items()]
    if "account" in FORMS[path]:
        # For them only: nobody sees it, hears it, or comes to it by the keyboard.
        expect(form.locator("[name=account]")).to_have_value(account.name)
        expect(form.locator("[name=account]")).to_have_attribute("tabindex", "-1")
        expect(form.get_by_role("textbox", name=account.name)).to_have_count(0)
