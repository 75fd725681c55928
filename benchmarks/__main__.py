"""`make bench`: time and size of one whole answer, the first index and the start, beside the peer."""

from __future__ import annotations

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
from advisor.evaluation import load_cases
from advisor.settings import Settings
from benchmarks.peer import Peer, PeerEmbeddings

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    questions = [case.turns[0] for case in load_cases([ROOT / "tests/evaluation"]) if case.documents][:150]
    pages = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "knowledge").glob("*.md"))]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        started = time.perf_counter()
        embeddings = PeerEmbeddings()
        peer = Peer(folder / "peer", embeddings)
        loaded = time.perf_counter()
        chunks = peer.index(pages)
        peer_index, peer_start = time.perf_counter() - loaded, loaded - started

        settings = Settings(data_dir=folder / "data")
        started = time.perf_counter()
        parts = assemble(settings)
        loaded = time.perf_counter()
        seed(parts)
        our_index = time.perf_counter() - loaded
        loaded -= started
        started = time.perf_counter()
        advisor = make_advisor(parts)
        our_start = loaded + time.perf_counter() - started
        units = len(advisor.corpus().units)

        texts = [unit.text for unit in advisor.corpus().units[::20]]
        ours = parts.index.encoder.encode(texts)
        theirs = np.asarray(embeddings.embed_documents(texts), np.float32)
        agreement = float((ours * theirs).sum(axis=1).min())

        # In turns of all questions, not one by one: the threads of the one would still be spinning for the other.
        ask, search = [], []
        for turn in range(3):
            searched = timed(peer.search, questions)
            asked = timed(lambda question: advisor.ask([question]), questions)
            if turn:  # the first turn warms both up
                search += searched
                ask += asked

        print(f"documents {len(pages)}, questions {len(questions)}, chunks {chunks} (peer), units {units} (advisor)")
        print(f"{'':34}{'advisor':>12}{'peer':>12}{'ratio':>8}")
        for name, mine, other in (
            ("one whole answer / bare search, median", np.median(ask), np.median(search)),
            ("the same, 95th percentile", np.percentile(ask, 95), np.percentile(search, 95)),
        ):
            print(f"{name:40}{mine * 1e3:8.1f} ms{other * 1e3:9.1f} ms{mine / other:7.2f}")
        print(f"{'first index':40}{our_index:8.1f} s {other_s(peer_index)}{our_index / peer_index:7.2f}")
        print(f"{'model ready (first time)':40}{our_start:8.1f} s {other_s(peer_start)}")
        print(f"lowest cosine between the two encoders' vectors of the same text: {agreement:.6f}")
        print_start(folder / "data")


def timed(call: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Seconds of each call, after half a second for threads to fall asleep."""
    time.sleep(0.5)
    seconds = []
    for question in questions:
        begin = time.perf_counter()
        call(question)
        seconds.append(time.perf_counter() - begin)
    return seconds


def other_s(seconds: float) -> str:
    return f"{seconds:9.1f} s "


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
