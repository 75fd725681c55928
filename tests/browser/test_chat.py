"""The chat page as somebody upset and in a hurry meets it."""

from __future__ import annotations

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.live import PATIENCE, Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(PATIENCE + 180)]

QUESTION = "a co-worker is calling my client, what do I do"
SIZES = [pytest.param(1280, 900, id="desktop"), pytest.param(390, 844, id="phone")]


def ask(page: Page, question: str) -> None:
    turns = page.locator(".turn").count()
    page.get_by_label("What happened?").fill(question)
    page.get_by_label("What happened?").press("Enter")
    expect(page.locator(".turn")).to_have_count(turns + 1)
    expect(page.locator(".turn").last.locator(".lead")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_marker_opens_its_document_at_the_quoted_words(
    open_page: Open, live: Live, width: int, height: int
) -> None:
    page = open_page("/", width, height)
    ask(page, QUESTION)
    citations = Client(live.url, verbose=False).predict(QUESTION, api_name="/ask")["citations"]
    markers = page.locator(".turn a.cite")
    seen = set()
    for number in range(markers.count()):
        marker = markers.nth(number)
        citation = citations[int(marker.inner_text().strip("[]")) - 1]
        marker.click()
        mark = page.locator("dialog mark")
        expect(mark).to_be_in_viewport()
        assert mark.evaluate("node => node.textContent") == citation["quote"]
        expect(page.locator("dialog")).to_contain_text(citation["section"])
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).not_to_be_visible()
        seen.add(citation["marker"])
    assert len(seen) == len(citations)


def test_marker_is_reached_and_left_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    ask(page, QUESTION)
    expect(page.locator(".turn h2")).to_be_focused()
    page.keyboard.press("Tab")
    marker = page.locator(".turn a.cite").first
    expect(marker).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("dialog mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(marker).to_be_focused()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_page_never_scrolls_sideways_and_targets_suit_a_thumb(open_page: Open, width: int, height: int) -> None:
    page = open_page("/", width, height)
    expect(page).to_have_title("Sales conduct advisor")
    for question in (QUESTION, "he said he would kill me", "x" * 300):
        ask(page, question)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".turn summary").first.click()
    small = page.evaluate(
        """[...document.querySelectorAll('main button, main a.cite, main summary, header a')]
           .map(node => [node.textContent, node.getBoundingClientRect()])
           .filter(([, box]) => box.width && (box.height < 40 || box.width < 40)).map(([text]) => text)"""
    )
    assert small == []


def test_clicked_option_shows_its_branch(open_page: Open) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.get_by_role("button", name="Your client told you").click()
    expect(page.get_by_role("heading", name="In your case: Your client told you")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(2)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("What happened?")).to_be_focused()


def test_example_button_asks_its_question(open_page: Open) -> None:
    page = open_page()
    example = page.locator(".examples button").first
    text = example.inner_text()
    example.click()
    expect(page.locator(".turn h2")).to_contain_text(text)


def test_note_is_copied_word_for_word(open_page: Open) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.get_by_text("A note to start from").click()
    page.get_by_role("button", name="Copy the note").click()
    expect(page.locator(".copied")).to_have_text("Copied")
    note = page.locator(".draft").evaluate("node => node.textContent")
    assert page.evaluate("navigator.clipboard.readText()") == note


def test_urgent_matter_shows_whom_to_call_before_the_answer(open_page: Open) -> None:
    page = open_page()
    ask(page, "my client said he would kill me")
    card, lead = page.locator(".card.urgent").bounding_box(), page.locator(".lead").first.bounding_box()
    assert card is not None
    assert lead is not None
    assert card["y"] < lead["y"]


def test_markup_in_a_question_is_shown_as_text(open_page: Open) -> None:
    page = open_page()
    question = "my client wrote <script>document.title='taken'</script><img src=x onerror=alert(1)> ${1+1} {{value}}"
    ask(page, question)
    expect(page.locator(".turn h2")).to_contain_text(question)
    assert page.locator(".turn script, .turn img").count() == 0
    expect(page).to_have_title("Sales conduct advisor")
