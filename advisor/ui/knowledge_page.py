"""The page for managers: what the advisor answers from, and how it changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import Any

import gradio as gr

from advisor.errors import AdvisorError
from advisor.service import Service
from advisor.storage import Draft, Head
from advisor.ui import style
from advisor.ui.document_panel import DocumentPanel
from advisor.ui.document_view import show_date, show_error, show_list, show_notice
from advisor.ui.upload_panel import UploadPanel
from advisor.ui.waiting import DESK_STYLE, Updates, Waiting

SHOWN = 100
"""Documents in the list at once; a filter finds the others."""
ON_CHOICE = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-id]');
  if (button) trigger('click', {id: button.dataset.id});
});
"""
TO_DOCUMENT = "() => { const head = document.querySelector('#document-head h2'); if (head) head.focus(); }"


def build_knowledge_page(service: Service) -> gr.Blocks:
    """The page as Blocks. Who may open it is the server's business."""
    with gr.Blocks(title="Knowledge", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.HTML(style.header("/knowledge/") + DESK_STYLE)
        gr.Markdown("# Knowledge\nWhat the advisor answers from. Choose a document to read, edit or publish it.")
        waiting = Waiting(service)
        with gr.Column(visible=False, elem_classes="desk") as content, gr.Row():
            with gr.Column(scale=2, min_width=320):
                finding = gr.Textbox(label="Find a document", placeholder="Part of its title, id or kind")
                refused = gr.HTML(elem_id="refused")
                listing = gr.HTML(elem_id="documents", js_on_load=ON_CHOICE)
                with gr.Accordion("Questions passed on", open=False):
                    passed_on = gr.HTML(elem_id="passed-on")
                with gr.Accordion("Add documents from files", open=False):
                    upload = UploadPanel(service)
            with gr.Column(scale=3, min_width=320):
                panel = DocumentPanel(service)

        def fill(wanted: str = "", chosen: str = "") -> Updates:
            try:
                return {
                    listing: list_documents(service, wanted, chosen),
                    passed_on: show_questions(service.parts.store.open_questions()),
                }
            except AdvisorError as error:
                return {listing: show_error(error)}

        def choose(chosen: str, source: str, loaded: str, event: gr.EventData) -> Updates:
            if chosen and source != loaded:
                line = f"Your changes to {chosen} are not saved. Save the draft or discard it first"
                return {refused: show_notice(line, error=True)}
            try:
                return {refused: ""} | panel.open(event.id)
            except AdvisorError as error:
                return {refused: show_error(error)}

        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        # Not `input`: Gradio ties that to key presses, which neither Backspace nor a paste makes.
        finding.change(fill, [finding, panel.chosen], [listing, passed_on], **quiet)
        opened = listing.click(choose, [panel.chosen, panel.source, panel.loaded], [refused, *panel.outputs], **quiet)
        opened.then(None, js=TO_DOCUMENT)
        # The list comes last: a filter that is still on its way must not take the mark off the chosen document.
        opened.then(fill, [finding, panel.chosen], [listing, passed_on], **quiet)
        panel.connect(fill, [finding, panel.chosen], [listing, passed_on])
        upload.connect(fill, [finding, panel.chosen], [listing, passed_on])
        waiting.reveal(page, content, fill, [listing, passed_on])
    return page


def show_questions(questions: Sequence[tuple[date, str]]) -> str:
    """The questions that reps passed on, as HTML."""
    if not questions:
        return (
            "<p>None so far. A question that the knowledge does not cover can be passed on to you, without a name.</p>"
        )
    items = "".join(f"<li>{show_date(day)}: {escape(text)}</li>" for day, text in questions)
    return f"<ul>{items}</ul>"


def list_documents(service: Service, wanted: str, chosen: str) -> str:
    """The list as HTML: what holds every word of `wanted`, drafts first."""
    store, advisor = service.parts.store, service.advisor
    words = wanted.lower().split()
    drafts = [draft for draft in store.drafts() if _fits(words, draft)]
    heads = sorted((head for head in store.heads() if _fits(words, head)), key=lambda head: head.title.lower())
    shown = [advisor.published(head) for head in heads[:SHOWN]]
    # What is neither in force nor drafted is in no list; its full id still finds it.
    retired = [] if heads or drafts else store.history(wanted.strip())[:1]
    return show_list(shown, drafts, retired, chosen, datetime.now(UTC).date(), len(heads) - len(shown))


def _fits(words: Sequence[str], one: Draft | Head) -> bool:
    kind = one.kind if isinstance(one, Head) else "draft"
    text = f"{one.document} {one.title} {kind}".lower()
    return all(word in text for word in words)
