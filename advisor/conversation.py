"""Conversations: what the last turn asks, in the light of the earlier ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from advisor.errors import QuestionError
from advisor.lexical import words

MAX_CHARACTERS = 8_000
_FOLLOWS = re.compile(
    r"^\W*(?:and|but|so|ok(?:ay)?|then|also|what if|what about|how about|even if|even though|yes|no|not yet|because|well|right|"
    r"thanks?|sure|can (?:i|he|she|they|we|it)|could|should|shall|may|do i|does (?:he|she|it|that|this)|must|is (?:he|she|it|that|this)|are they|"
    r"will (?:he|she|they|it)|would (?:he|she|they|it|that)|who|when|how (?:long|soon|do i|should|much)|why|where|which|he|she|they|it|that|this|those|same)\b",
    re.I,
)
_POINTS_BACK = re.compile(
    r"\b(?:he|she|they|them|him|her|his|their|it|that|this|those|these|there|then|the same)\b", re.I
)
_GOES_ON = re.compile(
    r"\W*(?:(?:and|so|but|ok(?:ay)?|now|well|thanks?)\W+)*"
    r"(?:(?:he|she|they|it|her|his|their|him|them|no|nope|yes|yeah|sorry|actually|i meant?|update|turns out)\b"
    r"|(?:that|this|those|these)(?:['’]s| (?:is|was|are|were|has|had|one|happen\w*|keeps?|goes|went|will|would|can|could)\b))",
    re.I,
)
"""How a turn begins that answers, corrects, adds a later fact, or speaks at once of somebody named before."""
_NEW_SUBJECT = re.compile(
    r"\b(?:another (?:question|thing|matter|topic)|(?:different|new) (?:question|topic|subject|matter|thing)|something else|"
    r"separate(?:ly)?|change of (?:subject|topic)|unrelated|one more thing|by the way|btw)\b",
    re.I,
)
_BACK_TO = re.compile(
    r"\b(?:back to|as for|the thing with|(?:and|about|with) (?:the|that|those|my))((?:\W+\w+){1,3})", re.I
)
"""How a turn takes up what was left, and the words that name it."""
_ANYBODY = frozenset(
    words("client customer boss manager colleague coworker company rep team office time day week thing")
)
"""Words, stemmed, that may name somebody or something else each time."""
_ASKS = re.compile(
    r"^\W*(?:(?:and|so|but|ok(?:ay)?|then|well|thanks?)\W+)*(?:can|could|should|shall|may|must|do|does|is|are|am|will|"
    r"would|what|who|whom|when|how|why|where|which|by when|in writing)\b",
    re.I,
)
_TINY = 6
"""Words up to which a question goes on with the matter, whatever else it reads like."""
_SHORT = 12
"""Words up to which a turn that speaks of somebody unnamed does."""
_LONGER = 14
"""Words up to which a turn may go on with it, if it is not clearly about something else."""
_MIDDLING = 28
"""Words up to which one may that opens like a follow-up and speaks of somebody unnamed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be answered."""

    question: str
    """The last turn as it was typed."""
    story: str
    """The turns that belong to the same matter, joined: what is searched and read."""
    picks: tuple[str, ...] = ()
    """Turns on this matter that pick a heading or a title that was offered, in lower case, the latest last."""
    before: str = ""
    """What of the story was told before the last turn; empty where that begins a matter or picks what was offered."""

    @property
    def asks_more(self) -> bool:
        """Whether the last turn only asks something more about the matter, and tells nothing new."""
        short = len(self.question.split()) <= _SHORT
        return bool(self.before and short and _ASKS.search(self.question) and not _GOES_ON.match(self.question))


@dataclass(slots=True)
class _Matter:
    """The turns that belong together, and what was picked among them."""

    told: list[str]
    picks: list[str] = field(default_factory=list)


def clean(question: str) -> str:
    """The question without control characters and blanks around it. Raises QuestionError when nothing to read is left."""
    if not isinstance(question, str):
        raise QuestionError("the question is not text; say in a sentence or two what happened")
    text = "".join(ch if ch.isprintable() or ch in "\n\t" else " " for ch in question).strip()
    if not text:
        raise QuestionError("the question is empty; say in a sentence or two what happened")
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(
            f"the question has {len(text):,} characters, more than {MAX_CHARACTERS:,}; "
            "keep to what happened, who, and when"
        )
    return text


def resolve(
    turns: Sequence[str],
    *,
    choices: Container[str] = (),
    is_new: Callable[[str, str], bool] = lambda _turn, _matter: False,
) -> Asked:
    """What the last of `turns` asks. Raises QuestionError when there is none, or it cannot be read.

    `choices` are the headings and titles, in lower case, that a turn may pick; `is_new` says of a turn that reads like
    a follow-up whether it is in truth about another matter than the one so far.
    """
    if not turns:
        raise QuestionError("there is no question; give at least one turn")
    cleaned = [clean(turn) for turn in turns if turn is turns[-1] or turn.strip()]
    matters = [_Matter([cleaned[0]])]
    for turn in cleaned[1:]:
        left = _taken_up(turn, matters)
        if turn.lower() in choices:
            matters[-1].picks.append(turn.lower())
        elif left is not None:
            matters.append(matters.pop(left))
            matters[-1].told.append(turn)
        elif _goes_on(turn) or (follows(turn) and not is_new(turn, "\n".join(matters[-1].told))):
            matters[-1].told.append(turn)
        else:
            matters.append(_Matter([turn]))
    return _asked(cleaned[-1], matters[-1].told, tuple(matters[-1].picks))


def join(turns: Sequence[str], earlier: Sequence[int], choices: Container[str] = ()) -> Asked:
    """What the last of `turns` asks together with the `earlier` ones, given by position. Raises QuestionError."""
    own = [clean(turns[position]) for position in earlier] + [clean(turns[-1])]
    picks = tuple(turn.lower() for turn in own if turn.lower() in choices)
    told = [turn for turn in own if turn.lower() not in choices]
    return _asked(own[-1], told or own[-1:], picks)


def points_back(turn: str) -> bool:
    """Whether a turn speaks of somebody or something that only an earlier turn can name."""
    return bool(_POINTS_BACK.search(turn))


def follows(turn: str) -> bool:
    """Whether a turn reads as if it went on with the matter of the turn before it."""
    if _NEW_SUBJECT.search(turn):
        return False
    count = len(turn.split())
    return count <= _LONGER or (count <= _MIDDLING and bool(_FOLLOWS.search(turn)) and points_back(turn))


def _goes_on(turn: str) -> bool:
    """Whether a turn goes on with the matter beyond doubt."""
    count = len(turn.split())
    if _NEW_SUBJECT.search(turn) or count > _MIDDLING:
        return False
    short = (count <= _TINY and _ASKS.search(turn)) or (count <= _SHORT and points_back(turn))
    return bool(short or _GOES_ON.match(turn))


def _taken_up(turn: str, matters: Sequence[_Matter]) -> int | None:
    """Position of the matter that was left and that a turn names again, with words which the present one does not have."""
    if _NEW_SUBJECT.search(turn) or len(turn.split()) > _MIDDLING:
        return None
    named = {word for match in _BACK_TO.finditer(turn) for word in words(match[1])}
    named -= {*words(" ".join(matters[-1].told)), *_ANYBODY}
    if not named:
        return None
    earlier = range(len(matters) - 2, -1, -1)
    return next((place for place in earlier if named & set(words(" ".join(matters[place].told)))), None)


def _asked(question: str, told: Sequence[str], picks: tuple[str, ...]) -> Asked:
    """What is asked in the turns `told` of one matter."""
    before = told[:-1] if told[-1] == question else ()
    return Asked(question, "\n".join(told), picks, "\n".join(before))
