"""The web app as a process of its own, started once for all tests that ask for the same one."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from advisor.access import ManagerAccess
from advisor.storage import Store

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 400.0
"""Seconds for the first start of an empty data folder: the model is prepared and all knowledge is embedded."""


@dataclass(frozen=True)
class Live:
    """A server that answers questions."""

    url: str
    port: int
    data: Path
    log: Path
    """All that it printed."""

    def new_manager_link(self) -> str:
        """A link that works once, made beside the running server as `--new-manager-link` does."""
        store = Store(self.data)
        token = ManagerAccess(store).new_link()
        store.close()
        return f"{self.url}/manage/{token}"


@cache
def start(prepared: Path | None = None, **environment: str) -> Live:
    """Starts `python app.py` on a free port with a data folder and a copy of the knowledge, and waits for it.

    The data folder is fresh, or a copy of a `prepared` one, in which nothing is embedded again.
    """
    folder = Path(tempfile.mkdtemp(prefix="advisor-live-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT / "knowledge", folder / "knowledge")
    if prepared:
        shutil.copytree(prepared, folder / "data")
    port = free_port()
    live = Live(f"http://127.0.0.1:{port}", port, folder / "data", folder / "log")
    env = os.environ | {"ADVISOR_DATA_DIR": str(live.data), "ADVISOR_KNOWLEDGE_DIR": str(folder / "knowledge")}
    env |= environment
    with live.log.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
    atexit.register(process.wait)
    atexit.register(process.terminate)
    end = time.monotonic() + PATIENCE
    while not _is_ready(live.url):
        assert process.poll() is None, f"the server stopped: {live.log.read_text()}"
        assert time.monotonic() < end, f"the server is not ready: {live.log.read_text()}"
        time.sleep(0.3)
    return live


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError):
        return False
