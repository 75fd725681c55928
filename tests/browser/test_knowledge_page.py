"""The Knowledge page as a manager uses it: every change is checked by what the next question gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from advisor.storage import Store
from tests.browser.conftest import Open
from tests.fakes import GIFTS
from tests.live import PATIENCE, Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(PATIENCE + 180)]

QUESTION = "a customer left his quokka in our showroom, may i feed it"
SIZES = [pytest.param(1280, 900, id="desktop"), pytest.param(390, 844, id="phone")]
WIDE = "document.documentElement.scrollWidth <= window.innerWidth"
_NUMBERS = count(1)


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """A check or a preview takes seconds on a busy machine."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def quokka(identity: str) -> str:
    """A document on a matter that the pack is silent on."""
    text = GIFTS.replace("id: gifts", f"id: {identity}")
    text = text.replace("A client offers me a gift", "A quokka in the showroom")
    text = text.replace("my customer wants to give me a watch", QUESTION)
    text = text.replace("can i keep a bottle of wine from my customer", "may i feed the quokka in the showroom")
    return text.replace("Only if it costs less than {{gift_limit}}.", "Only with leaves, worth {{gift_limit}} at most.")


@pytest.fixture
def identity(live: Live) -> Iterator[str]:
    """The id of a document of this test alone; whatever is left of it goes afterwards."""
    name = f"quokka-{next(_NUMBERS)}"
    yield name
    store = Store(live.data)
    for draft in store.drafts():
        store.discard_draft(draft.document)
    for head in store.heads():
        if head.document.startswith(("quokka", "peculiar")):
            store.retire(head.document)
    store.close()


@pytest.fixture
def open_knowledge(open_page: Open, live: Live) -> Callable[..., Page]:
    def opened(width: int = 1280, height: int = 900) -> Page:
        page = open_page(live.new_manager_link().removeprefix(live.url), width, height)
        expect(page.locator("#documents button").first).to_be_visible()
        return page

    return opened


