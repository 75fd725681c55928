"""Retrieval: which documents speak to a question, and with which passages.

A document's score is a weighted sum of standard scores over all documents: how near the question is to the nearest few
of its sample questions and passages, how well its words match (BM25), and what the classifier makes of the story. The
classifier's part counts for less the more the story resembles what no document it knows covers, and a document that it
does not know is given half of what its best one gets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.body import Block
from advisor.classifier import Classifier, Reading
from advisor.corpus import Corpus
from advisor.embedding import Encoder
from advisor.storage import Head
from advisor.unit import Unit

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of a document's score are summed."""

    samples: float = 0.5
    passages: float = 1.0
    words: float = 0.5
    classifier: float = 1.5
    few_samples: int = 5
    few_passages: int = 3
    few_words: int = 8
    """How many of the nearest units of each kind count."""
    plain_match: float = 0.6
    plain_page: float = 0.9
    """What the words of the best passage, and of the whole page, count in place of that for a page without samples."""
    sharpness: float = 0.5
    """Turns scores into shares: the higher, the more the first one gets."""


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
    share: float
    """Its share of all documents' scores, 0 to 1: how sure the ranking is of it."""
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
    similarities: Scores
    """Cosine similarity of the question to each unit of the corpus."""
    found: list[Found]
    """Best first."""
    reading: Reading | None
    """What the classifier makes of the story; None without one."""
    words: Scores
    """BM25 score of each unit."""
    scores: Scores
    """Score of each document."""
    shares: Scores
    """Share of each document."""
    nearest: Scores
    """Cosine similarity of each document's nearest unit."""


class Retriever:
    """Scores every document of a corpus against a question.

    A classifier that was trained on another embedding model is left out.
    """

    def __init__(self, encoder: Encoder, classifier: Classifier | None = None, weights: Weights | None = None) -> None:
        self._encoder = encoder
        self._classifier = classifier if classifier and classifier.encoder == encoder.fingerprint else None
        self._weights = weights or Weights()

    @property
    def classifier(self) -> Classifier | None:
        """The classifier in use, if any."""
        return self._classifier

    def rank(
        self, corpus: Corpus, question: str, limit: int = 10, passages: int = 3, without: int | None = None
    ) -> Ranking:
        """The `limit` best documents with their `passages` best passages, as if the unit `without` were not there."""
        begun = self._classifier.begin(question) if self._classifier else None
        vector = self._encoder.encode([question])[0]
        reading = self._classifier.read(question, vector, begun) if self._classifier and begun else None
        if not corpus.heads:
            none = np.zeros(0, np.float32)
            return Ranking(corpus, none, [], reading, none, none, none, none)
        similarities = corpus.vectors @ vector
        words = corpus.lexical.scores(question)
        if without is not None:
            similarities[without], words[without] = -1.0, 0.0
        pages = corpus.pages.scores(question) if corpus.pages else None
        scores = self._score(corpus, similarities, words, pages, reading)
        shares = _shares(scores, self._weights.sharpness)
        nearest = np.maximum(
            corpus.passages.best(similarities, len(scores), 1, -1.0),
            corpus.samples.best(similarities, len(scores), 1, -1.0),
        )
        order = np.argsort(-scores, kind="stable")[:limit].tolist()
        ranking = Ranking(corpus, similarities, [], reading, words, scores, shares, nearest)
        return replace(ranking, found=[self._found(ranking, position, passages) for position in order])

    def lean(self, ranking: Ranking, earlier: Ranking) -> Ranking:
        """`ranking` with its documents scored half as in `earlier`: a question about a matter does not change it."""
        if not ranking.found:
            return ranking
        scores: Scores = (0.5 * (ranking.scores + earlier.scores)).astype(np.float32)
        order = np.argsort(-scores, kind="stable")[: len(ranking.found)].tolist()
        leaning = replace(ranking, scores=scores, shares=_shares(scores, self._weights.sharpness))
        return replace(leaning, found=[self._found(leaning, position, 3) for position in order])

    def one(self, ranking: Ranking, document: str, passages: int = 3) -> Found | None:
        """What the ranking says of one document, wherever it stands; None where it is not in force."""
        heads = ranking.corpus.heads
        position = next((place for place, head in enumerate(heads) if head.document == document), None)
        return None if position is None else self._found(ranking, position, passages)

    def _found(self, ranking: Ranking, position: int, passages: int) -> Found:
        corpus = ranking.corpus
        rows = corpus.passage_rows(position)
        mixed = _of_top(ranking.similarities)[rows] * 0.8 + _of_top(ranking.words)[rows] * 0.2
        best = rows[np.argsort(-mixed, kind="stable")[:passages]]
        head, score = corpus.heads[position], float(ranking.scores[position])
        own = tuple(Passage(head, corpus.units[row], score) for row in best.tolist())
        return Found(head, position, score, float(ranking.shares[position]), float(ranking.nearest[position]), own)

    def _score(
        self, corpus: Corpus, similarities: Scores, words: Scores, pages: Scores | None, reading: Reading | None
    ) -> Scores:
        weights, size = self._weights, len(corpus.heads)
        passages = _standard(corpus.passages.best(similarities, size, weights.few_passages, 0.0))
        samples = _standard(corpus.samples.best(similarities, size, weights.few_samples, 0.0))
        lexical = _standard(corpus.all.best(words, size, weights.few_words, 0.0))
        if pages is not None:
            # A page without sample questions is found by its best passage, and by the words of all it says.
            best = _standard(corpus.passages.best(similarities, size, 1, 0.0))
            match = weights.plain_match * _standard(corpus.passages.best(words, size, 1, 0.0))
            match += weights.plain_page * _standard(pages)
            passages = np.where(corpus.plain, best, passages)
            samples = np.where(corpus.plain, best, samples)
            lexical = np.where(corpus.plain, match, lexical)
        scores = weights.samples * samples + weights.passages * passages + weights.words * lexical
        if reading is not None:
            scores = scores + weights.classifier * self._opinion(corpus, reading)
        result: Scores = scores.astype(np.float32)
        return result

    def _opinion(self, corpus: Corpus, reading: Reading) -> Scores:
        """The classifier's part for each document of the corpus."""
        known = [reading.topics.get(head.document) for head in corpus.heads]
        if all(score is None for score in known):
            return np.zeros(len(known), np.float32)
        stranger = max(score for score in known if score is not None) / 2
        trust = 1.0 / (1.0 + np.exp(reading.off_topic))
        scores = np.array([stranger if score is None else score for score in known], np.float32)
        result: Scores = scores * np.float32(trust)
        return result


def _standard(values: Scores) -> Scores:
    result: Scores = (values - values.mean()) / (values.std() + 1e-6)
    return result


def _shares(scores: Scores, sharpness: float) -> Scores:
    powers = np.exp(sharpness * (scores - scores.max()))
    result: Scores = powers / powers.sum()
    return result


def _of_top(values: Scores) -> Scores:
    top = float(values.max()) if values.size else 0.0
    return values / top if top > 0 else values
