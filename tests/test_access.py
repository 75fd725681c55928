"""The manager's link and the sessions it opens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from advisor import access as access_module
from advisor.access import ManagerAccess
from advisor.storage import Store


@pytest.fixture
def access(tmp_path: Path) -> ManagerAccess:
    return ManagerAccess(Store(tmp_path))


def test_link_works_once(access: ManagerAccess) -> None:
    token = access.new_link()
    session = access.redeem(token)
    assert access.knows(session)
    assert access.redeem(token) is None


def test_unknown_tokens_and_sessions_are_refused(access: ManagerAccess) -> None:
    assert access.redeem("") is None
    access.new_link()
    assert access.redeem("guess") is None
    assert not access.knows("guess")
    assert not access.knows("")
    assert not access.knows(None)


def test_newer_link_replaces_an_unused_one(access: ManagerAccess) -> None:
    old, new = access.new_link(), access.new_link()
    assert access.redeem(old) is None
    assert access.redeem(new)


def test_only_the_first_start_gives_a_link(tmp_path: Path) -> None:
    token = ManagerAccess(Store(tmp_path)).first_link()
    assert token
    assert ManagerAccess(Store(tmp_path)).first_link() is None
    assert ManagerAccess(Store(tmp_path)).redeem(token)
    assert ManagerAccess(Store(tmp_path)).first_link() is None


def test_session_outlives_a_restart_and_a_second_manager(tmp_path: Path) -> None:
    access = ManagerAccess(Store(tmp_path))
    first, second = access.redeem(access.new_link()), access.redeem(access.new_link())
    later = ManagerAccess(Store(tmp_path))
    assert later.knows(first)
    assert later.knows(second)


def test_session_ends_after_its_time(access: ManagerAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_module, "SESSION", timedelta(seconds=-1))
    assert not access.knows(access.redeem(access.new_link()))


def test_one_link_redeemed_by_many_at_once_opens_one_session(access: ManagerAccess) -> None:
    token = access.new_link()
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(access.redeem, [token] * 8))
    assert sum(session is not None for session in sessions) == 1


def test_neither_token_nor_session_is_stored(tmp_path: Path) -> None:
    store = Store(tmp_path)
    access = ManagerAccess(store)
    token = access.new_link()
    session = access.redeem(token)
    assert session
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in kept
    assert session.encode() not in kept
