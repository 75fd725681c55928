"""Mentions: whether words in a question say that something happened, or deny, imagine, quote or bury it.

"He did not threaten me", "what counts as a threat?", "in the film he pulls a gun" and "last year, long settled" mention
a threat; none of them reports one.
"""

from __future__ import annotations

import re
from typing import Literal

Standing = Literal["reported", "denied", "imagined", "quoted", "settled", "past"]

_SENTENCE = re.compile(r"[.!?\n;]+")
_CLAUSE = re.compile(
    r"[,:()]|\b(?:but|when|because|while|until|after|before|although|though|and|so|then|yet|still|except)\b"
)
DENIAL = re.compile(
    r"\b(?:no|not|never|nobody|none|without|nothing|cannot|"
    r"(?:do|does|did|is|are|was|were|has|have|had|wo|would|ca|could|should|must|need)n['’]?t)\b"
)
"""A word that denies what stands near it."""
_NEGATION = re.compile(
    r"\b(?:no|not|never|nobody|noone|none|without|nothing|neither|nor|hardly|nearly|almost|practically|virtually|cannot|\w+n't|dont|didnt|doesnt|isnt|wasnt|"
    r"hasnt|havent|hadnt|wont|wouldnt|cant)\b"
)
_NOT_ONLY = re.compile(r"\b(?:not|\w*n't|\w+nt)\s+(?:only|just|merely|even (?:the first|once))\b")
_IMAGINED = re.compile(
    r"\bwhat if\b|\bwhat (?:counts|qualifies|is considered|would count)\b|\bwhat's considered\b|\bin case\b|\bsuppose\b|"
    r"\bhypothetical|\bdefin(?:e|ition)\b|\bdifference between\b|\bimagine\b|\bhow (?:do|should|can|would) (?:i|we|you) "
    r"(?:prevent|prepare|avoid|train|react|respond|know)\b|\bpolicy (?:on|about|for|say)\b|\bwhat does .{0,30} mean\b|"
    r"\b(?:is|are|does|would) (?:it|that|this|there|\w+ing) .{0,40}\b(?:count|qualify|considered)\b|\bwould (?:it|that) be\b|"
    r"\bmight (?:one day|ever|someday)\b|\bjust (?:curious|wondering)\b|\bfor training\b"
)
_IF = re.compile(r"\b(?:if|should|unless|whenever)\b")
_SAID = re.compile(r"\b(?:said|says|told|tells|texted|wrote|warned|threatened|shouted|screamed|yelled|claims?)\b")
_QUOTED = re.compile(
    r"\b(?:in|from|on|about|watch\w*|saw|read|reading|heard of|like in) (?:a|an|the|this|some|that|our|my|last week's) "
    r"(?:\w+ )?(?:film|movie|book|novel|podcast|article|news|video|thriller|chapter|training|course|module|role ?play|example|tv show|series|"
    r"case study|headline|webinar|game|poster|slide)\b|\b(?:the|an|this|that) (?:article|news|film|movie|book|podcast|"
    r"headline|video|example|case study) (?:says|said|about|where|shows?|mentions?|describes?)\b|"
    r"\b(?:i|we)(?:'ve| have)? (?:just )?read (?:that|about|of)\b|\b(?:there's|there is|it's only|just) (?:a )?(?:gossip|rumou?rs?)\b|"
    r"\bchapter (?:\w+|\d+)\b"
)
_LONG_AGO = re.compile(
    r"\b(?:last year|years? ago|decades? ago|back in (?:19|20)\d\d|in (?:19\d\d|20[01]\d|202[0-4])|a long time ago|long ago|ages ago|"
    r"when i was (?:a kid|younger)|in my (?:old|previous|last|first|former) job|at my (?:old|previous|last|former) (?:job|company|firm))\b"
)
_SETTLED = re.compile(
    r"\b(?:settled|resolved|sorted(?: out)?|dealt with|closed|behind us|over and done|apologi[sz]ed|was (?:fired|sacked|arrested|"
    r"convicted|banned|moved)|no longer (?:a client|with us|works|here)|all (?:fine|good|ok) now|moved on|made up|long over|history now)\b"
)

_CAME_TO_NOTHING = re.compile(
    r"\b(?:nobody (?:got|saw|opened|received) it|nothing left the|it bounced|turned out (?:to be )?(?:nothing|a joke|fine|harmless|a misunderstanding)|"
    r"false alarm|never (?:arrived|happened))\b"
)


def normalise(text: str) -> str:
    """Lower case, straight apostrophes, single blanks: what the patterns are written for."""
    text = text.lower().replace("\u2019", "'").replace("\u2018", "'").replace("\u201c", '"').replace("\u201d", '"')
    return re.sub(r"[ \t\r\f\v]+", " ", text)


def standing(text: str, start: int, end: int, *, keeps_negation: bool = False) -> Standing:
    """How the words from `start` to `end` of the normalised `text` are meant.

    `keeps_negation` is for words that hold a negation of their own ("I don't feel safe").
    """
    begin = _sentence_start(text, start)
    following = _SENTENCE.search(text, end)
    finish = following.start() if following else len(text)
    sentence = text[begin:finish]
    clause = text[clause_start(text, start) : start]
    if _QUOTED.search(sentence):
        return "quoted"
    if _IMAGINED.search(sentence) and not _SAID.search(sentence):
        return "imagined"
    condition = _IF.search(clause)
    if condition and not _SAID.search(text[begin:start]):
        return "imagined"
    if not keeps_negation:
        near = " ".join(clause.split()[-5:])
        if _NEGATION.search(near) and not _NOT_ONLY.search(near):
            return "denied"
    if _CAME_TO_NOTHING.search(sentence):
        return "denied"
    if _SETTLED.search(sentence) and _LONG_AGO.search(text):
        return "settled"
    if _LONG_AGO.search(sentence):
        return "settled" if _SETTLED.search(text) else "past"
    return "reported"


def clause_start(text: str, place: int) -> int:
    """Where the clause begins that holds the character at `place` of the normalised `text`."""
    begin = _sentence_start(text, place)
    return max((m.end() for m in _CLAUSE.finditer(text, begin, place)), default=begin)


def _sentence_start(text: str, place: int) -> int:
    return max((m.end() for m in _SENTENCE.finditer(text, 0, place)), default=0)
