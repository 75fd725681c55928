"""Everything that can go wrong, in one tree.

AdvisorError                 a failure with a message for the person who caused it (exit code 1)
├── UsageError               the call itself is wrong (exit code 2)
│   └── QuestionError        the question is empty, too long or not text
├── KnowledgeError           the knowledge cannot be used as it is
│   ├── DocumentError        a document breaks the format; carries its problems
│   ├── UndefinedValue       a document names a company value that nobody defined
│   └── UnknownDocument      no document, or no such version, under that id
├── StorageError             the data folder cannot be read or written
│   └── StoreTooNew          the data folder was written by a newer release
├── ModelError               the embedding model is missing or not the one expected
├── PromptError              a prompt's file is wrong, or is filled in wrongly
├── ChatModelError           the language model cannot be used, or did not answer
└── PortInUse                the web app cannot listen where it was told to

A message says what was wrong, where, and what to do, in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AdvisorError(Exception):
    """A failure whose message is fit to be shown as it is."""


class UsageError(AdvisorError):
    """The call is wrong; calling it the same way again will fail again."""


class QuestionError(UsageError):
    """The question is empty, too long, or not text."""


class KnowledgeError(AdvisorError):
    """The knowledge, as given, cannot be used."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: where it is and how to mend it."""

    file: str
    line: int | None
    """1-based line in the file; None where the problem is the file as a whole."""
    field: str
    message: str
    remedy: str
    severity: str = "error"
    """`error` fails `advisor knowledge check`; `warning` is for the writer to mend, `note` to weigh."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}; {self.remedy}"


class DocumentError(KnowledgeError):
    """A document breaks the format. `problems` lists each breach."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{self.problems[0]}{more}")


class UndefinedValue(KnowledgeError):
    """A document writes `{{name}}` and the company file has no such name."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        listed = ", ".join(f"{{{{{name}}}}}" for name in names)
        super().__init__(f"{listed} is not defined; add it under 'values' in company.yaml")


class UnknownDocument(KnowledgeError):
    """No document, or no such version of it, is stored."""


class StorageError(AdvisorError):
    """The data folder cannot be read or written."""


class StoreTooNew(StorageError):
    """The data folder was written by a newer release than this one."""


class ModelError(AdvisorError):
    """The embedding model is missing, altered, or does not fit."""


class PromptError(AdvisorError):
    """A prompt's file breaks its format, or a variable is missing or unknown."""


class ChatModelError(AdvisorError):
    """The language model is set wrongly, cannot be reached, or did not answer in time."""


class PortInUse(AdvisorError):
    """Another program listens on the port."""
