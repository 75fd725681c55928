"""Levels: how serious a story is, from the documents it may be about and from the story itself.

The documents' part is how their labelled sample questions spread over the levels, weighted by how sure the ranking is
of each document; the story's part is the classifier's. Fitted on development cases, with a lean towards the specialist:
a level too high costs a conversation, a level too low can cost a job.
"""

from __future__ import annotations

import numpy as np

from advisor.classifier import Classifier, Floats
from advisor.corpus import Corpus
from advisor.front_matter import LEVELS, Level
from advisor.retrieval import Ranking

_SHARPNESS = 0.3
_LEAN = np.array([0.0, 0.0, 1.2, 0.0], np.float32)
URGENT = 0.35
"""The classifier's probability of `urgent` from which a story counts as urgent whatever else is said: one missed is
worse than several too many."""
POSSIBLE = 0.05
"""The classifier's probability from which a graver level than the one judged is still possible."""
_UNSEEN = 0.5
"""What each level counts before any sample question is seen."""


def judge_level(ranking: Ranking, classifier: Classifier | None) -> Level | None:
    """The level the story suggests, or None where no document or classifier has a say."""
    if ranking.reading is None or classifier is None or not ranking.found:
        return None
    if float(np.exp(ranking.reading.levels[-1])) >= URGENT:
        return "urgent"
    scores = np.array([found.score for found in ranking.found], np.float32)
    weights = np.exp(_SHARPNESS * (scores - scores.max()))
    weights /= weights.sum()
    spread = np.zeros(len(LEVELS), np.float32)
    for weight, found in zip(weights, ranking.found, strict=True):
        prior = classifier.priors.get(found.head.document)
        spread += weight * (prior if prior is not None else _spread_of(ranking.corpus, found.position))
    total = np.log(spread) + ranking.reading.levels + _LEAN
    return LEVELS[int(total.argmax())]


def graver_levels(ranking: Ranking, level: Level) -> list[Level]:
    """The levels above `level` that the story's own reading holds possible; the next one where it has no reading."""
    above = range(LEVELS.index(level) + 1, len(LEVELS))
    if ranking.reading is None:
        return [LEVELS[place] for place in above][:1]
    odds = np.exp(ranking.reading.levels)
    return [LEVELS[place] for place in above if odds[place] >= POSSIBLE]


def _spread_of(corpus: Corpus, document: int) -> Floats:
    """How a document's sample questions spread over the levels."""
    counts = np.full(len(LEVELS), _UNSEEN, np.float32)
    for row in corpus.rows_of(document):
        level = corpus.units[row].level
        if level in LEVELS:
            counts[LEVELS.index(level)] += 1
    spread: Floats = counts / counts.sum()
    return spread
