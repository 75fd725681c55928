"""Refusal: whether the knowledge covers a question at all."""

from __future__ import annotations

import re

from advisor.retrieval import Ranking

NEAR = 0.36
"""Cosine similarity of the nearest unit below which nothing in the knowledge speaks to the question."""
_LETTERS = re.compile(r"[a-z]{2,}", re.I)


def covers(ranking: Ranking, question: str) -> bool:
    """Whether the first document of `ranking` speaks to `question`."""
    if not ranking.found or len(_LETTERS.findall(question)) < 2:
        return False
    return ranking.found[0].dense >= NEAR
