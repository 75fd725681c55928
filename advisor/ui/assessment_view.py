"""A training scenario, and what a reply to it made and missed, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from advisor.front_matter import Level
from advisor.outcome import Citation
from advisor.training import Assessment, Exercise, Mark
from advisor.ui.document_view import show_date

LEVEL_WORDS: dict[Level, str] = {
    "self": "I settle it myself first",
    "manager": "I take it to my manager",
    "specialist": "I bring in HR, Legal, Compliance, Finance or Security",
    "urgent": "I get help at once: it is urgent",
}


def show_scenario(exercise: Exercise) -> str:
    """The story that the trainee reads."""
    scenario = exercise.scenario
    return f'<h2 tabindex="-1">{escape(scenario.title)}</h2><p class="scenario">{escape(scenario.scenario)}</p>'


def show_levels() -> str:
    """The levels to choose from, none chosen."""
    choices = "".join(
        f'<label><input type="radio" name="level" value="{level}"><span>{escape(words)}</span></label>'
        for level, words in LEVEL_WORDS.items()
    )
    return f'<fieldset class="levels"><legend>How far up does this need to go?</legend>{choices}</fieldset>'


def show_assessment(result: Assessment) -> str:
    """The verdict on the level, then the points, then the wrong replies that were given."""
    wrong = [mark for mark in result.wrong if mark.said]
    missed = [mark for mark in result.points if not mark.said]
    made = [mark for mark in result.points if mark.said]
    return (
        f'<h2 tabindex="-1">How you did</h2>{_verdict(result)}'
        f"<p>You made {result.made} of {len(result.points)} points.</p>"
        + _marks("You said", "made", made)
        + _marks("You did not say", "missed", missed)
        + _marks("Careful: this comes close to a tempting reply that is wrong", "wrong", wrong)
        + '<p class="meta">Your words are compared with each point by meaning, which can miss a point that you put '
        "differently. The quotes are what counts.</p>"
    )


def _verdict(result: Assessment) -> str:
    chosen, expected = LEVEL_WORDS[result.chosen], LEVEL_WORDS[result.expected]
    if result.verdict == "right":
        return f'<p class="verdict right"><strong>The level is right:</strong> {escape(chosen)}.</p>'
    return (
        f'<p class="verdict off"><strong>The level is {result.verdict}.</strong> You chose: {escape(chosen)}. '
        f"Right would be: {escape(expected)}.</p>"
    )


def _marks(title: str, kind: str, marks: Sequence[Mark]) -> str:
    items = "".join(f"<li><strong>{escape(mark.text)}</strong>{_quote(mark.citation)}</li>" for mark in marks)
    return f'<h3>{title}</h3><ul class="marks {kind}">{items}</ul>' if items else ""


def _quote(citation: Citation) -> str:
    return (
        f"<blockquote>{escape(citation.quote)}<footer>{escape(citation.title)}, version {citation.version}, "
        f"effective {show_date(citation.effective)}</footer></blockquote>"
    )
