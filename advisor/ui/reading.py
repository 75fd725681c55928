"""A version of a document to read, with the words of a quote marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

from advisor.body import Block, Body, Heading, parse_body
from advisor.front_matter import Kind, split
from advisor.storage import Version
from advisor.ui.document_view import show_date

KINDS: dict[Kind, str] = {
    "policy": "Policy: binding",
    "procedure": "Procedure: how a policy is carried out",
    "guidance": "Guidance: good advice",
}
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_NUMBER = re.compile(r"(\d{1,9})[.)]\s+\Z")
_RAW = ("|", "```", "~~~", "<")


def badge(kind: str) -> str:
    """A document's kind as a coloured word."""
    return f'<span class="badge {escape(kind)}">{escape(kind.capitalize())}</span>'


def show_version(version: Version, in_force: int | None, start: int = 0, end: int = 0) -> str:
    """The version with characters `start` to `end` of its text marked; nothing is marked where they are equal.

    `in_force` is the number of the version that answers are given from now.
    """
    head = version.head
    offset = split(version.text, head.document)[1]
    body = parse_body(version.text, offset)
    section = next((block.path for block in body.blocks if start < end and block.start <= start < block.end), ())
    place = f'<p class="facts">Section: {escape(" > ".join(section))}</p>' if section else ""
    return (
        f'<article class="source"><h1>{escape(head.title)}</h1>'
        f'<p class="facts"><span class="badge {escape(head.kind)}">{escape(_kind_in_words(head.kind))}</span> '
        f"Version {head.number}, effective {show_date(head.effective)}. {_standing(head.number, in_force)}</p>{place}"
        f'<div class="text">{"".join(_parts(version.text, body, start, end))}</div></article>'
    )


def _kind_in_words(kind: str) -> str:
    return next((words for known, words in KINDS.items() if known == kind), kind)


def _standing(number: int, in_force: int | None) -> str:
    if in_force is None:
        return "This document is no longer in force."
    return "" if number == in_force else f"It is no longer in force; version {in_force} is."


def _parts(text: str, body: Body, start: int, end: int) -> Iterator[str]:
    entries: list[Heading | Block] = sorted([*body.headings, *body.blocks], key=lambda entry: entry.start)
    for tag, group in groupby(entries, key=lambda entry: _list_tag(text, entry)):
        if tag:
            items = (_item(text, entry, start, end) for entry in group if isinstance(entry, Block))
            yield f"<{tag}>{''.join(items)}</{tag}>"
            continue
        for entry in group:
            if isinstance(entry, Heading):
                level = min(6, max(2, entry.level))
                yield f"<h{level}>{_inline(entry.path[-1])}</h{level}>"
            else:
                wrap = "pre" if entry.text.startswith(_RAW) else "p"
                yield f"<{wrap}>{_marked(text, entry, start, end)}</{wrap}>"


def _list_tag(text: str, entry: Heading | Block) -> str | None:
    """The list that an entry belongs to, None where it stands by itself."""
    if isinstance(entry, Heading) or not entry.listed:
        return None
    return "ol" if _number(text, entry) else "ul"


def _number(text: str, block: Block) -> str | None:
    line = text.rfind("\n", 0, block.start) + 1
    found = _NUMBER.search(text, line, block.start)
    return found[1] if found else None


def _item(text: str, block: Block, start: int, end: int) -> str:
    number = _number(text, block)
    value = f' value="{number}"' if number else ""
    return f"<li{value}>{_marked(text, block, start, end)}</li>"


def _marked(text: str, block: Block, start: int, end: int) -> str:
    first, last = max(block.start, start), min(block.end, end)
    if first >= last:
        return _inline(block.text)
    return (
        f"{_inline(text[block.start : first])}<mark>{_inline(text[first:last])}</mark>{_inline(text[last : block.end])}"
    )


def _inline(text: str) -> str:
    """Escaped, bold words bold. The asterisks stay in the text, unseen, so that a quote is found as it was cut."""
    sign = '<span class="sign" aria-hidden="true">**</span>'
    return _BOLD.sub(lambda match: f"<strong>{sign}{match[1]}{sign}</strong>", escape(text))
