"""Near-duplicates: pages that say in most of their words what another page says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ALIKE = 0.5
"""Share of the shorter page's runs of words from which two pages count as nearly the same."""
_RUN = 6


@dataclass(frozen=True, slots=True)
class Twin:
    """A page and another one that says nearly the same."""

    document: str
    other: str
    share: float
    """Share of the shorter page's runs of words that the other one holds too, 0 to 1."""

    def __str__(self) -> str:
        return f"{self.document} says {self.share:.0%} of what {self.other} says; keep one of them"


def near_duplicates(new: Sequence[tuple[str, str]], old: Iterable[tuple[str, str]]) -> list[Twin]:
    """For each (id, text) of `new` the page of `new` before it, or of `old`, that is nearly the same, if any."""
    holders: dict[int, set[str]] = {}
    sizes: dict[str, int] = {}

    def add(document: str, runs: set[int]) -> None:
        sizes[document] = len(runs)
        for run in runs:
            holders.setdefault(run, set()).add(document)

    fresh = {document for document, _ in new}
    for document, text in old:
        if document not in fresh:
            add(document, _runs(text))
    twins = []
    for document, text in new:
        runs = _runs(text)
        shared = Counter(holder for run in runs for holder in holders.get(run, ()))
        for other, count in shared.most_common(1):
            share = count / max(1, min(len(runs), sizes[other]))
            if share >= ALIKE:
                twins.append(Twin(document, other, share))
        add(document, runs)
    return twins


def _runs(text: str) -> set[int]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {hash(tuple(words[at : at + _RUN])) for at in range(max(1, len(words) - _RUN + 1))}
