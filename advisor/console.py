"""What the commands share: the parts they work with, a progress bar, a line beside the output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.settings import Settings

if TYPE_CHECKING:
    from advisor.assembly import Parts

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Bar:
    """A progress bar on standard error that shows only when there is something to wait for."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: Any = None

    def __enter__(self) -> Bar:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, desc=self._title, unit="text", file=sys.stderr, leave=False)
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.close()
            self._bar = None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def say(message: str) -> None:
    """A line for the person at the terminal, beside the output."""
    print(message, file=sys.stderr, flush=True)


def open_parts(model: str | None = None) -> Parts:
    """The parts on the data folder that the settings name; `model` stands for the language model that they name."""
    from advisor.assembly import assemble

    settings = Settings()
    return assemble(settings.model_copy(update={"model": model}) if model is not None else settings, say)


def publish_pack(parts: Parts) -> None:
    """Puts the starter pack in force where nothing was ever published."""
    from advisor.assembly import seed

    with Bar("Indexing") as bar:
        seed(parts, say, bar)
