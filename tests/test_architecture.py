"""The structure that docs/architecture.md describes, read from the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "advisor"
HOMES = {
    "chromadb": {"index.py"},
    "langchain_chroma": {"index.py"},
    "onnxruntime": {"embedding.py"},
    "sentence_transformers": {"embedding.py"},
    "torch": {"embedding.py"},
    "transformers": {"embedding.py"},
    "sqlalchemy": {"storage"},
    "gradio": {"ui"},
    "bm25s": {"lexical.py"},
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("vendor", HOMES)
def test_vendor_has_one_home(vendor: str) -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if any(name.split(".")[0] == vendor for name in imports(path))
    }
    assert users == HOMES[vendor]


def test_domain_does_not_import_the_pages() -> None:
    for path in PACKAGE.glob("*.py"):
        if path.name != "cli.py":
            assert not any(name.startswith("advisor.ui") for name in imports(path)), path.name


def test_only_entry_points_make_settings() -> None:
    makers = {path.name for path in PACKAGE.rglob("*.py") if "Settings()" in path.read_text(encoding="utf-8")}
    assert makers <= {"cli.py", "console.py", "knowledge_cli.py"}


def test_files_stay_small() -> None:
    long = {p.name: n for p in PACKAGE.rglob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 420}
    assert not long
