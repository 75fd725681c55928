from __future__ import annotations

import pytest

from advisor.people import find_involved, same_owners


@pytest.mark.parametrize(
    ("question", "grave", "expected"),
    [
        ("My boss keeps putting his hand on my back.", True, [("manager", "involved")]),
        ("My manager told me to backdate the order.", True, [("manager", "involved")]),
        ("My manager told me to call the client back.", False, []),
        ("I asked my boss to speak to him but she won't help.", False, [("manager", "refused")]),
        ("My boss already won't help.", False, [("manager", "refused")]),
        ("Told my boss, told HR, nothing.", True, [("manager", "refused"), ("hr", "refused")]),
        ("He laughs at all I say, sits too close and nobody believes her or cares.", True, []),
        ("I go round and round: ignored mails, dismissals, and the buyer calls it friendly.", True, []),
        ("I told my manager about it but the client still calls.", False, []),
        ("I told my manager about it but nothing came of it.", False, [("manager", "refused")]),
        ("The owner shouted at me and the director threatens to leave us.", True, []),
        ("A colleague mails my client behind my back.\nand if he is my team lead?", False, [("manager", "involved")]),
        ("My manager keeps calling my clients.", False, [("manager", "involved")]),
        ("The buyer is my boss's cousin.", False, []),
        ("HR is his wife's best friend.", True, [("hr", "involved")]),
        ("A client shouted at me and my manager was lovely about it.", False, []),
    ],
)
def test_involved_routes_are_found(question: str, grave: bool, expected: list[tuple[str, str]]) -> None:
    assert [(one.route, one.why) for one in find_involved(question, grave=grave)] == expected


def test_the_same_thing_of_different_owners_is_told_apart() -> None:
    assert not same_owners("a co-worker is calling my client", "i am calling his client")
    assert same_owners("a co-worker is calling my client", "someone took my client to lunch")
