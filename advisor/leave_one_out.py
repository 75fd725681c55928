"""Leave-one-out: for each ask, whether its own document is found first when the ask itself is not in the index.

An ask that finds another document says one of three things: it is at home there, its own document lacks what it is
about, or it could be asked of both. The classifier takes part as in an answer. It has learned the starter pack's asks,
but for every tenth: what those find shows how a question fares that nobody has seen before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advisor.corpus import Corpus
from advisor.index import Progress
from advisor.retrieval import Found, Ranking, Retriever
from advisor.unit import Unit


@dataclass(frozen=True, slots=True)
class Stray:
    """An ask whose own document is not what retrieval finds first."""

    document: str
    ask: int
    """Its place among its document's asks."""
    text: str
    found: str
    """The document found instead."""
    place: int | None
    """The own document's place in the ranking, from 1; None where it is not among the first ten."""
    nearest: Unit
    """The unit of the found document that is most like the ask."""
    similarity: float
    """How like it is: cosine similarity."""
    own_similarity: float
    """How like the ask the most similar other unit of its own document is."""


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """What came of asking every ask."""

    asks: int
    unlearned: int
    """How many of them the classifier never learned."""
    strays: list[Stray]

    @property
    def share(self) -> float:
        """The share of asks that find their own document first."""
        return 1.0 - len(self.strays) / self.asks if self.asks else 1.0

    @property
    def share_of_unlearned(self) -> float:
        """The same, of the asks that the classifier never learned."""
        strays = sum(is_kept_out(stray.text) for stray in self.strays)
        return 1.0 - strays / self.unlearned if self.unlearned else 1.0


def is_kept_out(ask: str) -> bool:
    """Whether an ask is one of those, about every tenth, that the classifier is not trained on."""
    return hashlib.sha256(ask.encode()).digest()[0] % 10 == 0


def leave_one_out(corpus: Corpus, retriever: Retriever, progress: Progress = lambda _done, _all: None) -> LeaveOneOut:
    """Puts every ask of `corpus` to `retriever`, each time without the ask itself."""
    rows = [row for row, unit in enumerate(corpus.units) if unit.kind == "ask"]
    strays: list[Stray] = []
    places: dict[int, int] = {}
    for done, row in enumerate(rows):
        own = int(corpus.unit_document[row])
        place = places[own] = places.get(own, -1) + 1
        ranking = retriever.rank(corpus, corpus.units[row].text, passages=1, without=row)
        if ranking.found[0].position != own:
            strays.append(_stray(ranking, row, own, place))
        if done % 50 == 0 or done + 1 == len(rows):
            progress(done + 1, len(rows))
    unlearned = sum(is_kept_out(corpus.units[row].text) for row in rows)
    return LeaveOneOut(len(rows), unlearned, strays)


def _stray(ranking: Ranking, row: int, own: int, ask: int) -> Stray:
    corpus, first = ranking.corpus, ranking.found[0]
    nearest = _nearest(ranking, first.position)
    return Stray(
        document=corpus.heads[own].document,
        ask=ask,
        text=corpus.units[row].text,
        found=first.head.document,
        place=_place(ranking.found, own),
        nearest=corpus.units[nearest],
        similarity=float(ranking.similarities[nearest]),
        own_similarity=float(ranking.similarities[_nearest(ranking, own)]),
    )


def _place(found: Sequence[Found], position: int) -> int | None:
    return next((place for place, one in enumerate(found, 1) if one.position == position), None)


def _nearest(ranking: Ranking, position: int) -> int:
    own = ranking.corpus.rows_of(position)
    return own.start + int(np.argmax(ranking.similarities[own.start : own.stop]))
