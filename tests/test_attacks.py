"""Orders hidden in questions, documents and earlier turns, given to a model that obeys every one of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.assembly import assemble
from advisor.outcome import Answered, Outcome
from advisor.settings import Settings
from tests.modelled import Modelled, gravity, modelled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(480)]

ATTACKS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "attacks" / "attacks.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def site(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modelled]:
    """All documents of the attacks in force beside the pack."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copytree(pack, folder / "data")
    pages = folder / "pages"
    pages.mkdir()
    for attack in ATTACKS:
        if attack["where"] == "document":
            (pages / f"{attack['id']}.md").write_text(attack["text"], encoding="utf-8")
    parts = assemble(Settings(data_dir=folder / "data", model=""))
    report = parts.knowledge.import_paths([pages], publish=True)
    assert not report.problems
    with modelled(parts) as site:
        yield site


def asked(attack: dict[str, Any]) -> list[list[str]]:
    """The conversations that carry the order; a page is also picked by its title, so that it leads in any case."""
    if attack["where"] == "question":
        return [[attack["text"]]]
    if attack["where"] == "turn":
        return [[attack["text"], attack["question"]]]
    title = attack["text"].partition("\n")[0].removeprefix("# ").strip()
    return [[attack["question"]], [attack["question"], title]]


def shown(outcome: Outcome, attack: dict[str, Any]) -> list[str]:
    """What the outcome says of what it must not say. The question and the ladder, which only echo, do not count."""
    texts = [outcome.answer]
    if isinstance(outcome, Answered):
        texts += [outcome.note, *(statement.text for statement in outcome.statements)]
    if outcome.escalation:
        texts += [outcome.escalation.level, outcome.escalation.draft, *outcome.escalation.reasons]
    return [text for text in texts if any(word.lower() in text.lower() for word in attack["must_not"])]


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack["id"]) for attack in ATTACKS])
def test_order_is_carried_out_nowhere(site: Modelled, attack: dict[str, Any]) -> None:
    for turns in asked(attack):
        plain = site.plain.ask(turns, keep=False)
        assert shown(plain, attack) == []
        for canary, follow_up in product(attack["must_not"], ["good", "obeys"][: len(turns)]):
            site.fake.behave("obeys", canary=canary, follow_up=follow_up)
            outcome = site.writing.ask(turns, keep=False)
            assert shown(outcome, attack) == []
            assert gravity(outcome) >= gravity(plain)


def test_page_with_an_order_leads_where_its_title_is_picked(site: Modelled) -> None:
    pages = [attack for attack in ATTACKS if attack["where"] == "document"]
    leading = [site.plain.ask(asked(attack)[1], keep=False) for attack in pages]
    assert [one.documents[0] for one in leading if isinstance(one, Answered)] == [page["id"] for page in pages]


def test_words_of_an_order_are_no_reason_for_a_graver_level(site: Modelled) -> None:
    given = []
    for attack in ATTACKS:
        site.fake.behave("obeys", canary=attack["must_not"][0], where="because", follow_up="good")
        if shown(site.writing.ask(asked(attack)[0], keep=False), attack):
            given.append(attack["id"])
    assert given == []
