"""Training: scenarios drawn from the knowledge in force, and what a trainee's reply made and missed.

Nothing of a reply is stored, and it never enters the questions of reps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.advisor import Advisor
from advisor.citing import Published
from advisor.embedding import Encoder
from advisor.errors import KnowledgeError
from advisor.front_matter import LEVELS, Level, Scenario
from advisor.outcome import Citation

MADE = 0.5
"""Cosine similarity from which a sentence of the reply counts as making a point."""
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|,\s+(?:then|and then)\s+")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A scenario together with the document it trains."""

    source: Published
    number: int
    """Its place among the document's scenarios, from 0."""

    @property
    def scenario(self) -> Scenario:
        front = self.source.document.front
        assert front is not None
        return front.training[self.number]


@dataclass(frozen=True, slots=True)
class Mark:
    """One point, or one wrong reply: whether the trainee's words hold it, and the words it stands on."""

    text: str
    said: bool
    citation: Citation


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a reply made and missed."""

    chosen: Level
    expected: Level
    points: tuple[Mark, ...]
    wrong: tuple[Mark, ...]

    @property
    def made(self) -> int:
        return sum(point.said for point in self.points)

    @property
    def verdict(self) -> str:
        """How the chosen level compares with the expected one."""
        off = LEVELS.index(self.chosen) - LEVELS.index(self.expected)
        return "right" if off == 0 else "too high" if off > 0 else "too low"


def topics(advisor: Advisor) -> list[Published]:
    """The documents in force that have scenarios, by title."""
    published = [advisor.published(head) for head in advisor.corpus().heads]
    return sorted(
        (one for one in published if one.document.front and one.document.front.training), key=lambda one: one.head.title
    )


def exercises(source: Published) -> list[Exercise]:
    """The scenarios of a document."""
    front = source.document.front
    return [Exercise(source, number) for number in range(len(front.training))] if front else []


def assess(exercise: Exercise, reply: str, chosen: Level, encoder: Encoder) -> Assessment:
    """Which points `reply` makes. Raises KnowledgeError for an empty reply."""
    sentences = [part.strip() for part in _SENTENCE.split(reply) if len(part.split()) > 1]
    if not sentences:
        raise KnowledgeError("the reply is empty; say in a few sentences what you would do")
    scenario = exercise.scenario
    said = _said([*sentences, reply], [f"{one.point}. {one.quote}" for one in scenario.points], encoder)
    wrong = _said([*sentences, reply], [one.reply for one in scenario.wrong], encoder)
    return Assessment(
        chosen,
        scenario.level,
        tuple(
            Mark(point.point, hit, _cite(exercise.source, point.quote, number))
            for number, (point, hit) in enumerate(zip(scenario.points, said, strict=True), 1)
        ),
        tuple(
            Mark(entry.reply, hit, _cite(exercise.source, entry.quote, number))
            for number, (entry, hit) in enumerate(zip(scenario.wrong, wrong, strict=True), len(scenario.points) + 1)
        ),
    )


def _said(sentences: Sequence[str], targets: Sequence[str], encoder: Encoder) -> list[bool]:
    if not targets:
        return []
    similarities = encoder.encode(list(targets)) @ encoder.encode(list(sentences)).T
    return [bool(row.max() >= MADE) for row in similarities]


def _cite(source: Published, quote: str, marker: int) -> Citation:
    """The quote where it stands in the body. `advisor knowledge check` sees to it that it is there."""
    document = source.document
    for block in document.body.blocks:
        at = block.text.lower().find(quote.lower())
        if at >= 0:
            start, end, section = block.start + at, block.start + at + len(quote), " > ".join(block.path)
            break
    else:
        start, end, section = 0, 0, document.title
    return Citation(
        marker=marker,
        document=source.head.document,
        title=source.head.title,
        kind=document.kind,
        version=source.head.number,
        effective=source.head.effective,
        section=section,
        quote=document.text[start:end],
        start=start,
        end=end,
    )
