"""Grounding: whether a passage bears out what a language model made of it.

A statement passes when it is the passage's own sentences, or when each of its sentences has a counterpart in it
that means nearly the same to the embedding model, whose clauses hold the sentence's clauses word by word, in whatever
order, and which makes the same claim (`claim`): numbers and their limits, times, roles, permissions, duties, conditions
and denials, names and addresses. In doubt it fails: the passage itself can be shown instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from advisor.claim import Claim, Clause, read_claim
from advisor.embedding import Encoder

MAX_WORDS = 70
KEPT = 0.6
"""Share of a clause of the counterpart that the sentence's clause must keep."""
ALIKE = 0.55
"""Cosine similarity that a sentence and its counterpart must reach."""
NEAR = 0.3
"""Cosine similarity that words of a story and what they are to settle must reach."""
_SENTENCE = re.compile(r"(?<=[.!])[\"'”’)]*\s+|\n+")
"""A question is one with what answers it: "Crime in it? Tell Compliance." must not lend its first half to another."""
_MARKUP = re.compile(r"!?\[[^\]]*\]\(|<[a-z/!][^>]*>|https?://|www\.|```|data:", re.I)
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+|\b\w[\w-]*\.(?:com|org|net|example|io|eu|de|uk)\b|\+?\d[\d ()/-]{6,}\d", re.I
)
_NAME = re.compile(r"(?<![.!?:\n“\"(] )(?<!^)(?<![.!?:\n“\"(-])\b[A-Z][\w&'’-]*[a-z\d][\w&'’-]*\b")
_LETTERS = re.compile(r"[^\W\d_]+")
_PLACEHOLDER = re.compile(r"\[[A-Z]+_\d+\]")


class Grounding:
    """The check, with the embedding model that it needs."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def objection(self, statement: str, passage: str) -> str | None:
        """Why `passage` does not bear out `statement`, or None when it does."""
        said, source = _plain(statement), _plain(passage)
        if not said or len(said.split()) > MAX_WORDS:
            return "is empty or too long"
        if is_whole(said, source):
            return None
        if _MARKUP.search(statement) or _PLACEHOLDER.search(statement):
            return "holds a link, markup or a placeholder"
        if any(not word.isascii() and word not in source.lower() for word in _LETTERS.findall(said.lower())):
            return "uses words that the passage does not have"
        foreign = _foreign_name(statement, passage)
        if foreign:
            return f"names {foreign!r}, which the passage does not"
        sentences = split_sentences(source)
        for sentence in split_sentences(said):
            why = self._sentence(sentence, sentences)
            if why:
                return why
        return None

    def nearest(self, words: str, texts: Sequence[str]) -> int | None:
        """Position of the one of `texts` that means most nearly what `words` do; None where none means nearly that."""
        vectors = self._encoder.encode([words, *texts])
        likeness = vectors[1:] @ vectors[0]
        return int(likeness.argmax()) if likeness.max() >= NEAR else None

    def _sentence(self, sentence: str, source: Sequence[str]) -> str | None:
        ours = read_claim(sentence)
        if not ours.stems:
            return (
                None
                if sentence.lower().strip(" .!") in ("yes", "no") and _opens_alike(ours, source)
                else "says nothing"
            )
        counterpart = _counterpart(ours, source)
        theirs = read_claim(counterpart)
        why = _difference(ours, theirs)
        if why:
            return why
        if not (_holds_whole(theirs, ours) if theirs.conditions else _holds(theirs.clauses, ours.clauses)):
            return "says something else than the passage"
        pair = self._encoder.encode([sentence, counterpart])
        return None if float(pair[0] @ pair[1]) >= ALIKE else "means something else than the passage"


def is_whole(statement: str, passage: str) -> bool:
    """Whether `statement` is one or more whole sentences of `passage`, in a row and word for word."""
    said = split_sentences(_plain(statement))
    source = split_sentences(_plain(passage))
    wanted = [_bare(sentence) for sentence in said]
    have = [_bare(sentence) for sentence in source]
    return bool(wanted) and any(have[at : at + len(wanted)] == wanted for at in range(len(have) - len(wanted) + 1))


def split_sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]


def _counterpart(ours: Claim, source: Sequence[str]) -> str:
    """The sentence of the passage, or the two neighbours, that share most with ours."""
    best, score = "", -1.0
    for size in (1, 2):
        for at in range(len(source) - size + 1):
            text = " ".join(source[at : at + size])
            shared = len(ours.stems & read_claim(text).stems) / len(ours.stems)
            if shared > score + (0.15 if size > 1 else 0.0):
                best, score = text, shared
    return best


def _difference(ours: Claim, theirs: Claim) -> str | None:
    if ours.amounts != theirs.amounts:
        return "has another number or limit"
    if ours.times != theirs.times:
        return "has another time"
    if ours.opening and ours.opening != theirs.opening:
        return "opens with another answer"
    both = ours.stems & theirs.stems
    if ours.denials != theirs.denials or ours.denied & both != theirs.denied & both:
        return "denies something else"
    if ours.conditions != theirs.conditions:
        return "has other conditions"
    if ours.roles != theirs.roles:
        return "names other people"
    if ours.permits != theirs.permits:
        return "permits what the passage does not, or the other way round"
    if ours.obliges != theirs.obliges:
        return "obliges where the passage does not, or the other way round"
    return None


def _opens_alike(ours: Claim, source: Sequence[str]) -> bool:
    return bool(source) and read_claim(source[0]).opening == ours.opening


def _holds(theirs: Sequence[Clause], ours: Sequence[Clause]) -> bool:
    """Whether each clause of ours is most of one of theirs, and no two are of the same one."""
    free = [Counter(dict(clause)) for clause in theirs]
    for clause in ours:
        wanted = Counter(dict(clause))
        fits = [one for one in free if wanted <= one and wanted.total() >= KEPT * one.total()]
        if not fits:
            return False
        free.remove(min(fits, key=Counter.total))
    return bool(ours)


def _holds_whole(theirs: Claim, ours: Claim) -> bool:
    """Whether ours has all of their clauses, word for word: of what holds under a condition nothing may be left out.

    Where there are two conditions or more they must stand in the same order, or one could take the place of another.
    """
    if sum(condition in ("if", "unless") for condition in theirs.conditions) > 1:
        return theirs.clauses == ours.clauses
    return Counter(theirs.clauses) == Counter(ours.clauses)


def _foreign_name(statement: str, passage: str) -> str | None:
    """A name, address or number to call that stands in the statement and not in the passage."""
    source = passage.lower()
    for pattern in (_CONTACT, _NAME):
        for match in pattern.finditer(statement):
            name = match[0].rstrip(".")
            if name.lower() not in source and name not in ("I", "HR", "CRM"):
                return name
    return None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("**", "").replace("’", "'").replace("“", '"').replace("”", '"')).strip()


def _bare(sentence: str) -> str:
    return sentence.lower().strip(" .!;:")
