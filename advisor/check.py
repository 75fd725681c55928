"""The check of a knowledge folder: what keeps it from being published, and what makes it harder to use."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import suppress
from datetime import date
from pathlib import Path

from advisor.company import PLACEHOLDER, Company
from advisor.corpus import corpus_of
from advisor.document import DEPENDS, ESCALATE, QUESTIONS, SECTIONS, Document, parse_document, route_key
from advisor.errors import DocumentError, Problem, UndefinedValue
from advisor.index import Progress, VectorIndex
from advisor.knowledge import find_pages
from advisor.leave_one_out import LeaveOneOut, Stray, leave_one_out
from advisor.manuscript import Manuscript
from advisor.page import read_page
from advisor.retrieval import Retriever
from advisor.wording import check_overlap, check_wording

MIN_OPTIONS = 2
MIN_QUESTIONS = 8
MIN_ASKS = 40


def check_folder(folder: Path, company: Company, today: date) -> list[Problem]:
    """Everything wrong with the pages under `folder`, sorted by file and line.

    An `error` keeps the folder from being published, a `warning` does not. A plain page, without front matter of
    ours, is only checked for what an import would refuse. Raises KnowledgeError if `folder` does not exist.
    """
    problems: list[Problem] = []
    manuscripts: list[Manuscript] = []
    files: dict[str, str] = {}
    unreadable: set[str] = set()
    for path, root in find_pages([folder]):
        name = path.relative_to(root).with_suffix("").as_posix()
        try:
            document = _read(path, name, company)
        except DocumentError as error:
            problems += error.problems
            # A document that cannot be read still exists: a see_also to it is no second mistake.
            unreadable |= {name, path.stem}
            continue
        manuscript = Manuscript.of(document, str(path))
        if document.id in files:
            problems.append(_duplicate(document, manuscript, str(path), files[document.id]))
        files.setdefault(document.id, str(path))
        if manuscript:
            manuscripts.append(manuscript)
            if document.id not in (name, path.stem):
                problems.append(_misnamed(manuscript, path))
    known = files.keys() | unreadable
    for manuscript in manuscripts:
        problems += _errors(manuscript, known)
        problems += _gaps(manuscript, today)
        problems += check_wording(manuscript)
    problems += check_overlap(manuscripts)
    return sorted(problems, key=lambda problem: (problem.file, problem.line or 0))


def check_asks(
    folder: Path,
    company: Company,
    index: VectorIndex,
    retriever: Retriever,
    progress: Progress = lambda _done, _all: None,
) -> tuple[LeaveOneOut, list[Problem]]:
    """What comes of asking each ask of the pages under `folder` without itself in the index, and a note on each stray.

    Pages that cannot be read are left out; check_folder reports them.
    """
    manuscripts: dict[str, Manuscript] = {}
    documents: list[Document] = []
    for path, root in find_pages([folder]):
        with suppress(DocumentError):
            document = _read(path, path.relative_to(root).with_suffix("").as_posix(), company)
            documents.append(document)
            manuscript = Manuscript.of(document, str(path))
            if manuscript:
                manuscripts[document.id] = manuscript
    corpus = corpus_of(documents, lambda units: index.matrix([(unit.key, unit.text) for unit in units], progress))
    result = leave_one_out(corpus, retriever, progress)
    return result, [_stray(manuscripts[stray.document], stray) for stray in result.strays]


def _stray(manuscript: Manuscript, stray: Stray) -> Problem:
    where = f"own document {'below tenth' if stray.place is None else f'is number {stray.place}'}"
    return manuscript.in_field(
        "asks",
        stray.ask,
        message=f"{_shortened(stray.text)!r} finds {stray.found} first ({where}), by {_shortened(stray.nearest.text)!r}"
        f" ({stray.similarity:.2f} against {stray.own_similarity:.2f})",
        remedy="move it, make it say what sets it apart, or let its document say more of this",
        severity="note",
    )


def _read(path: Path, name: str, company: Company) -> Document:
    """The document in `path`. Raises DocumentError; an undefined value is one of its problems."""
    source = read_page(path)
    try:
        return parse_document(source, default_id=name, company=company, file=str(path))
    except UndefinedValue as error:
        raise DocumentError([_undefined(value, source, str(path)) for value in error.names]) from None


def _undefined(value: str, source: str, file: str) -> Problem:
    first = next((match.start() for match in PLACEHOLDER.finditer(source) if match[1] == value), 0)
    line = source.count("\n", 0, first) + 1
    remedy = "correct its spelling or add it under 'values' in company.yaml"
    return Problem(file, line, "values", f"{{{{{value}}}}} is not defined", remedy)


def _duplicate(document: Document, manuscript: Manuscript | None, file: str, other: str) -> Problem:
    message, remedy = f"{document.id!r} is also the id of {other}", "give one of the two another id"
    if manuscript is None:
        return Problem(file, None, "id", message, remedy)
    return manuscript.in_field("id", message=message, remedy=remedy)


def _misnamed(manuscript: Manuscript, path: Path) -> Problem:
    identity = manuscript.front.id
    return manuscript.in_field(
        "id",
        message=f"is {identity!r}, but the file is named {path.name!r}",
        remedy=f"rename the file to {identity.rsplit('/', 1)[-1]}{path.suffix} or correct the id",
    )


def _errors(manuscript: Manuscript, known: Set[str]) -> Iterator[Problem]:
    """What parsing lets pass and the format does not."""
    front = manuscript.front
    if not manuscript.document.body.blocks:
        yield manuscript.in_body("text", None, message="is empty", remedy="write the body or leave the file out")
    if front.review_by < front.effective:
        yield manuscript.in_field(
            "review_by",
            message=f"{front.review_by} is before the effective date, {front.effective}",
            remedy="name a later date",
        )
    for position, identity in enumerate(front.see_also):
        if identity not in known:
            yield manuscript.in_field(
                "see_also", position, message=f"no document has the id {identity!r}", remedy="correct it or remove it"
            )
    yield from _depends(manuscript)
    yield from _branches(manuscript)
    yield from _escalation(manuscript)
    yield from _training(manuscript)


def _depends(manuscript: Manuscript) -> Iterator[Problem]:
    heading = manuscript.heading(DEPENDS)
    if heading is None:
        return
    opening = manuscript.directly_under(heading)
    if not opening or "?" not in opening[0].text:
        yield manuscript.in_body(
            DEPENDS,
            heading.line,
            message="does not open with a question",
            remedy="ask under the heading what the options are answers to",
        )
    options = manuscript.subheadings(DEPENDS)
    if len(options) < MIN_OPTIONS:
        yield manuscript.in_body(
            DEPENDS,
            heading.line,
            message=f"has {len(options)} of at least {MIN_OPTIONS} options",
            remedy="add an option as a '###' heading, or remove the section",
        )


def _branches(manuscript: Manuscript) -> Iterator[Problem]:
    headings = {heading.path[-1]: heading for heading in manuscript.subheadings(DEPENDS)}
    named = [branch.option for branch in manuscript.front.branches]
    for position, option in enumerate(named):
        if option not in headings:
            yield manuscript.in_field(
                "branches",
                position,
                "option",
                message=f"{option!r} is no option under '{DEPENDS}'",
                remedy="write it word for word as the heading reads",
            )
    for option, heading in headings.items():
        if option not in named:
            yield manuscript.in_body(
                DEPENDS,
                heading.line,
                message=f"{option!r} has no entry under 'branches'",
                remedy="add one with this option and its signs",
            )


def _escalation(manuscript: Manuscript) -> Iterator[Problem]:
    plan = manuscript.front.escalation
    if plan is None:
        return
    items = manuscript.document.rung_items
    named: list[tuple[tuple[int | str, ...], str]] = [
        *((("escalation", "ladder", position, "route"), rung.route) for position, rung in enumerate(plan.ladder)),
        *((("escalation", "raises", position, "route"), entry.route) for position, entry in enumerate(plan.raises)),
    ]
    for place, route in named:
        if route_key(route) not in items:
            yield manuscript.in_field(
                *place,
                message=f"{route!r} has no item under '{ESCALATE}'",
                remedy=f"add an item that opens with **{route}**",
            )
    for position, rung in enumerate(plan.ladder):
        item = items.get(route_key(rung.route))
        if item and not _says(item.text, rung.within):
            yield manuscript.in_field(
                "escalation",
                "ladder",
                position,
                "within",
                message=f"{rung.within!r} is not in the item of {rung.route!r} on line {item.line}",
                remedy="write the same time limit, word for word, in both",
            )


def _training(manuscript: Manuscript) -> Iterator[Problem]:
    for number, scenario in enumerate(manuscript.front.training):
        quotes = [("points", position, point.quote) for position, point in enumerate(scenario.points)]
        quotes += [("wrong", position, wrong.quote) for position, wrong in enumerate(scenario.wrong)]
        for part, position, quote in quotes:
            if not any(_says(block.text, quote) for block in manuscript.document.body.blocks):
                yield manuscript.in_field(
                    "training",
                    number,
                    part,
                    position,
                    "quote",
                    message=f"{_shortened(quote)!r} is in no paragraph, step or item",
                    remedy="copy the words from the body, placeholders included",
                )


def _gaps(manuscript: Manuscript, today: date) -> Iterator[Problem]:
    """What a reader will miss."""
    front = manuscript.front
    if front.review_by < today:
        yield manuscript.in_field(
            "review_by",
            message=f"the review was due on {front.review_by}",
            remedy="read the document through and set the next date",
            severity="warning",
        )
    for section in SECTIONS:
        if manuscript.heading(section) is None:
            yield manuscript.in_body(
                section, None, message="is missing", remedy=f"add a section '## {section}'", severity="warning"
            )
    questions, heading = manuscript.subheadings(QUESTIONS), manuscript.heading(QUESTIONS)
    if heading and len(questions) < MIN_QUESTIONS:
        yield manuscript.in_body(
            QUESTIONS,
            heading.line,
            message=f"answers {len(questions)} of at least {MIN_QUESTIONS} questions",
            remedy="add what people really ask, each with its reply",
            severity="warning",
        )
    if len(front.asks) < MIN_ASKS:
        yield manuscript.in_field(
            "asks",
            message=f"has {len(front.asks)} of at least {MIN_ASKS} sample questions",
            remedy="add more, in a rep's own words",
            severity="warning",
        )


def _says(text: str, words: str) -> bool:
    """Whether `text` holds `words`; letter case aside, for a value filled in where a sentence opens gets a capital."""
    return words.lower() in text.lower()


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57].rstrip()}…"
