"""People: which routes the question shows to be part of the matter, or to have refused their help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from advisor.company import Route
from advisor.mention import normalise

Why = Literal["involved", "refused"]

_MANAGER = (
    r"(?:(?:(?:my|our|the|his|her) )?(?:\w+ )?(?:boss(?:es)?|managers?|supervisors?|team ?lead(?:er)?|vp|head of sales|management|line manager)"
    r"|(?:my|our) (?:\w+ )?(?:director|owner|ceo|partner|md))"
)
"""Somebody above the asker; directors, owners and partners are as often a client's."""
_DOES = (
    r"(?:touch\w*|grab\w*|grop\w*|flirt\w*|harass\w*|bull(?:y|ies|ied|ying)|yell\w*|shout\w*|scream\w*|threaten\w*|insult\w*|"
    r"lie[sd]?|lying|forg\w+|fals\w+|fak(?:e|es|ed|ing)|backdat\w*|pad(?:s|ded|ding)?|steal\w*|stole|tak(?:es|ing)|took|"
    r"is in on it|is the one|is part of|is doing|does it|did it|hits on|hitting on|asked me out|sleeping with|dating|"
    r"pockets?|pocketed|bribe\w*|puts? (?:his|her) (?:hand|arm)\w*|(?:keeps? |always )?putting (?:his|her) (?:hand|arm)\w*|humiliat\w*|mocks?|mocked|punish\w*|retaliat\w*)"
)
_ORDERS = (
    r"(?:(?:has |have |is |was |keeps? |just |now |then |also |still |even |is now |has just )*"
    r"(?:wants?|wanted|asks?|asked|asking|tells?|told|telling|orders?|ordered|makes?|made|making|forc\w+|pressur\w+|push\w*|"
    r"insist\w*|instruct\w*|expects?|expected|had|suggest\w*|demand\w*|says?|said)(?: (?:me|us|that i|i|we|everyone|the team|her|him))?"
    r"(?: (?:to|should|must|have to|need to|just|sign|hide|change|lie|keep quiet|say|backdate|not))?)"
)
_REFUSES = (
    r"(?:(?:won'?t|wouldn'?t|will not|didn'?t|doesn'?t|does not|did not|refus\w*|isn'?t|is not|not|never|isnt|wont|doesnt|didnt|couldn'?t|"
    r"can'?t|isn't going to)\s+(?:even |really |seem to |want to |to |do |going to |want )*"
    r"(?:help\w*|listen\w*|care\w*|act\w*|interested|do|did|done|anything|take|took|back me|want|bothered|hear|believe\w*|get involved|support\w*|respond\w*|reply|replied|offend|step in|deal|decide\w*|answer\w*|speak|see it|look)"
    r"|(?:laugh\w*|shrug\w*|brush\w*|ignor\w*|dismiss\w*|looks? the other way|looked the other way|says? (?:to )?(?:just )?(?:deal|live|suck|ignore|get over|forget)"
    r"|said (?:to )?(?:just )?(?:deal|live|suck|ignore|get over|forget|it'?s not|there'?s nothing)|told me to (?:just )?(?:deal|live|suck|ignore|get over|forget|drop|let it go|get on)"
    r"|sides? with|sided with|takes? (?:his|her|their) side|took (?:his|her|their) side|nothing (?:happened|changed|was done|came of)|thinks? (?:i'?m|it'?s) (?:over|fine|nothing)"
    r"|calls it|is (?:his|her) (?:friend|mate|buddy|wife|husband|cousin)|believes (?:him|her|them)|knows and|already knows|is useless|no help|already (?:won'?t|refus)))"
)
_WRONG = re.compile(rf"\b{_MANAGER}\b(?:'s)?(?: \w+){{0,3}}? {_DOES}")
_IS = re.compile(
    r"\b(?:he|she|they|who|it|(?:co-?worker|colleague|guy|man|woman|person|one))(?:'s| is| are| was| happens to be) (?:also |actually |in fact )?"
    r"(?:my|our) (?:own |direct |line )?(?:boss|manager|supervisor|team ?lead(?:er)?|director|head)\b(?!['’]s)"
    r"|\b(?:who|whom) i report to\b"
    rf"|\b{_MANAGER} (?:is |keeps? |has been |started |now )*(?:call|mail|e-?mail|contact|text|visit|poach|court)\w* (?:one of )?(?:my|our) "
    r"(?:own )?(?:client|customer|account|buyer|lead)s?\b"
)
"""The one who does it turns out to be the manager."""
_WANTS = re.compile(rf"\b{_MANAGER}\b {_ORDERS}")
_WONT = re.compile(
    rf"\b{_MANAGER}\b[^.!?\n]{{0,25}}?\b{_REFUSES}"
    rf"|\b(?:asked|told|went to|spoke to|complained to|reported (?:it|this|him|her|them)? ?to|telling|begged)\b[^.!?\n]{{0,15}}?\b{_MANAGER}\b"
    rf"[^.!?\n]{{0,60}}?(?:\b{_REFUSES}|\bbut (?:he|she|they|nobody|nothing|no one|got|was told)\b|\bnothing\b|\bno (?:help|use|answer|reply|luck)\b)"
)
_HR_WRONG = re.compile(
    r"\b(?:hr|human resources)\b[^.!?\n]{0,30}?\b(?:did nothing|does nothing|won'?t|didn'?t|nothing|is in on|is (?:his|her) (?:\w+ )?(?:\w+'s )?(?:best |old |good |close )*(?:friend|wife|husband|mate)"
    r"|ignored|sided|protects|no help|useless|told (?:him|her|my boss))"
    r"|\b(?:told|went to|reported to|wrote to) (?:hr|human resources)[^.!?\n]{0,20}\bnothing\b"
)
_COMPLIANCE_WRONG = re.compile(
    r"\b(?:compliance|legal)\b[^.!?\n]{0,20}?\b(?:did nothing|won'?t|didn'?t|ignored|is in on)"
)


