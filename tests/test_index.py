from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from advisor.index import VectorIndex
from tests.fakes import HashedEncoder

TEXTS = {f"key{number}": f"text {number} on gifts" for number in range(20)}


def close(index: VectorIndex) -> None:
    index._close()


def test_only_what_is_missing_is_embedded(tmp_path: Path) -> None:
    encoder = HashedEncoder()
    index = VectorIndex(tmp_path / "index", encoder)
    assert index.ensure(TEXTS) == 20
    assert index.ensure({**TEXTS, "new": "one more"}) == 1
    assert encoder.encoded == 21


def test_vectors_survive_a_restart(tmp_path: Path) -> None:
    first = VectorIndex(tmp_path / "index", HashedEncoder())
    first.ensure(TEXTS)
    expected = first.matrix(list(TEXTS.items()))
    close(first)
    encoder = HashedEncoder()
    again = VectorIndex(tmp_path / "index", encoder)
    assert again.ensure(TEXTS) == 0
    assert np.allclose(again.matrix(list(TEXTS.items())), expected, atol=1e-6)


def test_pruned_vectors_are_gone_after_a_restart(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "index", HashedEncoder())
    index.ensure(TEXTS)
    assert index.prune(["key1"]) == 19
    close(index)
    assert len(VectorIndex(tmp_path / "index", HashedEncoder())) == 1


def test_index_of_another_model_is_rebuilt_and_says_so(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "index", HashedEncoder())
    index.ensure(TEXTS)
    close(index)
    other = HashedEncoder(64)
    other.fingerprint = "hashed:64"
    said: list[str] = []
    rebuilt = VectorIndex(tmp_path / "index", other, said.append)
    assert len(rebuilt) == 0
    assert said == ["The index is rebuilt: it was made with hashed:1/1."]
    assert rebuilt.ensure(TEXTS) == 20


@pytest.mark.parametrize("damage", ["garbage", "truncated", "foreign"])
def test_damaged_index_is_rebuilt_and_says_so(tmp_path: Path, damage: str) -> None:
    index = VectorIndex(tmp_path / "index", HashedEncoder())
    index.ensure(TEXTS)
    close(index)
    database = tmp_path / "index" / "chroma.sqlite3"
    content = database.read_bytes()
    database.write_bytes({"garbage": b"\x00" * len(content), "truncated": content[:5000], "foreign": b"hello"}[damage])
    said: list[str] = []
    rebuilt = VectorIndex(tmp_path / "index", HashedEncoder(), said.append)
    assert rebuilt.ensure(TEXTS) == 20
    assert len(said) == 1
    assert said[0].startswith("The index is rebuilt:")


def _ensure(folder: str, name: str) -> None:
    VectorIndex(Path(folder), HashedEncoder()).ensure({**TEXTS, name: f"text of {name}"})


def test_two_processes_on_one_folder_both_finish(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_ensure, args=(str(tmp_path / "index"), name)) for name in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    index = VectorIndex(tmp_path / "index", HashedEncoder())
    assert index.ensure({**TEXTS, "one": "text of one", "two": "text of two"}) == 0


def test_kill_during_indexing_leaves_an_index_that_the_next_start_completes(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from advisor.index import VectorIndex
        from tests.fakes import HashedEncoder
        class Slow(HashedEncoder):
            def encode(self, texts):
                time.sleep(0.02)
                return super().encode(texts)
        texts = {{f"k{{n}}": f"text {{n}} " * 200 for n in range(4000)}}
        print("go", flush=True)
        VectorIndex(Path({str(tmp_path / "index")!r}), Slow()).ensure(texts)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + 60
    database = tmp_path / "index" / "chroma.sqlite3"
    while time.monotonic() < deadline and not (database.exists() and database.stat().st_size > 1_000_000):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    encoder = HashedEncoder()
    index = VectorIndex(tmp_path / "index", encoder)
    kept = len(index)
    texts = {f"k{number}": f"text {number} " * 200 for number in range(4000)}
    assert 0 < kept < 4000
    assert index.ensure(texts) == 4000 - kept
    assert len(index) == 4000
