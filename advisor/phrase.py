"""Phrases: whether a question holds the words of a sign, in order, inflected or with a word or two between."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

from advisor.mention import DENIAL, normalise, standing

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_DROPPED = frozenset(
    {"a", "an", "the", "to", "of", "and", "is", "are", "was", "were", "be", "been"}
    | {"am", "that", "it", "its", "just", "really", "so"}
)
_GAP = 2
_STEMMER = Stemmer.Stemmer("english")


class Wording:
    """A text ready to be searched for phrases."""

    def __init__(self, text: str) -> None:
        self.text = normalise(text)
        spans = [match for match in _WORD.finditer(self.text) if match[0] not in _DROPPED]
        self._stems = _STEMMER.stemWords([match[0].replace("'", "") for match in spans])
        self._spans = [match.span() for match in spans]

    def holds(self, phrase: str) -> bool:
        """Whether the text says `phrase`, not denied unless the phrase itself denies."""
        wanted = _stems(phrase)
        if not wanted:
            return False
        for begin, stem in enumerate(self._stems):
            if stem == wanted[0]:
                end = self._follow(begin, wanted)
                if end is not None:
                    start, stop = self._spans[begin][0], self._spans[end][1]
                    own = bool(DENIAL.search(phrase.lower()))
                    if not own and DENIAL.search(self.text[start:stop]):
                        continue  # "my client never told me" is not "my client told me"
                    if standing(self.text, start, stop, keeps_negation=own) in ("reported", "past"):
                        return True
        return False

    def count(self, phrases: Iterable[str]) -> int:
        """How many of `phrases` the text says."""
        return sum(self.holds(phrase) for phrase in phrases)

    def _follow(self, begin: int, wanted: tuple[str, ...]) -> int | None:
        position = begin
        for stem in wanted[1:]:
            window = self._stems[position + 1 : position + 2 + _GAP]
            if stem not in window:
                return None
            position += 1 + window.index(stem)
        return position


@lru_cache(maxsize=20_000)
def _stems(phrase: str) -> tuple[str, ...]:
    words = [word.replace("'", "") for word in _WORD.findall(normalise(phrase)) if word not in _DROPPED]
    return tuple(_STEMMER.stemWords(words))
