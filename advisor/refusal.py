"""Refusal: whether the knowledge covers a question at all."""

from __future__ import annotations

import re

from advisor.injection import order_in
from advisor.retrieval import Ranking

NEAR = 0.36
"""Cosine similarity of the nearest unit below which nothing in the knowledge speaks to the question."""
OFF = -3.6
"""Limit of `strangeness`, from which a question is off the subject; fitted on development cases."""
ORDERED = -5.0
"""The same for a question that reads like an order to a language model: it must be clearly about something besides."""
FOREIGN = 2.0
"""Limit of `strangeness` for a turn of a conversation that may lean on what was said before."""
_DENSE = 6.0
_LETTERS = re.compile(r"[a-z]{2,}", re.I)


def covers(ranking: Ranking, question: str) -> bool:
    """Whether the first document of `ranking` speaks to `question`."""
    if not ranking.found or len(_LETTERS.findall(question)) < 2:
        return False
    first = ranking.found[0]
    if ranking.reading is None or first.head.document not in ranking.reading.topics:
        return first.dense >= NEAR
    return strangeness(ranking) < (ORDERED if order_in(question) else OFF)


def is_foreign(ranking: Ranking) -> bool:
    """Whether a question is far from anything the classifier knows, not merely doubtful."""
    return ranking.reading is not None and bool(ranking.found) and strangeness(ranking) > FOREIGN


def strangeness(ranking: Ranking) -> float:
    """The classifier's doubt, less how near the question comes to anything in the knowledge."""
    assert ranking.reading is not None
    return ranking.reading.off_topic - _DENSE * max(found.dense for found in ranking.found)
