"""Access: the link that works once and makes a browser a manager's.

Only digests are kept. Whoever reads the data folder can neither use a link nor take over a session.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol

SESSION = timedelta(days=30)
"""How long a redeemed link holds."""
_LINK, _SESSIONS = "manager_link", "manager_sessions"
_USED = ""


class Facts(Protocol):
    """Where the digests are kept: advisor.storage.Store."""

    def fact(self, key: str) -> str | None: ...

    def set_fact(self, key: str, value: str) -> None: ...


class ManagerAccess:
    """Gives out links and remembers the sessions they opened. Safe to use from several threads."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._lock = threading.Lock()

    def first_link(self) -> str | None:
        """A token at the first start of a data folder; None ever after."""
        return self.new_link() if self._facts.fact(_LINK) is None else None

    def new_link(self) -> str:
        """A token that `redeem` takes once. An older one that nobody used is no longer good."""
        token = secrets.token_urlsafe(24)
        self._facts.set_fact(_LINK, _digest(token))
        return token

    def redeem(self, token: str) -> str | None:
        """A session for the token; None when it was used, replaced, or never given."""
        with self._lock:
            kept = self._facts.fact(_LINK)
            if not kept or not secrets.compare_digest(kept, _digest(token)):
                return None
            session = secrets.token_urlsafe(32)
            until = datetime.now(UTC) + SESSION
            sessions = {**self._open_sessions(), _digest(session): until.isoformat()}
            self._facts.set_fact(_LINK, _USED)
            self._facts.set_fact(_SESSIONS, json.dumps(sessions))
        return session

    def knows(self, session: str | None) -> bool:
        """Whether a link opened this session, less than SESSION ago."""
        return bool(session) and _digest(session or "") in self._open_sessions()

    def _open_sessions(self) -> dict[str, str]:
        now = datetime.now(UTC).isoformat()
        sessions: dict[str, str] = json.loads(self._facts.fact(_SESSIONS) or "{}")
        return {digest: until for digest, until in sessions.items() if until > now}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
