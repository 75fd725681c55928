"""The training page as a rep uses it."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.live import PATIENCE, Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(PATIENCE + 180)]

SIZES = [pytest.param(1280, 900, id="desktop"), pytest.param(390, 844, id="phone")]
WIDE = "document.documentElement.scrollWidth <= window.innerWidth"
GIFTS = "Being offered gifts, meals or tickets"
REPLY = (
    "I thank her, and say that I must check the company's rules before I keep anything. "
    "I write down who gave it, what it is, the likely value and the date. "
    "Then I wear it, since old things have no price."
)


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """A check or a preview takes seconds on a busy machine."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def pick_gifts(page: Page) -> None:
    """Picks the topic on gifts by the keyboard and waits for its first situation."""
    box = page.get_by_label("Topic")
    expect(box).not_to_have_value("")
    box.click()
    box.press("Control+a")
    page.keyboard.type(GIFTS)
    page.get_by_role("option", name=GIFTS).click()
    expect(page.locator("#scenario h2")).to_have_text("The watch from Norrland")


def reply(page: Page, words: str, level: str) -> None:
    page.get_by_label("What would you do?").fill(words)
    page.get_by_role("radio", name=level).check()
    page.get_by_role("button", name="See how I did").click()
    expect(page.locator("#assessment h2")).to_be_focused()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_reply_gets_its_level_its_points_and_its_mistakes_each_with_the_quote(
    open_page: Open, width: int, height: int
) -> None:
    page = open_page("/training/", width, height)
    pick_gifts(page)
    reply(page, REPLY, "I take it to my manager")
    result = page.locator("#assessment")
    expect(result).to_contain_text("The level is right: I take it to my manager.")
    expect(result.locator(".made")).to_contain_text("Thank her and promise nothing")
    expect(result.locator(".made")).to_contain_text("Thank the giver, and say that you must check the company's rules")
    expect(result.locator(".missed")).to_contain_text("Log it in the gift register, also if you turned it down.")
    expect(result.locator(".wrong")).to_contain_text("Wear it, since old things have no price")
    expect(result.locator(".wrong")).to_contain_text("Do not accept first and plan to tell someone later.")
    expect(result.locator("blockquote footer").first).to_have_text(
        re.compile(rf"{GIFTS}, version \d+, effective 5 January 2026")
    )
    assert page.evaluate(WIDE)


@pytest.mark.parametrize(
    ("level", "verdict"),
    [
        ("I settle it myself first", "The level is too low. You chose: I settle it myself first."),
        ("I get help at once", "The level is too high. You chose: I get help at once: it is urgent."),
    ],
)
def test_level_that_is_off_is_named_with_the_right_one(open_page: Open, level: str, verdict: str) -> None:
    page = open_page("/training/")
    pick_gifts(page)
    reply(page, REPLY, level)
    expect(page.locator("#assessment .verdict")).to_have_text(f"{verdict} Right would be: I take it to my manager.")


def test_missing_level_or_reply_is_said_in_one_line_and_nothing_typed_is_lost(open_page: Open) -> None:
    page = open_page("/training/")
    expect(page.locator("#scenario h2")).to_be_visible()
    page.get_by_label("What would you do?").fill(REPLY)
    page.get_by_role("button", name="See how I did").click()
    expect(page.get_by_role("alert")).to_have_text("No level is chosen yet; say how far up this needs to go.")
    expect(page.get_by_label("What would you do?")).to_have_value(REPLY)

    page.get_by_label("What would you do?").fill("")
    page.get_by_role("radio", name="I take it to my manager").check()
    page.get_by_role("button", name="See how I did").click()
    expect(page.get_by_role("alert")).to_have_text("The reply is empty; say in a few sentences what you would do.")
    expect(page.get_by_role("radio", name="I take it to my manager")).to_be_checked()


def test_next_scenario_goes_through_the_topic_and_then_to_the_next(open_page: Open) -> None:
    page = open_page("/training/")
    pick_gifts(page)
    title = page.locator("#scenario h2")
    page.get_by_label("What would you do?").fill(REPLY)
    page.get_by_role("button", name="Next scenario").click()
    expect(title).to_have_text("A card for every quote")
    expect(title).to_be_focused()
    expect(page.get_by_label("What would you do?")).to_have_value("")
    expect(page.get_by_label("Topic")).to_have_value(GIFTS)
    page.get_by_role("button", name="Next scenario").click()
    expect(page.get_by_label("Topic")).not_to_have_value(GIFTS)


def test_situation_of_a_topic_can_be_picked(open_page: Open) -> None:
    page = open_page("/training/")
    pick_gifts(page)
    expect(page.get_by_label("Situation")).to_have_value("The watch from Norrland")
    page.get_by_label("Situation").click()
    page.get_by_role("option", name="A card for every quote").click()
    expect(page.locator("#scenario h2")).to_have_text("A card for every quote")


def test_leaving_the_topic_again_keeps_the_reply_that_was_begun(open_page: Open) -> None:
    page = open_page("/training/")
    pick_gifts(page)
    words = page.get_by_label("What would you do?")
    words.fill(REPLY)
    page.get_by_label("Topic").click()
    page.keyboard.press("Escape")
    words.click()
    page.wait_for_timeout(1_500)
    expect(words).to_have_value(REPLY)


def test_form_is_labelled_and_worked_by_keyboard(open_page: Open) -> None:
    page = open_page("/training/")
    expect(page.get_by_role("group", name="How far up does this need to go?")).to_be_visible()
    page.get_by_label("What would you do?").focus()
    page.keyboard.type(REPLY)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="I take it to my manager")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#assessment h2")).to_be_focused()


def test_reply_is_stored_nowhere(open_page: Open, live: Live) -> None:
    page = open_page("/training/")
    expect(page.locator("#scenario h2")).to_be_visible()
    reply(page, f"{REPLY} Xylophone.", "I take it to my manager")
    rows = []
    with sqlite3.connect(live.data / "advisor.db") as connection:
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            rows += connection.execute(f"select * from {table}").fetchall()
    assert "Xylophone" not in str(rows)
    assert "Xylophone" not in live.log.read_text()
    assert "Xylophone" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_page_offers_no_endpoint_to_programs(live: Live) -> None:
    with urllib.request.urlopen(f"{live.url}/training/gradio_api/info", timeout=30) as answer:
        assert json.load(answer) == {"named_endpoints": {}, "unnamed_endpoints": {}}
