"""Prompts: what a language model is told, kept in files with named variables.

A file in `prompts/` is Markdown with front matter (name, version, purpose, variables) and two sections, *System* and
*User*. `{{name}}` stands for a variable. Values are data: they are put in once, never read for further placeholders,
and cannot close the tags that the prompt puts around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.errors import PromptError

_FENCE = re.compile(r"---\n(.*?)\n---\n(.*)", re.S)
_SECTIONS = re.compile(r"\s*## System\n(.*?)\n## User\n(.*)", re.S)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_MARKUP = str.maketrans({"<": "‹", ">": "›"})


class _Head(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    version: int
    purpose: str
    variables: dict[str, str]
    """What each variable holds, by name."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt, checked: it uses the variables that it declares, and no other."""

    name: str
    version: int
    system: str
    user: str
    variables: frozenset[str]

    def fill(self, **values: str) -> list[tuple[str, str]]:
        """The messages, as (role, text). Raises PromptError naming a variable that is missing or unknown."""
        missing, unknown = sorted(self.variables - values.keys()), sorted(values.keys() - self.variables)
        if missing:
            raise PromptError(
                f"prompt {self.name!r} lacks a value for {', '.join(missing)}; give one for each variable"
            )
        if unknown:
            raise PromptError(
                f"prompt {self.name!r} has no variable {', '.join(unknown)}; add it to its file or leave it"
            )

        def value(match: re.Match[str]) -> str:
            return values[match[1]].translate(_MARKUP)

        return [("system", _VARIABLE.sub(value, self.system)), ("user", _VARIABLE.sub(value, self.user))]


def load_prompt(path: Path) -> Prompt:
    """The prompt in `path`. Raises PromptError naming what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"prompt {path.name} cannot be read ({error}); restore it from the release") from None
    fence = _FENCE.fullmatch(text)
    sections = _SECTIONS.fullmatch(fence[2]) if fence else None
    if fence is None or sections is None:
        raise PromptError(f"prompt {path.name} needs front matter, then the sections '## System' and '## User'")
    head = _head(fence[1], path)
    if head.name != path.stem:
        raise PromptError(f"prompt {path.name} is named {head.name!r} inside; name it after its file")
    system, user = sections[1].strip(), sections[2].strip()
    used = set(_VARIABLE.findall(f"{system}\n{user}"))
    for names, what in ((used - head.variables.keys(), "undeclared"), (head.variables.keys() - used, "unused")):
        if names:
            raise PromptError(
                f"prompt {path.name} has {what} variables: {', '.join(sorted(names))}; "
                "declare under 'variables' what the text uses, and nothing else"
            )
    return Prompt(head.name, head.version, system, user, frozenset(head.variables))


def _head(source: str, path: Path) -> _Head:
    try:
        data: Any = yaml.safe_load(source)
        return _Head.model_validate(data)
    except yaml.YAMLError as error:
        raise PromptError(
            f"prompt {path.name}: its front matter is not YAML ({' '.join(str(error).split())})"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "front matter"
        raise PromptError(f"prompt {path.name}: {where}: {first['msg'].lower()}") from None
