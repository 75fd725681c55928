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
