"""An escalation as HTML: how serious, whom to take it to, what to write down, what to send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from advisor.front_matter import Level
from advisor.outcome import EscalationAdvice, LadderRung

LEVEL_WORDS: dict[Level, str] = {
    "self": "Settle it yourself first",
    "manager": "Take it to your manager",
    "specialist": "A specialist must be involved",
    "urgent": "Now: this is urgent",
}
Cite = Callable[[int], str]
"""Gives the link for a marker."""


def show_escalation(advice: EscalationAdvice, cite: Cite) -> str:
    """The card. Its colour says the level once more, for those who see it."""
    return (
        f'<section class="card {advice.level}" aria-label="Whom to take it to">'
        f"<h3>{LEVEL_WORDS[advice.level]}</h3>"
        f"{_reasons(advice.reasons)}"
        f'<h4>Whom to take it to, in this order</h4><ol class="ladder">'
        f"{''.join(_rung(rung, cite) for rung in advice.ladder)}</ol>"
        f"{_record(advice.record, folded=advice.level == 'urgent')}{_draft(advice.draft)}</section>"
    )


def _reasons(reasons: Sequence[str]) -> str:
    if len(reasons) == 1:
        return f"<p>{escape(_sentence(reasons[0]))}</p>"
    return f"<ul>{''.join(f'<li>{escape(_sentence(reason))}</li>' for reason in reasons)}</ul>" if reasons else ""


def _rung(rung: LadderRung, cite: Cite) -> str:
    name, _, contact = rung.contact.partition(": ")
    link = cite(rung.marker) if rung.marker is not None else ""
    who = f"<strong>{escape(name)}</strong>: {escape(contact)}" if contact else f"<strong>{escape(name)}</strong>"
    if rung.skipped:
        return f'<li class="skipped"><s>{who}</s>. {escape(_sentence(rung.skipped))} {link}</li>'
    return f'<li>{who}. <span class="within">{escape(_sentence(rung.within))}</span> {link}</li>'


def _record(record: Sequence[str], *, folded: bool) -> str:
    """What to keep; folded away where there is no time to read it now."""
    items = "".join(f"<li>{escape(thing)}</li>" for thing in record)
    if folded and items:
        return f"<details><summary>Later: what to write down and keep</summary><ul>{items}</ul></details>"
    return f"<h4>Write down and keep</h4><ul>{items}</ul>" if items else ""


def _draft(draft: str) -> str:
    return (
        "<details><summary>A note to start from</summary>"
        f'<pre class="draft" tabindex="0" aria-label="The note">{escape(draft)}</pre>'
        '<div class="copying"><button type="button" class="copy">Copy the note</button>'
        '<span class="copied" role="status"></span></div></details>'
    )


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
