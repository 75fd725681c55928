"""Uploads: what each file would become, and taking them in as drafts or at once in force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from advisor.errors import AdvisorError
from advisor.service import Service
from advisor.ui.document_view import show_error, show_report, show_upload
from advisor.ui.waiting import Updates


class UploadPanel:
    """A place to drop files, a look at what they would become, and two ways to go on."""

    def __init__(self, service: Service) -> None:
        self._service = service
        gr.Markdown("Markdown, text or HTML files, one topic a file. Nothing changes for reps until you publish.")
        self._files = gr.File(label="Files", file_count="multiple", type="filepath", elem_id="files")
        self._found = gr.HTML(elem_id="found")
        with gr.Row(visible=False) as self._buttons:
            self._draft = gr.Button("Keep as drafts")
            self._publish = gr.Button("Publish", variant="primary")
        self._done = gr.HTML(elem_id="taken-in")

    def connect(self, refresh: Callable[..., Updates], inputs: list[Any], outputs: list[Any]) -> None:
        """Wires the buttons. `refresh` renews the list after an import."""
        own = [self._files, self._found, self._buttons, self._done]
        quiet = {"api_visibility": "private", "show_progress": "minimal"}
        self._files.upload(self.look, [self._files], own, **quiet)
        self._files.delete(self.look, [self._files], own, **quiet)
        self._files.clear(self.look, [self._files], own, **quiet)
        for button, action in ((self._draft, self.keep), (self._publish, self.publish)):
            taken = button.click(action, [self._files], own, **quiet)
            taken.then(refresh, inputs, outputs, api_visibility="private", show_progress="hidden")

    def look(self, files: list[str] | None) -> Updates:
        """What the files would become; nothing is stored."""
        if not files:
            return {self._found: "", self._buttons: gr.Row(visible=False)}
        try:
            texts, problems = self._service.parts.knowledge.read([Path(file) for file in files])
            known = {head.document for head in self._service.parts.store.heads()}
        except AdvisorError as error:
            return {self._found: show_error(error), self._buttons: gr.Row(visible=False)}
        return {
            self._found: show_upload(texts, problems, known),
            self._buttons: gr.Row(visible=bool(texts)),
            self._done: "",
        }

    def keep(self, files: list[str] | None) -> Updates:
        return self._take(files, publish=False)

    def publish(self, files: list[str] | None) -> Updates:
        return self._take(files, publish=True)

    def _take(self, files: list[str] | None, *, publish: bool) -> Updates:
        try:
            report = self._service.parts.knowledge.import_paths([Path(file) for file in files or []], publish=publish)
        except AdvisorError as error:
            return {self._done: show_error(error, "Nothing was taken in.")}
        return {
            self._files: None,
            self._found: "",
            self._buttons: gr.Row(visible=False),
            self._done: show_report(report),
        }
