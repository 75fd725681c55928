"""The kept floors of advice quality, on the real model, the real pack and all labelled cases.

A change that falls below a floor made answers worse. The floors stand a little below what was last measured
(`tests/evaluation/kept.json`); raise them when a change has earned it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.assembly import assemble, make_advisor
from advisor.errors import UsageError
from advisor.evaluation import Report, evaluate, load_cases, to_table
from advisor.picture import draw, refusal_curve
from advisor.settings import Settings

CASES = Path(__file__).resolve().parent / "evaluation"


@pytest.fixture(scope="module")
def report(pack: Path) -> Report:
    parts = assemble(Settings(data_dir=pack))
    return evaluate(make_advisor(parts), load_cases([CASES]), parts.index.encoder)


@pytest.mark.timeout(480)
@pytest.mark.parametrize("half", ["dev", "held"])
def test_figures_hold_their_floors(report: Report, half: str) -> None:
    figures = report.half("dev" if half == "dev" else "held").figures()
    assert figures["quotes_verbatim"] == 1.0
    assert figures["statements_marked"] == 1.0
    floors = {
        "first": 0.82,
        "first_three": 0.93,
        "level_exact": 0.83,
        "urgent_found": 0.85,
        "points_covered": 0.48,
        "refused_out_of_scope": 0.90,
        "follow_ups_right": 0.85,
    }
    assert {name: figures[name] for name, floor in floors.items() if figures[name] < floor} == {}
    assert figures["urgent_false"] <= 0.06
    assert figures["refused_in_scope"] <= 0.03


def test_table_names_every_figure(report: Report) -> None:
    table = to_table(report)
    assert all(name in table for name in ("first_three", "urgent_missed", "follow_ups_right", "held back"))


def test_both_halves_hold_cases_of_every_kind() -> None:
    cases = load_cases([CASES])
    for half in ("dev", "held"):
        own = [case for case in cases if case.half == half]
        assert any(case.refuse for case in own)
        assert any(case.urgent is not None for case in own)
        assert any(case.changes_subject is not None for case in own)
        assert len({case.documents[0] for case in own if case.documents}) >= 45


def test_a_higher_limit_of_refusal_refuses_fewer(report: Report) -> None:
    curve = refusal_curve(report.half("dev"))
    recalls = [recall for _, _, recall in curve]
    assert recalls == sorted(recalls, reverse=True)
    assert recalls[0] == 1.0
    assert recalls[-1] < 0.1
    assert max(precision for _, precision, _ in curve) > 0.9


def test_picture_is_drawn_and_a_bad_name_is_refused(report: Report, tmp_path: Path) -> None:
    target = tmp_path / "levels.svg"
    draw(report, target)
    assert target.read_text(encoding="utf-8").count("<use") > 100
    with pytest.raises(UsageError, match="ends in"):
        draw(report, tmp_path / "levels.what")
