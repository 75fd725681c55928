"""What pages show while the models load, and that they go on by themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from advisor.access import ManagerAccess
from advisor.assembly import Parts
from advisor.errors import StorageError
from advisor.service import Service
from advisor.ui.server import build_app
from tests.live import free_port

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Site:
    """The app in this process, on the fake encoder; nothing loads until a test says so."""

    url: str
    service: Service
    access: ManagerAccess


@pytest.fixture
def site(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("advisor.service.assemble", lambda *_: parts)
    service, access, port = Service(parts.settings), ManagerAccess(parts.store), free_port()
    server = uvicorn.Server(uvicorn.Config(build_app(service, access), port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield Site(f"http://127.0.0.1:{port}", service, access)
    server.should_exit = True
    thread.join(10)


def test_training_page_waits_and_goes_on_by_itself(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/training/")
    expect(page.get_by_role("status").first).to_contain_text("The advisor is getting ready.")
    expect(page.locator("#waiting")).to_contain_text("Loading the models and the knowledge")
    expect(page.get_by_role("button", name="See how I did")).to_have_count(0)
    site.service.load()
    expect(page.locator("#scenario h2")).to_have_text("The watch")
    expect(page.locator("#waiting")).to_have_text("")
    page.close()


def test_knowledge_page_waits_and_goes_on_by_itself(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/manage/{site.access.new_link()}")
    expect(page.get_by_role("status").first).to_contain_text("The advisor is getting ready.")
    expect(page.get_by_label("Find a document")).to_have_count(0)
    site.service.load()
    expect(page.locator("#documents button")).to_have_count(1)
    page.close()


def test_page_says_why_nothing_could_be_loaded_and_recovers_when_it_can(
    browser: Browser, site: Site, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Parts:
        raise StorageError("data folder <gone> cannot be read; set ADVISOR_DATA_DIR")

    page = browser.new_page()
    page.goto(f"{site.url}/training/")
    with monkeypatch.context() as broken:
        broken.setattr("advisor.service.assemble", fail)
        site.service.load()
    expect(page.get_by_role("alert")).to_contain_text("data folder <gone> cannot be read; set ADVISOR_DATA_DIR.")
    site.service.load()
    expect(page.locator("#scenario h2")).to_have_text("The watch")
    page.close()
