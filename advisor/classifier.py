"""The classifier: what a story is about and how grave it is, learned from labelled stories.

Three models vote: a linear one on the story's embedding, a linear one on its words and pairs of words (TF-IDF), and
the story model, an encoder adapted to these very stories. They were trained by `benchmarks/train_classifier.py` and
`benchmarks/train_story_adapter.py` on the documents' asks and on `benchmarks/stories/`; the results are two small
files. They know the documents they were trained on and have no opinion on any other.
"""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from advisor.embedding import StoryScores
from advisor.errors import ModelError

Floats = NDArray[np.float32]
SHIPPED = Path(__file__).with_name("classifier.npz")
FORMAT = 2
WORDS, STORY = 1.5, 3.0
"""Weights on the topic of the linear model on words and of the story model, beside 1 for the one on the embedding."""
STORY_LEVEL = 2.0
"""Weight on the level of the story model, beside 1 for each linear one."""
_TOKEN = re.compile(r"\b\w\w+\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the classifier makes of one story."""

    topics: dict[str, float]
    """For each document it knows, how much more the story is about it than about the others: the sum of the models'
    standard scores."""
    levels: Floats
    """Log-probability of each level, in the order of front_matter.LEVELS, from the story alone."""
    off_topic: float
    """The story model's log-odds that no document it knows covers the story."""


class StoryReader(Protocol):
    """The story model, as far as the classifier needs it."""

    def read(self, story: str) -> StoryScores: ...


class Classifier:
    """The linear models, read from one file, and the story model.

    Raises ModelError for a file that is missing or of another format.
    """

    def __init__(self, story_model: StoryReader, path: Path = SHIPPED) -> None:
        self._story_model = story_model
        self._worker = ThreadPoolExecutor(max_workers=2, thread_name_prefix="story")
        try:
            with np.load(path, allow_pickle=False) as file:
                data: dict[str, Any] = {name: file[name] for name in file.files}
        except (OSError, ValueError) as error:
            raise ModelError(f"{path.name} cannot be read ({error}); reinstall the advisor") from None
        if int(data.get("format", 0)) != FORMAT:
            raise ModelError(f"{path.name} has another format; run benchmarks/train_classifier.py")
        self.documents: list[str] = data["documents"].tolist()
        self.encoder: str = str(data["encoder"])
        """The fingerprint of the embedding model it was trained on."""
        self.priors: dict[str, Floats] = dict(zip(self.documents, data["priors"].astype(np.float32), strict=True))
        """How the labelled stories of each document spread over the levels."""
        self._vocabulary = {term: column for column, term in enumerate(data["vocabulary"].tolist())}
        self._idf = data["idf"].astype(np.float32)
        self._parts = {
            name: (data[f"{name}_weights"].astype(np.float32), data[f"{name}_bias"].astype(np.float32))
            for name in ("topic_dense", "topic_words", "level_dense", "level_words")
        }

    def begin(self, story: str) -> Future[StoryScores]:
        """Starts the story model on `story`, so that it runs beside the embedding; `read` takes what comes of it."""
        return self._worker.submit(self._story_model.read, story)

    def read(self, story: str, vector: Floats, begun: Future[StoryScores]) -> Reading:
        """The reading of `story`, whose embedding is `vector`."""
        columns, values = self._weigh(story)
        dense = self._dense("topic_dense", vector)
        words = self._sparse("topic_words", columns, values)
        votes = [self._dense("level_dense", vector), self._sparse("level_words", columns, values)]
        scores = begun.result()
        topics = _standard(dense) + WORDS * _standard(words) + STORY * _standard(scores.topics)
        levels = sum(_log_softmax(vote) for vote in votes) + STORY_LEVEL * _log_softmax(scores.levels)
        levels = _log_softmax((levels / (len(votes) + STORY_LEVEL)).astype(np.float32))
        return Reading(dict(zip(self.documents, topics.tolist(), strict=True)), levels, scores.off_topic)

    def _dense(self, name: str, vector: Floats) -> Floats:
        weights, bias = self._parts[name]
        result: Floats = weights @ vector + bias
        return result

    def _sparse(self, name: str, columns: NDArray[np.int64], values: Floats) -> Floats:
        weights, bias = self._parts[name]
        result: Floats = weights[:, columns] @ values + bias
        return result

    def _weigh(self, story: str) -> tuple[NDArray[np.int64], Floats]:
        """TF-IDF of the known terms, as scikit-learn has it with sublinear_tf=True and ngram_range=(1, 2)."""
        tokens = _TOKEN.findall(story.lower())
        counts = Counter(tokens)
        counts.update(f"{first} {second}" for first, second in pairwise(tokens))
        known = [(self._vocabulary[term], count) for term, count in counts.items() if term in self._vocabulary]
        if not known:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        columns = np.array([column for column, _ in known], np.int64)
        values = (1.0 + np.log(np.array([count for _, count in known], np.float32))) * self._idf[columns]
        return columns, (values / np.linalg.norm(values)).astype(np.float32)


def _standard(scores: Floats) -> Floats:
    result: Floats = (scores - scores.mean()) / (scores.std() + 1e-9)
    return result


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max()
    result: Floats = shifted - np.log(np.exp(shifted).sum())
    return result
