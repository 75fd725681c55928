from __future__ import annotations

import pytest

from advisor.mention import Standing, normalise, standing


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("He threatened me on the phone.", "threatened me", "reported"),
        ("He did not threaten me.", "threaten me", "denied"),
        ("He didn't just threaten me, he hit the desk.", "threaten me", "reported"),
        ("What counts as a threat?", "threat", "imagined"),
        ("What if he attacks me?", "attacks me", "imagined"),
        ("If a client hits me, who do I call?", "hits me", "imagined"),
        ("He said if I tell anyone he would kill me.", "kill me", "reported"),
        ("In the film he pulls a knife.", "knife", "quoted"),
        ("Last year he threatened me, it is long settled.", "threatened me", "settled"),
        ("He grabbed me two years ago.", "grabbed me", "past"),
        ("I nearly hit him.", "hit him", "denied"),
    ],
)
def test_standing_tells_a_report_from_its_twins(text: str, word: str, expected: Standing) -> None:
    lowered = normalise(text)
    start = lowered.index(word)
    assert standing(lowered, start, start + len(word)) == expected


def test_negation_of_its_own_is_kept() -> None:
    text = "i don't feel safe there"
    assert standing(text, 2, 17, keeps_negation=True) == "reported"
