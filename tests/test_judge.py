from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from advisor.assembly import Parts, make_advisor
from advisor.budget import Budget
from advisor.chat_model import ChatModel
from advisor.errors import ChatModelError, UsageError
from advisor.evaluation import Case, evaluate
from advisor.judge import Judge
from advisor.prompt import load_prompt

PROMPT = load_prompt(Path(__file__).resolve().parent.parent / "prompts" / "judge.md")
POINTS = ["Say no.", "Tell your manager.", "Write it down."]


class Replies:
    """A provider's client that gives these replies in turn."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)

    def stream(self, _: Any) -> Iterator[Any]:
        yield SimpleNamespace(content=self.replies.pop(0))


def make(parts: Parts, *replies: str, name: str = "openai:other", judged: str = "openai:gpt-5") -> Judge:
    return Judge(ChatModel(Replies(*replies), name, "localhost", Budget(parts.store, 0)), PROMPT, judged)


def test_points_are_those_that_the_reply_numbers(parts: Parts) -> None:
    judge = make(parts, '{"made": [3, 1]}', '{"made": []}')
    assert judge.made("Say no and write it down.", POINTS) == [True, False, True]
    assert judge.made("", POINTS) == [False, False, False]
    assert judge.made("", []) == []


@pytest.mark.parametrize("made", ["[true]", "[true, false, true]", '["1"]', "[1.0]", "[[1]]", "[0]", "[4]", "1"])
def test_anything_but_numbers_of_points_cannot_be_read(parts: Parts, made: str) -> None:
    with pytest.raises(ChatModelError, match="the judge's reply cannot be read"):
        make(parts, f'{{"made": {made}}}').made("Say no.", POINTS)


@pytest.mark.parametrize("name", ["openai:gpt-5", "gpt-5", "azure_openai:gpt-5", "OpenAI:GPT-5"])
@pytest.mark.parametrize("judged", ["openai:gpt-5", "gpt-5"])
def test_no_model_judges_its_own_answers(parts: Parts, name: str, judged: str) -> None:
    with pytest.raises(UsageError, match="cannot judge its own answers; name another model with --judge"):
        make(parts, name=name, judged=judged)


def test_case_whose_judge_fails_is_not_judged_and_the_rest_goes_on(parts: Parts) -> None:
    cases = [Case(id=str(number), turns=["May I take a gift?"], points=POINTS[:2]) for number in range(3)]
    judge = make(parts, '{"made": [1]}', "no idea", '{"made": [1, 2]}')
    report = evaluate(make_advisor(parts), cases, parts.index.encoder, judge)
    assert [result.judged for result in report.results] == [[True, False], None, [True, True]]
    figures = report.figures()
    assert (figures["points_judged"], figures["points_not_judged"]) == (0.75, 2)
