"""The corpus: all units in force at one moment, laid out for scoring.

It never changes; a publication makes a new one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.document import Document
from advisor.embedding import Vectors
from advisor.index import Progress, VectorIndex
from advisor.lexical import LexicalIndex
from advisor.storage import Head, Store
from advisor.unit import Unit, split_document

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """The units of some kinds, by document: what is needed to score documents by their best few."""

    documents: Rows
    """Positions of the documents that have such units."""
    padded: Rows
    """One row a document of `documents`: its units' positions, then -1."""

    def best(self, similarities: NDArray[np.float32], size: int, few: int, absent: float) -> NDArray[np.float32]:
        """For each of `size` documents the mean of its `few` nearest units; `absent` where it has none."""
        result = np.full(size, absent, np.float32)
        if not len(self.documents):
            return result
        values = similarities[self.padded]
        values[self.padded < 0] = -np.inf
        few = min(few, values.shape[1])
        top = -np.partition(-values, few - 1, axis=1)[:, :few] if few > 1 else values.max(axis=1, keepdims=True)
        present = np.isfinite(top)
        result[self.documents] = np.where(present, top, 0.0).sum(axis=1) / np.maximum(present.sum(axis=1), 1)
        return result


@dataclass(frozen=True)
class Corpus:
    """What retrieval works on."""

    generation: int
    heads: list[Head]
    units: list[Unit]
    unit_document: Rows
    """Position in `heads` of each unit's document."""
    vectors: Vectors
    lexical: LexicalIndex
    """The words of each unit."""
    pages: LexicalIndex | None
    """The words of each document as a whole; None where every document has sample questions."""
    samples: Group
    """Asks, question headings and titles: a rep's wording."""
    passages: Group
    all: Group
    plain: NDArray[np.bool_]
    """Which documents have no sample question: only a title and passages."""
    choices: frozenset[str]
    """Headings and titles in lower case: what a rep may pick instead of typing."""

    def passage_rows(self, document: int) -> Rows:
        """The positions of a document's passages."""
        row = np.searchsorted(self.passages.documents, document)
        if row >= len(self.passages.documents) or self.passages.documents[row] != document:
            return np.zeros(0, np.int64)
        padded = self.passages.padded[row]
        rows: Rows = padded[padded >= 0]
        return rows

    def rows_of(self, document: int) -> range:
        """The positions of all units of a document: they stand together."""
        begin, end = np.searchsorted(self.unit_document, [document, document + 1])
        return range(int(begin), int(end))


def dump_units(units: list[Unit]) -> str:
    return json.dumps([asdict(unit) for unit in units], ensure_ascii=False)


def load_units(text: str) -> list[Unit]:
    return [Unit(**entry) for entry in json.loads(text)]


def build_corpus(store: Store, index: VectorIndex, progress: Progress = lambda _done, _all: None) -> Corpus:
    """The corpus of what is in force now; units that the index lacks are embedded."""
    generation, rows = store.units_in_force()
    owned = [(head, load_units(text)) for head, text in rows]
    pairs = [(unit.key, unit.text) for _, units in owned for unit in units]
    return lay_out(generation, owned, index.matrix(pairs, progress))


def corpus_of(documents: Sequence[Document], vectors_of: Callable[[list[Unit]], Vectors]) -> Corpus:
    """The corpus that `documents` would be if they alone were in force; `vectors_of` gives one row a unit."""
    now = datetime.now(UTC)
    owned: list[tuple[Head, list[Unit]]] = []
    for document in documents:
        effective = document.front.effective if document.front else now.date()
        head = Head(document.id, 0, document.title, document.kind, effective, "draft", now.isoformat())
        owned.append((head, split_document(document)))
    return lay_out(0, owned, vectors_of([unit for _, units in owned for unit in units]))


def lay_out(generation: int, owned: list[tuple[Head, list[Unit]]], vectors: Vectors) -> Corpus:
    """The corpus of the given documents and units; `vectors` has one row a unit, in order."""
    units = [unit for _, own in owned for unit in own]
    owners = [position for position, (_, own) in enumerate(owned) for _ in own]
    plain = np.array([all(unit.kind in ("title", "passage") for unit in own) for _, own in owned], bool)
    whole = [" ".join([head.document, *(unit.words for unit in own)]) for head, own in owned] if plain.any() else []
    return Corpus(
        generation,
        [head for head, _ in owned],
        units,
        np.array(owners, np.int64),
        vectors,
        LexicalIndex([unit.text for unit in units]),
        LexicalIndex(whole) if whole else None,
        _group(units, owners, lambda unit: unit.kind != "passage"),
        _group(units, owners, lambda unit: unit.kind == "passage"),
        _group(units, owners, lambda _: True),
        plain,
        frozenset(
            text.lower() for head, own in owned for text in (head.title, *(unit.section for unit in own)) if text
        ),
    )


def _group(units: list[Unit], owners: list[int], wanted: Callable[[Unit], Any]) -> Group:
    members: dict[int, list[int]] = {}
    for position, (unit, owner) in enumerate(zip(units, owners, strict=True)):
        if wanted(unit):
            members.setdefault(owner, []).append(position)
    width = max((len(rows) for rows in members.values()), default=0)
    padded = np.full((len(members), width), -1, np.int64)
    for row, positions in enumerate(members.values()):
        padded[row, : len(positions)] = positions
    return Group(np.array(list(members), np.int64), padded)
