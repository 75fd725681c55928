"""Word-for-word search: BM25 over stemmed words, in the bm25s library."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_STEMMER = Stemmer.Stemmer("english")


def words(text: str) -> list[str]:
    """The stemmed words of `text`, stop words left out."""
    tokens: list[list[str]] = bm25s.tokenize(
        [text], stopwords="en", stemmer=_STEMMER, show_progress=False, return_ids=False
    )
    return tokens[0]


class LexicalIndex:
    """BM25 scores of a question against every text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        self._bm25 = bm25s.BM25()
        tokens = bm25s.tokenize(list(texts), stopwords="en", stemmer=_STEMMER, show_progress=False)
        self._vocabulary: frozenset[str] = frozenset(tokens.vocab)
        if self._size and self._vocabulary:
            self._bm25.index(tokens, show_progress=False)

    def scores(self, question: str) -> Scores:
        """One score a text, 0 where no word is shared."""
        known = [word for word in words(question) if word in self._vocabulary]
        if not known or not self._size:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._bm25.get_scores(known), np.float32)
