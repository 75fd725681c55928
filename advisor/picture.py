"""The picture of an evaluation: how levels are confused, and what another limit of refusal would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from advisor.errors import UsageError
from advisor.evaluation import Half, Report
from advisor.front_matter import LEVELS
from advisor.refusal import OFF

HALVES: dict[Half, str] = {"dev": "development", "held": "held back"}


def draw(report: Report, target: Path) -> None:
    """Writes the picture to `target`, in the format of its suffix (svg, png or pdf). Raises UsageError."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("a picture needs matplotlib; install it with: pip install 'advisor[picture]'") from None
    figure = Figure(figsize=(10, 8), layout="constrained")
    axes = figure.subplots(2, 2)
    for column, half in enumerate(HALVES):
        _confusion(axes[0][column], report.half(half), f"Levels, {HALVES[half]}")
        _refusal(axes[1][column], report.half(half), f"Refusal, {HALVES[half]}")
    try:
        figure.savefig(target)
    except (OSError, ValueError) as error:
        raise UsageError(f"{target} cannot be written ({error}); name a file that ends in .svg, .png or .pdf") from None


def refusal_curve(report: Report) -> list[tuple[float, float, float]]:
    """(limit, precision, recall) of refusing every question whose strangeness is at or above the limit.

    Conversations are left out: their last turn is judged together with the turns before it.
    """
    cases = [
        (result.strangeness, result.case.refuse)
        for result in report.results
        if result.strangeness is not None and (result.case.refuse or result.case.documents)
    ]
    wanted = sum(refuse for _, refuse in cases)
    curve = []
    for limit in sorted({strangeness for strangeness, _ in cases}):
        refused = [refuse for strangeness, refuse in cases if strangeness >= limit]
        curve.append((limit, sum(refused) / len(refused), sum(refused) / wanted if wanted else 0.0))
    return curve


def _confusion(axes: Any, report: Report, title: str) -> None:
    counts = report.confusion()
    columns = [*LEVELS, "none"]
    table = np.array([[counts[level].get(column, 0) for column in columns] for level in LEVELS], float)
    rows = table.sum(axis=1, keepdims=True)
    axes.imshow(table / np.maximum(rows, 1), cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(table):
        if count:
            dark = count > rows[row, 0] / 2
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", color="white" if dark else "black")
    axes.set(title=title, xlabel="given", ylabel="expected")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(LEVELS)), LEVELS)


def _refusal(axes: Any, report: Report, title: str) -> None:
    curve = refusal_curve(report)
    limits = [limit for limit, _, _ in curve]
    axes.plot(limits, [precision for _, precision, _ in curve], label="precision")
    axes.plot(limits, [recall for _, _, recall in curve], label="recall")
    axes.axvline(OFF, color="grey", linestyle="--", linewidth=1, label="limit in use")
    axes.set(title=title, xlabel="limit of strangeness", ylim=(0, 1.02))
    axes.legend(loc="lower left")
