"""How a document reads: the length of its sentences, how its replies open, and what it says twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from pyphen import Pyphen  # type: ignore[import-untyped]
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from advisor.body import Block
from advisor.document import QUESTIONS, STEPS
from advisor.errors import Problem
from advisor.manuscript import Manuscript

MAX_STEP_WORDS = 32
MAX_REPLY_WORDS = 55
MIN_READING_EASE = 50.0
MIN_READING_SAMPLE = 100
"""Words below which reading ease says nothing; Flesch defined it on samples of 100."""
MIN_REPEATED_WORDS = 8
SAME_ASK = 93.0

_WORD = re.compile(r"\w+(?:['’.,@/-]\w+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)*_]*\s+")
_OPENER = re.compile(
    r"[\W_]*(?:yes|no|not|nor|never|always|sometimes|usually|often|rarely|seldom|if|even if|only|when|whenever|unless"
    r"|until|once|where|while|before|after|as (?:long|soon|far) as|provided|in case|(?:it|that) depends)\b",
    re.I,
)
_HYPHENATION = Pyphen(lang="en_US")


def check_wording(manuscript: Manuscript) -> Iterator[Problem]:
    """Warnings about how one document reads."""
    for number, step in enumerate(manuscript.document.steps, 1):
        length = _length(step)
        if length > MAX_STEP_WORDS:
            yield _warning(
                manuscript,
                STEPS,
                step.line,
                f"step {number} has {length} words, more than {MAX_STEP_WORDS}",
                "cut it or make it two steps",
            )
    for heading in manuscript.subheadings(QUESTIONS):
        yield from _reply(manuscript, heading.path[-1], manuscript.directly_under(heading), heading.line)
    blocks = manuscript.document.body.blocks
    ease = reading_ease([block.text for block in blocks])
    if ease is not None and ease < MIN_READING_EASE:
        yield _warning(
            manuscript,
            "reading ease",
            None,
            f"is {ease:.0f} on the Flesch scale, less than {MIN_READING_EASE:.0f}",
            "write shorter sentences and shorter words",
        )


def check_overlap(manuscripts: Sequence[Manuscript]) -> Iterator[Problem]:
    """Warnings about what two documents both say; each stands with the later document and names the earlier."""
    yield from _repeated_sentences(manuscripts)
    yield from _same_asks(manuscripts)


def reading_ease(texts: Sequence[str]) -> float | None:
    """Flesch reading ease of `texts` as one: about 100 very easy, 60 plain, under 30 very hard.

    206.835 - 1.015 words per sentence - 84.6 syllables per word (Flesch 1948). None under MIN_READING_SAMPLE words.
    Syllables are places to hyphenate, of which English has some 5 percent fewer: the result is about 5 points mild.
    """
    sentences = [words for text in texts for sentence in _sentences(text) if (words := _WORD.findall(sentence))]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < MIN_READING_SAMPLE:
        return None
    syllables = sum(_syllables(word.lower()) for word in words)
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * syllables / len(words)


def _reply(manuscript: Manuscript, question: str, blocks: Sequence[Block], line: int) -> Iterator[Problem]:
    if not blocks:
        yield _warning(manuscript, QUESTIONS, line, f"{question!r} has no reply", "write one or remove the question")
        return
    length = sum(_length(block) for block in blocks)
    if length > MAX_REPLY_WORDS:
        yield _warning(
            manuscript,
            QUESTIONS,
            blocks[0].line,
            f"the reply to {question!r} has {length} words, more than {MAX_REPLY_WORDS}",
            "say it in one to three sentences",
        )
    if not _OPENER.match(blocks[0].text):
        yield _warning(
            manuscript,
            QUESTIONS,
            blocks[0].line,
            f"the reply to {question!r} does not open with yes, no or a condition",
            "put the answer first",
        )


def _repeated_sentences(manuscripts: Sequence[Manuscript]) -> Iterator[Problem]:
    first: dict[tuple[str, ...], tuple[Manuscript, int]] = {}
    for manuscript in manuscripts:
        own: set[tuple[str, ...]] = set()
        for block in manuscript.document.body.blocks:
            for sentence in _sentences(block.text):
                words = tuple(word.lower() for word in _WORD.findall(sentence))
                if len(words) < MIN_REPEATED_WORDS or words in own:
                    continue
                own.add(words)
                other, line = first.setdefault(words, (manuscript, block.line))
                if other is not manuscript:
                    yield _warning(
                        manuscript,
                        block.path[-1] if block.path else "text",
                        block.line,
                        f"{manuscript.document.id} repeats {other.document.id} ({other.file}:{line}): {sentence!r}",
                        "say it in one and point to it with see_also, or say it in other words",
                    )


def _same_asks(manuscripts: Sequence[Manuscript]) -> Iterator[Problem]:
    asks = [
        (manuscript, position, _plain(ask.ask))
        for manuscript in manuscripts
        for position, ask in enumerate(manuscript.front.asks)
    ]
    vocabulary = [sorted(set(text.split())) for _, _, text in asks]
    sizes = np.array([len(words) for words in vocabulary])
    start = 0
    for manuscript in manuscripts:
        end = start + len(manuscript.front.asks)
        # The longest common subsequence of two sorted sets is what they share: a cheap look at every pair, after
        # which the costly ratio is taken of few. Half of the longer ask must be shared, because token_set_ratio
        # finds a short ask in any long one that happens to use its words.
        shared = process.cdist(vocabulary[start:end], vocabulary[end:], scorer=LCSseq.similarity, dtype=np.uint16)
        alike = 2 * shared >= np.maximum.outer(sizes[start:end], sizes[end:])
        for row, column in np.argwhere(alike).tolist():
            earlier, later = asks[start + row], asks[end + column]
            if fuzz.token_set_ratio(earlier[2], later[2]) >= SAME_ASK:
                yield _same_ask(manuscript, earlier[1], later[0], later[1])
        start = end


def _same_ask(earlier: Manuscript, there: int, later: Manuscript, here: int) -> Problem:
    ask = later.front.asks[here].ask
    place = f"{earlier.file}:{earlier.line('asks', there)}"
    return later.in_field(
        "asks",
        here,
        message=f"{later.document.id} asks nearly what {earlier.document.id} asks ({place}): {ask!r}",
        remedy="keep it where it belongs, or say in it what sets the two apart",
        severity="warning",
    )


def _warning(manuscript: Manuscript, section: str, line: int | None, message: str, remedy: str) -> Problem:
    return manuscript.in_body(section, line, message=message, remedy=remedy, severity="warning")


def _sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]


def _length(block: Block) -> int:
    return len(_WORD.findall(block.text))


def _plain(text: str) -> str:
    """`text` in lower case, without punctuation: `don't` and `dont` are one word."""
    return " ".join(re.findall(r"\w+", re.sub(r"['’]", "", text.lower())))


@cache
def _syllables(word: str) -> int:
    return len(_HYPHENATION.positions(word)) + 1
