"""Fakes that stand in for the slow parts, and small builders of knowledge."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from advisor.embedding import Vectors, batched


class HashedEncoder:
    """Unit vectors from hashed words: equal words bring texts near, and nothing has to be loaded."""

    fingerprint = "hashed:1"

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self.encoded = 0
        """How many texts were embedded so far."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        rows = np.zeros((len(texts), self._size), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"[a-z0-9]+", text.lower()):
                row[zlib.crc32(word.encode()) % self._size] += 1.0
            row[0] += 1e-3
            row /= np.linalg.norm(row)
        return rows

    def encode_many(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Vectors]]:
        return batched(self.encode, texts)


COMPANY = """\
values:
  gift_limit: USD 50
  time_manager: within 1 working day
routes:
""" + "".join(
    f"  {route}:\n    name: {route.title()} desk\n    contact: {route}@company.example\n"
    for route in ("co-worker", "manager", "sales-ops", "hr", "legal", "compliance", "finance", "security", "emergency")
)

GIFTS = """\
---
id: gifts
title: A client offers me a gift
kind: policy
owner: Compliance
effective: 2026-01-05
review_by: 2027-01-05
see_also: []
asks:
  - my customer wants to give me a watch
  - {ask: the buyer slipped an envelope of cash into my bag, level: specialist}
escalation:
  level: manager
  ladder:
    - {route: manager, within: "{{time_manager}}"}
    - {route: compliance, within: the same day}
  raises:
    - {when: The gift is money, level: specialist, route: compliance, signs: [envelope of cash, gave me money]}
branches:
  - {option: It is worth little, signs: [box of chocolates]}
  - {option: It is worth much, signs: [gold watch]}
record: [What was offered, and when]
training:
  - title: The watch
    scenario: A customer hands you a watch.
    level: manager
    points: [{point: Decline, quote: Thank them and decline.}]
    wrong: [{reply: Keep it, quote: Do not keep it and say nothing.}]
---
## Short answer
Decline anything above {{gift_limit}} and tell your manager.

## What to do
1. Thank them and decline.
2. Log the offer in the register.

## What not to do
- Do not keep it and say nothing.

## It depends
What is it worth?

### It is worth little
- You may keep a thing below {{gift_limit}}.

### It is worth much
- Give it back this week.

## Questions people ask
### can i keep a bottle of wine from my customer
Only if it costs less than {{gift_limit}}.

## When to escalate
- **Manager**, {{time_manager}}: if the client insists.
- **Compliance**, the same day: if it is money or your manager took one too.

## Why
Gifts buy decisions. The policy keeps them free.
"""


def write_knowledge(folder: Path, **documents: str) -> Path:
    """A knowledge folder with a company file, the project's triggers, and the given documents by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "company.yaml").write_text(COMPANY, encoding="utf-8")
    triggers = Path(__file__).resolve().parent.parent / "knowledge" / "triggers.yaml"
    (folder / "triggers.yaml").write_text(triggers.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in documents.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder
