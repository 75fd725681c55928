"""What the chat page shows and remembers, without a browser."""

from __future__ import annotations

from typing import cast

from advisor.advisor import Advisor
from advisor.errors import AdvisorError
from advisor.service import Service
from advisor.ui.chat import Conversation, Step, reply, retry
from advisor.ui.render import PASS_ON

QUESTION = "my customer wants to give me a gold watch"


class Loaded:
    """A service whose advisor comes with the first wait, or never."""

    def __init__(self, advisor: Advisor | None, state: str = "ready", message: str = "") -> None:
        self._advisor, self.state, self.message = advisor, state, message

    def wait(self, _seconds: float) -> bool:
        self.state = "ready" if self._advisor else "failed"
        return self.state == "ready"

    @property
    def advisor(self) -> Advisor:
        if self._advisor is None:
            raise AdvisorError(self.message)
        return self._advisor


def steps(service: Loaded, asked: str, so_far: Conversation | None = None) -> list[Step]:
    return list(reply(cast(Service, service), so_far or Conversation(), asked))


def test_answer_is_shown_and_its_question_remembered(advisor: Advisor) -> None:
    [(done, html, box)] = steps(Loaded(advisor), QUESTION)
    assert done.turns == (QUESTION,)
    assert "Decline anything above USD 50" in html
    assert box == ""


def test_second_turn_is_answered_below_the_first(advisor: Advisor) -> None:
    [(first, _, _)] = steps(Loaded(advisor), QUESTION)
    [(second, html, _)] = steps(Loaded(advisor), "It is worth little", first)
    assert second.turns == (QUESTION, "It is worth little")
    assert html.count('class="turn"') == 2


def test_question_passed_on_is_answered_again_once(advisor: Advisor) -> None:
    [(first, _, _)] = steps(Loaded(advisor), QUESTION)
    [(passed, html, _)] = steps(Loaded(advisor), PASS_ON, first)
    assert passed.turns == (QUESTION,)
    assert "Passed on" in html
    [(again, html, _)] = list(retry(cast(Service, Loaded(advisor)), passed))
    assert again.turns == (QUESTION,)
    assert html.count("Decline anything above USD 50") == 1


def test_question_that_cannot_be_read_is_explained_and_not_remembered(advisor: Advisor) -> None:
    [(done, html, box)] = steps(Loaded(advisor), "x" * 20_000)
    assert done.turns == ()
    assert "20,000 characters" in html
    assert len(box) == 20_000


def test_question_waits_while_the_advisor_loads(advisor: Advisor) -> None:
    (_, waiting, _), (done, html, _) = steps(Loaded(advisor, "starting"), QUESTION)
    assert "as soon as the advisor is ready" in waiting
    assert done.turns == (QUESTION,)
    assert "Decline" in html


def test_failed_start_is_told_and_leaves_the_question_in_the_box() -> None:
    *_, (done, html, box) = steps(Loaded(None, "starting", "the model is missing; install it"), QUESTION)
    assert "the model is missing; install it" in html
    assert done.turns == ()
    assert box == QUESTION
