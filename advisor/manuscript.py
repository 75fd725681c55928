"""A document as its writer sees it: the file, and the line that each thing stands on."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from advisor import front_matter
from advisor.body import Block, Heading
from advisor.document import Document
from advisor.errors import Problem
from advisor.front_matter import FrontMatter


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A document with our front matter, and the file it was read from."""

    file: str
    document: Document
    front: FrontMatter
    node: yaml.MappingNode | None

    @classmethod
    def of(cls, document: Document, file: str) -> Manuscript | None:
        """The manuscript of `document`; None for a plain page, which has no fields to check."""
        if document.front is None:
            return None
        _, _, node = front_matter.split(document.text, file)
        return cls(file, document, document.front, node)

    def heading(self, section: str) -> Heading | None:
        """The heading of `section`, or None where the document has no such section."""
        headings = self.document.body.headings
        return next((h for h in headings if h.level == 2 and h.path[-1].lower() == section.lower()), None)

    def directly_under(self, heading: Heading | None) -> list[Block]:
        """The blocks between `heading` and the next one; none where there is no heading."""
        return self.document.body.under(*heading.path) if heading else []

    def subheadings(self, section: str) -> list[Heading]:
        """The headings one step below `section`."""
        heading = self.heading(section)
        return self.document.body.children(*heading.path) if heading else []

    def line(self, *place: int | str) -> int | None:
        """The line of the field at `place` of the front matter, or of the nearest field above it."""
        return front_matter.line_of(self.node, place)

    def in_field(self, *place: int | str, message: str, remedy: str, severity: str = "error") -> Problem:
        """A problem with the field at `place` of the front matter, at the line where it stands."""
        return Problem(self.file, self.line(*place), ".".join(str(step) for step in place), message, remedy, severity)

    def in_body(self, section: str, line: int | None, *, message: str, remedy: str, severity: str = "error") -> Problem:
        """A problem at `line` of the body, or with the body as a whole where `line` is None."""
        return Problem(self.file, line, section, message, remedy, severity)
