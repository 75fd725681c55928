"""Claims: what of a sentence turns a rule into another, as data that can be compared."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from advisor.lexical import words

_STEMMER = Stemmer.Stemmer("english")
_HARMLESS = frozenset(
    [
        "the",
        "a",
        "an",
        "to",
        "of",
        "that",
        "is",
        "are",
        "was",
        "be",
        "you",
        "your",
        "i",
        "my",
        "and",
        "then",
        "also",
        "please",
        "simply",
        "do",
        "does",
    ]
)
"""Words that a clause may have or lack: none of them turns a rule into another."""
_SAME = {"can": "may", "could": "may", "never": "not"}
_BREAKS = frozenset(
    [
        "and",
        "but",
        "or",
        "if",
        "unless",
        "when",
        "whenever",
        "before",
        "after",
        "until",
        "till",
        "then",
        "so",
        "because",
        "while",
        "where",
        "once",
        "except",
        "without",
    ]
)
"""Words that open a clause."""
_OPENER = re.compile(r"^(?:first|then|next|also|so|please|now|and|finally)\b,? ", re.I)
_TIMES = frozenset(
    [
        "today",
        "tonight",
        "tomorrow",
        "yesterday",
        "now",
        "once",
        "immediately",
        "soon",
        "later",
        "next",
        "last",
        "same",
        "working",
        "business",
        "calendar",
        "minute",
        "hour",
        "day",
        "night",
        "morning",
        "evening",
        "week",
        "month",
        "quarter",
        "year",
        "week-end",
        "date",
        "deadline",
    ]
)
_TOKEN = re.compile(r"[a-z0-9€$£%]+(?:'[a-z]+)?|[,;:.!?()]")
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100", "thousand": "1000"}
_NUMBER_WORDS |= {"half": "0.5", "twice": "2", "once": "1", "double": "2", "dozen": "12", "million": "1000000"}
_UNIT = re.compile(
    r"(?:working |business |calendar )?(?:minute|hour|day|week|month|quarter|year|percent|%|euro|dollar|pound|eur|usd|gbp|€|\$|£|"
    r"person|people|time|client|call)s?"
)
_AMOUNT = re.compile(r"(?P<sign>[€$£])?\s?(?P<number>\d+(?:[.,]\d+)*)\s?(?P<unit>" + _UNIT.pattern + r")?", re.I)
_NEGATORS = frozenset(
    [
        "not",
        "no",
        "never",
        "nobody",
        "none",
        "nothing",
        "neither",
        "nor",
        "without",
        "avoid",
        "refuse",
        "decline",
        "stop",
        "forbidden",
        "banned",
        "unless",
        "except",
        "instead",
        "rather",
    ]
)
_BOUNDARY = frozenset(".,;:!?()") | {"but", "then", "so", "and"}
_CONDITIONS: dict[str, str] = {
    "if": "if", "when": "if", "whenever": "if", "once": "if", "where": "if", "unless": "unless", "except": "unless",
    "only": "only", "until": "until", "till": "until", "before": "before", "after": "after", "first": "first",
    "without": "without", "even": "even", "instead": "instead", "rather": "instead", "or": "or", "provided": "if",
    "providing": "if", "long": "long", "case": "case", "while": "while", "because": "because",
}  # fmt: skip
_LIMITS: dict[str, str] = {
    "within": "most", "under": "most", "below": "most", "most": "most", "maximum": "most", "up": "most", "exceed": "least",
    "over": "least", "above": "least", "least": "least", "minimum": "least", "more": "least", "less": "most", "fewer": "most",
    "after": "after", "before": "before", "by": "before", "until": "before", "every": "every", "per": "every", "each": "every",
}  # fmt: skip
_ROLES: dict[str, str] = {
    word: role
    for role, listed in {
        "manager": "manager managers boss bosses supervisor supervisors",
        "head": "director owner ceo vp executive",
        "hr": "hr personnel",
        "legal": "legal lawyer lawyers counsel attorney solicitor",
        "compliance": "compliance",
        "finance": "finance accounting payroll",
        "security": "security",
        "police": "police emergency ambulance",
        "colleague": "colleague colleagues coworker coworkers teammate peer",
        "ops": "ops operations",
        "client": "client clients customer customers buyer buyers account accounts",
        "competitor": "competitor competitors rival rivals",
        "supplier": "supplier suppliers vendor vendors",
        "outside": "regulator regulators journalist journalists press court auditor official officials",
        "team": "team crew everyone everybody somebody someone anyone anybody people",
        "private": "friend friends family spouse husband wife relative relatives partner",
        "hotline": "hotline helpline",
    }.items()
    for word in listed.split()
}
_PERMITS = re.compile(
    r"\b(?:may|can|could|allowed|permitted|fine|ok|okay|acceptable|accepted|free to|no problem|lawful|legal to|safe)\b"
)
_OBLIGES = re.compile(r"\b(?:must|has to|have to|need(?:s|ed)? to|required?|obliged|always|mandatory|shall)\b")
_OPENING = re.compile(r"^\W*(yes|no)\b")

Clause = tuple[tuple[str, int], ...]
"""Stems with how often each occurs."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What of a sentence must agree with its counterpart."""

    stems: frozenset[str]
    denied: frozenset[str]
    amounts: frozenset[tuple[str, str, frozenset[str]]]
    conditions: tuple[str, ...]
    roles: tuple[str, ...]
    permits: bool
    obliges: bool
    opening: str | None
    times: tuple[str, ...]
    denials: int
    clauses: tuple[Clause, ...]


