"""One knowledge, asked without a language model and with the fake one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from advisor.advisor import Advisor
from advisor.assembly import Parts, make_advisor
from advisor.front_matter import LEVELS
from advisor.outcome import Outcome
from advisor.settings import Settings
from tests.fake_model import FakeModel

PATIENCE = 60.0
"""Seconds for the model, so that a busy machine does not make every answer fall back."""


@dataclass(frozen=True)
class Modelled:
    """Two advisors on the same knowledge."""

    plain: Advisor
    writing: Advisor
    fake: FakeModel


@contextmanager
def modelled(parts: Parts) -> Iterator[Modelled]:
    """The advisors of `parts`, while the fake model runs; the store is closed at the end."""
    with FakeModel() as fake:
        given = {"model": "openai:fake", "model_url": fake.url, "model_key": "x", "model_seconds": PATIENCE}
        settings = Settings(**parts.settings.model_dump() | given)
        yield Modelled(make_advisor(parts), make_advisor(replace(parts, settings=settings)), fake)
    parts.store.close()


def gravity(outcome: Outcome) -> int:
    """How grave the level is, -1 where nothing is to be taken anywhere."""
    return LEVELS.index(outcome.escalation.level) if outcome.escalation else -1
