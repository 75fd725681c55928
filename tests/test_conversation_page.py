"""What the chat page shows and remembers, without a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from advisor.advisor import Advisor
from advisor.errors import AdvisorError
from advisor.outcome import Stage
from advisor.service import Service
from advisor.settings import Settings
from advisor.ui.chat import UNCHANGED, Conversation, Step, reply, retry, start_anew, stop_writing
from advisor.ui.render import PASS_ON

QUESTION = "my customer wants to give me a gold watch"
OTHER = "It is worth little"


class Loaded:
    """A service whose advisor comes with the first wait, or never."""

    def __init__(self, advisor: Advisor | None, state: str = "ready", message: str = "") -> None:
        self._advisor, self.state, self.message = advisor, state, message
        self.settings = Settings(model="openai:fake")

    def wait(self, _seconds: float) -> bool:
        self.state = "ready" if self._advisor else "failed"
        return self.state == "ready"

    @property
    def advisor(self) -> Advisor:
        if self._advisor is None:
            raise AdvisorError(self.message)
        return self._advisor


class Writing:
    """An advisor whose answers come in two stages, and that counts how often it is asked."""

    def __init__(self, advisor: Advisor) -> None:
        self._advisor, self.asked = advisor, 0
        self.keep, self.pass_on = advisor.keep, advisor.pass_on

    def stream(self, turns: Sequence[str]) -> Iterator[Stage]:
        self.asked += 1
        outcome = self._advisor.ask(turns, keep=False)
        yield Stage(outcome, outcome, False)
        yield Stage(outcome, outcome, True)


@pytest.fixture
def writing(advisor: Advisor) -> Writing:
    return Writing(advisor)


@pytest.fixture
def service(writing: Writing) -> Service:
    return cast(Service, Loaded(cast(Advisor, writing)))


def steps(service: Loaded, asked: str, so_far: Conversation | None = None) -> list[Step]:
    return list(reply(cast(Service, service), so_far or Conversation(), asked))


def last(steps: Iterator[Step]) -> Step:
    *_, end = steps
    return end


def test_answer_is_shown_and_its_question_remembered(advisor: Advisor) -> None:
    [(done, html, box)] = steps(Loaded(advisor), QUESTION)
    assert done.turns == (QUESTION,)
    assert "Decline anything above USD 50" in html
    assert box == ""


def test_second_turn_is_answered_below_the_first(advisor: Advisor) -> None:
    [(first, _, _)] = steps(Loaded(advisor), QUESTION)
    [(second, html, _)] = steps(Loaded(advisor), OTHER, first)
    assert second.turns == (QUESTION, OTHER)
    assert html.count('class="turn"') == 2


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


def test_try_again_after_a_notice_answers_the_last_turn_in_place_of_its_answer(service: Service) -> None:
    so_far = Conversation()
    for asked in (QUESTION, OTHER, PASS_ON):
        so_far, html, _ = last(reply(service, so_far, asked))
    assert html.count('class="turn"') == 3
    so_far, html, _ = last(retry(service, so_far))
    assert so_far.turns == (QUESTION, OTHER)
    assert html.count('class="turn"') == 3
    assert html.count("Passed on to those who keep the knowledge") == 1
    assert html.count(f"{OTHER}</h2>") == 1
    assert html.count(f"{QUESTION}</h2>") == 1


def test_of_two_sends_at_once_only_one_is_answered(service: Service, writing: Writing) -> None:
    so_far = Conversation()
    both = threading.Barrier(2)
    ends: list[Step] = []

    def send(asked: str) -> None:
        both.wait()
        ends.append(last(reply(service, so_far, asked)))

    threads = [threading.Thread(target=send, args=(asked,)) for asked in (QUESTION, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writing.asked == 1
    assert UNCHANGED in ends


def test_nothing_else_is_taken_while_a_turn_is_answered(service: Service, writing: Writing) -> None:
    first, *_ = last(reply(service, Conversation(), QUESTION))
    under_way = reply(service, first, OTHER)
    so_far, *_ = next(under_way)
    for before in (first, so_far):
        assert list(reply(service, before, "something else")) == [UNCHANGED]
        assert list(retry(service, before)) == [UNCHANGED]
    assert writing.asked == 2
    done, *_ = last(under_way)
    assert done.turns == (QUESTION, OTHER)
    done, *_ = last(reply(service, done, "something else"))
    assert done.turns == (QUESTION, OTHER, "something else")


def test_stopped_answer_shows_nothing_more_and_the_next_turn_is_taken(service: Service) -> None:
    under_way = reply(service, Conversation(), QUESTION)
    so_far, *_ = next(under_way)
    stopped, html, _ = stop_writing(service, so_far)
    assert "Decline" in html
    assert list(under_way) == [UNCHANGED]
    done, *_ = last(reply(service, stopped, OTHER))
    assert done.turns == (QUESTION, OTHER)


def test_answer_under_way_does_not_appear_in_a_new_conversation(service: Service) -> None:
    under_way = reply(service, Conversation(), QUESTION)
    so_far, *_ = next(under_way)
    new, html, _ = start_anew(so_far)
    assert list(under_way) == [UNCHANGED]
    assert (new.turns, html) == ((), "")


def test_stop_before_anything_is_written_gives_the_question_back(advisor: Advisor) -> None:
    service = cast(Service, Loaded(advisor, "starting"))
    under_way = reply(service, Conversation(), QUESTION)
    so_far, *_ = next(under_way)
    stopped, html, box = stop_writing(service, so_far)
    assert (stopped.turns, html, box) == ((), "", QUESTION)
    assert list(under_way) == [UNCHANGED]


def test_failed_answer_does_not_keep_the_next_one_from_being_given(
    service: Service, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    so_far = Conversation()
    monkeypatch.setattr(writing, "stream", lambda _: [][0])
    with pytest.raises(IndexError):
        last(reply(service, so_far, QUESTION))
    monkeypatch.undo()
    done, *_ = last(reply(service, so_far, QUESTION))
    assert done.turns == (QUESTION,)
