import re
import sqlite3
import uuid
from contextlib import closing
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from pages import PASSWORD
from program import Server

pytest_plugins = ["clauses", "chromium"]

expect.set_options(timeout=10_000)

# Chromium reports every refused form as an error of the console. It is what we asked for.
REFUSED_FORM = re.compile(r"^Failed to load resource: the server responded with a status of 422 \(.*\)$")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    # With the hashes that people get.
    with Server(tmp_path_factory.mktemp("server"), settings=None) as server:
        yield server


@pytest.fixture(scope="session")
def guarded_server(tmp_path_factory):
    """One that counts failures, as in earnest. A test that fills counts clears them first."""
    with Server(tmp_path_factory.mktemp("guarded"), throttled=True) as server:
        yield server


def change_database(server, sql, *values):
    """For what would take a test too long to bring about: old proofs, a hundred failures."""
    with closing(sqlite3.connect(server.file, timeout=30)) as database, database:
        changed = database.execute(sql, values).rowcount
    assert changed > 0, "nothing has changed"


@pytest.fixture
def browse(browser, server):
    """Makes pages, each in a fresh browser context. What the console complains of fails the test:
    errors, uncaught exceptions, and whatever the Content-Security-Policy blocked."""
    contexts, complaints = [], []

    def heard(message):
        if message.type == "error" and not any(known.match(message.text) for known in expected):
            complaints.append(f"{message.text} ({message.page.url if message.page else ''})")

    expected = [REFUSED_FORM]

    def make(base_url=server.address, expect_complaint=None, **options):
        if expect_complaint:
            expected.append(re.compile(expect_complaint))
        context = browser.new_context(base_url=base_url, **options)
        context.set_default_timeout(10_000)
        context.on("console", heard)
        context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(browse):
    return browse()


@pytest.fixture
def page_without_js(browse):
    return browse(java_script_enabled=False)


@pytest.fixture(params=[True, False], ids=["js-on", "js-off"])
def any_page(request, browse):
    return browse(java_script_enabled=request.param)


@pytest.fixture
def name():
    """A username that nobody has."""
    return f"u{uuid.uuid4().hex[:12]}"


@pytest.fixture
def add_account(server):
    def add(name, password=PASSWORD):
        server.ok("user", "add", name, "--password", stdin=password + "\n")
        return SimpleNamespace(name=name, password=password)

    return add


@pytest.fixture
def account(add_account, name):
    return add_account(name)
