"""Outcomes: what a question gets. Data only; entry points and pages format it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from advisor.company import Route
from advisor.front_matter import Kind, Level

Role = Literal["lead", "branch", "step", "dont", "quote", "also", "differs"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Citation(_Value):
    """The words of a version that a statement stands on."""

    marker: int
    document: str
    title: str
    kind: Kind
    version: int
    effective: date
    section: str
    quote: str
    """Characters `start` to `end` of the version's text."""
    start: int
    end: int


class Statement(_Value):
    """One thing the answer says, in the document's own words."""

    role: Role
    text: str
    marker: int


class Alternative(_Value):
    """Another document that the question may be about."""

    document: str
    title: str


class Clarification(_Value):
    """The one question that the advice turns on."""

    question: str
    options: list[str]


class LadderRung(_Value):
    """Whom to take it to, by when."""

    route: Route
    contact: str
    within: str
    skipped: str | None
    """Why this rung is left out; None where it is to be taken."""
    marker: int | None
    """The passage that says so."""


class EscalationAdvice(_Value):
    """Level, ladder, what to write down, and a note to send."""

    level: Level
    routes: list[Route]
    within: str
    reasons: list[str]
    triggers: list[str]
    ladder: list[LadderRung]
    record: list[str]
    draft: str


class Answered(_Value):
    """The knowledge covers the question."""

    question: str
    statements: list[Statement]
    citations: list[Citation]
    documents: list[str]
    alternatives: list[Alternative]
    clarifying_question: Clarification | None
    branch: str | None
    escalation: EscalationAdvice | None
    receipt: str
    more: int = 0
    """How many of the document's steps and don'ts were left out for length."""
    note: str = ""
    """Whose words these are, where a language model was asked."""

    @property
    def answer(self) -> str:
        """The statements as Markdown with markers."""
        return to_markdown(self.statements, self.branch)


class Unanswered(_Value):
    """The knowledge does not cover the question."""

    question: str
    message: str
    alternatives: list[Alternative]
    citations: list[Citation]
    escalation: EscalationAdvice | None
    receipt: str

    @property
    def answer(self) -> str:
        return self.message


Outcome = Answered | Unanswered


@dataclass(frozen=True, slots=True)
class Stage:
    """An outcome that may still be coming."""

    outcome: Outcome
    """What there is so far: the last stage has all of it."""
    plain: Outcome
    """The whole answer in the documents' own words: what can be shown at any moment instead."""
    done: bool


GROUP_TITLES: dict[Role, str] = {
    "branch": "In your case",
    "step": "What to do",
    "dont": "What not to do",
    "also": "If it is rather about this",
    "differs": "Another document differs; the one above leads",
}
"""What stands over the statements of a role; the branch's option follows its title."""


def to_markdown(statements: list[Statement], branch: str | None) -> str:
    """Statements in order, a bold line before each group, a marker after each statement."""
    lines: list[str] = []
    role: Role | None = None
    number = 0
    for statement in statements:
        if statement.role != role:
            role, number = statement.role, 0
            title = GROUP_TITLES.get(role)
            if role == "branch" and branch:
                title = f"{title} ({branch})"
            if lines:
                lines.append("")
            if title:
                lines += [f"**{title}**", ""]
        if role == "step":
            number += 1
            lines.append(f"{number}. {statement.text} [{statement.marker}]")
        elif role in ("dont", "branch", "also", "differs"):
            lines.append(f"- {statement.text} [{statement.marker}]")
        else:
            if lines and lines[-1]:
                lines.append("")
            lines.append(f"{statement.text} [{statement.marker}]")
    return "\n".join(lines).strip()


def to_json(outcome: Outcome) -> dict[str, Any]:
    """The object of the contract, the same for either outcome."""
    answered = isinstance(outcome, Answered)
    data = outcome.model_dump(mode="json")
    return {
        "question": outcome.question,
        "outcome": "answered" if answered else "unanswered",
        "answer": outcome.answer,
        "citations": data["citations"],
        "documents": data.get("documents", []),
        "alternatives": data["alternatives"],
        "clarifying_question": data.get("clarifying_question"),
        "branch": data.get("branch"),
        "escalation": data["escalation"],
        "receipt": outcome.receipt,
    }
