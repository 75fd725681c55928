"""Versions, drafts and receipts, kept in one SQLite file.

A publication is one transaction: readers see all of it or nothing. `generation` counts publications, so that
another process on the same folder knows when to look again.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any

from sqlalchemy import Connection, bindparam, create_engine, delete, event, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DatabaseError, OperationalError

from advisor.errors import StorageError, UnknownDocument
from advisor.storage import schema
from advisor.storage.schema import drafts, in_force, meta, open_questions, receipts, spending, versions

_LITTLE = 5_000_000
"""Bytes below which a disk counts as full."""
_GATHER = 0.2
"""Seconds for which receipts gather before they are written."""
log = logging.getLogger(__name__)

_GENERATION = select(meta.c.value).where(meta.c.key == "generation")


@dataclass(frozen=True, slots=True)
class Head:
    """What identifies a version in force."""

    document: str
    number: int
    title: str
    kind: str
    effective: date
    origin: str
    published_at: str


@dataclass(frozen=True, slots=True)
class Version:
    """One published text of a document."""

    head: Head
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A text about to be published."""

    document: str
    title: str
    kind: str
    effective: date
    source: str
    text: str
    units: str
    origin: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was imported or edited and is not published."""

    document: str
    title: str
    source: str
    origin: str
    saved_at: str


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """All state but the vectors. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"data folder {folder} cannot be made ({error.strerror}); set ADVISOR_DATA_DIR"
            ) from None
        self._engine = create_engine(f"sqlite:///{folder / 'advisor.db'}", connect_args={"timeout": 30})
        event.listen(self._engine, "connect", _configure)
        self._pending: dict[str, tuple[str, Callable[[], str]]] = {}
        self._pending_lock = threading.Lock()
        self._writer: threading.Thread | None = None
        atexit.register(self._write_receipts)
        with self._transaction() as connection:
            schema.migrate(connection)

    def close(self) -> None:
        self._write_receipts()
        self._engine.dispose()

    # What is in force

    def generation(self) -> int:
        """Grows with every change of what is in force."""
        with self._reading() as connection:
            return int(connection.execute(_GENERATION).scalar_one())

    def heads(self) -> list[Head]:
        """The versions in force, by document id."""
        query = select(*_HEAD).join(in_force, _IS_IN_FORCE).order_by(versions.c.document)
        with self._reading() as connection:
            return [Head(*row) for row in connection.execute(query)]

    def units_in_force(self) -> tuple[int, list[tuple[Head, str]]]:
        """The generation, and each version in force with its units as JSON, read as of one moment."""
        query = select(*_HEAD, versions.c.units).join(in_force, _IS_IN_FORCE).order_by(versions.c.document)
        with self._reading() as connection:
            rows = connection.execute(query).all()
            return int(connection.execute(_GENERATION).scalar_one()), [(Head(*row[:-1]), row[-1]) for row in rows]

    def version(self, document: str, number: int | None = None) -> Version:
        """A version by number, or the one in force. Raises UnknownDocument."""
        query = select(*_HEAD, versions.c.source, versions.c.text).where(versions.c.document == document)
        if number is None:
            query = query.join(in_force, _IS_IN_FORCE)
        else:
            query = query.where(versions.c.number == number)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            what = (
                f"no document {document!r} is in force" if number is None else f"{document!r} has no version {number}"
            )
            raise UnknownDocument(f"{what}; 'advisor knowledge list' shows what there is")
        return Version(Head(*row[:-2]), row[-2], row[-1])

    def history(self, document: str) -> list[Head]:
        """All versions of a document, newest first."""
        query = select(*_HEAD).where(versions.c.document == document).order_by(versions.c.number.desc())
        with self._reading() as connection:
            return [Head(*row) for row in connection.execute(query)]

    def is_untouched(self) -> bool:
        """Whether nothing was ever published here."""
        with self._reading() as connection:
            return connection.execute(select(versions.c.number).limit(1)).first() is None

    # Changes of what is in force

    def publish(self, texts: Sequence[NewVersion], retire: Iterable[str] = ()) -> list[Head]:
        """Makes `texts` the versions in force and takes `retire` out of force, all at once.

        A text that equals the one in force makes no new version. Returns the versions that were made.
        """
        made: list[Head] = []
        with self._transaction() as connection:
            for new in texts:
                current = connection.execute(
                    select(versions.c.text, versions.c.source)
                    .join(in_force, _IS_IN_FORCE)
                    .where(versions.c.document == new.document)
                ).one_or_none()
                connection.execute(delete(drafts).where(drafts.c.document == new.document))
                if current is not None and (current.text, current.source) == (new.text, new.source):
                    continue
                last = connection.execute(
                    select(func.max(versions.c.number)).where(versions.c.document == new.document)
                ).scalar()
                head = Head(new.document, (last or 0) + 1, new.title, new.kind, new.effective, new.origin, _now())
                connection.execute(
                    insert(versions).values(
                        document=head.document,
                        number=head.number,
                        title=head.title,
                        kind=head.kind,
                        effective=head.effective,
                        source=new.source,
                        text=new.text,
                        units=new.units,
                        origin=head.origin,
                        published_at=head.published_at,
                    )
                )
                _put_in_force(connection, head.document, head.number)
                made.append(head)
            gone = [document for document in retire if _take_out(connection, document)]
            if made or gone:
                _count(connection)
        return made

    def adopt(self, documents: Iterable[str], origin: str) -> None:
        """Notes that the documents in force now come from `origin`; their text stays what it is."""
        with self._transaction() as connection:
            for document in documents:
                numbers = select(in_force.c.number).where(in_force.c.document == document).scalar_subquery()
                connection.execute(
                    update(versions)
                    .where(versions.c.document == document, versions.c.number == numbers)
                    .values(origin=origin)
                )

    def retire(self, document: str) -> None:
        """Takes a document out of force; its versions stay. Raises UnknownDocument."""
        with self._transaction() as connection:
            if not _take_out(connection, document):
                raise UnknownDocument(
                    f"no document {document!r} is in force; 'advisor knowledge list' shows what there is"
                )
            _count(connection)

    def rollback(self, document: str, number: int) -> Head:
        """Puts an earlier version back in force. Raises UnknownDocument."""
        head = self.version(document, number).head
        with self._transaction() as connection:
            _put_in_force(connection, document, number)
            _count(connection)
        return head

    # Drafts

    def save_draft(self, document: str, title: str, source: str, origin: str) -> None:
        with self._transaction() as connection:
            connection.execute(delete(drafts).where(drafts.c.document == document))
            connection.execute(
                insert(drafts).values(document=document, title=title, source=source, origin=origin, saved_at=_now())
            )

    def drafts(self) -> list[Draft]:
        with self._reading() as connection:
            return [Draft(*row) for row in connection.execute(select(drafts).order_by(drafts.c.document))]

    def draft(self, document: str) -> Draft | None:
        with self._reading() as connection:
            row = connection.execute(select(drafts).where(drafts.c.document == document)).one_or_none()
        return Draft(*row) if row else None

    def discard_draft(self, document: str) -> None:
        with self._transaction() as connection:
            connection.execute(delete(drafts).where(drafts.c.document == document))

    # Receipts

    def keep_receipt(self, identity: str, answer: Callable[[], str]) -> None:
        """Keeps an answer, given as what makes its JSON. It is written a moment later, together with its neighbours, so
        that nobody waits for the disk to be given an answer; `close` and the end of the program write what is left."""
        with self._pending_lock:
            self._pending[identity] = (_now(), answer)
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write_soon, name="receipts", daemon=True)
                self._writer.start()

    def _write_soon(self) -> None:
        while True:
            time.sleep(_GATHER)
            self._write_receipts()
            with self._pending_lock:
                if not self._pending:
                    self._writer = None
                    return

    def _write_receipts(self) -> None:
        with self._pending_lock:
            waiting = dict(self._pending)
        if not waiting:
            return
        rows = [{"id": key, "given_at": at, "answer": make()} for key, (at, make) in waiting.items()]
        try:
            with self._transaction() as connection:
                connection.execute(_KEEP, rows)
        except StorageError as error:
            log.warning("answers were given but their receipts could not be kept: %s", error)
        with self._pending_lock:
            for key in waiting:
                self._pending.pop(key, None)

    def receipt(self, identity: str) -> tuple[str, str] | None:
        """When an answer was given, and the answer as JSON; None for an id that was never given."""
        self._write_receipts()
        query = select(receipts.c.given_at, receipts.c.answer).where(receipts.c.id == identity)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return (row[0], row[1]) if row else None

    # Questions that were passed on

    def pass_on(self, question: str) -> None:
        """Keeps a question that the asker chose to pass on to those who keep the knowledge."""
        with self._transaction() as connection:
            connection.execute(insert(open_questions).values(question=question, passed_on=datetime.now(UTC).date()))

    def open_questions(self, few: int = 50) -> list[tuple[date, str]]:
        """The `few` latest questions that were passed on, newest first, with their day."""
        query = select(open_questions.c.passed_on, open_questions.c.question).order_by(open_questions.c.id.desc())
        with self._reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(query.limit(few))]

    # What the language model cost

    def spent(self, day: str) -> int:
        """Tokens spent on a day (YYYY-MM-DD)."""
        with self._reading() as connection:
            return int(connection.execute(select(spending.c.tokens).where(spending.c.day == day)).scalar() or 0)

    def spend(self, day: str, tokens: int) -> None:
        """Adds `tokens` to those of a day; earlier days are forgotten."""
        more = sqlite_insert(spending).values(day=day, tokens=tokens)
        with self._transaction() as connection:
            connection.execute(delete(spending).where(spending.c.day < day))
            connection.execute(
                more.on_conflict_do_update(index_elements=["day"], set_={"tokens": spending.c.tokens + tokens})
            )

    # Small facts of the installation

    def fact(self, key: str) -> str | None:
        with self._reading() as connection:
            value = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
        return None if value is None else str(value)

    def set_fact(self, key: str, value: str) -> None:
        with self._transaction() as connection:
            connection.execute(delete(meta).where(meta.c.key == key))
            connection.execute(insert(meta).values(key=key, value=value))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _named(self.folder), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with _named(self.folder), self._engine.connect() as connection:
            # Takes the write lock first, so that what is read below cannot change before it is written.
            connection.execute(text("BEGIN IMMEDIATE"))
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")


