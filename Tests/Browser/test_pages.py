"""Every page, looked at from every side: axe, narrow screens, large text, HTML."""

import sqlite3
from contextlib import closing

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from catalogue import EXPECTED_COMPLAINT, MEMBER, VISITOR
from conftest import change_database
from pages import log_in, member_link
from program import Server

pytestmark = pytest.mark.timeout(240)

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}


@pytest.fixture(params=[*VISITOR, *MEMBER])
def title(request):
    return request.param


@pytest.fixture
def visit(browse, guarded_server, name, title):
    """Opens the page. `shown` is how the account's name is shown, if not as the name itself."""
    server = guarded_server
    server.ok("throttle", "clear", "--all")

    def visit(name=name, shown=None, prepare=None, **options):
        server.add(name)
        if shown:
            change_database(server, "UPDATE account SET username = ? WHERE username = ?", shown, name)
        page = browse(
            base_url=server.address, reduced_motion="reduce", expect_complaint=EXPECTED_COMPLAINT, **options)
        if prepare:
            prepare(page)
        if title in MEMBER:
            server.log_in(name)
            log_in(page, name)
            expect(member_link(page)).to_have_text(f"Account {shown or name}")
        (MEMBER | VISITOR)[title](page, name)
        return page

    return visit


def test_axe_finds_nothing(visit):
    check_axe(visit())


def test_the_page_of_a_server_that_cannot_work_is_one_like_the_others(browse, tmp_path, name):
    with Server(tmp_path) as server:
        server.add(name)
        page = browse(base_url=server.address, expect_complaint="Failed to load resource: .* status of 503 ")
        log_in(page, name)
        expect(member_link(page)).to_have_text(f"Account {name}")
        page.goto("about:blank")
        with closing(sqlite3.connect(server.file)) as database, database:
            database.execute("ALTER TABLE session RENAME TO away")
        answer = page.goto("/protected")
        assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator(".reference code")).not_to_be_empty()
        check_axe(page)
        page.set_viewport_size(NARROW)
        check_width(page, 320)
        enlarge_text(page)
        check_width(page, 320)
        with closing(sqlite3.connect(server.file)) as database, database:
            database.execute("ALTER TABLE away RENAME TO session")
        # Nothing was lost.
        page.goto("/protected")
        expect(page.locator("h1")).to_have_text(f"Protected Page for {name}")


def check_axe(page):
    for scheme in ("light", "dark"):
        # Still, so that no colour is measured in the middle of a change.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            results = Axe().run(page)
            assert results.violations_count == 0, f"{scheme}, {size}: {results.generate_report()}"


# What somebody may be called who came from elsewhere, or before there were rules for names.
MARKS = "a" + "\u0301" * 60


@pytest.mark.parametrize("called", ["wide", "marks"])
def test_nothing_scrolls_sideways(visit, name, called):
    if called == "wide":
        page = visit(name=name.ljust(64, "w"), viewport=NARROW)
    else:
        page = visit(shown=name[:2] + MARKS, viewport=NARROW)
    check_width(page, 320)
    enlarge_text(page)
    check_width(page, 320)
    page.set_viewport_size(WIDE)
    check_width(page, 1280)


def enlarge_text(page):
    """To 200 %, as somebody does who sets a larger size in the browser."""
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    # The style of the pages may make it a little larger or smaller than the browser's own size.
    size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert size >= 30, f"{size} px"


def check_width(page, width):
    found = page.evaluate("""() => ({
        width: document.documentElement.scrollWidth,
        wide: [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
            .map((element) => element.outerHTML.slice(0, 120)),
    })""")
    assert found["width"] <= width, found


def test_html_is_valid(visit, title):
    """The parser's own errors, and what it does not look for: references that lead nowhere."""
    answers = []

    def listen(page):
        page.on("response", lambda response: answers.append(response)
                if response.request.is_navigation_request() and response.status not in (302, 303) else None)

    # Without JavaScript each answer is a page.
    page = visit(java_script_enabled=False, prepare=listen)
    text = answers[-1].text()
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(text)
    assert not parser.errors, parser.errors
    check_references(document)
    # In the page itself, not in its templates.
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("h1, h2, h3").first).to_have_js_property("tagName", "H1")
    assert len(document.findall(".//main")) == 1
    assert document.get("lang") == "en" and document.findtext(".//title").strip()
    assert page.title() == document.findtext(".//title")


def check_references(document):
    elements = [element for element in document.iter() if isinstance(element.tag, str)]
    ids = [element.get("id") for element in elements if element.get("id") is not None]
    assert len(ids) == len(set(ids)) and all(ids), f"not unique: {ids}"
    fields = {element.get("id") for element in elements if element.tag in {"input", "select", "textarea"}}
    for element in elements:
        if element.tag == "label":
            assert element.get("for") in fields, element.attrib
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls"):
            for reference in (element.get(attribute) or "").split():
                assert reference in ids, (element.tag, element.attrib)
        if element.tag == "input" and element.get("type") not in {"hidden", "submit"}:
            labelled = any(label.get("for") == element.get("id") for label in document.iter("label"))
            assert labelled or element.get("aria-hidden") == "true", element.attrib
        if (element.get("href") or "").startswith("#"):
            assert element.get("href")[1:] in ids, element.attrib
