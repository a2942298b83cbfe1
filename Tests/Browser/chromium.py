"""The browser that tests use: plugin of pytest for both folders that have any."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def browser():
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    # None is the browser that Playwright installed.
    program = os.environ.get("LATCHKEY_BROWSER") or next(filter(None, found), None)
    # Chromium's sandbox refuses to run as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
