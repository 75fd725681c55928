"""Evaluation: labelled cases put to the advisor, and what came of them.

Cases are YAML lists; see docs/evaluation.md. Each belongs to the development half, which may be tuned on, or to the
held-back half, which is only ever reported.
"""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from advisor.advisor import Advisor
from advisor.company import Route
from advisor.embedding import Encoder
from advisor.errors import ChatModelError, KnowledgeError
from advisor.front_matter import LEVELS, Level
from advisor.judge import Judge
from advisor.outcome import Answered, Outcome
from advisor.refusal import strangeness

Half = Literal["dev", "held"]
COVERED = 0.45
"""Cosine similarity from which a piece of an answer counts as making a point. On forty points judged by a reader, the
share above it (44%) was nearest to the share that the reader found made (45%)."""
ADVISED = 0.62
"""Cosine similarity from which a piece of advice counts as the forbidden one."""
_NEGATIVE = re.compile(
    r"\b(?:do not|don't|never|no|not|must not|nobody|without|stop|leave out|rather than|instead of)\b", re.I
)


class Case(BaseModel):
    """One labelled question or conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    half: Half = "dev"
    turns: list[str]
    documents: list[str] = []
    """The documents that may come first; empty where only `refuse` or `urgent` is judged."""
    levels: list[Level] = []
    """The levels that are right; empty where the level is not judged."""
    routes: list[Route] = []
    points: list[str] = []
    never: list[str] = []
    refuse: bool = False
    """Whether the knowledge should be said not to cover it."""
    urgent: bool | None = None
    """Whether it must be urgent; None where the levels say so."""
    changes_subject: bool | None = None
    """For conversations: whether the last turn is about something else."""

    @model_validator(mode="before")
    @classmethod
    def _one_question(cls, data: Any) -> Any:
        if isinstance(data, dict) and "turns" not in data and "question" in data:
            data = {**data, "turns": [data["question"]]}
        return data

    @property
    def must_be_urgent(self) -> bool | None:
        if self.urgent is not None:
            return self.urgent
        return None if not self.levels else self.levels == ["urgent"]


@dataclass
class Result:
    """What one case got."""

    case: Case
    documents: list[str]
    refused: bool
    level: Level | None
    routes: list[str]
    points: list[bool]
    forbidden: list[str]
    verbatim: bool
    marked: bool
    seconds: float
    judged: list[bool] | None
    """The points that a judge model finds made; None without one, or where it did not answer."""
    strangeness: float | None
    """How far the question is from what the knowledge covers, where the classifier says; None for a conversation."""


@dataclass
class Report:
    """All results, and the figures made of them."""

    results: list[Result] = field(default_factory=list)
    model: dict[str, Any] | None = None
    """What the language model did and cost, where one was asked."""

    def half(self, half: Half) -> Report:
        return Report([r for r in self.results if r.case.half == half])

    def figures(self) -> dict[str, Any]:
        """Every figure by name; a share is None where no case bears on it."""
        scope = [r for r in self.results if r.case.documents and r.case.changes_subject is None]
        talks = [r for r in self.results if r.case.changes_subject is not None]
        off = [r for r in self.results if r.case.refuse]
        graded = [r for r in self.results if r.case.levels]
        must = [r for r in self.results if r.case.must_be_urgent]
        never = [
            r
            for r in self.results
            if not r.case.refuse and r.case.must_be_urgent is False and "urgent" not in r.case.levels
        ]
        points = [hit for r in self.results for hit in r.points]
        routes = [route in r.routes for r in self.results if r.level is not None for route in r.case.routes]
        judged = [hit for r in self.results for hit in r.judged or ()]
        seconds = sorted(r.seconds for r in self.results)
        return {
            "cases": len(self.results),
            "first": _share(_first(r) for r in scope),
            "first_three": _share(_among(r, 3) for r in scope),
            "level_exact": _share(r.level in r.case.levels for r in graded),
            "level_too_low": sum(_off(r) < 0 for r in graded),
            "level_too_high": sum(_off(r) > 0 for r in graded),
            "level_two_too_low": [r.case.id for r in graded if _off(r) <= -2],
            "urgent_found": _share(r.level == "urgent" for r in must),
            "urgent_missed": [r.case.id for r in must if r.level != "urgent"],
            "urgent_false": _share(r.level == "urgent" for r in never),
            "urgent_false_cases": [r.case.id for r in never if r.level == "urgent"],
            "routes_on_ladder": _share(routes),
            "points_covered": _share(points),
            "points_judged": _share(judged),
            "points_not_judged": len(points) - len(judged) if judged else None,
            "forbidden_advice": [f"{r.case.id}: {text}" for r in self.results for text in r.forbidden],
            "refused_out_of_scope": _share(r.refused for r in off),
            "answered_out_of_scope": [r.case.id for r in off if not r.refused],
            "refused_in_scope": _share(r.refused for r in scope),
            "refused_in_scope_cases": [r.case.id for r in scope if r.refused],
            "follow_ups_right": _share(_first(r) for r in talks),
            "quotes_verbatim": _share(r.verbatim for r in self.results),
            "statements_marked": _share(r.marked for r in self.results),
            "seconds_median": statistics.median(seconds) if seconds else None,
            "seconds_p95": float(np.percentile(seconds, 95)) if seconds else None,
        }

    def confusion(self) -> dict[str, dict[str, int]]:
        """Expected level (the first of a case's) to given level, `none` for no escalation."""
        counts: dict[str, Counter[str]] = {level: Counter() for level in LEVELS}
        for result in self.results:
            if result.case.levels:
                expected = result.level if result.level in result.case.levels else result.case.levels[0]
                counts[str(expected)][result.level or "none"] += 1
        return {level: dict(row) for level, row in counts.items()}

    def to_json(self) -> dict[str, Any]:
        return {
            half: {**self.half(half).figures(), "confusion": self.half(half).confusion()} for half in ("dev", "held")
        } | {
            "model": self.model,
            "results": [
                {
                    "id": r.case.id,
                    "half": r.case.half,
                    "first_right": _first(r) if r.case.documents else None,
                    "documents": r.documents[:3],
                    "expected": r.case.documents,
                    "level": r.level,
                    "levels": r.case.levels,
                    "refused": r.refused,
                    "points": r.points,
                    "seconds": round(r.seconds, 5),
                }
                for r in self.results
            ],
        }


def load_cases(paths: Sequence[Path]) -> list[Case]:
    """The cases in files, or in all YAML files of folders. Raises KnowledgeError naming file and entry."""
    files = [f for path in paths for f in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise KnowledgeError(f"{paths[0]} holds no cases; name a YAML file")
    cases: list[Case] = []
    for file in files:
        try:
            data = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            cases += TypeAdapter(list[Case]).validate_python(data)
        except OSError as error:
            raise KnowledgeError(f"{file} cannot be read ({error.strerror}); name a YAML file of cases") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise KnowledgeError(f"{file} is not valid YAML ({' '.join(str(error).split())}); mend it") from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(step) for step in first["loc"])
            raise KnowledgeError(f"{file}: entry {place}: {first['msg'].lower()}; mend the entry") from None
    return cases


def evaluate(advisor: Advisor, cases: Iterable[Case], encoder: Encoder, judge: Judge | None = None) -> Report:
    """Puts every case to `advisor`. `encoder` says whether a point was made; so does `judge`, where there is one."""
    report = Report()
    for case in cases:
        started = time.perf_counter()
        outcome = advisor.ask(case.turns, keep=False)
        seconds = time.perf_counter() - started
        escalation = outcome.escalation
        report.results.append(
            Result(
                case=case,
                documents=outcome.documents if isinstance(outcome, Answered) else [],
                refused=not isinstance(outcome, Answered),
                level=escalation.level if escalation else None,
                routes=list(escalation.routes) if escalation else [],
                points=_covered(outcome, case.points, encoder),
                forbidden=_forbidden(outcome, case.never, encoder),
                verbatim=all(_is_verbatim(advisor, citation) for citation in outcome.citations),
                marked=_is_marked(outcome),
                seconds=seconds,
                judged=_judged(judge, outcome, case.points) if judge else None,
                strangeness=_strangeness(advisor, case),
            )
        )
    return report


def _judged(judge: Judge, outcome: Outcome, points: Sequence[str]) -> list[bool] | None:
    try:
        return judge.made("\n".join(_advice(outcome)), points)
    except ChatModelError:
        return None  # one failed call costs one case, not the whole run


def _strangeness(advisor: Advisor, case: Case) -> float | None:
    ranking = advisor.ranking(case.turns) if len(case.turns) == 1 else None
    return strangeness(ranking) if ranking and ranking.reading and ranking.found else None


def to_table(report: Report, kept: dict[str, Any] | None = None) -> str:
    """The figures of both halves for people, beside a kept run's where one is given."""
    halves: tuple[Half, ...] = ("dev", "held")
    now: dict[str, dict[str, Any]] = {half: report.half(half).figures() for half in halves}
    lines = [f"{'':26}{'development':>14}{'held back':>14}" + (f"{'kept dev':>12}{'kept held':>12}" if kept else "")]
    lists: list[str] = []
    for name in now["dev"]:
        values = [now[half][name] for half in halves]
        if isinstance(values[0], list):
            lists += [
                f"{name} ({half}): {', '.join(value)}" for half, value in zip(halves, values, strict=True) if value
            ]
            values = [len(value) for value in values]
        row = f"{name:26}{_cell(name, values[0]):>14}{_cell(name, values[1]):>14}"
        if kept:
            old = [kept.get(half, {}).get(name) for half in halves]
            row += "".join(f"{_cell(name, len(v) if isinstance(v, list) else v):>12}" for v in old)
        lines.append(row)
    if report.model:
        lines += ["", "language model", *(f"{name:26}{value:>14}" for name, value in report.model.items())]
    lines.append("")
    for half in halves:
        lines.append(f"levels, {half}: expected by row, given by column")
        confusion = report.half(half).confusion()
        columns = [*LEVELS, "none"]
        lines.append(f"{'':12}" + "".join(f"{column:>12}" for column in columns))
        lines += [
            f"{level:12}" + "".join(f"{confusion[level].get(column, 0):>12}" for column in columns) for level in LEVELS
        ]
    return "\n".join([*lines, "", *lists])


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.startswith("seconds"):
        return f"{value * 1000:.1f} ms"
    return f"{value:.1%}" if isinstance(value, float) else str(value)


def _share(hits: Iterable[bool]) -> float | None:
    values = list(hits)
    return sum(values) / len(values) if values else None


def _first(result: Result) -> bool:
    return _among(result, 1)


def _among(result: Result, few: int) -> bool:
    return any(document in result.case.documents for document in result.documents[:few])


def _off(result: Result) -> int:
    """How many rungs the level is too high (above 0) or too low (below 0)."""
    given = LEVELS.index(result.level) if result.level else -1
    right = [LEVELS.index(level) for level in result.case.levels]
    return given - max(right) if given > max(right) else min(0, given - min(right))


def _advice(outcome: Outcome) -> list[str]:
    """Every piece of what the asker is told: statements, rungs with their passages, what to record, the note."""
    if not isinstance(outcome, Answered):
        return []
    quotes = {citation.marker: citation.quote for citation in outcome.citations}
    pieces = [statement.text for statement in outcome.statements]
    if outcome.escalation:
        pieces += [quotes[rung.marker] for rung in outcome.escalation.ladder if rung.marker]
        pieces += outcome.escalation.record
        pieces += [line for line in outcome.escalation.draft.splitlines() if line.strip()]
    return pieces


def _covered(outcome: Outcome, points: Sequence[str], encoder: Encoder) -> list[bool]:
    pieces = _advice(outcome)
    if not points or not pieces:
        return [False] * len(points)
    similarities = encoder.encode(list(points)) @ encoder.encode(pieces).T
    return [bool(row.max() >= COVERED) for row in similarities]


def _forbidden(outcome: Outcome, never: Sequence[str], encoder: Encoder) -> list[str]:
    """The pieces of advice that say what must never be advised."""
    if not isinstance(outcome, Answered) or not never:
        return []
    advised = [s.text for s in outcome.statements if s.role in ("lead", "step", "branch", "also")]
    advised = [text for text in advised if not _NEGATIVE.search(text)]
    if not advised:
        return []
    similarities = encoder.encode(advised) @ encoder.encode(list(never)).T
    return [text for text, row in zip(advised, similarities, strict=True) if row.max() >= ADVISED]


def _is_verbatim(advisor: Advisor, citation: Any) -> bool:
    text = advisor.text(citation.document, citation.version)
    return bool(text[citation.start : citation.end] == citation.quote)


def _is_marked(outcome: Outcome) -> bool:
    if not isinstance(outcome, Answered):
        return True
    markers = {citation.marker for citation in outcome.citations}
    lines = [line for line in outcome.answer.splitlines() if line and not line.startswith("**")]
    return all(statement.marker in markers for statement in outcome.statements) and all(
        re.search(r"\[\d+\]$", line) for line in lines
    )
