"""Disagreement: where two documents say different things of the same matter.

Two passages disagree when they share most of their words and either one forbids what the other allows, or they give
different amounts of the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from advisor.body import Block
from advisor.lexical import words

_SHARED = 0.6
_FEWEST = 4
_FORBIDS = re.compile(
    r"\b(?:must not|may not|do not|don't|never|not allowed|no longer|cannot|can't|is forbidden|are forbidden|is banned|"
    r"prohibited|declined?|refused?|not permitted)\b|^\W*no\b",
    re.I,
)
_ALLOWS = re.compile(
    r"\b(?:may|can|allowed|is fine|are fine|is okay|permitted|accepted?|acceptable|feel free|free to)\b|^\W*yes\b", re.I
)
_AMOUNT = re.compile(
    r"(?P<money>(?:usd|eur|gbp|\$|€|£)\s?\d[\d,.]*|\d[\d,.]*\s?(?:usd|eur|gbp|dollars?|euros?|pounds?))"
    r"|(?P<share>\d[\d.]*\s?(?:%|percent))"
    r"|(?P<time>\d+\s(?:working |business |calendar )?(?:minutes?|hours?|days?|weeks?|months?|years?))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What of a block's text is compared."""

    content: frozenset[str]
    stand: str | None
    amounts: dict[str, frozenset[str]]


def disagree(first: Block, second: Block) -> bool:
    """Whether the two blocks say different things of the same matter."""
    ours, theirs = _claim(first.text), _claim(second.text)
    smaller = min(len(ours.content), len(theirs.content))
    common = len(ours.content & theirs.content)
    if common < _FEWEST or common / smaller < _SHARED:
        return False
    if {ours.stand, theirs.stand} == {"forbids", "allows"}:
        return True
    shared = ours.amounts.keys() & theirs.amounts.keys()
    return any(ours.amounts[kind].isdisjoint(theirs.amounts[kind]) for kind in shared)


@lru_cache(maxsize=20_000)
def _claim(text: str) -> _Claim:
    found: dict[str, set[str]] = {}
    for match in _AMOUNT.finditer(text):
        found.setdefault(match.lastgroup or "", set()).add(re.sub(r"[^\d.]", "", match[0]).rstrip("."))
    stand = "forbids" if _FORBIDS.search(text) else "allows" if _ALLOWS.search(text) else None
    content = frozenset(word for word in words(text) if not word.isdigit())
    return _Claim(content, stand, {kind: frozenset(values) for kind, values in found.items()})
