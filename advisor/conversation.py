"""Conversations: what the last turn asks, in the light of the earlier ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from advisor.errors import QuestionError

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
_OPENS_BACK = re.compile(r"\W*(?:he|she|they|it|that|this|her|his|their|him|them|those|these)\b", re.I)
_NEW_SUBJECT = re.compile(
    r"\b(?:another (?:question|thing|matter|topic)|different (?:question|topic|subject|matter)|something else|separate(?:ly)?|"
    r"change of (?:subject|topic)|unrelated|new question|one more thing|by the way|btw)\b",
    re.I,
)
_SHORT = 14
_MIDDLING = 28


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be answered."""

    question: str
    """The last turn as it was typed."""
    story: str
    """The turns that belong to the same matter, joined: what is searched and read."""
    picks: tuple[str, ...] = ()
    """Turns on this matter that pick a heading or a title that was offered, in lower case, the latest last."""


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
    matter = [cleaned[0]]
    picks: list[str] = []
    for turn in cleaned[1:]:
        if turn.lower() in choices:
            picks.append(turn.lower())
            continue
        if follows(turn) and (_OPENS_BACK.match(turn) or not is_new(turn, "\n".join(matter))):
            matter.append(turn)
        else:
            matter, picks = [turn], []
    return Asked(cleaned[-1], "\n".join(matter), tuple(picks))


def join(turns: Sequence[str], earlier: Sequence[int], choices: Container[str] = ()) -> Asked:
    """What the last of `turns` asks together with the `earlier` ones, given by position. Raises QuestionError."""
    own = [clean(turns[position]) for position in earlier] + [clean(turns[-1])]
    picks = tuple(turn.lower() for turn in own if turn.lower() in choices)
    told = [turn for turn in own if turn.lower() not in choices]
    return Asked(own[-1], "\n".join(told or own[-1:]), picks)


def points_back(turn: str) -> bool:
    """Whether a turn speaks of somebody or something that only an earlier turn can name."""
    return bool(_POINTS_BACK.search(turn))


def follows(turn: str) -> bool:
    """Whether a turn goes on with the matter of the turn before it."""
    if _NEW_SUBJECT.search(turn):
        return False
    count = len(turn.split())
    if count <= _SHORT:
        return bool(_FOLLOWS.search(turn)) or points_back(turn) or count <= 6
    return count <= _MIDDLING and bool(_FOLLOWS.search(turn)) and points_back(turn)
