"""Without a language model nothing leaves the machine, and no client for one is loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from gradio_client import Client

from tests.live import PATIENCE, ROOT, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE + 180)]

QUESTION = "a co-worker is calling my client, what do I do"
WATCH = """\
import os
import socket
import sys

seen = os.open(os.environ["SEEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
clients = ("langchain.chat_models", "langchain_openai", "langchain_anthropic", "langchain_ollama", "openai")


def note(event, args):
    if event == "import" and args[0].startswith(clients):
        os.write(seen, f"import {args[0]}\\n".encode())
    elif event in ("socket.connect", "socket.sendto") and args[0].family != socket.AF_UNIX:
        os.write(seen, f"host {args[1][0]}\\n".encode())
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        os.write(seen, f"host {args[0]}\\n".encode())


sys.addaudithook(note)
os.write(seen, b"watching\\n")
"""
"""Python runs this before anything else: it notes whom the process turns to, patched or not, and what it imports."""


@pytest.fixture
def watch(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that is watched."""
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    return {"PYTHONPATH": str(tmp_path), "SEEN": str(tmp_path / "seen"), "ADVISOR_MODEL": ""}


def strangers(watch: dict[str, str]) -> list[str]:
    """What was noted but turns on this machine alone."""
    first, *lines = Path(watch["SEEN"]).read_text(encoding="utf-8").splitlines()
    assert first == "watching"
    return [line for line in lines if line != "watching" and not is_own(line)]


def is_own(line: str) -> bool:
    kind, _, host = line.partition(" ")
    if kind != "host":
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "None")


def test_watch_sees_what_it_is_for(watch: dict[str, str]) -> None:
    code = "import socket, openai; s = socket.socket(); s.settimeout(0.1); s.connect_ex(('203.0.113.7', 9))"
    subprocess.run([sys.executable, "-c", code], env=os.environ | watch, check=True, timeout=120)
    assert {"import openai", "host 203.0.113.7"} <= set(strangers(watch))


def test_question_on_the_command_line_reaches_nobody(watch: dict[str, str], pack: Path, tmp_path: Path) -> None:
    shutil.copytree(pack, tmp_path / "data")
    env = os.environ | watch | {"ADVISOR_DATA_DIR": str(tmp_path / "data")}
    call = [sys.executable, "-m", "advisor.cli", "ask", QUESTION]
    done = subprocess.run(call, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert "Receipt" in done.stdout
    assert strangers(watch) == []


def test_question_on_the_web_reaches_nobody(watch: dict[str, str], pack: Path) -> None:
    live = start(pack, **watch)
    answer = Client(live.url, verbose=False).predict(QUESTION, api_name="/ask")
    assert answer["documents"][0] == "coworker-contacting-client"
    assert strangers(watch) == []