def upload(page: Page, folder: Path, button: str, **files: str) -> None:
    """Uploads files by name and presses `button`."""
    paths = [folder / name.replace("__", ".") for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    if not page.locator("#files").is_visible():
        page.get_by_role("button", name="Add documents from files").click()
    page.locator("#files input[type=file]").set_input_files(paths)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#taken-in .notice")).to_be_visible()


def choose(page: Page, identity: str) -> None:
    page.get_by_label("Find a document").fill(identity)
    expect(page.locator("#documents button")).to_have_count(1)
    page.locator(f"#documents button[data-id='{identity}']").click()
    expect(page.locator("#document-head .meta")).to_contain_text(identity)


def edit(page: Page, old: str, new: str) -> None:
    page.get_by_role("tab", name="Edit").click()
    source = page.get_by_label("Source text")
    assert old in source.input_value()
    source.fill(source.input_value().replace(old, new))


def cited(live: Live) -> list[tuple[str, int]]:
    """The documents and versions that the question is answered from just now."""
    answer: dict[str, Any] = Client(live.url, verbose=False).predict(QUESTION, api_name="/ask")
    return [(citation["document"], citation["version"]) for citation in answer["citations"]]


def test_upload_shows_what_files_would_become_and_drafts_answer_only_once_published(
    open_knowledge: Callable[..., Page], live: Live, identity: str, tmp_path: Path
) -> None:
    page = open_knowledge()
    page.get_by_role("button", name="Add documents from files").click()
    good, broken = tmp_path / f"{identity}.md", tmp_path / "broken.md"
    good.write_text(quokka(identity), encoding="utf-8")
    broken.write_text(quokka("other").replace("effective: 2026-01-05", "effective: soon"), encoding="utf-8")
    page.locator("#files input[type=file]").set_input_files([good, broken])
    found = page.locator("#found")
    expect(found).to_contain_text("A quokka in the showroom")
    expect(found).to_contain_text(f"{identity} · policy · a new document")
    expect(found).to_contain_text("broken.md, line 6, effective: is 'soon', which is no date. Write it as YYYY-MM-DD.")

    page.get_by_role("button", name="Keep as drafts").click()
    expect(page.locator("#taken-in")).to_contain_text("1 kept as drafts, 1 left out.")
    assert identity not in dict(cited(live))

    choose(page, identity)
    page.get_by_role("tab", name="Edit").click()
    page.get_by_role("button", name="Publish as a new version").click()
    expect(page.locator("#edited")).to_contain_text("Version 1 is in force from now.")
    assert (identity, 1) in cited(live)
    expect(page.locator("#documents")).to_contain_text("In force (1)")


def test_plain_page_gets_its_own_file_name_as_id_and_its_text_can_do_no_harm(
    open_knowledge: Callable[..., Page], identity: str, tmp_path: Path
) -> None:
    page = open_knowledge()
    harm = "<script>document.title = 'harm'</script> <img src=x onerror=\"document.title = 'harm'\">"
    text = f"# A strange page\n\n{harm} ${{document.title}} {{{{harm}}}} ![](http://example.com/x.png)\n"
    upload(page, tmp_path, "Publish", peculiar__md=text)
    choose(page, "peculiar")
    expect(page.locator("#reading")).to_contain_text("<script>document.title = 'harm'</script>")
    expect(page.locator("#reading")).to_contain_text("${document.title} {{harm}}")
    page.get_by_role("tab", name="Edit").click()
    page.get_by_role("button", name="Preview as the rep sees it").click()
    expect(page.locator("#preview article")).to_be_visible()
    expect(page).to_have_title("Knowledge")


def test_edit_answers_once_published_and_a_failed_publication_leaves_it_answering(
    open_knowledge: Callable[..., Page], live: Live, identity: str, tmp_path: Path
) -> None:
    page = open_knowledge()
    upload(page, tmp_path, "Publish", **{f"{identity}__md": quokka(identity)})
    assert (identity, 1) in cited(live)

    choose(page, identity)
    edit(page, "Only with leaves", "Only with fresh leaves")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#edited")).to_contain_text("The draft is saved.")
    assert (identity, 1) in cited(live)
    page.get_by_role("button", name="Publish as a new version").click()
    expect(page.locator("#edited")).to_contain_text("Version 2 is in force from now.")
    assert (identity, 2) in cited(live)

    edit(page, "kind: policy", "kind: rule")
    page.get_by_role("button", name="Publish as a new version").click()
    problem = "Line 4, kind: is 'rule'. Use one of 'policy', 'procedure' or 'guidance'."
    expect(page.locator("#edited")).to_contain_text(problem)
    kept = quokka(identity).replace("kind: policy", "kind: rule").replace("Only with leaves", "Only with fresh leaves")
    expect(page.get_by_label("Source text")).to_have_value(kept)
    assert (identity, 2) in cited(live)


def test_versions_are_shown_put_back_and_taken_out_of_force_only_with_the_tick(
    open_knowledge: Callable[..., Page], live: Live, identity: str, tmp_path: Path
) -> None:
    page = open_knowledge()
    for text in (quokka(identity), quokka(identity).replace("Only with leaves", "Only with fresh leaves")):
        upload(page, tmp_path, "Publish", **{f"{identity}__md": text})
    assert (identity, 2) in cited(live)

    choose(page, identity)
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("button", name="Show version 1").click()
    expect(page.locator("#version")).to_contain_text("Only with leaves, worth USD 50 at most.")
    page.get_by_role("button", name="Put version 1 back in force").click()
    expect(page.locator("#taken-back")).to_contain_text("Version 1 is in force again.")
    assert (identity, 1) in cited(live)

    page.get_by_role("button", name="Take out of force").click()
    expect(page.locator("#taken-back")).to_contain_text("Tick the box first")
    assert (identity, 1) in cited(live)
    page.get_by_label("Yes, take this document out of force").check()
    page.get_by_role("button", name="Take out of force").click()
    expect(page.locator("#taken-back")).to_contain_text("The document is out of force.")
    assert identity not in dict(cited(live))
    expect(page.locator("#documents")).to_contain_text("Out of force (1)")


def test_unsaved_changes_keep_their_document_open_until_they_are_discarded(
    open_knowledge: Callable[..., Page], identity: str, tmp_path: Path
) -> None:
    page = open_knowledge()
    upload(page, tmp_path, "Keep as drafts", **{f"{identity}__md": quokka(identity)})
    choose(page, "antitrust")
    edit(page, "kind: policy", "kind: guidance")
    page.get_by_label("Find a document").fill(identity)
    page.locator(f"#documents button[data-id='{identity}']").click()
    expect(page.locator("#refused")).to_contain_text("Your changes to antitrust are not saved.")
    assert "kind: guidance" in page.get_by_label("Source text").input_value()

    page.get_by_role("button", name="Discard draft").click()
    expect(page.locator("#edited")).to_contain_text("The draft is gone.")
    assert "kind: policy" in page.get_by_label("Source text").input_value()
    page.locator(f"#documents button[data-id='{identity}']").click()
    expect(page.locator("#document-head .meta")).to_contain_text(identity)


def test_check_names_line_field_and_remedy_of_what_parses_but_is_wrong(open_knowledge: Callable[..., Page]) -> None:
    page = open_knowledge()
    choose(page, "antitrust")
    edit(page, "review_by: 2027-01-05", "review_by: 2025-01-05")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#edited")).to_contain_text("review_by: 2025-01-05 is before the effective date")
    expect(page.locator("#edited")).to_contain_text("Name a later date.")
    edit(page, "review_by: 2025-01-05", "review_by: 2027-01-05")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#edited")).to_contain_text("Nothing needs mending.")


def test_overdue_review_is_marked_in_the_list(
    open_knowledge: Callable[..., Page], identity: str, tmp_path: Path
) -> None:
    page = open_knowledge()
    overdue = quokka(identity).replace("effective: 2026-01-05", "effective: 2024-01-05")
    overdue = overdue.replace("review_by: 2027-01-05", "review_by: 2025-01-05")
    upload(page, tmp_path, "Publish", **{f"{identity}__md": overdue})
    page.get_by_label("Find a document").fill(identity)
    expect(page.locator("#documents button")).to_have_count(1)
    expect(page.locator("#documents")).to_contain_text("review overdue")


def test_document_is_chosen_by_keyboard_and_the_focus_goes_to_its_title(open_knowledge: Callable[..., Page]) -> None:
    page = open_knowledge()
    page.get_by_label("Find a document").press_sequentially("antitrust")
    expect(page.locator("#documents button")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#document-head h2")).to_be_focused()
    expect(page.locator("#document-head")).to_be_in_viewport()
    expect(page.locator("#documents button[aria-current=true]")).to_have_count(1)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_page_never_scrolls_sideways_and_targets_suit_a_thumb(
    open_knowledge: Callable[..., Page], width: int, height: int
) -> None:
    page = open_knowledge(width, height)
    assert page.evaluate(WIDE)
    page.get_by_role("button", name="Add documents from files").click()
    choose(page, "accepting-gifts")
    for tab in ("Read", "Edit", "Versions"):
        page.get_by_role("tab", name=tab).click()
        if tab == "Edit":
            page.get_by_label("A question to try").fill("x" * 200)
            page.get_by_role("button", name="Preview as the rep sees it").click()
            expect(page.locator("#preview article")).to_be_visible()
        assert page.evaluate(WIDE)
        small = page.evaluate(
            """[...document.querySelectorAll('.desk :is(.documents button, .versions button, button.lg, [role=tab])')]
               .map(node => [node.textContent, node.getBoundingClientRect()])
               .filter(([, box]) => box.width && box.height < 40).map(([text]) => text)"""
        )
        assert small == []
