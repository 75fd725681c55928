"""Escalation: how serious the matter is, whom to take it to, and by when.

Whether a person should be asked follows from the level that the story suggests (`level`; the document's own where
nothing is suggested), from what the document says raises it, and from what the question itself shows (`trigger`): the
highest of them holds. How they are asked (the note) is written in `draft`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from advisor.body import Block
from advisor.citing import Citations, Published
from advisor.company import Company, Contact, Route
from advisor.document import route_key
from advisor.draft import write_draft
from advisor.front_matter import LEVELS, Escalation, Level, Raise
from advisor.outcome import EscalationAdvice, LadderRung
from advisor.people import Involved
from advisor.phrase import Wording
from advisor.trigger import Seen

AT_ONCE = "at once"
SPEAKING_UP = "retaliation-and-speaking-up"
"""The document whose rungs stand in when every rung of the matter's own ladder is skipped."""
SAFETY = "client-threats-and-safety"
"""The document that says how to reach Security when the matter's own ladder does not."""
_EVERYDAY: tuple[Route, ...] = ("co-worker", "manager", "sales-ops")
_FIRST_WHEN_URGENT: tuple[Route, ...] = ("emergency", "security")
_AS_TOLD: dict[Level, str] = {
    "self": "this can be settled without others first",
    "manager": "this is one for your manager",
    "specialist": "this is one for a specialist",
    "urgent": "this cannot wait",
}
_RECORD = [
    "What was said or done, in the exact words, without your opinion of it",
    "Date, time and place",
    "Who was there and who else knows",
    "Messages, papers or pictures, kept as they are",
]

Find = Callable[[str], Published | None]
"""Gives the document in force under an id, or None."""


@dataclass(frozen=True, slots=True)
class _Rung:
    route: Route
    within: str
    source: Published | None
    block: Block | None


def escalate(
    source: Published | None,
    wording: Wording,
    seen: Sequence[Seen],
    involved: Sequence[Involved],
    *,
    judged: Level | None,
    company: Company,
    citations: Citations,
    find: Find,
) -> EscalationAdvice | None:
    """The escalation, or None when neither a document nor the question itself calls for one.

    `judged` is the level that the story suggests; the document's own holds without it.
    """
    plan = source.document.front.escalation if source and source.document.front else None
    if plan is None and not seen:
        return None
    raised = [entry for entry in plan.raises if wording.count(entry.signs)] if plan else []
    level: Level = (judged if plan else None) or (plan.level if plan else seen[0].level)
    level = max([level, *(entry.level for entry in raised), *(one.level for one in seen)], key=LEVELS.index)

    rungs = _rungs(source, raised, seen, level, find)
    away = {person.route: person for person in involved}
    if not any(rung.route not in away for rung in rungs):
        rungs += _stand_in(away, find)
    ladder = [
        LadderRung(
            route=rung.route,
            contact=f"{company.contacts[rung.route].name}: {company.contacts[rung.route].contact}",
            within=rung.within,
            skipped=_why(away.get(rung.route)),
            marker=citations.cite(rung.source, rung.block) if rung.source and rung.block else None,
        )
        for rung in rungs
    ]
    taken = [rung for rung in ladder if rung.skipped is None]
    record = list(source.document.front.record) if source and source.document.front else []
    record = record or _RECORD
    return EscalationAdvice(
        level=level,
        routes=[rung.route for rung in taken],
        within=taken[0].within if taken else AT_ONCE,
        reasons=_reasons(source, raised, seen, level),
        triggers=[one.trigger.id for one in seen],
        ladder=ladder,
        record=record,
        draft=write_draft(
            subject=source.head.title if source and source.document.front else None,
            to=_addressee(taken, company),
            between_colleagues=bool(taken) and taken[0].route == "co-worker",
            record=record,
            urgent=level == "urgent",
        ),
    )


def _addressee(taken: Sequence[LadderRung], company: Company) -> Contact | None:
    """Who gets the note: the first rung that is not the emergency services, which one calls."""
    return next((company.contacts[rung.route] for rung in taken if rung.route != "emergency"), None)


