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
    reply: str | None = None
    """A question people ask, in the document: its reply is all that is said, whatever else the story is about."""


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


@dataclass(frozen=True, slots=True)
class Dangers:
    """What a question says of dangers, read in one pass."""

    seen: list[Seen]
    """The triggers that it reports, gravest first."""
    told: str
    """The question without the clauses that deny a danger or tell of one long settled: those are not what it is about.
    The whole question when nothing else is left."""


def read_dangers(triggers: list[Trigger], question: str) -> Dangers:
    """The dangers in `question`."""
    text = normalise(question)
    seen: list[Seen] = []
    idle: list[tuple[int, int]] = []
    for trigger in triggers:
        found, denied = _find(trigger, text)
        if found:
            seen.append(found)
        idle += denied
    seen.sort(key=lambda one: -LEVELS.index(one.level))
    if not idle:
        return Dangers(seen, question)
    kept = "".join(" " if any(start <= at < end for start, end in idle) else ch for at, ch in enumerate(text))
    return Dangers(seen, kept.strip() if len(kept.split()) > _FEWEST else question)


def find_triggers(triggers: list[Trigger], question: str) -> list[Seen]:
    """The triggers that `question` reports, gravest first."""
    return read_dangers(triggers, question).seen


def _find(trigger: Trigger, text: str) -> tuple[Seen | None, list[tuple[int, int]]]:
    """What `text` shows of `trigger`, and the places of the clauses that deny it or bury it."""
    best: Seen | None = None
    idle: list[tuple[int, int]] = []
    spared: list[tuple[int, int]] | None = None
    for pattern in trigger.patterns:
        for match in pattern.finditer(text):
            if spared is None:
                spared = [other.span() for exception in trigger.not_ for other in exception.finditer(text)]
            if any(start < match.end() and match.start() < end for start, end in spared):
                continue
            how = standing(text, match.start(), match.end(), keeps_negation=trigger.keeps_negation)
            if how == "reported" and (best is None or best.level != trigger.level):
                best = Seen(trigger, trigger.level, match[0])
            elif how == "past" and best is None:
                best = Seen(trigger, min(trigger.level, _BY_PAST, key=LEVELS.index), match[0])
            elif how in ("denied", "settled"):
                idle.append((clause_start(text, match.start()), match.end()))
    return best, idle
