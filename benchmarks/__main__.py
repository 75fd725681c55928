"""`make bench`: the advisor beside its peers, on the same documents, cases and model: accuracy, time, size."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from advisor.assembly import assemble, make_advisor, seed
from advisor.evaluation import Case, load_cases
from advisor.outcome import Answered
from advisor.settings import Settings
from benchmarks.peer import Bm25Peer, ChromaPeer, EnsemblePeer, LlamaIndexPeer, Peer, PeerEmbeddings

ROOT = Path(__file__).resolve().parent.parent
ADVISOR = "advisor"
Search = Callable[[str], list[str]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", type=Path, help="more files of cases to compare the accuracy on")
    more = parser.parse_args(arguments).cases
    cases = [case for case in load_cases([ROOT / "tests/evaluation"]) if case.documents and len(case.turns) == 1]
    sets = {half: [case for case in cases if case.half == half] for half in ("dev", "held")}
    sets |= {path.stem: [case for case in load_cases([path]) if case.documents] for path in more}
    questions = [case.turns[0] for case in cases][:150]
    pages = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "knowledge").glob("*.md"))]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        embeddings = PeerEmbeddings()
        chroma, bm25 = ChromaPeer(folder / "peer", embeddings), Bm25Peer()
        peers: list[Peer] = [chroma, bm25, EnsemblePeer(chroma, bm25), LlamaIndexPeer(embeddings)]
        indexed: dict[str, float] = {}
        for peer in peers:
            started = time.perf_counter()
            chunks = peer.index(pages)
            indexed[peer.name] = time.perf_counter() - started
            print(f"{peer.name}: {chunks or 'the same'} chunks", file=sys.stderr)

        started = time.perf_counter()
        parts = assemble(Settings(data_dir=folder / "data"))
        loaded = time.perf_counter()
        seed(parts)
        indexed[ADVISOR] = time.perf_counter() - loaded
        advisor = make_advisor(parts)
        started_in = time.perf_counter() - started - indexed[ADVISOR]

        texts = [unit.text for unit in advisor.corpus().units[::20]]
        theirs = np.asarray(embeddings.embed_documents(texts), np.float32)
        agreement = float((parts.index.encoder.encode(texts) * theirs).sum(axis=1).min())

        def answer(question: str) -> list[str]:
            outcome = advisor.ask([question])
            return outcome.documents if isinstance(outcome, Answered) else []

        systems: dict[str, Search] = {ADVISOR: answer, **{peer.name: peer.search for peer in peers}}
        seconds = time_each(systems, questions)
        print(
            f"documents {len(pages)}, units {len(advisor.corpus().units)}, questions timed {len(questions)}; first / "
        )
        print("among three, one whole answer of the advisor beside a bare search of the others")
        print(f"{'':30}" + "".join(f"{name:>16}" for name in sets) + f"{'median':>11}{'p95':>9}{'index':>9}")
        for name, search in systems.items():
            cells = [accuracy(search, cases) for cases in sets.values()]
            median, high = np.median(seconds[name]) * 1e3, np.percentile(seconds[name], 95) * 1e3
            row = "".join(f"{first:>8.1%}/{three:<7.1%}" for first, three in cells)
            print(f"{name:30}{row}{median:8.1f} ms{high:6.1f} ms{indexed[name]:7.1f} s")
        print(f"models loaded and exported for the first time in {started_in:.1f} s")
        print(f"lowest cosine between the two encoders' vectors of the same text: {agreement:.6f}")
        print_start(folder / "data")


def accuracy(search: Search, cases: Sequence[Case]) -> tuple[float, float]:
    """The shares of cases with an acceptable document first, and among the first three."""
    found = [(search(case.turns[0]), case.documents) for case in cases]
    first = sum(bool(set(documents[:1]) & set(right)) for documents, right in found)
    three = sum(bool(set(documents[:3]) & set(right)) for documents, right in found)
    return first / len(found), three / len(found)


def time_each(systems: dict[str, Search], questions: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each call, by system.

    In turns of all questions, not one by one: the threads of the one would still be spinning for the other.
    """
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    for turn in range(3):
        for name, search in systems.items():
            taken = timed(search, questions)
            if turn:  # the first turn warms all up
                seconds[name] += taken
    return seconds


def timed(call: Search, questions: Sequence[str]) -> list[float]:
    """Seconds of each call, after half a second for threads to fall asleep."""
    time.sleep(0.5)
    seconds = []
    for question in questions:
        begin = time.perf_counter()
        call(question)
        seconds.append(time.perf_counter() - begin)
    return seconds


def print_start(data: Path) -> None:
    """Starts the web app on a data folder that is ready, and prints when it answers and what it weighs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "ADVISOR_DATA_DIR": str(data), "ADVISOR_PORT": str(port)}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=subprocess.DEVNULL)
    try:
        page = _wait(f"http://127.0.0.1:{port}/", started)
        ready = _wait(f"http://127.0.0.1:{port}/readyz", started)
        from gradio_client import Client

        client = Client(f"http://127.0.0.1:{port}/", verbose=False)
        client.predict("a co-worker is calling my client, what do I do", api_name="/ask")
        status = Path(f"/proc/{process.pid}/status").read_text()
        resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
        print(f"page after {page:.1f} s, ready to answer after {ready:.1f} s, resident {resident:.0f} MB")
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, started: float, limit: float = 60.0) -> float:
    """Seconds since `started` until `url` answers 200. Raises TimeoutError after `limit`."""
    while time.perf_counter() - started < limit:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return time.perf_counter() - started
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


if __name__ == "__main__":
    main()
