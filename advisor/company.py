"""What differs from company to company: values filled into documents, and who stands behind a route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import yaml

from advisor.errors import KnowledgeError, UndefinedValue

Route = Literal["co-worker", "manager", "sales-ops", "hr", "legal", "compliance", "finance", "security", "emergency"]
ROUTES: tuple[Route, ...] = get_args(Route)
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}")
_OPENS_SENTENCE = re.compile(r"(?:^[ \t]*(?:[-*+]|\d+[.)])[ \t]+|\n\n|[.!?:][ \t]+\Z(?<!:[ \t]))\Z", re.M)


@dataclass(frozen=True, slots=True)
class Contact:
    """The people behind a route, in the company's own words."""

    name: str
    contact: str


@dataclass(frozen=True)
class Company:
    """The company file, read once."""

    values: Mapping[str, str]
    contacts: Mapping[Route, Contact]

    def fill(self, text: str) -> str:
        """`text` with every `{{name}}` replaced. Raises UndefinedValue naming all unknown names."""
        unknown = self.undefined(text)
        if unknown:
            raise UndefinedValue(unknown)
        return PLACEHOLDER.sub(lambda match: self._value(text, match), text)

    def _value(self, text: str, match: re.Match[str]) -> str:
        value = self.values[match[1]]
        opens = _OPENS_SENTENCE.search(text, max(0, match.start() - 12), match.start())
        return value[:1].upper() + value[1:] if opens else value

    def undefined(self, text: str) -> list[str]:
        """The names that `text` uses and the file lacks, in order of first use."""
        names = dict.fromkeys(match[1] for match in PLACEHOLDER.finditer(text))
        return [name for name in names if name not in self.values]


def load_company(path: Path) -> Company:
    """The company file at `path`. Raises KnowledgeError naming the field that is wrong."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnowledgeError(
            f"{path} cannot be read ({error.strerror}); restore it or set ADVISOR_COMPANY_FILE"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())
        raise KnowledgeError(f"{path} is not valid YAML ({detail}); mend that line") from None
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        raise KnowledgeError(f"{path}: 'values' is missing; add a mapping of names to values")
    routes = data.get("routes") or {}
    missing = [route for route in ROUTES if not isinstance(routes.get(route), dict)]
    if missing:
        raise KnowledgeError(f"{path}: routes.{missing[0]} is missing; give it a name and a contact")
    contacts: dict[Route, Contact] = {}
    for route in ROUTES:
        entry = routes[route]
        if not entry.get("name") or not entry.get("contact"):
            raise KnowledgeError(f"{path}: routes.{route} needs both 'name' and 'contact'; add what is missing")
        contacts[route] = Contact(str(entry["name"]), str(entry["contact"]))
    return Company({str(k): str(v) for k, v in data["values"].items()}, contacts)
