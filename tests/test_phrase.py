from __future__ import annotations

import pytest

from advisor.phrase import Wording


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("My client told me herself.", "my client told me", True),
        ("My clients have told me so.", "my client told me", True),
        ("My client never told me.", "my client told me", False),
        ("I have no contract with them.", "no contract", True),
        ("I have a contract with them.", "no contract", False),
        ("The client and the lawyer and my aunt told me", "client told me", False),
    ],
)
def test_phrase_is_found_inflected_and_near_but_not_denied(text: str, phrase: str, expected: bool) -> None:
    assert Wording(text).holds(phrase) is expected
