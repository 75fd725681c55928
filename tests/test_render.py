"""Outcomes and documents as HTML."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from html.parser import HTMLParser

from advisor.advisor import Advisor
from advisor.outcome import (
    Alternative,
    Answered,
    Citation,
    Clarification,
    EscalationAdvice,
    LadderRung,
    Statement,
    Unanswered,
)
from advisor.storage import Head, Version
from advisor.ui.reading import show_version
from advisor.ui.render import show_notice, show_turn

HOSTILE = "<script>alert(1)</script>\"' onclick=x &amp; **"
PAGE = """\
---
title: Gifts & favours
---
# Gifts <b>

Short **rule** first.

1. Thank them.
2. Decline **at once**, and log it.

- Do not hide it.

| a | b |
|---|---|
| 1 | 2 |
"""


def citation(marker: int, **changes: object) -> Citation:
    fields: dict[str, object] = {
        "marker": marker,
        "document": "gifts",
        "title": "Gifts",
        "kind": "policy",
        "version": 3,
        "effective": date(2026, 1, 5),
        "section": "What to do",
        "quote": "Decline.",
        "start": 10,
        "end": 18,
    }
    return Citation.model_validate(fields | changes)


def escalation(level: str = "manager", text: str = "words") -> EscalationAdvice:
    return EscalationAdvice.model_validate(
        {
            "level": level,
            "routes": ["hr"],
            "within": text,
            "reasons": [text, text],
            "triggers": [],
            "ladder": [
                LadderRung(route="manager", contact=f"Boss: {text}", within=text, skipped=f"skipped, {text}", marker=1),
                LadderRung(route="hr", contact=f"HR: {text}", within="at once", skipped=None, marker=None),
            ],
            "record": [text],
            "draft": text,
        }
    )


def answered(level: str = "manager", text: str = "words") -> Answered:
    roles = ("lead", "branch", "step", "step", "dont", "quote", "also", "differs", "step")
    return Answered.model_validate(
        {
            "question": text,
            "statements": [Statement(role=role, text=text, marker=1) for role in roles],
            "citations": [citation(1, title=text, section=text, quote=text)],
            "documents": ["gifts"],
            "alternatives": [Alternative(document="a", title=text)],
            "clarifying_question": Clarification(question=text, options=[text]),
            "branch": text,
            "escalation": escalation(level, text),
            "receipt": "abc",
            "more": 2,
        }
    )


def version(text: str = PAGE, number: int = 1) -> Version:
    return Version(Head("gifts", number, "Gifts & favours", "policy", date(2026, 1, 5), "", ""), text, text)


def names(html: str) -> tuple[set[str], set[str]]:
    """The tags and attributes that a browser would see."""
    tags, attributes = set(), set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            attributes.update(name for name, _ in attrs)

    Reader().feed(html)
    return tags, attributes


def marked(html: str) -> list[str]:
    """The marked texts as a browser's textContent gives them."""
    return [unescape(re.sub(r"<[^>]+>", "", part)) for part in re.findall(r"<mark>(.*?)</mark>", html, re.S)]


def test_nothing_from_users_or_documents_becomes_markup() -> None:
    for html in (show_turn(answered(text=HOSTILE)), show_notice(HOSTILE, HOSTILE)):
        tags, attributes = names(html)
        assert "script" not in tags
        assert not [name for name in attributes if name.startswith("on")]
        assert "&amp;amp;" in html


def test_escalation_comes_first_only_where_it_is_urgent() -> None:
    urgent, calm = show_turn(answered("urgent")), show_turn(answered("manager"))
    assert urgent.index('class="card') < urgent.index('class="lead"')
    assert calm.index('class="card') > calm.index('class="lead"')


def test_skipped_rung_is_struck_through_with_its_reason() -> None:
    html = show_turn(answered(text="words"))
    assert re.search(r'<li class="skipped"><s>.*Boss.*</s>.*Skipped, words', html)
    assert html.count("<s>") == 1


def test_marker_links_to_the_version_and_the_quote() -> None:
    assert 'href="/documents/gifts?version=3&amp;start=10&amp;end=18"' in show_turn(answered())


def test_unanswered_keeps_its_escalation_and_alternatives() -> None:
    outcome = Unanswered(
        question="q",
        message="Not covered.\n\nWho to ask: HR.",
        alternatives=[Alternative(document="a", title="Something else")],
        citations=[citation(1)],
        escalation=escalation("urgent"),
        receipt="abc",
    )
    html = show_turn(outcome)
    assert html.index("Now: this is urgent") < html.index("Not covered.")
    assert "<p>Who to ask: HR.</p>" in html
    assert 'data-say="Something else"' in html


def test_every_citation_of_an_answer_is_marked_word_for_word(advisor: Advisor) -> None:
    outcome = advisor.ask(["my customer wants to give me a gold watch"])
    assert outcome.citations
    for one in outcome.citations:
        read = advisor._store.version(one.document, one.version)
        assert marked(show_version(read, 1, one.start, one.end)) == [one.quote]


def test_quote_with_bold_words_is_marked_as_it_was_cut() -> None:
    quote = "Decline **at once**, and log it."
    start = PAGE.index(quote)
    html = show_version(version(), 1, start, start + len(quote))
    assert marked(html) == [quote]
    assert "Section: Gifts" in html


def test_part_of_a_block_is_marked_alone() -> None:
    start = PAGE.index("them")
    assert marked(show_version(version(), 1, start, start + 4)) == ["them"]


def test_version_is_readable_and_hides_its_front_matter() -> None:
    html = show_version(version(), 1)
    assert "title:" not in html
    assert "<mark>" not in html
    assert "&lt;b&gt;" in html
    assert '<ol><li value="1">' in html
    assert "<ul><li>Do not hide it.</li></ul>" in html
    assert "<pre>| a | b |" in html


def test_version_says_whether_it_is_still_in_force() -> None:
    assert "version 2 is" in show_version(version(), 2)
    assert "no longer in force" in show_version(version(), None)
    assert "no longer" not in show_version(version(), 1)
