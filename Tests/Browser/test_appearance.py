"""Colour mode, reduced motion."""

import re

import pytest
from playwright.sync_api import expect

from pages import PASSWORD, fill_register, stay_on_success, submit_register

MODES = ["light", "dark"]


def opposite(mode):
    return "light" if mode == "dark" else "dark"


def background(page):
    return page.evaluate(
        "[document.documentElement, document.body].map(e => getComputedStyle(e).backgroundColor).join()")


def expect_mode(page, mode):
    """Only the button for the other mode can be seen."""
    expect(page.get_by_label(f"Switch to {opposite(mode)} mode", exact=True)).to_be_visible()
    expect(page.get_by_label(f"Switch to {mode} mode", exact=True)).to_be_hidden()


def switch_to(page, mode):
    page.get_by_role("button", name=f"Switch to {mode} mode", exact=True).click()
    expect_mode(page, mode)
    expect(page.locator("html")).to_have_attribute("data-color-mode", mode)


@pytest.mark.parametrize("js", [True, False], ids=["js-on", "js-off"])
def test_colour_follows_the_system_until_chosen(browse, js):
    pages = {mode: browse(color_scheme=mode, java_script_enabled=js) for mode in MODES}
    for mode, page in pages.items():
        page.goto("/")
        expect_mode(page, mode)
    assert background(pages["light"]) != background(pages["dark"])

    # The system changes while the page is open.
    pages["light"].emulate_media(color_scheme="dark")
    expect_mode(pages["light"], "dark")
    assert background(pages["light"]) == background(pages["dark"])


@pytest.mark.parametrize("js", [True, False], ids=["js-on", "js-off"])
@pytest.mark.parametrize("system", MODES)
def test_the_chosen_colour_stays(browse, server, system, js):
    chosen = opposite(system)
    page = browse(color_scheme=system, java_script_enabled=js)
    page.goto("/")
    before = background(page)
    switch_to(page, chosen)
    expect(page).to_have_url(f"{server.address}/")
    assert background(page) != before
    page.reload()
    for path in ("/", "/login", "/register"):
        page.goto(path)
        expect_mode(page, chosen)
    page.goto("/")
    switch_to(page, system)
    page.reload()
    expect_mode(page, system)
    assert background(page) == before


def test_the_chosen_colour_is_in_the_page_before_any_script_runs(browse):
    page = browse(color_scheme="light")
    page.goto("/")
    # A choice that is still on its way to the server would be lost with the page.
    switch_to(page, "dark")
    page.wait_for_load_state("networkidle")
    for path in ("/", "/login", "/register"):
        html = page.goto(path).text()
        assert re.search(r'<html[^>]*\bdata-color-mode="dark"', html), path


def test_the_colour_button_comes_back_to_the_same_page(page_without_js, server):
    page_without_js.goto("/login?next=/protected%3Ftab%3D2")
    page_without_js.get_by_role("button", name=re.compile("Switch to .* mode")).click()
    expect(page_without_js).to_have_url(f"{server.address}/login?next=/protected%3Ftab%3D2")


@pytest.mark.parametrize("wish, moves", [("no-preference", True), ("reduce", False)])
def test_the_spinner_turns_unless_motion_is_unwelcome(browse, name, wish, moves):
    page = browse(reduced_motion=wish)
    page.goto("/register")
    stay_on_success(page)
    fill_register(page, name, PASSWORD)
    submit_register(page)
    expect(page.get_by_role("status")).to_contain_text("Registration successful!")
    # Half a second and more: what is shorter is a change, not a motion.
    turning = page.evaluate(
        "document.getAnimations().filter("
        "a => a.playState === 'running' && a.effect.getComputedTiming().activeDuration >= 500).length")
    assert (turning > 0) == moves