_HEAD = (
    versions.c.document,
    versions.c.number,
    versions.c.title,
    versions.c.kind,
    versions.c.effective,
    versions.c.origin,
    versions.c.published_at,
)
_IS_IN_FORCE = (in_force.c.document == versions.c.document) & (in_force.c.number == versions.c.number)
_KEEP = (
    insert(receipts)
    .prefix_with("OR IGNORE")
    .values(id=bindparam("id"), given_at=bindparam("given_at"), answer=bindparam("answer"))
)


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun in so many words above
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _put_in_force(connection: Connection, document: str, number: int) -> None:
    connection.execute(delete(in_force).where(in_force.c.document == document))
    connection.execute(insert(in_force).values(document=document, number=number))


def _take_out(connection: Connection, document: str) -> bool:
    return bool(connection.execute(delete(in_force).where(in_force.c.document == document)).rowcount)


def _count(connection: Connection) -> None:
    current = int(connection.execute(_GENERATION).scalar_one())
    connection.execute(update(meta).where(meta.c.key == "generation").values(value=str(current + 1)))


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """Database failures in the words of whoever keeps the folder."""
    try:
        yield
    except OperationalError as error:
        cause = str(error.orig)
        full = "full" in cause or ("I/O" in cause and disk_usage(folder).free < _LITTLE)
        remedy = "free some space" if full else "make it writable or set ADVISOR_DATA_DIR to another folder"
        raise StorageError(f"data folder {folder}: {cause}; {remedy}") from None
    except DatabaseError as error:
        raise StorageError(
            f"data folder {folder}: advisor.db is damaged ({error.orig}); restore it from a copy or move it away"
        ) from None