def _rungs(
    source: Published | None, raised: Sequence[Raise], seen: Sequence[Seen], level: Level, find: Find
) -> list[_Rung]:
    """The rungs from here up: those that triggers and raises call for when urgent, then the document's ladder."""
    rungs: list[_Rung] = []
    plan = source.document.front.escalation if source and source.document.front else None
    gravest = [one for one in seen if one.level == level]
    if level == "urgent" or plan is None:
        for one in gravest or seen:
            home = find(one.trigger.document)
            rungs += [_rung(route, home, AT_ONCE) for route in one.trigger.routes]
    if plan and source:
        first = [entry.route for entry in raised if entry.level == level == "urgent"]
        own = [rung.route for rung in plan.ladder if _is_called_for(rung.route, plan, raised)]
        for route in dict.fromkeys([*first, *own]):
            rungs.append(_rung(route, source, AT_ONCE if level == "urgent" else ""))
    if level == "urgent" and not any(rung.route in _FIRST_WHEN_URGENT for rung in rungs):
        rungs.append(_rung("security", find(SAFETY), AT_ONCE))
    if plan and level != "urgent":
        for one in gravest:
            home = find(one.trigger.document)
            rungs += [_rung(route, home, AT_ONCE) for route in one.trigger.routes]
    kept: dict[Route, _Rung] = {}
    for rung in rungs:
        if rung.route == "co-worker" and level != "self":
            continue
        if rung.route == "emergency" and level != "urgent":
            continue
        kept.setdefault(rung.route, rung)
    if level == "urgent":
        return sorted(kept.values(), key=lambda rung: rung.route not in _FIRST_WHEN_URGENT)
    return list(kept.values())


def _is_called_for(route: Route, plan: Escalation, raised: Sequence[Raise]) -> bool:
    """Whether a rung belongs here now: one that only an unraised circumstance calls for does not.

    The first specialist on the ladder stays in any case, for when the manager does not settle it.
    """
    if route in _EVERYDAY or any(entry.route == route for entry in raised):
        return True
    if route == next((rung.route for rung in plan.ladder if rung.route not in _EVERYDAY), None):
        return True
    start = LEVELS.index(plan.level)
    return not any(entry.route == route and LEVELS.index(entry.level) > start for entry in plan.raises)


def _rung(route: Route, source: Published | None, otherwise: str) -> _Rung:
    """`route` as `source` describes it: its item under *When to escalate* and its time limit."""
    document = source.document if source else None
    block = document.rung_items.get(route_key(route)) if document else None
    plan = document.front.escalation if document and document.front else None
    within = next((rung.within for rung in plan.ladder if rung.route == route), otherwise) if plan else otherwise
    return _Rung(route, within or AT_ONCE, source if block else None, block)


def _stand_in(away: dict[Route, Involved], find: Find) -> list[_Rung]:
    home = find(SPEAKING_UP)
    routes: tuple[Route, ...] = ("hr", "compliance")
    return [_rung(route, home, AT_ONCE) for route in routes if route not in away][:1]


def _why(person: Involved | None) -> str | None:
    if person is None:
        return None
    if person.why == "involved":
        return f"skipped, because by your account this person is part of the matter (“{person.words.strip()}”)"
    return f"skipped, because by your account this was tried and brought no help (“{person.words.strip()}”)"


def _reasons(source: Published | None, raised: Sequence[Raise], seen: Sequence[Seen], level: Level) -> list[str]:
    reasons = [f"Your question speaks of {one.trigger.label} (“{one.words.strip()}”)" for one in seen]
    reasons += [entry.when for entry in raised]
    own = (
        source.document.front.escalation.level
        if source and source.document.front and source.document.front.escalation
        else level
    )
    if source and not reasons and own != level:
        reasons.append(f"{source.head.title}: as you tell it, {_AS_TOLD[level]}")
    elif source and not reasons:
        reasons.append(f"{source.head.title}: this is where such a matter starts")
    return reasons
