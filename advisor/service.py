"""The service: loads models and knowledge behind a page that is already there, and says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from advisor.advisor import Advisor
from advisor.assembly import Parts, assemble, make_advisor
from advisor.errors import AdvisorError
from advisor.index import Progress
from advisor.settings import Settings

State = Literal["starting", "ready", "failed"]


class Service:
    """An advisor that may still be loading."""

    def __init__(
        self,
        settings: Settings,
        say: Callable[[str], None] = lambda _: None,
        progress: Progress = lambda _done, _all: None,
    ) -> None:
        self.settings = settings
        self.state: State = "starting"
        self.message = "Loading the models and the knowledge"
        self._say = say
        self._progress = progress
        self._advisor: Advisor | None = None
        self._parts: Parts | None = None
        self._settled = threading.Event()

    def start(self) -> None:
        """Begins loading in a thread of its own."""
        threading.Thread(target=self.load, name="loading", daemon=True).start()

    def load(self) -> None:
        """Loads everything. A failure is kept in `message` for whoever asks."""
        try:
            self._parts = assemble(self.settings, self._told)
            self._advisor = make_advisor(self._parts, self._told, self._progressed)
            self._advisor.ask(["warm up"], keep=False)
            self.message = "Ready"
            self.state = "ready"
            self._say("Ready to answer")
        except AdvisorError as error:
            self.message = str(error)
            self.state = "failed"
            self._say(f"error: {error}")
        except Exception:
            self.message = "The advisor could not start; its output says why"
            self.state = "failed"
            raise
        finally:
            self._settled.set()

    def wait(self, seconds: float) -> bool:
        """Waits until loading is over. Returns whether questions can be answered."""
        self._settled.wait(seconds)
        return self.state == "ready"

    @property
    def advisor(self) -> Advisor:
        """The advisor. Raises AdvisorError while it is loading or when it could not be loaded."""
        if self._advisor is None:
            raise AdvisorError(self.message)
        return self._advisor

    @property
    def parts(self) -> Parts:
        """The parts behind it. Raises AdvisorError like `advisor`."""
        if self._parts is None:
            raise AdvisorError(self.message)
        return self._parts

    def _told(self, message: str) -> None:
        self.message = message
        self._say(message)

    def _progressed(self, done: int, total: int) -> None:
        self._progress(done, total)
        self.message = f"Reading the knowledge: {done} of {total} passages"
