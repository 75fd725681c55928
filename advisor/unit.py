"""Units: the pieces of a document that are embedded, and the passages among them that are quoted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from advisor.body import Block
from advisor.document import QUESTIONS, Document

UnitKind = Literal["title", "ask", "question", "passage"]
PASSAGE_WORDS = 160
"""A passage ends at a heading, or before it would pass this many words."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One embedded text."""

    kind: UnitKind
    text: str
    """What is embedded: for a passage its page's title and headings come before its words."""
    section: str
    start: int
    end: int
    """Where its words stand in the document's text; both 0 for a title or an ask."""
    level: str | None = None
    """The level that an ask is labelled with."""

    @property
    def words(self) -> str:
        """The text without the headings that stand before a passage."""
        return self.text.partition("\n")[2] or self.text

    @property
    def key(self) -> str:
        """Content address of the text: equal texts share one vector."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def split_document(document: Document) -> list[Unit]:
    """The units of `document`: title, asks, question headings, and passages cut at headings."""
    units = [Unit("title", document.title, "", 0, 0)]
    level = document.front.escalation.level if document.front and document.front.escalation else None
    if document.front:
        units += [Unit("ask", ask.ask, "", 0, 0, ask.level or level) for ask in document.front.asks]
    for reply in document.replies:
        if reply.blocks:
            units.append(Unit("question", reply.question, QUESTIONS, reply.blocks[0].start, reply.blocks[-1].end))
    units += _passages(document)
    return units


def _passages(document: Document) -> list[Unit]:
    passages: list[Unit] = []
    run: list[Block] = []
    words = 0
    for block in document.body.blocks:
        count = len(block.text.split())
        if run and (block.path != run[0].path or words + count > PASSAGE_WORDS):
            passages.append(_passage(document, run))
            run, words = [], 0
        run.append(block)
        words += count
    if run:
        passages.append(_passage(document, run))
    return passages


def _passage(document: Document, run: list[Block]) -> Unit:
    start, end = run[0].start, run[-1].end
    headings = [h for h in run[0].path if h != document.title]
    head = " > ".join([document.title, *headings])
    words = re.sub(r"\s+", " ", document.text[start:end])
    return Unit("passage", f"{head}\n{words}", run[0].path[-1] if run[0].path else document.title, start, end)