@dataclass(frozen=True, slots=True)
class Involved:
    """A route that the question speaks of, and how."""

    route: Route
    why: Why
    words: str


_OWNED = re.compile(
    r"\b(my|mine|our|his|her|their|your) (?:\w+ )?(client|customer|account|buyer|lead|deal|commission|boss|manager|territory)s?\b"
)
_OWNERS = {"my": "me", "mine": "me", "our": "me", "your": "me", "his": "other", "her": "other", "their": "other"}


def same_owners(first: str, second: str) -> bool:
    """Whether two texts never give the same thing to different people ("my client", "his client")."""

    def owners(text: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for match in _OWNED.finditer(normalise(text)):
            found.setdefault(match[2], set()).add(_OWNERS[match[1]])
        return found

    ours, theirs = owners(first), owners(second)
    return not any(ours[thing].isdisjoint(theirs[thing]) for thing in ours.keys() & theirs.keys())


def find_involved(question: str, *, grave: bool) -> list[Involved]:
    """The routes that are part of the matter or have refused.

    `grave` says that the matter is one for a specialist: then a manager who orders it is part of it, while an
    order in an everyday matter is a manager's job.
    """
    text = normalise(question)
    found: list[Involved] = []
    wrong = _WRONG.search(text) or _IS.search(text) or (_WANTS.search(text) if grave else None)
    refused = _WONT.search(text)
    if wrong:
        found.append(Involved("manager", "involved", wrong[0]))
    elif refused:
        found.append(Involved("manager", "refused", refused[0]))
    hr = _HR_WRONG.search(text)
    if hr:
        part = re.search(r"\b(?:in on|friend|wife|husband|mate|protects)\b", hr[0])
        found.append(Involved("hr", "involved" if part else "refused", hr[0]))
    compliance = _COMPLIANCE_WRONG.search(text)
    if compliance:
        found.append(Involved("compliance", "refused", compliance[0]))
    return found
