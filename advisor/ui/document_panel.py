"""The document that a manager chose: read it, edit it, try it, publish it, and go back to an earlier version."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import Any

import gradio as gr

from advisor.errors import AdvisorError
from advisor.service import Service
from advisor.ui.document_view import (
    describe,
    show_check,
    show_document,
    show_error,
    show_head,
    show_notice,
    show_time,
    show_versions,
)
from advisor.ui.render import show_turn
from advisor.ui.waiting import Updates

ON_VERSION = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-show], button[data-restore]');
  if (!button) return;
  if (button.dataset.show) trigger('show', {number: button.dataset.show});
  else trigger('restore', {number: button.dataset.restore});
});
"""
STILL = "element.addEventListener('click', (event) => event.target.closest('a, button') && event.preventDefault());"
"""The links and buttons of a preview lead nowhere: its version is not published."""
PLACEHOLDERS = (
    "Words in double braces, such as `{{gift_limit}}`, are filled in from the company file when you publish. "
    "Leave the braces as they are; to change the value itself, change the company file."
)


class DocumentPanel:
    """The parts of the page that show one document, and what their buttons do."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.chosen = gr.State("")
        self.loaded = gr.State("")
        self.head = gr.HTML("<p>Choose a document from the list.</p>", elem_id="document-head")
        with gr.Column(visible=False) as self._body, gr.Tabs():
            with gr.Tab("Read"):
                self._reading = gr.HTML(elem_id="reading")
            with gr.Tab("Edit"):
                self._lay_out_editor()
            with gr.Tab("Versions"):
                self._lay_out_versions()
        self.outputs: list[Any] = [
            self.chosen,
            self.loaded,
            self.head,
            self._body,
            self._reading,
            self.source,
            self._edited,
            self._names,
            self._preview,
            self._history,
            self._version,
            self._tick,
            self._retire,
            self._taken_back,
        ]

    def _lay_out_editor(self) -> None:
        gr.Markdown(PLACEHOLDERS)
        with gr.Accordion("Names you can use", open=False):
            self._names = gr.HTML()
        self.source = gr.Textbox(label="Source text", lines=18, max_lines=30, elem_id="source", autoscroll=False)
        with gr.Row():
            self._check = gr.Button("Check")
            self._save = gr.Button("Save draft")
            self._publish = gr.Button("Publish as a new version", variant="primary")
            self._discard = gr.Button("Discard draft")
        self._edited = gr.HTML(elem_id="edited")
        self._question = gr.Textbox(
            label="A question to try (optional)",
            placeholder="Without one, the document's first sample question is asked",
        )
        self._try = gr.Button("Preview as the rep sees it")
        self._preview = gr.HTML(elem_id="preview", js_on_load=STILL)

    def _lay_out_versions(self) -> None:
        self._history = gr.HTML(elem_id="versions", js_on_load=ON_VERSION)
        self._taken_back = gr.HTML(elem_id="taken-back")
        self._version = gr.HTML(elem_id="version")
        self._tick = gr.Checkbox(label="Yes, take this document out of force. Its versions are kept.")
        self._retire = gr.Button("Take out of force", variant="stop")

    def connect(self, refresh: Callable[..., Updates], inputs: list[Any], outputs: list[Any]) -> None:
        """Wires the buttons. `refresh` renews the list after each change of what is stored."""
        edit = [self.chosen, self.source]
        tried = [*edit, self._question]
        for event, place, action, given, changes in (
            (self._check.click, self._edited, self.check, edit, False),
            (self._try.click, self._preview, self.try_out, tried, False),
            (self._question.submit, self._preview, self.try_out, tried, False),
            (self._history.show, self._version, self.show, [self.chosen], False),
            (self._save.click, self._edited, self.save, edit, True),
            (self._publish.click, self._edited, self.publish, edit, True),
            (self._discard.click, self._edited, self.discard, [self.chosen], True),
            (self._history.restore, self._taken_back, self.restore, [self.chosen], True),
            (self._retire.click, self._taken_back, self.retire, [self.chosen, self._tick], True),
        ):
            done = event(
                self._guarded(place, action),
                given,
                self.outputs,
                api_visibility="private",
                show_progress="minimal",
                show_progress_on=place,
            )
            if changes:
                done.then(refresh, inputs, outputs, api_visibility="private", show_progress="hidden")

    # What the buttons do; each gives the components that change

    def open(self, identity: str) -> Updates:
        """Shows a document from its stored state. Raises AdvisorError."""
        knowledge, store = self._service.parts.knowledge, self._service.parts.store
        history, draft = store.history(identity), store.draft(identity)
        current = next((head for head in store.heads() if head.document == identity), None)
        shown = current or (history[0] if history else None)
        if shown is None and draft is None:
            return self.close()
        badges = [] if current else [("draft", "not in force")]
        if draft:
            badges.append(("draft", f"draft saved {show_time(draft.saved_at)}"))
        if shown:
            published = self._service.advisor.published(shown)
            head = show_head(shown.title, describe(published), badges)
            reading = show_document(published.document)
        else:
            assert draft is not None
            head = show_head(draft.title, [identity], badges)
            reading = self._read_draft(identity, draft.source)
        source = draft.source if draft else store.version(identity, shown.number).source if shown else ""
        return {
            self.chosen: identity,
            self.loaded: source,
            self.head: head,
            self._body: gr.Column(visible=True),
            self._reading: reading,
            self.source: source,
            self._edited: "",
            self._names: _show_names(dict(knowledge.company.values)),
            self._preview: "",
            self._history: show_versions(history, current.number if current else None),
            self._version: "",
            self._tick: gr.Checkbox(value=False, visible=current is not None),
            self._retire: gr.Button(visible=current is not None),
            self._taken_back: "",
        }

    def close(self) -> Updates:
        return {
            self.chosen: "",
            self.loaded: "",
            self.source: "",
            self.head: "<p>Choose a document from the list.</p>",
            self._body: gr.Column(visible=False),
        }

    def check(self, identity: str, source: str) -> Updates:
        return {self._edited: show_check(self._service.parts.knowledge.check(identity, source))}

    def try_out(self, identity: str, source: str, question: str) -> Updates:
        document = self._service.parts.knowledge.parse(source, identity)
        outcome = self._service.advisor.preview(document, question.strip() or None)
        note = "This is a preview. Its links and buttons work once the text is published"
        return {self._preview: show_notice(note) + show_turn(outcome)}

    def save(self, identity: str, source: str) -> Updates:
        self._service.parts.knowledge.save_draft(identity, source)
        return self.open(identity) | {self._edited: show_notice("The draft is saved. Reps do not see it yet")}

    def publish(self, identity: str, source: str) -> Updates:
        knowledge = self._service.parts.knowledge
        knowledge.save_draft(identity, source)
        try:
            report = knowledge.publish_drafts([identity])
        except AdvisorError as error:
            kept = "It was not published; reps go on getting the version before. Your text is kept as a draft."
            return {self.loaded: source, self._edited: show_error(error, kept)}
        made = f"Version {report.published[0].number} is in force from now" if report.published else ""
        return self.open(identity) | {
            self._edited: show_notice(made or "This text is in force already, so no new version was made")
        }

    def discard(self, identity: str) -> Updates:
        self._service.parts.store.discard_draft(identity)
        opened = self.open(identity)
        return opened | ({self._edited: show_notice("The draft is gone")} if opened[self.chosen] else {})

    def show(self, identity: str, event: gr.EventData) -> Updates:
        number = int(event.number)
        version = self._service.parts.store.version(identity, number)
        published = self._service.advisor.published(version.head)
        return {self._version: f"<h3>Version {number}</h3>{show_document(published.document)}", self._taken_back: ""}

    def restore(self, identity: str, event: gr.EventData) -> Updates:
        head = self._service.parts.knowledge.rollback(identity, int(event.number))
        return self.open(identity) | {self._taken_back: show_notice(f"Version {head.number} is in force again")}

    def retire(self, identity: str, sure: bool) -> Updates:
        if not sure:
            return {self._taken_back: show_notice("Tick the box first, to be sure", error=True)}
        self._service.parts.knowledge.retire(identity)
        return self.open(identity) | {
            self._taken_back: show_notice(
                "The document is out of force. Put a version back to undo this; its full id finds it later"
            )
        }

    def _read_draft(self, identity: str, source: str) -> str:
        try:
            return show_document(self._service.parts.knowledge.parse(source, identity))
        except AdvisorError as error:
            return show_error(error, "This draft cannot be read yet.")

    def _guarded(self, place: Any, action: Callable[..., Updates]) -> Callable[..., Updates]:
        """`action`, its errors shown at `place`; nothing else changes then, so nothing typed is lost."""

        @wraps(action)
        def guarded(*given: Any) -> Updates:
            try:
                return action(*given)
            except AdvisorError as error:
                return {place: show_error(error)}

        return guarded


def _show_names(values: dict[str, str]) -> str:
    rows = "".join(
        f"<dt><code>{{{{{escape(name)}}}}}</code></dt><dd>{escape(text)}</dd>" for name, text in values.items()
    )
    return f'<dl class="names">{rows}</dl>'
