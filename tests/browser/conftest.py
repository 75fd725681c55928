"""A real browser on the running app. Every page is watched: what it fetches, and what its console says."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live import Live, start

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SLOWEST = 30_000
"""Milliseconds to wait for what a page is to show, on a machine that has other work to do."""
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def live() -> Live:
    return start()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; 'apt-get install chromium' brings one")
    expect.set_options(timeout=SLOWEST)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, live: Live) -> Iterator[Open]:
    """Opens pages of the app; afterwards none of them has fetched from elsewhere or reported an error."""
    strangers: list[str] = []
    complaints: list[str] = []
    contexts = []

    def open_one(path: str = "/", width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, permissions=["clipboard-read", "clipboard-write"]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SLOWEST)
        page.on("request", lambda request: strangers.append(request.url) if _is_strange(request.url, live) else None)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert strangers == []
    assert complaints == []


def _is_strange(url: str, live: Live) -> bool:
    return not url.startswith((live.url, "data:", "blob:"))
