"""An advisor whose answers a language model puts into words.

Everything that counts is decided before the model is asked: which documents answer, how serious it is, whom to take it
to. The model may say which earlier turns a turn goes on with and which option the story settles, words the statements,
and fills the note's blanks; each is checked, and each can fail without anybody waiting longer than the limit.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from advisor.advisor import Advisor, Matter
from advisor.body import Block
from advisor.chat_model import ChatModel, Usage
from advisor.citing import Citations, Published
from advisor.citing import plain as in_one_line
from advisor.errors import ChatModelError, QuestionError
from advisor.front_matter import LEVELS
from advisor.grounding import Grounding
from advisor.level import graver_levels
from advisor.outcome import Answered, Citation, Outcome, Role, Stage, Statement
from advisor.prompt import Prompt
from advisor.writer import ROLES, Evidence, Said, Writer, Written, gather_evidence

_REPLIES = 3
"""Questions people ask whose replies the model is given, nearest first."""
_FEWEST: dict[Role, int] = {"step": 3, "dont": 2}
"""How many of a document's first steps and don'ts an answer must not lack."""
_YES_NO = re.compile(r"\W*(?:yes|no)\b", re.I)


@dataclass(slots=True)
class Tally:
    """What became of the model's answers, for evaluation."""

    answers: int = 0
    fallbacks: int = 0
    kept: int = 0
    replaced: int = 0
    dropped: int = 0
    first_word: float = 0.0
    """Seconds until the first statement, summed over the answers that used the model's words."""

    def figures(self, usage: Usage, price_in: float, price_out: float) -> dict[str, Any]:
        """The tally by name, as shares and per answer; prices are those of a million tokens."""
        answers, said = max(1, self.answers), max(1, self.kept + self.replaced + self.dropped)
        cost = (usage.tokens_in * price_in + usage.tokens_out * price_out) / 1e6
        return {
            "answers": self.answers,
            "fallbacks": f"{self.fallbacks / answers:.1%}",
            "statements_kept": f"{self.kept / said:.1%}",
            "statements_replaced": f"{self.replaced / said:.1%}",
            "statements_dropped": f"{self.dropped / said:.1%}",
            "seconds_to_first": f"{self.first_word / max(1, self.answers - self.fallbacks):.2f}",
            "tokens_in_per_answer": round(usage.tokens_in / answers),
            "tokens_out_per_answer": round(usage.tokens_out / answers),
            "cost_per_answer": f"{cost / answers:.5f}",
        }


