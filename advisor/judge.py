"""The judge: a second language model that says which points an answer makes, for evaluation."""

from __future__ import annotations

import time
from collections.abc import Sequence

from advisor.chat_model import ChatModel
from advisor.errors import ChatModelError, UsageError
from advisor.prompt import Prompt
from advisor.writer import read_object

_SECONDS = 120.0


class Judge:
    """Judges answers. Raises UsageError where it would judge its own."""

    def __init__(self, model: ChatModel, prompt: Prompt, judged: str) -> None:
        if _name(model.name) == _name(judged):
            raise UsageError(f"{judged!r} cannot judge its own answers; name another model with --judge")
        self._model = model
        self._prompt = prompt

    def made(self, answer: str, points: Sequence[str]) -> list[bool]:
        """Whether `answer` makes each of `points`. Raises ChatModelError."""
        if not points:
            return []
        numbered = "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
        messages = self._prompt.fill(answer=answer, points=numbered)
        made = read_object(self._model.complete(messages, time.monotonic() + _SECONDS)).get("made")
        # True is 1 to Python: a list of yes and no must not count as the first point.
        if not isinstance(made, list) or not all(type(one) is int and 0 < one <= len(points) for one in made):
            raise ChatModelError("the judge's reply cannot be read")
        return [number in made for number in range(1, len(points) + 1)]


def _name(model: str) -> str:
    """A model's name without its provider, which may be left out and may offer another's models."""
    return (model.partition(":")[2] or model).lower()
