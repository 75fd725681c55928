"""The budget: how many tokens of the language model a day may cost."""

from __future__ import annotations

from datetime import UTC, datetime

from advisor.errors import ChatModelError
from advisor.storage import Store


class Budget:
    """Counts tokens by day (UTC) in the store, so that a restart forgets nothing. A limit of 0 is no limit."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit

    def check(self) -> None:
        """Raises ChatModelError when today's budget is used up."""
        if self._limit and self._store.spent(_today()) >= self._limit:
            raise ChatModelError("today's budget for the language model is used up")

    def spend(self, tokens: int) -> None:
        if self._limit:
            self._store.spend(_today(), tokens)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
