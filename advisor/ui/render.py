"""An outcome as HTML. Whatever comes from users or documents is escaped here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from urllib.parse import quote, urlencode

from advisor.outcome import GROUP_TITLES, Alternative, Answered, Citation, Clarification, Outcome, Role, Statement
from advisor.ui.document_view import show_date
from advisor.ui.escalation_card import show_escalation
from advisor.ui.reading import badge

_BOLD = re.compile(r"\*\*(.+?)\*\*")
PASS_ON = "Pass this question on, without my name"
"""What the button under an unanswered question sends."""
_OPENING: tuple[Role, ...] = ("lead", "quote")
"""What is said before the clarifying question."""


def show_turn(outcome: Outcome) -> str:
    """A question with its answer."""
    body = _show_answered(outcome) if isinstance(outcome, Answered) else _show_unanswered(outcome)
    return _turn(outcome.question, body)


def show_writing(outcome: Outcome, writer: str) -> str:
    """A question whose answer is being put into words: what there is of it, and what is urgent at once."""
    said = ""
    card = ""
    if isinstance(outcome, Answered):
        cite = _citer(outcome.citations)
        if outcome.escalation and outcome.escalation.level == "urgent":
            card = show_escalation(outcome.escalation, cite)
        for role, group in groupby(outcome.statements, key=lambda statement: statement.role):
            said += _show_group(role, list(group), outcome.branch, cite)
    status = f"{escape(writer)} is putting this into words. Stop shows the documents' own words at once."
    return _turn(outcome.question, f'{card}{said}<p class="notice writing" role="status">{status}</p>')


def show_notice(question: str, message: str) -> str:
    """A question that got no answer yet, or none at all, and why."""
    return _turn(question, f'<p class="notice">{escape(message)}</p>')


def source_link(document: str, version: int, start: int = 0, end: int = 0) -> str:
    """Where a version is read, with a quote marked."""
    where = {"version": version} | ({"start": start, "end": end} if start < end else {})
    return f"/documents/{quote(document)}?{urlencode(where)}"


def say_button(text: str) -> str:
    """A button that sends `text` as the next turn."""
    return f'<li><button type="button" class="choice" data-say="{escape(text)}">{escape(text)}</button></li>'


def _turn(question: str, body: str) -> str:
    asked = f'<span class="unseen">You asked: </span>{escape(question.strip() or "nothing yet")}'
    return f'<article class="turn"><h2 class="asked" tabindex="-1">{asked}</h2>{body}</article>'


def _show_answered(outcome: Answered) -> str:
    cite = _citer(outcome.citations)
    escalation = outcome.escalation
    card = show_escalation(escalation, cite) if escalation else ""
    urgent = escalation is not None and escalation.level == "urgent"
    opening, rest = "", ""
    for role, group in groupby(outcome.statements, key=lambda statement: statement.role):
        shown = _show_group(role, list(group), outcome.branch, cite)
        opening, rest = (opening + shown, rest) if role in _OPENING else (opening, rest + shown)
    return (
        f"{card if urgent else ''}{opening}{_ask_back(outcome.clarifying_question)}{rest}{_more(outcome)}"
        f"{'' if urgent else card}{_alternatives(outcome.alternatives)}{_ending(outcome)}"
    )


def _show_unanswered(outcome: Outcome) -> str:
    cite = _citer(outcome.citations)
    card = show_escalation(outcome.escalation, cite) if outcome.escalation else ""
    first, *others = outcome.answer.split("\n\n")
    message = f'<p class="lead">{escape(first)}</p>' + "".join(f"<p>{escape(paragraph)}</p>" for paragraph in others)
    offer = f'<ul class="choices">{say_button(PASS_ON)}</ul>' if outcome.receipt else ""
    return f"{card}{message}{offer}{_alternatives(outcome.alternatives)}{_ending(outcome)}"


def _show_group(role: Role, group: Sequence[Statement], branch: str | None, cite: Callable[[int], str]) -> str:
    said = [f"{_inline(statement.text)} {cite(statement.marker)}" for statement in group]
    if role == "lead":
        return "".join(f'<p class="lead">{text}</p>' for text in said)
    if role == "quote":
        return "".join(f"<blockquote>{text}</blockquote>" for text in said)
    title = GROUP_TITLES.get(role, "")
    if role == "branch" and branch:
        title = f"{title}: {escape(branch)}"
    items = "".join(f"<li>{text}</li>" for text in said)
    tag = "ol" if role == "step" else "ul"
    return f'<h3>{title}</h3><{tag} class="{role}s">{items}</{tag}>'


def _citer(citations: Sequence[Citation]) -> Callable[[int], str]:
    by_marker = {citation.marker: citation for citation in citations}

    def cite(marker: int) -> str:
        citation = by_marker[marker]
        where = source_link(citation.document, citation.version, citation.start, citation.end)
        label = f"Quote {marker}: {citation.section}, in {citation.title}"
        return f'<a class="cite" href="{escape(where)}" aria-label="{escape(label)}"><span>[{marker}]</span></a>'

    return cite


def _ask_back(clarification: Clarification | None) -> str:
    if clarification is None:
        return ""
    return f'<section class="asks-back">{_choices(clarification.question, clarification.options)}</section>'


def _alternatives(alternatives: Sequence[Alternative]) -> str:
    if not alternatives:
        return ""
    titles = [alternative.title for alternative in alternatives]
    return f'<section class="alternatives">{_choices("Is it rather about one of these?", titles)}</section>'


def _choices(title: str, choices: Sequence[str]) -> str:
    return f'<h3>{escape(title)}</h3><ul class="choices">{"".join(map(say_button, choices))}</ul>'


def _more(outcome: Answered) -> str:
    """The way to what was left out for length: the document, opened where the answer stopped."""
    shown = {one.marker for one in outcome.statements if one.role in ("step", "dont")}
    last = next((one for one in reversed(outcome.citations) if one.marker in shown), None)
    if not outcome.more or last is None:
        return ""
    where = source_link(last.document, last.version, last.start, last.end)
    what = "one more point" if outcome.more == 1 else f"{outcome.more} more points"
    return f'<p><a class="more" data-panel href="{escape(where)}">Read on: {what} in the full text</a></p>'


def _ending(outcome: Outcome) -> str:
    """What the answer stands on, and the id under which it can be shown again."""
    first = {citation.document: citation for citation in reversed(outcome.citations)}
    sources = "".join(
        f'<p>{badge(one.kind)} <a class="more" data-panel href="{escape(source_link(one.document, one.version))}">'
        f"{escape(one.title)}</a>, version {one.version}, effective {show_date(one.effective)}</p>"
        for one in sorted(first.values(), key=lambda one: one.marker)
    )
    receipt = escape(outcome.receipt)
    again = f'<p>Receipt: <a class="more" href="/receipts/{receipt}">{receipt}</a></p>' if receipt else ""
    note = f'<p class="words-by">{escape(outcome.note)}</p>' if isinstance(outcome, Answered) and outcome.note else ""
    return f'<footer class="ending">{note}{sources}{again}</footer>' if note or sources or again else ""


def _inline(text: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", escape(text))
