from __future__ import annotations

from pathlib import Path

from advisor.assembly import assemble, make_retriever
from advisor.check import check_asks
from advisor.company import Company
from advisor.settings import Settings
from tests.test_check import document

NO_VALUES = Company({"time_manager": "within 1 working day"}, {})


def test_ask_that_belongs_elsewhere_is_listed_with_what_was_found(tmp_path: Path) -> None:
    gifts = [
        "a supplier gave me a hamper, may I keep it",
        "vendor sent a watch to my house as a present",
        "can i keep the bottle of wine that a customer gave me",
        "my colleague rings my accounts behind my back",
    ]
    accounts = [
        "another rep phones my accounts without telling me",
        "a colleague visits my account behind my back",
        "the new rep rings accounts that are mine",
        "my team mate keeps calling my customers",
    ]
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, asks in (("gifts", gifts), ("accounts", accounts)):
        text = document(name, {"asks": asks, "title": name.title()})
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    parts = assemble(Settings(data_dir=tmp_path / "data", embedding_model="bundled"))
    result, notes = check_asks(folder, NO_VALUES, parts.index, make_retriever(parts))
    assert result.asks == 8
    assert [(stray.document, stray.ask, stray.found) for stray in result.strays] == [("gifts", 3, "accounts")]
    assert result.share == 7 / 8
    assert (notes[0].severity, notes[0].field) == ("note", "asks.3")
    assert "finds accounts first (own document is number 2)" in notes[0].message
    assert (folder / "gifts.md").read_text().splitlines()[notes[0].line - 1].endswith(gifts[3])
