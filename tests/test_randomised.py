"""Randomised runs: whatever a model makes up, what is shown stands in the documents.

`ADVISOR_RUNS` sets how many; a release is checked with 500.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from advisor.assembly import assemble
from advisor.evaluation import load_cases
from advisor.grounding import is_whole
from advisor.outcome import Answered, Outcome
from advisor.settings import Settings
from tests.fake_model import CONTENT, Mutation
from tests.modelled import Modelled, gravity, modelled

RUNS = int(os.environ.get("ADVISOR_RUNS", "20"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240 + 5 * RUNS)]

CASES = Path(__file__).resolve().parent / "evaluation"
OTHERS = [name for name in CONTENT if name not in ("good", "mixed")]


@dataclass(frozen=True)
class Site:
    """The real pack, and what people ask of it."""

    both: Modelled
    asks: list[list[str]]
    cases: list[list[str]]
    talks: list[list[str]]


@pytest.fixture(scope="module")
def site(pack: Path) -> Iterator[Site]:
    cases = [case.turns for case in load_cases([CASES]) if case.half == "dev"]
    talks = [turns for turns in cases if len(turns) > 1]
    with modelled(assemble(Settings(data_dir=pack, model=""))) as both:
        fronts = [both.plain.published(head).document.front for head in both.plain.corpus().heads]
        asks = [[one.ask] for one in chain.from_iterable(front.asks for front in fronts if front)]
        yield Site(both, asks, cases, talks)


def begin(site: Site, run: int) -> list[str]:
    """Makes the model behave as this run will have it, and gives the turns that it asks."""
    random = Random(run)
    turns = random.choice(random.choice([site.asks, site.cases, site.talks]))
    kind = random.choice(["mixed"] * 9 + OTHERS)
    share, exact = random.choice([0.1, 0.25, 0.5, 0.75, 1.0]), random.random() < 0.5
    earlier = [number for number in range(1, len(turns)) if random.random() < 0.5]
    site.both.fake.seed(run)
    site.both.fake.behave(kind, share=share, exact=exact, follow_up=random.choice([earlier, earlier, None]))
    return turns


def is_true(mutation: Mutation, quote: str) -> bool:
    """Whether a text is whole sentences of the passage, or, where only its passage was spoiled, says what it says."""
    text, quote = " ".join(mutation.text.split()), " ".join(quote.split())
    same = _without_contractions(text) in _without_contractions(quote)
    return is_whole(text, quote) or (mutation.kind == "cites_wrong" and same)


def lies(site: Site, outcome: Outcome) -> list[str]:
    """What the model spoiled and the outcome shows all the same."""
    statements = outcome.statements if isinstance(outcome, Answered) else []
    quotes = {citation.marker: citation.quote for citation in outcome.citations}
    own = [outcome.note] if isinstance(outcome, Answered) else []
    own += [*outcome.escalation.reasons, outcome.escalation.draft] if outcome.escalation else []
    found = []
    for one in site.both.fake.mutated:
        if one.kind == "lowers_level" or (one.kind == "raises_level" and site.both.fake.options.exact):
            continue  # a level's name, or words of the story itself: the level is looked at
        text = " ".join(one.text.split())
        shown = [quotes[said.marker] for said in statements if said.text == text]
        found += [f"{text} | {quote}" for quote in shown if not is_true(one, quote)]
        found += [text for words in own if text in words]
    return found


@pytest.mark.parametrize("run", range(RUNS))
def test_only_what_the_documents_say_is_shown(site: Site, run: int) -> None:
    turns = begin(site, run)
    plain, outcome = site.both.plain.ask(turns, keep=False), site.both.writing.ask(turns, keep=False)
    assert lies(site, outcome) == []
    assert gravity(outcome) >= gravity(plain)
    for citation in outcome.citations:
        text = site.both.writing.text(citation.document, citation.version)
        assert text[citation.start : citation.end] == citation.quote
    if isinstance(outcome, Answered):
        assert {one.marker for one in outcome.statements} <= {one.marker for one in outcome.citations}


def _without_contractions(text: str) -> str:
    return text.lower().replace("’", "'").replace("don't", "do not")
