from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest

from advisor import budget
from advisor.budget import Budget
from advisor.errors import ChatModelError, StoreTooNew
from advisor.storage import Store

REFUSED = "today's budget for the language model is used up"


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The day that it is; its last entry counts."""
    days = ["2026-03-01"]
    monkeypatch.setattr(budget, "_today", lambda: days[-1])
    return days


def make_old(folder: Path) -> None:
    """A data folder as the release with schema 1 left it, with one thing in it."""
    store = Store(folder)
    store.pass_on("Is this kept?")
    store.close()
    with closing(sqlite3.connect(folder / "advisor.db")) as database:
        database.execute("DROP TABLE spending")
        database.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
        database.commit()


def test_limit_refuses_by_name_once_it_is_reached(tmp_path: Path, today: list[str]) -> None:
    spent = Budget(Store(tmp_path), 100)
    spent.check()
    spent.spend(99)
    spent.check()
    spent.spend(1)
    with pytest.raises(ChatModelError, match=REFUSED):
        spent.check()


def test_each_day_counts_for_itself_and_the_past_is_forgotten(tmp_path: Path, today: list[str]) -> None:
    store = Store(tmp_path)
    spent = Budget(store, 100)
    spent.spend(60)
    spent.spend(60)
    assert store.spent("2026-03-01") == 120
    today.append("2026-03-02")
    spent.check()
    spent.spend(7)
    assert (store.spent("2026-03-01"), store.spent("2026-03-02")) == (0, 7)


def test_reopened_store_remembers(tmp_path: Path, today: list[str]) -> None:
    store = Store(tmp_path)
    Budget(store, 100).spend(100)
    store.close()
    with pytest.raises(ChatModelError, match=REFUSED):
        Budget(Store(tmp_path), 100).check()
    Budget(Store(tmp_path), 101).check()


def test_two_on_one_folder_share_a_budget(tmp_path: Path, today: list[str]) -> None:
    one, other = Budget(Store(tmp_path), 100), Budget(Store(tmp_path), 100)
    one.spend(50)
    other.spend(50)
    with pytest.raises(ChatModelError, match=REFUSED):
        one.check()


def test_no_limit_refuses_nothing_and_keeps_nothing(tmp_path: Path, today: list[str]) -> None:
    store = Store(tmp_path)
    Budget(store, 0).spend(10**9)
    Budget(store, 0).check()
    assert store.spent("2026-03-01") == 0


@pytest.mark.parametrize(("hours", "local"), [(-8, "2026-02-28"), (9, "2026-03-02")])
def test_day_is_that_of_utc(monkeypatch: pytest.MonkeyPatch, hours: int, local: str) -> None:
    here = timezone(timedelta(hours=hours))

    class Frozen(datetime):
        """The first of March in UTC, when it is another day here."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            moment = datetime(2026, 3, 1, 4 if hours < 0 else 20, tzinfo=UTC)
            return moment.astimezone(tz or here)

    monkeypatch.setattr(budget, "datetime", Frozen)
    assert Frozen.now().date().isoformat() == local
    assert budget._today() == "2026-03-01"


def test_older_data_folder_is_brought_to_schema_2_with_all_it_holds(tmp_path: Path, today: list[str]) -> None:
    make_old(tmp_path)
    store = Store(tmp_path)
    assert store.fact("schema") == "2"
    assert [question for _, question in store.open_questions()] == ["Is this kept?"]
    Budget(store, 5).spend(5)
    assert store.spent("2026-03-01") == 5
    store.close()
    assert Store(tmp_path).fact("schema") == "2"


def test_data_folder_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "advisor.db")) as database:
        database.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
        database.commit()
    with pytest.raises(StoreTooNew, match="has schema 3, this release knows 2"):
        Store(tmp_path)
