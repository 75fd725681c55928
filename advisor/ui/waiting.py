"""The wait while the models load: a page says how far it is, and goes on by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from advisor.errors import AdvisorError
from advisor.service import Service

Updates = dict[Any, Any]
DESK_STYLE = f"<style>{(Path(__file__).parent / 'desk.css').read_text(encoding='utf-8')}</style>"
"""What these pages need beyond the common style; it goes in front of their content."""
EVERY = 1.0
"""Seconds between two looks while the advisor loads."""


class Waiting:
    """A notice above a page's content, which stays hidden until the advisor is ready."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._notice = gr.HTML(elem_id="waiting", elem_classes="waiting")
        self._timer = gr.Timer(EVERY, active=False)

    def reveal(self, page: gr.Blocks, content: gr.Column, fill: Callable[[], Updates], outputs: Sequence[Any]) -> None:
        """Shows `content` as soon as the advisor is ready; `fill` gives what `outputs` hold then."""

        def look() -> Updates:
            if self._service.state != "ready":
                return {self._notice: show_state(self._service), self._timer: gr.Timer(active=True)}
            try:
                filled = fill()
            except AdvisorError as error:
                return {self._notice: f'<p role="alert">{escape(str(error))}.</p>', self._timer: gr.Timer(active=True)}
            return {self._notice: "", self._timer: gr.Timer(active=False), content: gr.Column(visible=True)} | filled

        for event in (page.load, self._timer.tick):
            event(
                look,
                outputs=[self._notice, self._timer, content, *outputs],
                show_progress="hidden",
                api_visibility="private",
            )


def show_state(service: Service) -> str:
    """What is being waited for, or why nothing can be answered."""
    if service.state == "failed":
        return (
            '<p role="alert"><strong>The advisor could not start.</strong> '
            f"{escape(service.message)}. Once that is mended and it runs again, this page goes on by itself.</p>"
        )
    # The counter stands outside the status region: a screen reader would read every step of it aloud.
    return (
        '<p role="status">The advisor is getting ready. This page goes on by itself.</p>'
        f'<p aria-hidden="true">{escape(service.message)} …</p>'
    )
