"""The accounts of the Reflex sample log in with their old passwords."""

import json

import pytest
from playwright.sync_api import expect

from pages import log_in, log_out, logged_in
from program import PROJECT, Server

SAMPLE = PROJECT / "Tests/Fixtures/reflex-sample.db"
USERS = json.loads(SAMPLE.with_suffix(".json").read_text())["users"]
# Folded, it is alice's name, and alice was there first.
COLLIDES = "ALICE"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("imported"), settings=None)
    server.report = server.ok("import", "reflex", SAMPLE, "--skip-invalid", server.folder / "skipped.jsonl")
    with server:
        yield server


def test_the_import_names_who_was_refused(imported):
    assert COLLIDES in imported.report


@pytest.mark.parametrize(
    "user", [user for user in USERS if user["enabled"] and user["username"] != COLLIDES],
    ids=lambda user: user["username"])
def test_an_imported_account_logs_in_with_its_old_password(browse, imported, user):
    page = browse(base_url=imported.address)
    # The second time with the hash that the first login made.
    for _ in range(2):
        logged_in(page, user["username"], user["password"])
        log_out(page)
        expect(page).to_have_url(f"{imported.address}/")


def test_a_disabled_account_stays_disabled(browse, imported):
    page = browse(base_url=imported.address)
    user = next(user for user in USERS if not user["enabled"])
    log_in(page, user["username"], user["password"])
    expect(page.locator("[role=alert]")).to_have_text("This account is disabled.")


def test_the_refused_account_does_not_log_in(browse, imported):
    page = browse(base_url=imported.address)
    user = next(user for user in USERS if user["username"] == COLLIDES)
    log_in(page, user["username"], user["password"])
    expect(page.locator("[role=alert]")).to_have_text("There was a problem logging in, please try again.")
