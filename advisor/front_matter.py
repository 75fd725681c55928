"""The front matter of a document: its fields, and the line each stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from advisor.company import Route
from advisor.errors import DocumentError, Problem

Kind = Literal["policy", "procedure", "guidance"]
Level = Literal["self", "manager", "specialist", "urgent"]
LEVELS: tuple[Level, ...] = ("self", "manager", "specialist", "urgent")
AUTHORITY: dict[Kind, int] = {"policy": 3, "procedure": 2, "guidance": 1}

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._ -]*)*")

_FENCE = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.S | re.M)
_OURS = re.compile(r"^(id|kind|owner|asks|see_also|audience|escalation|branches|training|review_by|effective):", re.M)


class _Loader(yaml.CSafeLoader):
    """Safe YAML whose dates stay text, so that a date that is none is reported with its field."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ask(_Strict):
    """A sample question in a rep's own words."""

    ask: Text
    level: Level | None = None
    """The right level of this very question, where it is not the document's own."""


class Rung(_Strict):
    """One step of the ladder."""

    route: Route
    within: Text


class Raise(_Strict):
    """What makes the matter more serious, and whom it then goes to."""

    when: Text
    level: Level
    route: Route
    signs: list[Text] = []


class Escalation(_Strict):
    level: Level
    ladder: list[Rung] = Field(min_length=1)
    raises: list[Raise] = []


class BranchSigns(_Strict):
    """Phrases that show which option of *It depends* holds."""

    option: Text
    signs: list[Text] = []


class Point(_Strict):
    """What a good reply in training says, and the words that bear it out."""

    point: Text
    quote: Text


class Wrong(_Strict):
    """A tempting wrong reply in training, and the words that forbid it."""

    reply: Text
    quote: Text


class Scenario(_Strict):
    title: Text
    scenario: Text
    level: Level
    points: list[Point] = Field(min_length=1)
    wrong: list[Wrong] = []


def _as_ask(value: Any) -> Any:
    return {"ask": value} if isinstance(value, str) else value


class FrontMatter(_Strict):
    """The fields of docs/knowledge-format.md."""

    id: Text
    title: Text
    kind: Kind
    owner: Text
    effective: date
    review_by: date
    audience: list[Literal["rep", "manager", "owner", "assistant"]] = []
    see_also: list[Text] = []
    asks: list[Annotated[Ask, BeforeValidator(_as_ask)]] = []
    escalation: Escalation | None = None
    branches: list[BranchSigns] = []
    record: list[Text] = []
    training: list[Scenario] = []


def split(text: str, file: str) -> tuple[dict[str, Any], int, yaml.MappingNode | None]:
    """The front matter of `text` as data, the offset where the body begins, and its YAML node.

    A text without front matter gives `({}, 0, None)`. Front matter that is not YAML raises DocumentError when it
    has fields of ours, and counts as part of a plain page when it has none.
    """
    match = _FENCE.match(text)
    if match is None:
        if text.startswith("---\n") and _OURS.search(text):
            raise DocumentError(
                [Problem(file, 1, "front matter", "is never closed", "add a line of three dashes after it")]
            )
        return {}, 0, None
    try:
        node = yaml.compose(match[1], Loader=yaml.CSafeLoader)
        data = yaml.load(match[1], Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:
        if not _OURS.search(match[1]):
            return {}, 0, None
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else None
        cause = " ".join(str(getattr(error, "problem", None) or error).split())
        remedy = "mend that line; put text that holds a colon or a quotation mark in quotation marks"
        raise DocumentError([Problem(file, line, "front matter", f"is not valid YAML ({cause})", remedy)]) from None
    if not isinstance(data, dict) or not isinstance(node, yaml.MappingNode):
        return {}, match.end(), None
    return data, match.end(), node


def is_ours(data: dict[str, Any]) -> bool:
    """Whether front matter is written in this product's format, not another tool's."""
    return any(field in data for field in ("kind", "asks", "escalation", "review_by", "see_also"))


def line_of(node: yaml.Node | None, place: Sequence[int | str]) -> int | None:
    """The 1-based line of the field at `place`, or of the nearest field above it."""
    line: int | None = None
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 2, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 2
        else:
            break
    return line


def validate(data: dict[str, Any], node: yaml.Node | None, file: str) -> FrontMatter:
    """`data` as FrontMatter. Raises DocumentError with every breach, its line and its remedy."""
    try:
        return FrontMatter.model_validate(data)
    except ValidationError as error:
        raise DocumentError([_problem(entry, node, file) for entry in error.errors()]) from None


def _problem(entry: Any, node: yaml.Node | None, file: str) -> Problem:
    place = entry["loc"]
    field = ".".join(str(step) for step in place)
    kind, context = entry["type"], entry.get("ctx", {})
    if kind == "missing":
        message, remedy = "is missing", f"add '{place[-1]}'"
    elif kind == "extra_forbidden":
        message, remedy = "is not a field of this format", "remove it or correct its spelling"
    elif kind == "literal_error":
        message, remedy = f"is {entry['input']!r}", f"use one of {context['expected']}"
    elif kind.startswith("date"):
        message, remedy = f"is {entry['input']!r}, which is no date", "write it as YYYY-MM-DD"
    else:
        message, remedy = entry["msg"].lower(), "see docs/knowledge-format.md"
    return Problem(file, line_of(node, place), field, message, remedy)
