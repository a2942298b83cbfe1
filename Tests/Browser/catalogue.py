"""Every page that there is, each with the way to it.

`VISITOR` are those for somebody who is not logged in, `MEMBER` those for somebody who is. The account
`name` is there, with the password `PASSWORD`; a member is logged in in a second browser, too.
"""

from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from pages import (
    PASSWORD, alert, fill_new_password, fill_recovery, fill_register, heading, log_in, notice,
    stay_on_success, submit_new_password, submit_recovery, submit_register,
)

VISITOR, MEMBER = {}, {}
# They come with such a status, of which Chromium complains.
EXPECTED_COMPLAINT = r"Failed to load resource: .* status of (403|404|413|429) "


def visitor(way):
    VISITOR[way.__name__.replace("_", "-")] = way


def member(way):
    MEMBER[way.__name__.replace("_", "-")] = way


@visitor
def home(page: Page, name: str):
    page.goto("/")


@visitor
def home_notice(page: Page, name: str):
    page.goto("/?notice=ended")
    expect(notice(page)).not_to_be_empty()


@visitor
def login(page: Page, name: str):
    page.goto("/login")


@visitor
def login_notice(page: Page, name: str):
    page.goto("/login?next=/protected&notice=ended")
    expect(notice(page)).not_to_be_empty()


@visitor
def login_refused(page: Page, name: str):
    log_in(page, name, "not the password")
    expect(alert(page)).to_contain_text("There was a problem")


@visitor
def login_throttled(page: Page, name: str):
    # Of a name that nobody has, so that the account is not touched.
    nobody = f"{name[:50]}nobody"
    for _ in range(15):
        log_in(page, nobody, "not the password")
        expect(alert(page)).not_to_be_empty()
        if "Try again in" in alert(page).inner_text():
            return
    raise AssertionError("never told to wait")


@visitor
def register(page: Page, name: str):
    page.goto("/register")


@visitor
def register_refused(page: Page, name: str):
    page.goto("/register")
    fill_register(page, name, PASSWORD)
    submit_register(page)
    expect(alert(page)).not_to_be_empty()


@visitor
def registered(page: Page, name: str):
    stay_on_success(page)
    # It would go on to the login page after a second, in the middle of whatever is looked at.
    def stay(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={
            key: value for key, value in answer.headers.items() if key != "refresh"})
    page.route("**/registered", stay)
    page.goto("/registered")


@visitor
def recover(page: Page, name: str):
    page.goto("/recover")


@visitor
def recover_refused(page: Page, name: str):
    page.goto("/recover")
    fill_recovery(page, name, "KS32-2W9Z-VS95-C5GG-Q3VG-Q5ZE-2MR9-7B27", PASSWORD)
    submit_recovery(page)
    expect(alert(page)).to_contain_text("This code cannot be used")


@visitor
def recovered(page: Page, name: str):
    page.goto(f"/login?username={name}&notice=recovered")
    expect(notice(page)).not_to_be_empty()


@visitor
def logout_visitor(page: Page, name: str):
    page.goto("/logout")


@visitor
def not_found(page: Page, name: str):
    page.goto("/nowhere")


@visitor
def forbidden(page: Page, name: str):
    page.goto("/login")
    target = urljoin(page.url, "/login")
    # A form of another site.
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{target}"><button>Go</button></form>')
    page.get_by_role("button").click()
    expect(heading(page)).to_be_visible()


@visitor
def too_large(page: Page, name: str):
    page.goto("/nowhere")
    target = urljoin(page.url, "/login")
    page.goto("/login")
    # As without JavaScript, which would show the answer in the form.
    page.locator("main form").evaluate("form => { form.removeAttribute('data-enhance') }")
    page.locator("#username").evaluate("field => { field.value = 'x'.repeat(70000) }")
    page.locator("main form").evaluate("form => form.submit()")
    expect(page.locator(".fault h1")).to_be_visible()
    assert page.url == target


@member
def home_member(page: Page, name: str):
    page.goto("/")


@member
def protected(page: Page, name: str):
    page.goto("/protected")


@member
def logout(page: Page, name: str):
    page.goto("/logout")


@member
def sessions(page: Page, name: str):
    page.goto("/account/sessions")


@member
def sessions_notice(page: Page, name: str):
    page.goto("/account/sessions?notice=password-changed")
    expect(notice(page)).not_to_be_empty()


@member
def sessions_question(page: Page, name: str):
    page.goto("/account/sessions")
    other = page.locator(".session input[name=session]").first.get_attribute("value")
    page.goto(f"/account/sessions?session={other}")
    expect(page.locator("#question")).to_be_visible()


@member
def sessions_question_all(page: Page, name: str):
    page.goto("/account/sessions?session=others")
    expect(page.locator("#question")).to_be_visible()


@member
def password(page: Page, name: str):
    page.goto("/account/password")


@member
def password_guessed(page: Page, name: str):
    page.goto("/account/password?next=/protected&notice=guessed")
    expect(notice(page)).not_to_be_empty()


@member
def password_refused(page: Page, name: str):
    page.goto("/account/password")
    fill_new_password(page, f"{PASSWORD}!", current="not the password")
    submit_new_password(page)
    expect(alert(page)).to_contain_text("The current password is not right")


@member
def confirm(page: Page, name: str):
    page.goto("/account/confirm?next=/account/sessions")


@member
def confirm_refused(page: Page, name: str):
    page.goto("/account/confirm?next=/account/sessions")
    page.locator("#password").fill("not the password")
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(alert(page)).to_contain_text("The password is not right")


@member
def recover_member(page: Page, name: str):
    page.goto("/recover")
