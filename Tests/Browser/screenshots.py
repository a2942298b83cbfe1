#!/usr/bin/env python3
"""Writes pictures of every page, light and dark, wide and narrow.

    script/server                                                        (in another terminal)
    .venv/bin/python Tests/Browser/screenshots.py http://localhost:3000 FOLDER

It registers one account (named ada-…) on that server.
"""

import argparse
import os
import shutil
import uuid
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from pages import PASSWORD, TO_LOGIN, fill_register, log_in, logged_in, stay_on_success, submit_register

WIDTHS = {1280: 800, 320: 640}


def register(page, name):
    page.goto("/register")
    fill_register(page, name, PASSWORD)
    submit_register(page)
    page.wait_for_url(TO_LOGIN)


def visit_all(page, name, save):
    for path, title in [("/", "home"), ("/login", "login"), ("/register", "register"), ("/nowhere", "not-found")]:
        page.goto(path)
        save(title)
    log_in(page, name, "not the password")
    expect(page.locator("[role=alert]")).to_be_visible()
    save("login-error")
    page.goto("/register")
    fill_register(page, name, PASSWORD)
    submit_register(page)
    expect(page.locator("[role=alert]")).to_be_visible()
    save("register-error")
    logged_in(page, name)
    save("protected")
    for path, title in [("/", "home-logged-in"), ("/logout", "logout")]:
        page.goto(path)
        save(title)
    stay_on_success(page)
    page.goto("/registered")
    save("registered")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base_url")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    name = f"ada-{uuid.uuid4().hex[:4]}"

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("LATCHKEY_BROWSER") or shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [])
        register(browser.new_page(base_url=options.base_url), name)
        for width, height in WIDTHS.items():
            for mode in ("light", "dark"):
                context = browser.new_context(
                    base_url=options.base_url, color_scheme=mode, reduced_motion="reduce",
                    viewport={"width": width, "height": height})
                page = context.new_page()
                visit_all(page, name, lambda title: page.screenshot(
                    path=options.folder / f"{title}-{mode}-{width}.png"))
                context.close()


if __name__ == "__main__":
    main()
