#!/usr/bin/env python3
"""Writes pictures of every page, light and dark, wide and narrow.

    script/server                                                            (in another terminal)
    .venv/browser/bin/python Tests/Browser/screenshots.py http://localhost:3000 FOLDER

It registers one account (named ada-…) on that server, and gets passwords wrong until it is told to wait.
"""

import argparse
import os
import shutil
import uuid
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from catalogue import MEMBER, VISITOR
from pages import PASSWORD, TO_LOGIN, fill_register, logged_in, submit_register

WIDTHS = {1280: 800, 320: 640}


def register(page, name):
    page.goto("/register")
    fill_register(page, name, PASSWORD)
    submit_register(page)
    page.wait_for_url(TO_LOGIN)


def take(page, folder, title):
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for mode in ("light", "dark"):
            page.emulate_media(color_scheme=mode, reduced_motion="reduce")
            page.screenshot(path=folder / f"{title}-{mode}-{width}.png", full_page=True)


def visit_all(context, pages, name, folder):
    for title, way in pages.items():
        page = context.new_page()
        way(page, name)
        take(page, folder, title)
        page.close()


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
        visitor, member, elsewhere = (browser.new_context(base_url=options.base_url) for _ in range(3))
        register(visitor.new_page(), name)
        for context in (member, elsewhere):
            page = logged_in(context.new_page(), name)
            expect(page.get_by_role("button", name="Logout", exact=True)).to_be_visible()
            page.close()
        visit_all(member, MEMBER, name, options.folder)
        # Last of all, because from then on this machine has to wait for everything.
        last = {"login-throttled": VISITOR["login-throttled"]}
        visit_all(visitor, {title: way for title, way in VISITOR.items() if title not in last} | last,
                  name, options.folder)
        browser.close()


if __name__ == "__main__":
    main()