class WritingAdvisor(Advisor):
    """An advisor with a language model. Safe to use from several threads."""

    def __init__(self, *parts: Any, model: ChatModel, prompts: dict[str, Prompt], seconds: float) -> None:
        """`parts` are an Advisor's; `seconds` is how long an answer may wait for the model."""
        super().__init__(*parts)
        self._writer = Writer(model, prompts, Grounding(self._index.encoder))
        self._seconds = seconds
        self._workers = ThreadPoolExecutor(max_workers=16, thread_name_prefix="note")
        self.tally = Tally()

    def figures(self, price_in: float, price_out: float) -> dict[str, Any]:
        """What the model did so far and cost, by name; prices are those of a million tokens."""
        model, prompts = self._writer.model, self._writer.prompts
        named = ", ".join(f"{prompt.name} {prompt.version}" for prompt in prompts.values())
        return {"model": model.name, "prompts": named} | self.tally.figures(model.usage, price_in, price_out)

    def ask(self, turns: Sequence[str], *, keep: bool = True) -> Outcome:
        *_, last = self._stages(turns)
        if keep:
            self._keep_unfilled(last)
        return last.outcome

    def stream(self, turns: Sequence[str]) -> Iterator[Stage]:
        for stage in self._stages(turns):
            if stage.done:
                self._keep_unfilled(stage)
            yield stage

    def _keep_unfilled(self, stage: Stage) -> None:
        """Keeps an answer with the note's blanks as they were: what fills them is the asker's."""
        outcome, plain = stage.outcome, stage.plain
        if isinstance(outcome, Answered) and outcome.escalation and plain.escalation:
            unfilled = outcome.escalation.model_copy(update={"draft": plain.escalation.draft})
            outcome = outcome.model_copy(update={"escalation": unfilled})
        self.keep(outcome)

    def _stages(self, turns: Sequence[str]) -> Iterator[Stage]:
        """The answer in the documents' words, what the model makes of it statement by statement, and the end of it."""
        started = time.monotonic()
        deadline = started + self._seconds
        matter = self._read(self._resolve(self.corpus(), turns))
        plain = self._outcome(matter)
        if not isinstance(plain, Answered) or not plain.statements:
            yield Stage(plain, plain, True)  # a model invents no answer where the knowledge has none
            return
        yield Stage(plain.model_copy(update={"statements": []}), plain, False)
        try:
            if len(turns) > 1 and not matter.asked.picks:
                matter, plain = self._resolve_again(turns, matter, plain, deadline)
            plain = self._settle(matter, plain, deadline)
            yield from self._worded(matter, plain, started, deadline)
        except Exception as error:  # noqa: BLE001 - nothing that goes wrong with a model keeps a rep from the answer
            self.tally.answers += 1
            self.tally.fallbacks += 1
            why = str(error) if isinstance(error, ChatModelError) else "the language model's answer cannot be used"
            note = f"{why[:1].upper()}{why[1:]}; these are the documents' own words."
            yield Stage(plain.model_copy(update={"note": note}), plain, True)

    def _resolve_again(
        self, turns: Sequence[str], matter: Matter, plain: Answered, deadline: float
    ) -> tuple[Matter, Answered]:
        """The matter with the earlier turns that the model finds to belong to it, unless that made it milder."""
        try:
            asked = self._join(turns, self._writer.belonging(turns, deadline))
        except QuestionError:
            return matter, plain
        if asked.story == matter.asked.story:
            return matter, plain
        again = self._read(asked)
        other = self._outcome(again)
        if not isinstance(other, Answered) or _gravity(other) < _gravity(plain):
            return matter, plain
        return again, other

    def _settle(self, matter: Matter, plain: Answered, deadline: float) -> Answered:
        """The answer for the option that the story settles, where the model finds that it does."""
        if plain.clarifying_question is None:
            return plain
        option = self._writer.choose(matter.asked.story, plain.clarifying_question, deadline)
        chosen = self._outcome(matter, option) if option else plain
        return chosen if isinstance(chosen, Answered) else plain

    def _worded(self, matter: Matter, plain: Answered, started: float, deadline: float) -> Iterator[Stage]:
        source = self.find(plain.documents[0])
        if source is None:
            raise ChatModelError("the document was taken out of force meanwhile")
        said = _said(plain, source)
        evidence = gather_evidence(source, said, self._more(matter, source))
        ids = {one.block.start: one for one in evidence}
        outline = [ids[block.start] for _, block in said if block.start in ids]
        escalation = plain.escalation
        note: Future[str | None] | None = None
        if escalation:
            note = self._workers.submit(self._writer.fill_note, matter.asked.story, escalation.draft, deadline)
        written = Written()
        first: float | None = None
        levels = [escalation.level, *graver_levels(matter.ranking, escalation.level)] if escalation else []
        for written in self._writer.write(matter.asked.story, evidence, outline, levels, deadline):
            first = first or time.monotonic() - started
            yield Stage(self._with(matter, plain, source, written, None, done=False), plain, False)
        outcome = self._with(matter, plain, source, written, _result(note, deadline), done=True)
        self.tally.answers += 1
        self.tally.kept += written.kept
        self.tally.replaced += written.replaced
        self.tally.dropped += written.dropped
        self.tally.first_word += first or 0.0
        yield Stage(outcome, plain, True)

    def _more(self, matter: Matter, source: Published) -> list[tuple[Role, Block]]:
        """What else the document says that may fit the story: the replies nearest to it, then its steps and don'ts."""
        document, ranking = source.document, matter.ranking
        near = {}
        for found in ranking.found:
            if found.head.document == source.head.document:
                for row in ranking.corpus.rows_of(found.position):
                    unit = ranking.corpus.units[row]
                    if unit.kind == "question":
                        near[unit.text] = float(ranking.similarities[row])
        # A yes or no to another question is no answer to this one.
        open_ended = [reply for reply in document.replies if not _YES_NO.match(reply.blocks[0].text)]
        replies = sorted(open_ended, key=lambda reply: -near.get(reply.question, 0.0))[:_REPLIES]
        more: list[tuple[Role, Block]] = [("lead", block) for reply in replies for block in reply.blocks]
        more += [("lead", block) for block in document.short_answer]
        more += [("step", block) for block in document.steps]
        return more + [("dont", block) for block in document.donts]

    def _with(
        self, matter: Matter, plain: Answered, source: Published, written: Written, note: str | None, *, done: bool
    ) -> Answered:
        """`plain` with the statements that hold in place of its own."""
        citations = Citations()
        missing = _missing(written.said, plain, source) if done else []
        said = sorted([*written.said, *missing], key=_place)
        statements = [
            Statement(role=one.role, text=one.text, marker=citations.cite(one.evidence.source, one.evidence.block))
            for one in said
        ]
        statements += self._cite_again(
            [one for one in plain.statements if one.role in ("also", "differs")], plain, citations
        )
        judged = written.level or (plain.escalation.level if plain.escalation else None)
        escalation = self._escalate(source, matter, citations, judged)
        if escalation and written.level:
            # The words that show it stay out: what an asker pasted in could be meant to be read back.
            shown = f"{self._writer.model.name} reads the story itself as graver"
            escalation = escalation.model_copy(update={"reasons": [*escalation.reasons, shown]})
        if escalation and note and not written.level:
            escalation = escalation.model_copy(update={"draft": note})
        words = f"Words by {self._writer.model.name}, each statement checked against its quote"
        if written.replaced + written.dropped:
            words += f"; {written.replaced + written.dropped} did not hold and were replaced by the quote or left out"
        listed = {one.evidence.block.start for one in said if one.role in _FEWEST}
        return plain.model_copy(
            update={
                "statements": statements,
                "more": len(source.document.steps) + len(source.document.donts) - len(listed),
                "citations": citations.all,
                "escalation": escalation,
                "note": f"{words}." if done else "",
            }
        )

    def _cite_again(self, statements: Sequence[Statement], plain: Answered, citations: Citations) -> list[Statement]:
        by_marker = {citation.marker: citation for citation in plain.citations}
        again = []
        for statement in statements:
            citation = by_marker[statement.marker]
            source = self.find(citation.document)
            block = _block(source, citation) if source else None
            if source and block:
                again.append(statement.model_copy(update={"marker": citations.cite(source, block)}))
        return again


