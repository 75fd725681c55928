from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor import assembly
from advisor.cli import main
from tests.fakes import GIFTS, HashedEncoder, write_knowledge


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder and a pack of one document, with the fake encoder."""
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ADVISOR_KNOWLEDGE_DIR", str(write_knowledge(tmp_path / "pack", gifts=GIFTS)))
    monkeypatch.setattr(assembly, "load_encoder", lambda *_: HashedEncoder())


def output(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_ask_prints_the_object_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--json", "my customer wants to give me a watch"]) == 0
    assert set(output(capsys)) == {
        "question",
        "outcome",
        "answer",
        "citations",
        "documents",
        "alternatives",
        "clarifying_question",
        "branch",
        "escalation",
        "receipt",
    }


def test_ask_reads_plain_lines_and_turns_and_answers_each_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        "my customer wants to give me a watch",
        '{"turns": ["my customer wants to give me a watch", "It is worth little"]}',
        "",
    ]
    stream = io.TextIOWrapper(io.BytesIO("\n".join([*lines, ""]).encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["ask", "-"]) == 0
    first, second, third = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first["outcome"] == "answered"
    assert second["branch"] == "It is worth little"
    assert third["outcome"] == "unanswered"
    assert "empty" in third["answer"]


def test_search_prints_passages_best_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--json", "--limit", "3", "gift register"]) == 0
    found = output(capsys)
    assert [set(passage) for passage in found["passages"]] == [{"document", "version", "section", "text", "score"}]


def test_show_raw_is_what_quotes_are_cut_from(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ask", "--json", "my customer wants to give me a watch"])
    citations = output(capsys)["citations"]
    main(["knowledge", "show", "gifts", "--version", "1", "--raw"])
    raw = capsys.readouterr().out
    assert citations
    assert all(raw[one["start"] : one["end"]] == one["quote"] for one in citations)


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (["ask", ""], 2, "say in a sentence or two"),
        (["ask"], 2, "advisor ask --help"),
        (["nonsense"], 2, "advisor --help"),
        (["knowledge", "rollback", "gifts"], 2, "--to"),
        (["knowledge", "show", "nope"], 1, "advisor knowledge list"),
        (["knowledge", "import", "/no/such/file.md"], 1, "does not exist"),
        (["evaluate", "/no/such/cases.yaml"], 1, "cannot be read"),
    ],
)
def test_wrong_call_gets_one_line_and_its_exit_code(
    call: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(call) == code
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in error


def test_import_makes_a_draft_and_publish_puts_it_in_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "parking.md"
    page.write_text("# Parking\n\nThe garage is free after six.\n", encoding="utf-8")
    assert main(["knowledge", "import", str(page)]) == 0
    assert main(["knowledge", "publish", "parking"]) == 0
    capsys.readouterr()
    main(["knowledge", "list", "--json"])
    assert "parking" in {entry["document"] for entry in output(capsys)["in_force"]}


def test_documented_commands_exist(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    for command in ("ask", "search", "evaluate", "serve", "knowledge list", "knowledge sync", "knowledge check"):
        assert f"advisor {command}" in readme or command.split()[-1] in readme
        assert main([*command.split(), "--help"]) == 0
    capsys.readouterr()
