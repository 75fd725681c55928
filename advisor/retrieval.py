"""Retrieval: which documents speak to a question, and with which passages.

A document's score is a weighted sum of how near the question is to the nearest few of its sample questions, how
near to its best passage, and how well its words match (BM25, as a share of the best match in the corpus).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.body import Block
from advisor.corpus import Corpus
from advisor.embedding import Encoder
from advisor.storage import Head
from advisor.unit import Unit

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of a document's score are summed."""

    samples: float = 0.5
    passage: float = 0.3
    words: float = 0.2
    few: int = 3
    """How many of the nearest sample questions count."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a version in force that speaks to the question."""

    head: Head
    unit: Unit
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """A document that speaks to the question."""

    head: Head
    position: int
    """Its place in the corpus."""
    score: float
    dense: float
    """The nearest of its units, as cosine similarity."""
    passages: tuple[Passage, ...]
    """Best first."""

    def covers(self, block: Block) -> bool:
        """Whether `block` stands in one of the passages that speak to the question."""
        return any(p.unit.start <= block.start and block.end <= p.unit.end for p in self.passages)


@dataclass(frozen=True)
class Ranking:
    """All that retrieval says of one question."""

    corpus: Corpus
    vector: NDArray[np.float32]
    similarities: Scores
    """Cosine similarity of the question to each unit of the corpus."""
    found: list[Found]
    """Best first."""

    @property
    def margin(self) -> float:
        """How far the first document is ahead of the second."""
        if len(self.found) < 2:
            return 1.0
        return self.found[0].score - self.found[1].score


class Retriever:
    """Scores every document of a corpus against a question."""

    def __init__(self, encoder: Encoder, weights: Weights | None = None) -> None:
        self._encoder = encoder
        self._weights = weights or Weights()

    def rank(self, corpus: Corpus, question: str, limit: int = 10, passages: int = 3) -> Ranking:
        """The `limit` best documents with their `passages` best passages."""
        vector = self._encoder.encode([question])[0]
        if not corpus.heads:
            return Ranking(corpus, vector, np.zeros(0, np.float32), [])
        similarities = corpus.vectors @ vector
        words = corpus.lexical.scores(question)
        scores, dense = self._documents(corpus, similarities, words)
        best = np.argsort(-scores, kind="stable")[:limit]
        found = []
        for position in best.tolist():
            rows = corpus.passage_rows(position)
            mixed = similarities[rows] * 0.8 + _share(words)[rows] * 0.2
            order = rows[np.argsort(-mixed, kind="stable")[:passages]]
            head = corpus.heads[position]
            own = tuple(Passage(head, corpus.units[row], float(scores[position])) for row in order.tolist())
            found.append(Found(head, position, float(scores[position]), float(dense[position]), own))
        return Ranking(corpus, vector, similarities, found)

    def _documents(self, corpus: Corpus, similarities: Scores, words: Scores) -> tuple[Scores, Scores]:
        weights, size = self._weights, len(corpus.heads)
        passage = corpus.passages.best(similarities, size, 1, -1.0)
        nearest_sample = corpus.samples.best(similarities, size, 1, -1.0)
        samples = corpus.samples.best(similarities, size, weights.few, -1.0)
        has_asks = (corpus.samples.padded >= 0).sum(axis=1) > 1
        plain = np.ones(size, bool)
        plain[corpus.samples.documents[has_asks]] = False
        samples = np.where(plain, passage, samples)
        lexical = np.maximum(
            corpus.passages.best(_share(words), size, 1, 0.0), corpus.samples.best(_share(words), size, 1, 0.0)
        )
        scores = weights.samples * samples + weights.passage * passage + weights.words * lexical
        return scores.astype(np.float32), np.maximum(passage, nearest_sample)


def _share(words: Scores) -> Scores:
    top = float(words.max()) if words.size else 0.0
    return words / top if top > 0 else words
