from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import KnowledgeError
from advisor.trigger import find_triggers, load_triggers

TRIGGERS = load_triggers(Path(__file__).resolve().parent.parent / "knowledge" / "triggers.yaml")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("The client said he would kill me if the price goes up.", "threat"),
        ("She threw a stapler at my head.", "violence"),
        ("He pulled a gun in the showroom.", "weapon"),
        ("He put his hand up my skirt in the car.", "sexual-contact"),
        ("My boss is deleting all the emails about it.", "evidence"),
        ("I sent the price list to the wrong customer.", "data-leak"),
        ("I don't feel safe going back there.", "unsafe"),
        ("There is an intruder in the building.", "intruder"),
    ],
)
def test_grave_report_is_urgent(question: str, expected: str) -> None:
    seen = find_triggers(TRIGGERS, question)
    assert expected in {one.trigger.id for one in seen}
    assert seen[0].level == "urgent"


@pytest.mark.parametrize(
    "question",
    [
        "He did not threaten me, he was just rude.",
        "What counts as a threat?",
        "A client threatened to leave for a cheaper supplier.",
        "My manager pushed me to close by Friday.",
        "We sell kitchen knives to restaurants.",
        "Last year a client threatened me, it is long settled.",
        "They beat us on price again.",
    ],
)
def test_innocent_wording_is_not_urgent(question: str) -> None:
    assert all(one.level != "urgent" for one in find_triggers(TRIGGERS, question))


def test_what_happened_years_ago_goes_to_a_specialist() -> None:
    seen = find_triggers(TRIGGERS, "Three years ago a client groped me and I never told anybody.")
    assert [one.level for one in seen] == ["specialist"]


def test_broken_trigger_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "triggers.yaml"
    broken.write_text("- id: x\n  patterns: ['(']\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"triggers\.yaml is not a list of triggers"):
        load_triggers(broken)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("it would be easier for everyone if i didn't wake up any more", True),
        ("i am thinking of ending it all, the quota broke me", True),
        ("A colleague said he would rather be dead than go on like this.", True),
        ("i want to end it all with this client", False),
        ("I'd rather be dead than wear that badge.", False),
    ],
)
def test_who_may_hurt_themselves_is_heard_without_loud_words(question: str, shown: bool) -> None:
    seen = find_triggers(TRIGGERS, question)
    assert ("self-harm" in [one.trigger.id for one in seen]) == shown
