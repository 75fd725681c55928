"""The chat page while a language model puts the answer into words, whatever that model does."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.fake_model import FakeModel
from tests.live import PATIENCE, Live, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(2 * PATIENCE + 180)]

SECONDS = 6
LATE = 10
"""Seconds beyond the limit that a busy machine may take to ask, retry and show."""
QUESTION = "a co-worker is calling my client, what do I do"
SIZES = [pytest.param(1280, 900, id="desktop"), pytest.param(390, 844, id="phone")]
WIDE = "document.documentElement.scrollWidth <= window.innerWidth"
BEHAVIOURS = [
    "good", "invents", "cites_wrong", "changes_number", "drops_not", "obeys", "broken_json",
    "drips", "http_429", "http_500", "hangs", "drops", "html", "empty",
]  # fmt: skip
ENDINGS = re.compile(r"^Words by openai:fake, each statement checked|; these are the documents' own words\.$")


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeModel]:
    with FakeModel() as model:
        yield model


@pytest.fixture(scope="module")
def live(fake: FakeModel) -> Live:
    return start(
        start().data,
        ADVISOR_MODEL="openai:fake",
        ADVISOR_MODEL_URL=fake.url,
        ADVISOR_MODEL_KEY="x",
        ADVISOR_MODEL_SECONDS=str(SECONDS),
    )


def ask(page: Page, question: str = QUESTION) -> None:
    turns = page.locator(".turn").count()
    page.get_by_label("What happened?").fill(question)
    page.get_by_label("What happened?").press("Enter")
    expect(page.locator(".turn")).to_have_count(turns + 1)


def expect_answer(page: Page) -> None:
    """The last turn is done, with its words and their quotes."""
    turn = page.locator(".turn").last
    expect(turn.locator(".ending")).to_be_visible()
    expect(page.locator(".writing")).to_have_count(0)
    expect(turn.locator(".lead").first).to_be_visible()
    expect(turn.locator("a.cite").first).to_be_visible()


def test_page_names_the_model_and_where_it_runs(open_page: Open, fake: FakeModel) -> None:
    fake.behave("hangs")
    page = open_page()
    where = f"openai:fake, which runs at {fake.url}"
    expect(page.locator(".about-model")).to_contain_text(where)
    ask(page)
    expect(page.locator(".turn .writing")).to_contain_text(where)


def test_statements_appear_one_after_the_other(open_page: Open, fake: FakeModel) -> None:
    fake.behave("good", answer="drips", seconds=0.001)
    page = open_page()
    page.evaluate(
        """() => {
          window.counts = [];
          new MutationObserver(() => {
            if (document.querySelector(".turn .writing")) counts.push(document.querySelectorAll(".turn a.cite").length);
          }).observe(document.body, {childList: true, subtree: true});
        }"""
    )
    ask(page)
    expect_answer(page)
    expect(page.locator(".words-by")).to_contain_text("Words by openai:fake")
    counts = page.evaluate("counts")
    assert counts == sorted(counts)
    assert len(set(counts)) > 3


@pytest.mark.parametrize("answer", ["hangs", "drips"])
def test_stop_shows_the_documents_words_and_try_again_works(open_page: Open, fake: FakeModel, answer: str) -> None:
    fake.behave("good", answer=answer, seconds=0.01)
    page = open_page()
    ask(page)
    expect(page.locator(".turn .writing")).to_be_visible()
    if answer == "drips":
        expect(page.locator(".turn a.cite").first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".writing")).to_have_count(0, timeout=1_000 * SECONDS)
    expect_answer(page)
    expect(page.locator(".words-by")).to_have_count(0)

    fake.behave("good")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".words-by")).to_contain_text("Words by openai:fake")
    expect_answer(page)
    expect(page.locator(".turn")).to_have_count(1)
    ask(page, "my client shouts at me on every call")
    expect_answer(page)
    expect(page.locator(".turn")).to_have_count(2)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_behaviour_ends_in_an_answer_within_the_limit(open_page: Open, fake: FakeModel, behaviour: str) -> None:
    fake.behave(behaviour)
    page = open_page()
    begun = time.monotonic()
    ask(page)
    expect_answer(page)
    assert time.monotonic() - begun < SECONDS + LATE
    turn = page.locator(".turn").last
    expect(turn.locator(".words-by")).to_have_text(ENDINGS)
    expect(turn).not_to_contain_text(fake.options.canary)
    if behaviour == "good":
        expect(turn.locator(".words-by")).to_contain_text("Words by openai:fake")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_markers_of_written_statements_open_their_quotes(
    open_page: Open, live: Live, fake: FakeModel, width: int, height: int
) -> None:
    fake.behave("good", answer="drips", seconds=0.001)
    page = open_page("/", width, height)
    ask(page)
    expect(page.locator(".turn a.cite").first).to_be_visible()
    assert page.evaluate(WIDE)
    expect(page.locator(".words-by")).to_contain_text("Words by openai:fake")
    assert page.evaluate(WIDE)
    small = page.evaluate(
        """[...document.querySelectorAll('main button, main a.cite')]
           .map(node => [node.textContent, node.getBoundingClientRect()])
           .filter(([, box]) => box.width && (box.height < 40 || box.width < 40)).map(([text]) => text)"""
    )
    assert small == []

    receipt = page.locator(".turn .ending a[href^='/receipts/']").get_attribute("href")
    with urllib.request.urlopen(f"{live.url}{receipt}", timeout=30) as kept:
        quotes = {one["marker"]: one["quote"] for one in json.load(kept)["citations"]}
    markers = page.locator(".turn a.cite")
    for number in range(markers.count()):
        marker = markers.nth(number)
        marker.click()
        mark = page.locator("dialog mark")
        expect(mark).to_be_in_viewport()
        assert mark.evaluate("node => node.textContent") == quotes.pop(int(marker.inner_text().strip("[]")), None)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).not_to_be_visible()
    assert quotes == {}
