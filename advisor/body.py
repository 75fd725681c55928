"""The body of a document: Markdown read into blocks that know where they stand.

Offsets are characters from the start of the whole text, front matter included, so that a quote can be
checked against what `advisor knowledge show --raw` prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt

_COMMENT = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.S)
_PREFIX = re.compile(r"[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table or code block: the smallest thing that is quoted."""

    path: tuple[str, ...]
    """The headings above it, outermost first."""
    start: int
    end: int
    text: str
    """The characters from `start` to `end` of the whole text."""
    listed: bool
    """Whether it is an item of a list."""
    line: int
    """1-based line where it starts."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and where it stands."""

    path: tuple[str, ...]
    """The headings above it and itself last."""
    level: int
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Body:
    """All headings and blocks of a text, in order."""

    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]

    def under(self, *path: str) -> list[Block]:
        """The blocks that stand directly under the heading `path`."""
        return [block for block in self.blocks if block.path == path]

    def children(self, *path: str) -> list[Heading]:
        """The headings one step below `path`."""
        return [h for h in self.headings if h.path[:-1] == path]


def parse_body(text: str, offset: int = 0) -> Body:
    """The headings and blocks of `text` from character `offset` on."""
    body = text[offset:]
    lines = [0]
    for match in re.finditer("\n", body):
        lines.append(match.end())
    lines.append(len(body))
    first_line = text.count("\n", 0, offset) + 1

    headings: list[Heading] = []
    blocks: list[Block] = []
    open_path: list[tuple[int, str]] = []
    depth = 0
    table: tuple[int, int] | None = None
    tokens = _MARKDOWN.parse(body)
    for position, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "table_open" and token.map:
            table = (token.map[0], token.map[1])
        elif token.type == "table_close":
            table = None
        if token.map is None:
            continue
        begin, finish = token.map
        if token.type == "inline" and tokens[position - 1].type == "heading_open":
            level = int(tokens[position - 1].tag[1])
            while open_path and open_path[-1][0] >= level:
                open_path.pop()
            open_path.append((level, token.content.strip()))
            headings.append(
                Heading(
                    tuple(title for _, title in open_path),
                    level,
                    offset + lines[begin],
                    offset + lines[min(finish, len(lines) - 1)],
                    first_line + begin,
                )
            )
            continue
        is_text = token.type == "inline" and table is None
        if not (is_text or token.type in ("fence", "code_block", "table_open", "html_block")):
            continue
        if token.type == "html_block" and _COMMENT.fullmatch(token.content):
            continue  # no reader ever sees a comment
        start = lines[begin]
        end = lines[min(finish, len(lines) - 1)]
        if is_text:
            prefix = _PREFIX.match(body, start, end)
            start = prefix.end() if prefix else start
        quoted = body[start:end].rstrip()
        if not quoted.strip():
            continue
        blocks.append(
            Block(
                tuple(title for _, title in open_path),
                offset + start,
                offset + start + len(quoted),
                quoted,
                depth > 0,
                first_line + begin,
            )
        )
    return Body(tuple(headings), tuple(blocks))