def _gravity(outcome: Answered) -> int:
    return LEVELS.index(outcome.escalation.level) if outcome.escalation else -1


def _said(plain: Answered, source: Published) -> list[tuple[Role, Block]]:
    """What `plain` says out of `source`, as role and block."""
    by_marker = {citation.marker: citation for citation in plain.citations}
    said: list[tuple[Role, Block]] = []
    for statement in plain.statements:
        citation = by_marker[statement.marker]
        block = _block(source, citation) if citation.document == source.head.document else None
        if block is not None and statement.role not in ("also", "differs"):
            said.append(("lead" if statement.role == "quote" else statement.role, block))
    return said


def _block(source: Published, citation: Citation) -> Block | None:
    return next((block for block in source.document.body.blocks if block.start == citation.start), None)


def _missing(said: Sequence[Said], plain: Answered, source: Published) -> list[Said]:
    """What an answer must not lack, in the document's own words: the branch that holds, first steps, and don'ts."""
    have = {one.evidence.block.start for one in said}
    own = _said(plain, source)
    needed = [entry for entry in own if entry[0] == "branch"]
    for role, fewest in _FEWEST.items():
        needed += [entry for entry in own if entry[0] == role][:fewest]
    return [
        Said(role, in_one_line(block), Evidence("", role, source, block))
        for role, block in needed
        if block.start not in have
    ]


def _place(said: Said) -> tuple[int, int]:
    """Where a statement stands: by role, and steps and don'ts in the document's order, which is deliberate."""
    return ROLES.index(said.role), said.evidence.block.start if said.role in _FEWEST else 0


def _result(note: Future[str | None] | None, deadline: float) -> str | None:
    """The note, if it came in time and is sound."""
    if note is None:
        return None
    try:
        return note.result(timeout=max(0.0, deadline - time.monotonic()))
    except (ChatModelError, TimeoutError):
        return None
