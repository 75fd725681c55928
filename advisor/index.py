"""The vector index: Chroma, embedded and persistent, through LangChain.

Vectors are stored under the content address of their text, so the index never has to know documents: what is wanted
and not there is embedded, what is there and not wanted goes. Every interruption leaves a subset, which the next
start completes. Chroma keeps the vectors; they are scored in memory, exactly, because ranking a document needs the
similarity of all its units and not of a few nearest ones.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from advisor.embedding import Encoder, LangChainEmbeddings, Vectors
from advisor.errors import StorageError

Say = Callable[[str], None]
Progress = Callable[[int, int], None]
COLLECTION = "units"
_FORMAT = "1"
_WRITE = 512
"""Vectors per write: what an interruption can cost."""


class VectorIndex:
    """Vectors by content address. Several processes may share one folder."""

    def __init__(self, folder: Path, encoder: Encoder, say: Say = lambda _: None) -> None:
        self.encoder = encoder
        self._folder = folder
        self._say = say
        self._file_lock = FileLock(folder.parent / "index.lock")
        self._rows: dict[str, Vectors] = {}
        self._guard = threading.RLock()
        with self._lock():
            self._store = self._open_or_rebuild()

    def __len__(self) -> int:
        return len(self._rows)

    def ensure(self, texts: Mapping[str, str], progress: Progress = lambda _done, _all: None) -> int:
        """Sees to it that each key of `texts` has the vector of its text. Returns how many had to be embedded."""
        if not self._missing(texts):
            return 0
        with self._guard, self._lock():
            self._look_again(self._missing(texts))
            missing = self._missing(texts)
            done = 0
            keys: list[str] = []
            rows: list[Vectors] = []
            progress(0, len(missing))
            for positions, vectors in self.encoder.encode_many([texts[key] for key in missing]):
                keys += [missing[position] for position in positions]
                rows += list(vectors)
                done += len(positions)
                if len(keys) >= _WRITE:
                    self._write(keys, rows)
                    keys, rows = [], []
                progress(done, len(missing))
            self._write(keys, rows)
        return len(missing)

    def matrix(self, texts: Sequence[tuple[str, str]], progress: Progress = lambda _done, _all: None) -> Vectors:
        """The vectors of the (key, text) pairs, one row each; those that are missing are embedded."""
        with self._guard:
            self.ensure(dict(texts), progress)
            if not texts:
                return np.zeros((0, 1), np.float32)
            return np.stack([self._rows[key] for key, _ in texts])

    def prune(self, wanted: Iterable[str]) -> int:
        """Drops every vector that is not in `wanted`. Returns how many went."""
        keep = set(wanted)
        with self._guard:
            stale = [key for key in self._rows if key not in keep]
            if not stale:
                return 0
            with self._lock():
                self._close()
                self._store = self._open()
                for begin in range(0, len(stale), _WRITE):
                    self._change(lambda batch: self._store.delete(ids=batch), stale[begin : begin + _WRITE])
            for key in stale:
                del self._rows[key]
            return len(stale)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Keeps other processes from changing the index meanwhile."""
        try:
            self._file_lock.acquire()
        except OSError as error:
            raise StorageError(
                f"data folder {self._folder.parent} cannot be written ({error.strerror}); "
                "make it writable or set ADVISOR_DATA_DIR to another folder"
            ) from None
        try:
            yield
        finally:
            self._file_lock.release()

    def _missing(self, texts: Iterable[str]) -> list[str]:
        return [key for key in texts if key not in self._rows]

    def _write(self, keys: list[str], rows: list[Vectors]) -> None:
        if not keys:
            return
        # LangChain's add_texts would embed again; the vectors are at hand.
        self._change(
            lambda batch: self._store._collection.upsert(ids=batch, embeddings=[row.tolist() for row in rows]), keys
        )
        self._rows.update(zip(keys, rows, strict=True))

    def _change(self, write: Callable[[list[str]], object], keys: list[str]) -> None:
        try:
            write(keys)
        except Exception as error:  # noqa: BLE001 - Chroma has no error tree of its own for a full or read-only disk
            raise StorageError(
                f"the index in {self._folder} cannot be written ({_brief(error)}); free space or make it writable"
            ) from None

    def _read(self, keys: list[str] | None = None) -> None:
        """Takes vectors from Chroma into memory: those of `keys`, or all. Damaged ones are left out."""
        found = self._store.get(ids=keys, include=["embeddings"])
        for key, row in zip(found["ids"], found["embeddings"], strict=True):
            vector = np.asarray(row, np.float32)
            if np.isfinite(vector).all() and abs(float(vector @ vector) - 1.0) < 1e-2:
                self._rows[key] = vector

    def _look_again(self, keys: list[str]) -> None:
        """Reads `keys` that another process may have written: an open client does not see them."""
        self._close()
        self._store = self._open()
        self._read(keys)

    def _open_or_rebuild(self) -> Any:
        existed = self._folder.exists() and any(self._folder.iterdir())
        try:
            self._store = self._open()
            found = (self._store._collection.metadata or {}).get("fingerprint")
            if found == self._fingerprint:
                self._read()
                return self._store
            why = f"it was made with {found or 'another program'}"
        except BaseException as error:  # a damaged file makes Chroma's core panic, which is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            if not existed:
                raise StorageError(
                    f"the index in {self._folder} cannot be made ({_brief(error)}); free space or make it writable"
                ) from None
            why = f"it cannot be read ({_brief(error)})"
        self._say(f"The index is rebuilt: {why}.")
        self._rows.clear()
        self._close()
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            return self._open()
        except Exception as error:  # noqa: BLE001 - as above
            raise StorageError(
                f"the index in {self._folder} cannot be rebuilt ({_brief(error)}); move that folder away"
            ) from None

    @property
    def _fingerprint(self) -> str:
        return f"{self.encoder.fingerprint}/{_FORMAT}"

    def _open(self) -> Any:
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        from chromadb.config import Settings as ChromaSettings
        from langchain_chroma import Chroma

        return Chroma(
            COLLECTION,
            LangChainEmbeddings(self.encoder),
            persist_directory=str(self._folder),
            client_settings=ChromaSettings(
                anonymized_telemetry=False, is_persistent=True, persist_directory=str(self._folder)
            ),
            collection_metadata={"fingerprint": self._fingerprint, "hnsw:space": "cosine"},
        )

    def _close(self) -> None:
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