@lru_cache(maxsize=20_000)
def read_claim(sentence: str) -> Claim:
    text = _expand(_OPENER.sub("", sentence).lower()).replace("co-work", "cowork")
    tokens = _TOKEN.findall(text.replace("'", ""))
    denied: set[str] = set()
    open_scope = False
    denials = 0
    for token in tokens:
        if token in _NEGATORS:
            denials += 1
            open_scope = True
        elif token in _BOUNDARY or token in _BREAKS:
            open_scope = False
        elif open_scope:
            denied |= set(words(token))
    return Claim(
        stems=frozenset(words(text)),
        denied=frozenset(denied),
        amounts=_amounts(text),
        conditions=tuple(sorted(_CONDITIONS[token] for token in tokens if token in _CONDITIONS)),
        roles=tuple(_ROLES[token] for token in tokens if token in _ROLES),
        permits=bool(_PERMITS.search(text)),
        obliges=bool(_OBLIGES.search(text)),
        opening=match[1] if (match := _OPENING.match(text)) else None,
        clauses=_clauses(text),
        times=tuple(sorted({_singular(token) for token in tokens} & _TIMES)),
        denials=denials,
    )


def _expand(text: str) -> str:
    """`text` in lower case with contractions of "not" written out."""
    text = text.replace("’", "'")
    for short, full in (("can't", "can not"), ("cannot", "can not"), ("won't", "will not")):
        text = text.replace(short, full)
    return text.replace("n't", " not")


def _clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a sentence: cut at commas and where a word opens one, harmless words left out."""
    cut: list[list[str]] = [[]]
    for token in _TOKEN.findall(text.replace("'", "")):
        if token in ",;:.!?()":
            cut.append([])
            continue
        if token in _BREAKS:
            cut.append([])
        word = _NUMBER_WORDS.get(token, token)
        cut[-1] += [part for part in (_SAME.get(word, word),) if part not in _HARMLESS]
    return tuple(tuple(sorted(Counter(_STEMMER.stemWords(clause)).items())) for clause in cut if clause)


def _amounts(text: str) -> frozenset[tuple[str, str, frozenset[str]]]:
    """(number, unit, kind of limit) of every number in `text`."""
    text = re.sub(r"[a-z]+", lambda match: _NUMBER_WORDS.get(match[0], match[0]), text)
    text = re.sub(
        r"\ban? (?=(?:working |business |calendar )?(?:minute|hour|day|week|month|quarter|year)\b)", "1 ", text
    )
    found = set()
    for match in _AMOUNT.finditer(text):
        before = re.findall(r"[a-z]+", text[max(0, match.start() - 24) : match.start()])[-3:]
        limits = frozenset(_LIMITS[word] for word in before if word in _LIMITS)
        unit = re.sub(r"s$", "", (match["sign"] or match["unit"] or "").strip())
        found.add((match["number"].replace(",", ""), unit, limits))
    return frozenset(found)


def _singular(token: str) -> str:
    return token.removesuffix("s") if len(token) > 3 else token
