from __future__ import annotations

import pytest

from advisor.conversation import resolve
from advisor.errors import QuestionError


def test_short_follow_up_is_read_with_the_story_before_it() -> None:
    asked = resolve(["My client shouts at me every week.", "what if he denies it?"])
    assert asked.question == "what if he denies it?"
    assert "shouts" in asked.story


def test_new_story_stands_alone() -> None:
    story = (
        "Different question. Our buyer in Leeds offered me two tickets to the cup final yesterday, worth maybe 300, "
        "and I said I would think about it because my son would love to go."
    )
    assert resolve(["My client shouts at me.", story]).story == story


def test_no_turns_is_an_error() -> None:
    with pytest.raises(QuestionError, match="at least one turn"):
        resolve([])


SHOUTS = "My client shouts at me every week."
GIFT = "Different question, may I take a buyer to the opera, tickets are 90 each?"
NEVER = lambda _turn, _matter: False  # noqa: E731
ALWAYS = lambda _turn, _matter: True  # noqa: E731


@pytest.mark.parametrize(
    "turn",
    [
        "do i need a lawyer now?",
        "what if my boss is in on it",
        "sorry, not my client, my old boss",
        "turns out he does it with everybody in the whole sales office and nobody ever said a word",
        "is it ok to just hang up",
    ],
)
def test_turn_goes_on_although_alone_it_would_be_about_something_else(turn: str) -> None:
    assert resolve([SHOUTS, turn], is_new=ALWAYS).before == SHOUTS


@pytest.mark.parametrize("turn", ["my colleague forged a signature", "can i keep a case of wine from a supplier?"])
def test_short_turn_is_what_it_is_found_to_be(turn: str) -> None:
    assert resolve([SHOUTS, turn], is_new=ALWAYS).story == turn
    assert resolve([SHOUTS, turn], is_new=NEVER).before == SHOUTS


@pytest.mark.parametrize("turn", ["ok. back to the shouting, can he do that", "and the shouts, do I write those down?"])
def test_matter_that_was_left_is_taken_up_again(turn: str) -> None:
    asked = resolve([SHOUTS, GIFT, "no, a private firm", turn], is_new=NEVER)
    assert asked.story == f"{SHOUTS}\n{turn}"
    assert resolve([SHOUTS, GIFT, "and my client pays half, may she?"], is_new=NEVER).before == GIFT


def test_question_about_the_matter_tells_nothing_new_of_it() -> None:
    assert resolve([SHOUTS, "by when do I have to say so?"]).asks_more
    assert not resolve([SHOUTS, "update: he just sent me a picture of my front door"]).asks_more
    assert not resolve([SHOUTS]).asks_more
