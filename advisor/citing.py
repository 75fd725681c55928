"""Citing: gives each quoted block its marker, and keeps the quotes exact."""

from __future__ import annotations

import re
from dataclasses import dataclass

from advisor.body import Block
from advisor.document import Document
from advisor.outcome import Citation
from advisor.storage import Head


@dataclass(frozen=True, slots=True)
class Published:
    """A document together with the version it was published as."""

    head: Head
    document: Document


class Citations:
    """The citations of one answer, numbered in the order in which they are first used."""

    def __init__(self) -> None:
        self.all: list[Citation] = []
        self._markers: dict[tuple[str, int, int], int] = {}

    def cite(self, source: Published, block: Block) -> int:
        """The marker of `block`, new or already given."""
        place = (source.head.document, block.start, block.end)
        if place not in self._markers:
            marker = len(self.all) + 1
            self._markers[place] = marker
            self.all.append(
                Citation(
                    marker=marker,
                    document=source.head.document,
                    title=source.head.title,
                    kind=source.document.kind,
                    version=source.head.number,
                    effective=source.head.effective,
                    section=" > ".join(block.path) or source.head.title,
                    quote=source.document.text[block.start : block.end],
                    start=block.start,
                    end=block.end,
                )
            )
        return self._markers[place]


def plain(block: Block) -> str:
    """The block's words on one line."""
    return re.sub(r"\s+", " ", block.text).strip()
