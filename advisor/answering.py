"""Answering without a language model: the document's own words, chosen and put in order.

It leads with what answers this very question, then the branch that the question settles, the steps and the don'ts,
within WORDS words; the rest stays a click away. What another document says differently, or would have one do if the
matter is rather its own, comes after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from advisor.body import Block
from advisor.citing import Citations, Published, plain
from advisor.disagreement import disagree
from advisor.document import Branch, Document, Reply
from advisor.front_matter import AUTHORITY
from advisor.lexical import words
from advisor.outcome import Clarification, Role, Statement
from advisor.people import same_owners
from advisor.phrase import Wording
from advisor.retrieval import Found, Ranking

WORDS = 230
MATCHED_REPLY = 0.66
"""Cosine similarity from which a question people ask counts as this question."""
_FEWEST_DONTS = 2
_QUOTES = 3
_CAPTION = 7


@dataclass
class Composed:
    """What an answer says, before the escalation joins it."""

    statements: list[Statement] = field(default_factory=list)
    branch: str | None = None
    clarification: Clarification | None = None
    left_out: int = 0

    def say(self, role: Role, text: str, marker: int) -> None:
        if all(statement.marker != marker for statement in self.statements):
            self.statements.append(Statement(role=role, text=text, marker=marker))

    @property
    def words(self) -> int:
        return sum(len(statement.text.split()) for statement in self.statements)


def compose(
    ranking: Ranking,
    found: Found,
    source: Published,
    wording: Wording,
    citations: Citations,
    *,
    chosen: str | None,
    only: str | None,
    second: Published | None,
    rivals: Sequence[tuple[Found, Published]],
) -> Composed:
    """The answer that `source` gives. `chosen` is the option picked in an earlier turn; `only` a question
    people ask whose reply is all that is said; `second` is the document that
    the question may be about as well, for what it adds; `rivals` are the other documents that answer the question
    nearly as well, for what they say differently."""
    composed = Composed()
    document = source.document
    told = next((reply for reply in document.replies if reply.question == only), None)
    if told:
        for block in told.blocks:
            composed.say("lead", plain(block), citations.cite(source, block))
    elif document.is_plain:
        _quote_passages(composed, found, source, wording, citations)
    else:
        _compose_sections(composed, ranking, found, source, wording, citations, chosen)
    _add_disagreements(composed, source, rivals, citations)
    if second:
        for block in second.document.short_answer[:1]:
            composed.say("also", f"{second.head.title}: {plain(block)}", citations.cite(second, block))
    return composed


def _compose_sections(
    composed: Composed,
    ranking: Ranking,
    found: Found,
    source: Published,
    wording: Wording,
    citations: Citations,
    chosen: str | None,
) -> None:
    document = source.document
    reply = _matched_reply(ranking, found, document, wording.text)
    for block in reply.blocks if reply else document.short_answer or document.steps[:1]:
        composed.say("lead", plain(block), citations.cite(source, block))

    branch = _settled(document, wording, chosen)
    if branch:
        composed.branch = branch.option
        for block in branch.points:
            composed.say("branch", plain(block), citations.cite(source, block))
    elif document.clarifying_question:
        composed.clarification = Clarification(
            question=document.clarifying_question, options=[one.option for one in document.branches]
        )

    reserve = sum(len(block.text.split()) for block in document.donts[:_FEWEST_DONTS])
    left = _say_while(composed, "step", document.steps, source, citations, WORDS - reserve)
    left += _say_while(composed, "dont", document.donts, source, citations, WORDS)
    composed.left_out = left


def _say_while(
    composed: Composed, role: Role, blocks: Sequence[Block], source: Published, citations: Citations, limit: int
) -> int:
    """Says `blocks` in order while the answer stays within `limit` words. Returns how many were left out."""
    for done, block in enumerate(blocks):
        if composed.words + len(block.text.split()) > limit:
            return len(blocks) - done
        composed.say(role, plain(block), citations.cite(source, block))
    return 0


def _matched_reply(ranking: Ranking, found: Found, document: Document, asked: str) -> Reply | None:
    """The question people ask that this question is, if it is one of them."""
    best, score = None, MATCHED_REPLY
    by_question = {reply.question: reply for reply in document.replies}
    for row in ranking.corpus.rows_of(found.position):
        unit = ranking.corpus.units[row]
        if unit.kind == "question" and ranking.similarities[row] > score and same_owners(asked, unit.text):
            best, score = by_question.get(unit.text), float(ranking.similarities[row])
    return best


def _settled(document: Document, wording: Wording, chosen: str | None) -> Branch | None:
    """The branch that was picked, or that the question's own words settle beyond the others."""
    if chosen is not None:
        return next((branch for branch in document.branches if branch.option == chosen), None)
    counts = [wording.count([*branch.signs, branch.option]) for branch in document.branches]
    if not counts or max(counts) == 0 or counts.count(max(counts)) > 1:
        return None
    return document.branches[int(np.argmax(counts))]


def _quote_passages(
    composed: Composed, found: Found, source: Published, wording: Wording, citations: Citations
) -> None:
    """From a plain page: the blocks of its best passages that share most with the question."""
    asked = set(words(wording.text))
    ranked: list[tuple[float, int, Block]] = []
    for order, passage in enumerate(found.passages):
        for block in source.document.body.blocks:
            if passage.unit.start <= block.start and block.end <= passage.unit.end:
                own = set(words(block.text))
                shared = len(own & asked) / (len(own) + 5) ** 0.5 if own else 0.0
                caption = len(block.text.split()) < _CAPTION  # a heading that the page does not mark as one
                ranked.append((shared - 0.05 * order - caption, block.start, block))
    ranked.sort(key=lambda entry: -entry[0])
    for _, _, block in ranked[:_QUOTES]:
        if composed.statements and composed.words + len(block.text.split()) > WORDS:
            continue
        composed.say("quote", plain(block), citations.cite(source, block))


def _add_disagreements(
    composed: Composed, source: Published, rivals: Sequence[tuple[Found, Published]], citations: Citations
) -> None:
    """Quotes what a document of another authority says differently of the same matter."""
    places = {(citation.document, citation.start) for citation in citations.all}
    said = [block for block in source.document.body.blocks if (source.head.document, block.start) in places]
    for found, rival in rivals:
        if AUTHORITY[rival.document.kind] == AUTHORITY[source.document.kind]:
            continue
        for block in rival.document.body.blocks:
            if found.covers(block) and any(disagree(ours, block) for ours in said):
                text = f"{rival.head.title} ({rival.document.kind}) says: {plain(block)}"
                composed.say("differs", text, citations.cite(rival, block))
                break
