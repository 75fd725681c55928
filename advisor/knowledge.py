"""The knowledge: what managers do with documents, from import to publication and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from advisor.company import Company
from advisor.corpus import dump_units, load_units
from advisor.document import Document, parse_document
from advisor.duplicate import Twin, near_duplicates
from advisor.errors import DocumentError, KnowledgeError, Problem, StorageError, UndefinedValue, UnknownDocument
from advisor.index import Progress, VectorIndex
from advisor.page import SUFFIXES, read_page
from advisor.storage import Head, NewVersion, Store, Version
from advisor.unit import split_document

PAGE = "page"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was read and parsed, not yet stored."""

    document: Document
    source: str
    file: str


@dataclass
class Report:
    """What an import, a publication or a sync did."""

    published: list[Head] = field(default_factory=list)
    drafted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    """Imported pages that say nearly what another page says."""
    problems: list[Problem] = field(default_factory=list)
    """Files that were left out, and why."""


class Knowledge:
    """Reads, drafts, publishes and takes back documents."""

    def __init__(self, store: Store, company: Company, index: VectorIndex) -> None:
        self.store = store
        self.company = company
        self._index = index

    def parse(self, source: str, default_id: str, file: str | None = None) -> Document:
        """The document that `source` would be. Raises DocumentError or UndefinedValue."""
        return parse_document(source, default_id=default_id, company=self.company, file=file)

    def read(self, paths: Sequence[Path]) -> tuple[list[Text], list[Problem]]:
        """What an import of `paths` would take in, and what it would leave out. Stores nothing.

        A folder's files are named by their path in it.
        """
        texts: dict[str, Text] = {}
        problems: list[Problem] = []
        for path, root in find_pages(paths):
            name = path.relative_to(root).with_suffix("").as_posix()
            try:
                source = read_page(path)
                document = self.parse(source, name, str(path))
            except DocumentError as error:
                problems += error.problems
                continue
            except UndefinedValue as error:
                problems.append(Problem(str(path), None, "values", str(error), "then import again"))
                continue
            if document.id in texts:
                other = texts[document.id].file
                problems.append(
                    Problem(str(path), None, "id", f"{document.id!r} is also in {other}", "give one another id")
                )
                continue
            texts[document.id] = Text(document, source, str(path))
        return [Text(t.document, t.source, str(_root_of(t.file, paths))) for t in texts.values()], problems

    def import_paths(
        self, paths: Sequence[Path], *, publish: bool, progress: Progress = lambda _done, _all: None
    ) -> Report:
        """Takes files and folders in, as drafts or at once in force. A file in error is reported and left out."""
        texts, problems = self.read(paths)
        report = Report(problems=problems, twins=self._twins(texts))
        if publish:
            self._publish(texts, report, progress)
            return report
        for text in texts:
            current = self._in_force(text.document.id)
            if current and current.source == text.source:
                report.unchanged.append(text.document.id)
                continue
            self.store.save_draft(text.document.id, text.document.title, text.source, text.file)
            report.drafted.append(text.document.id)
        return report

    def publish_drafts(self, documents: Sequence[str], progress: Progress = lambda _done, _all: None) -> Report:
        """Puts drafts in force, all of them or none. Raises UnknownDocument, DocumentError or UndefinedValue."""
        texts = []
        for identity in documents:
            draft = self.store.draft(identity)
            if draft is None:
                raise UnknownDocument(f"{identity!r} has no draft; import a file or save an edit first")
            texts.append(Text(self.parse(draft.source, identity), draft.source, draft.origin))
        report = Report()
        self._publish(texts, report, progress)
        return report

    def save_draft(self, identity: str, source: str, origin: str = PAGE) -> Document:
        """Keeps an edit as a draft. Raises what `parse` raises; an edit in error is not kept."""
        document = self.parse(source, identity)
        if document.id != identity:
            raise KnowledgeError(
                f"the id reads {document.id!r}, this is {identity!r}; keep the id, or import a new file"
            )
        self.store.save_draft(identity, document.title, source, origin)
        return document

    def check(self, identity: str, source: str) -> list[Problem]:
        """Everything wrong with `source` as the text of `identity`, beside what else is in force. Stores nothing."""
        from advisor.check import check_folder  # which finds its pages through this module

        with TemporaryDirectory(prefix="advisor-check-") as name:
            folder = Path(name)
            self.export(folder)
            page = _page_in(folder, identity)
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(source, encoding="utf-8")
            problems = check_folder(folder, self.company, datetime.now(UTC).date())
        return [problem for problem in problems if problem.file == str(page)]

    def sync(self, folder: Path, progress: Progress = lambda _done, _all: None) -> Report:
        """Makes what is in force follow `folder`: new and changed files are published, vanished ones retired.

        Only documents that came from this folder are retired. Nothing changes when a file is in error.
        """
        texts, problems = self.read([folder])
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            raise DocumentError(errors)
        report = Report(problems=problems)
        origin = str(folder.resolve())
        kept = {text.document.id for text in texts}
        gone = [h.document for h in self.store.heads() if h.origin == origin and h.document not in kept]
        self._publish(texts, report, progress, retire=gone)
        report.retired = gone
        self.store.adopt(report.unchanged, origin)
        return report

    def retire(self, identity: str) -> None:
        self.store.retire(identity)
        self._prune()

    def rollback(self, identity: str, number: int) -> Head:
        """Puts an earlier version back in force. Raises UnknownDocument.

        It is embedded again before it answers: its vectors went when a later version took its place.
        """
        text = self.store.version(identity, number).text
        units = split_document(parse_document(text, default_id=identity, company=self.company))
        self._index.ensure({unit.key: unit.text for unit in units})
        head = self.store.rollback(identity, number)
        self._prune()
        return head

    def export(self, folder: Path) -> int:
        """Writes the source of every document in force to `folder`. Returns how many."""
        heads = self.store.heads()
        for head in heads:
            target = _page_in(folder, head.document)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(self.store.version(head.document).source, encoding="utf-8")
            except OSError as error:
                raise KnowledgeError(f"{target} cannot be written ({error.strerror}); choose another folder") from None
        return len(heads)

    def _publish(self, texts: Sequence[Text], report: Report, progress: Progress, retire: Iterable[str] = ()) -> None:
        """Embeds first and commits last: whatever fails before leaves the old versions answering."""
        new = []
        for text in texts:
            document = text.document
            current = self._in_force(document.id)
            if current and (current.source, current.text) == (text.source, document.text):
                report.unchanged.append(document.id)
                self.store.discard_draft(document.id)
                continue
            units = split_document(document)
            new.append((text, units))
        self._index.ensure({unit.key: unit.text for _, units in new for unit in units}, progress)
        today = datetime.now(UTC).date()
        report.published = self.store.publish(
            [
                NewVersion(
                    text.document.id,
                    text.document.title,
                    text.document.kind,
                    text.document.front.effective if text.document.front else today,
                    text.source,
                    text.document.text,
                    dump_units(units),
                    text.file,
                )
                for text, units in new
            ],
            retire,
        )
        if report.published or retire:
            self._prune()

    def _twins(self, texts: Sequence[Text]) -> list[Twin]:
        held = ((head.document, self.store.version(head.document).text) for head in self.store.heads())
        return near_duplicates([(text.document.id, text.document.text) for text in texts], held)

    def _prune(self) -> None:
        """Drops vectors that nothing in force needs. What cannot be dropped now does no harm and goes next time."""
        _, rows = self.store.units_in_force()
        with suppress(StorageError):
            self._index.prune(unit.key for _, text in rows for unit in load_units(text))

    def _in_force(self, identity: str) -> Version | None:
        try:
            return self.store.version(identity)
        except UnknownDocument:
            return None


def find_pages(paths: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Every page under `paths` with the folder its id is relative to. Raises KnowledgeError for a path that is not."""
    pages: list[tuple[Path, Path]] = []
    for path in paths:
        if path.is_dir():
            pages += [
                (page, path)
                for page in sorted(path.rglob("*"))
                if page.is_file()
                and page.suffix.lower() in SUFFIXES
                and not any(part.startswith(".") for part in page.relative_to(path).parts)
            ]
        elif path.is_file():
            pages.append((path, path.parent))
        else:
            raise KnowledgeError(f"{path} does not exist; name a file or a folder")
    return pages


def _root_of(file: str, paths: Sequence[Path]) -> Path:
    """The given path that `file` came from: the origin that a later sync compares with."""
    return next((p.resolve() for p in paths if Path(file).is_relative_to(p)), Path(file).resolve())


def _page_in(folder: Path, identity: str) -> Path:
    """Where the page of `identity` stands in `folder`. Raises KnowledgeError for an id that leads out of it."""
    page = folder / f"{identity}.md"
    if not page.resolve().is_relative_to(folder.resolve()):
        raise KnowledgeError(f"the id {identity!r} leads out of {folder}; publish the document under another id")
    return page
