"""No test reaches the network, and each has a data folder of its own."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from advisor.advisor import Advisor
from advisor.assembly import Parts, assemble, make_advisor
from advisor.company import load_company
from advisor.index import VectorIndex
from advisor.knowledge import Knowledge
from advisor.retrieval import Retriever
from advisor.settings import Settings
from advisor.storage import Store
from advisor.trigger import load_triggers
from tests.fakes import GIFTS, HashedEncoder, write_knowledge

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's client is imported, which tries for a minute otherwise
_LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in _LOCAL:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the real pack in force, embedded once; whoever changes it works on a copy."""
    folder = tmp_path_factory.mktemp("pack")
    parts = assemble(Settings(data_dir=folder, model=""))
    make_advisor(parts)
    parts.store.close()
    return folder


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """A store, an index with the fake encoder, and one document on gifts waiting in a folder."""
    folder = write_knowledge(tmp_path / "knowledge", gifts=GIFTS)
    settings = Settings(data_dir=tmp_path / "data", knowledge_dir=folder)
    store = Store(settings.data_dir)
    index = VectorIndex(settings.data_dir / "index", HashedEncoder())
    return Parts(settings, store, Knowledge(store, load_company(settings.company_path), index), index)


@pytest.fixture
def advisor(parts: Parts) -> Advisor:
    """An advisor whose only document is the one on gifts."""
    parts.knowledge.sync(parts.settings.knowledge_dir)
    return Advisor(
        parts.store,
        parts.index,
        Retriever(parts.index.encoder),
        parts.knowledge.company,
        load_triggers(parts.settings.triggers_path),
    )
