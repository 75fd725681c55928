"""Triggers: what a question shows by itself, whatever documents answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from advisor.company import Route
from advisor.errors import KnowledgeError
from advisor.front_matter import LEVELS, Level
from advisor.mention import clause_start, normalise, standing

_BY_PAST: Level = "specialist"
"""What happened long ago is no emergency, but somebody who handles such matters should hear of it."""

_FEWEST = 3
"""Words that must be left for a question to be read without its denials."""


def _compile(value: object) -> object:
    return re.compile(value) if isinstance(value, str) else value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_compile)]


class Trigger(BaseModel):
    """One entry of knowledge/triggers.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    id: str
    label: str
    level: Level
    document: str
    routes: list[Route]
    patterns: list[Pattern]
    not_: list[Pattern] = []
    keeps_negation: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A trigger that the question shows, at the level it shows it."""

    trigger: Trigger
    level: Level
    words: str
    """The words of the question that show it."""


_ENTRIES = TypeAdapter(list[Trigger])


def load_triggers(path: Path) -> list[Trigger]:
    """The triggers in the file at `path`. Raises KnowledgeError naming what is wrong."""
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for entry in entries:
            if "not" in entry:
                entry["not_"] = entry.pop("not")
        return _ENTRIES.validate_python(entries)
    except OSError as error:
        raise KnowledgeError(f"{path} cannot be read ({error.strerror}); restore it") from None
    except (yaml.YAMLError, ValidationError, TypeError, re.error) as error:
        raise KnowledgeError(
            f"{path} is not a list of triggers ({' '.join(str(error).split())[:200]}); mend it"
        ) from None


def find_triggers(triggers: list[Trigger], question: str) -> list[Seen]:
    """The triggers that `question` reports, gravest first."""
    text = normalise(question)
    seen = [found for trigger in triggers if (found := _find(trigger, text))]
    return sorted(seen, key=lambda one: -LEVELS.index(one.level))


def without_denials(triggers: list[Trigger], question: str) -> str:
    """`question` without the clauses that deny a danger or tell of one long settled; as it is when nothing is left."""
    text = normalise(question)
    spans: list[tuple[int, int]] = []
    for trigger in triggers:
        if trigger.keeps_negation:
            continue
        for pattern in trigger.patterns:
            for match in pattern.finditer(text):
                if standing(text, match.start(), match.end()) in ("denied", "settled"):
                    spans.append((clause_start(text, match.start()), match.end()))
    if not spans:
        return question
    kept = "".join(" " if any(start <= at < end for start, end in spans) else ch for at, ch in enumerate(text))
    return kept.strip() if len(kept.split()) > _FEWEST else question


def _find(trigger: Trigger, text: str) -> Seen | None:
    best: Seen | None = None
    spared = [match.span() for pattern in trigger.not_ for match in pattern.finditer(text)]
    for pattern in trigger.patterns:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in spared):
                continue
            how = standing(text, match.start(), match.end(), keeps_negation=trigger.keeps_negation)
            if how == "reported":
                return Seen(trigger, trigger.level, match[0])
            if how == "past" and best is None:
                best = Seen(trigger, min(trigger.level, _BY_PAST, key=LEVELS.index), match[0])
    return best
