"""A document: one topic of company knowledge, read from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from advisor import front_matter
from advisor.body import Block, Body, Heading, parse_body
from advisor.company import Company
from advisor.errors import DocumentError, Problem
from advisor.front_matter import FrontMatter, Kind

MAX_CHARACTERS = 1_000_000
_TITLE_WORDS = 12
SHORT, STEPS, DONTS, DEPENDS, QUESTIONS, ESCALATE, WHY = (
    "Short answer",
    "What to do",
    "What not to do",
    "It depends",
    "Questions people ask",
    "When to escalate",
    "Why",
)
SECTIONS = (SHORT, STEPS, DONTS, DEPENDS, QUESTIONS, ESCALATE, WHY)
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Branch:
    """What holds under one option of the clarifying question."""

    option: str
    points: tuple[Block, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A question people ask, with the answer to it."""

    question: str
    blocks: tuple[Block, ...]


def route_key(text: str) -> str:
    """`Sales-ops`, `sales ops` and `Sales Ops` as the same key."""
    return re.sub(r"[^a-z]", "", text.lower())


@dataclass(frozen=True)
class Document:
    """One text of a document, filled in and parsed."""

    id: str
    title: str
    kind: Kind
    text: str
    """The whole text, values filled in: what quotes are cut from."""
    body: Body
    front: FrontMatter | None
    """None for a plain page."""

    @cached_property
    def short_answer(self) -> list[Block]:
        return self._section(SHORT)

    @cached_property
    def steps(self) -> list[Block]:
        return self._items(STEPS)

    @cached_property
    def donts(self) -> list[Block]:
        return self._items(DONTS)

    @cached_property
    def why(self) -> list[Block]:
        return self._section(WHY)

    @cached_property
    def clarifying_question(self) -> str | None:
        blocks = self._section(DEPENDS)
        return blocks[0].text if blocks and self.branches else None

    @cached_property
    def branches(self) -> list[Branch]:
        signs = {entry.option: tuple(entry.signs) for entry in self.front.branches} if self.front else {}
        return [
            Branch(heading.path[-1], tuple(self.body.under(*heading.path)), signs.get(heading.path[-1], ()))
            for heading in self._subheadings(DEPENDS)
        ]

    @cached_property
    def replies(self) -> list[Reply]:
        return [
            Reply(heading.path[-1], tuple(self.body.under(*heading.path))) for heading in self._subheadings(QUESTIONS)
        ]

    @cached_property
    def rung_items(self) -> dict[str, Block]:
        """The item of *When to escalate* for each route, by route_key."""
        items: dict[str, Block] = {}
        for block in self._items(ESCALATE):
            bold = _BOLD.match(block.text)
            if bold:
                items.setdefault(route_key(bold[1]), block)
        return items

    @property
    def is_plain(self) -> bool:
        """Whether it is a page that is only retrieved and quoted."""
        return not (self.steps or self.short_answer or self.replies)

    def _path(self, section: str) -> tuple[str, ...] | None:
        wanted = section.lower()
        return next((h.path for h in self.body.headings if h.level == 2 and h.path[-1].lower() == wanted), None)

    def _section(self, section: str) -> list[Block]:
        path = self._path(section)
        return self.body.under(*path) if path and self.front else []

    def _items(self, section: str) -> list[Block]:
        return [block for block in self._section(section) if block.listed]

    def _subheadings(self, section: str) -> list[Heading]:
        path = self._path(section)
        return self.body.children(*path) if path and self.front else []


def parse_document(source: str, *, default_id: str, company: Company, file: str | None = None) -> Document:
    """The document that `source` holds, company values filled in.

    `default_id` is the id of a page that names none. Raises DocumentError listing every breach of the format, and
    UndefinedValue for a company value that nobody defined.
    """
    file = file or default_id
    source = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if len(source) > MAX_CHARACTERS:
        size = f"has {len(source):,} characters, more than the {MAX_CHARACTERS:,} allowed"
        raise DocumentError([Problem(file, None, "size", size, "split it into one page a topic")])
    if "\x00" in source:
        line = source.count("\n", 0, source.index("\x00")) + 1
        raise DocumentError([Problem(file, line, "text", "holds binary data", "export it as Markdown, text or HTML")])
    data, offset, node = front_matter.split(source, file)
    if not front_matter.is_ours(data):
        return _plain_page(source, offset, data, default_id, file)
    front_matter.validate(data, node, file)
    text = company.fill(source)
    data, offset, node = front_matter.split(text, file)
    front = front_matter.validate(data, node, file)
    if not front_matter.SLUG.fullmatch(front.id):
        where = front_matter.line_of(node, ["id"])
        remedy = "use letters, digits, dots, dashes and slashes"
        raise DocumentError([Problem(file, where, "id", f"is {front.id!r}", remedy)])
    return Document(front.id, front.title, front.kind, text, parse_body(text, offset), front)


def _caption(body: Body) -> str | None:
    """The first line of a page without headings, when it is short enough to be its title."""
    if body.headings or not body.blocks:
        return None
    line = body.blocks[0].text.splitlines()[0].strip()
    return line if 0 < len(line.split()) <= _TITLE_WORDS else None


def _plain_page(source: str, offset: int, data: dict[str, object], default_id: str, file: str) -> Document:
    if not source[offset:].strip():
        empty = Problem(file, None, "text", "is empty", "write something or leave the file out", "warning")
        raise DocumentError([empty])
    own = data.get("id")
    identity = own if isinstance(own, str) and front_matter.SLUG.fullmatch(own) else default_id
    body = parse_body(source, offset)
    named = data.get("title")
    first = next((h.path[-1] for h in body.headings if h.level == 1), None) or _caption(body)
    last = identity.rsplit("/", 1)[-1].replace("-", " ").replace("_", " ")
    title = named if isinstance(named, str) and named.strip() else first or last
    return Document(identity, title.strip(), "guidance", source, body, None)
