"""The writer: a language model puts the answer into words, and code decides what of it counts.

It is given the story and numbered passages, and returns statements with the passages they rest on. A statement that its
passage bears out is kept; one that another passage bears out gets that passage; any other is replaced by the passage's
own words, or dropped. An answer that loses its core is not used at all. Level and ladder stay those of the rules: the
model may name a graver level, with words of the story that show it, and never a milder one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.utils.json import parse_partial_json
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.body import Block
from advisor.chat_model import ChatModel
from advisor.citing import Published, plain
from advisor.errors import ChatModelError
from advisor.front_matter import Level
from advisor.grounding import Grounding
from advisor.injection import order_in, visible
from advisor.mask import Mask
from advisor.mention import normalise, standing
from advisor.outcome import Clarification, Role
from advisor.prompt import Prompt

MAX_STATEMENTS = 24
ROLES: tuple[Role, ...] = ("lead", "branch", "step", "dont")
"""What a model may say, in the order in which an answer says it."""
_BLANK = re.compile(r"\[[^\[\]\n]*\]")
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_SHOWN = 4
"""Words of the story that a graver level, or the option that the story settles, must name at least."""
_KEPT = 0.5
"""Share of the model's statements that must hold, or its answer is not used."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that the model may rest a statement on."""

    id: str
    role: Role
    source: Published
    block: Block


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that holds."""

    role: Role
    text: str
    evidence: Evidence


@dataclass
class Written:
    """What of a model's answer holds so far."""

    said: list[Said] = field(default_factory=list)
    kept: int = 0
    """Statements in the model's words."""
    replaced: int = 0
    """Statements for which the passage's own words stand."""
    dropped: int = 0
    level: Level | None = None
    """A graver level than the rules found, if the model names one and the story shows it."""
    because: str = ""
    """The words of the story that show it."""


class _Statement(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    role: Literal["lead", "branch", "step", "dont"]
    text: str
    passages: list[str]


class _Reply(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    statements: list[_Statement]
    level: str | None = None
    because: str | None = None


class Writer:
    """Puts answers into words. Safe to use from several threads."""

    def __init__(self, model: ChatModel, prompts: dict[str, Prompt], grounding: Grounding) -> None:
        self.model = model
        self.prompts = prompts
        self._grounding = grounding

    def write(
        self,
        story: str,
        evidence: Sequence[Evidence],
        outline: Sequence[Evidence],
        levels: Sequence[Level],
        deadline: float,
    ) -> Iterator[Written]:
        """What holds of the answer, after each statement, and at last as a whole. Raises ChatModelError.

        `outline` is what the answer without a model says, in order; its lead is the core that must not be lost.
        `levels` are the level that the rules found and the graver ones that the model may name instead; empty where
        nothing is to be taken anywhere.
        """
        mask = Mask()
        by_id = {one.id: one for one in evidence}
        messages = self.prompts["answer"].fill(
            story=mask.hide(visible(story)),
            passages="\n".join(f"{one.id} ({one.role}) {plain(one.block)}" for one in evidence),
            outline="\n".join(f"{one.role}: {one.id}" for one in outline),
            level=levels[0] if levels else "none",
        )
        written = Written()
        done, text = 0, ""
        for piece in self.model.stream(messages, deadline):
            text += piece
            if "}" not in piece:
                continue  # no statement can have ended
            statements = _complete(text)
            for statement in statements[done:MAX_STATEMENTS]:
                self._weigh(written, statement, by_id, mask)
                _require_lead(written, outline)
                yield written
            done = max(done, min(len(statements), MAX_STATEMENTS))
        reply = _read(text)
        for said in reply.statements[done:MAX_STATEMENTS]:
            self._weigh(written, said, by_id, mask)
        self._raise_level(written, reply, story, mask, levels[1:])
        _require_core(written, outline)
        yield written

    def belonging(self, turns: Sequence[str], deadline: float) -> list[int]:
        """Positions of the earlier turns that the last of `turns` goes on with. Raises ChatModelError."""
        mask = Mask()
        numbered = "\n".join(f"{number}. {mask.hide(visible(turn))}" for number, turn in enumerate(turns, 1))
        reply = read_object(self.model.complete(self.prompts["follow-up"].fill(turns=numbered), deadline))
        numbers = reply.get("with")
        if not isinstance(numbers, list) or not all(type(one) is int and 0 < one < len(turns) for one in numbers):
            raise ChatModelError("the language model's reply cannot be read")
        return sorted({number - 1 for number in numbers})

    def choose(self, story: str, clarification: Clarification, deadline: float) -> str | None:
        """The option that the story settles, if words of the story say so. Raises ChatModelError."""
        mask = Mask()
        options = "\n".join(f"{number}. {option}" for number, option in enumerate(clarification.options, 1))
        messages = self.prompts["choice"].fill(
            story=mask.hide(visible(story)), question=clarification.question, options=options
        )
        reply = read_object(self.model.complete(messages, deadline))
        number, words = reply.get("option"), reply.get("words")
        if type(number) is not int or not 0 < number <= len(clarification.options) or not isinstance(words, str):
            return None
        words = mask.reveal(words)
        if not _is_told(words, story, _SHOWN) or self._grounding.nearest(words, clarification.options) != number - 1:
            return None
        return clarification.options[number - 1]

    def fill_note(self, story: str, note: str, deadline: float) -> str | None:
        """The note with blanks filled in words of the story, or None where more was changed. Raises ChatModelError."""
        mask = Mask()
        messages = self.prompts["draft"].fill(story=mask.hide(visible(story)), note=note)
        filled = read_object(self.model.complete(messages, deadline)).get("note")
        if not isinstance(filled, str):
            return None
        filled = mask.reveal(filled)
        return filled if _fills_only_blanks(note, filled, story) else None

    def _weigh(self, written: Written, statement: _Statement, by_id: dict[str, Evidence], mask: Mask) -> None:
        """Adds what holds of one statement."""
        text = mask.reveal(re.sub(r"\s+", " ", statement.text).strip())
        named = [by_id[identity] for identity in statement.passages if identity in by_id]
        held = next((one for one in [*named, *by_id.values()] if self._holds(statement.text, one)), None)
        if held is not None:
            # The passage's own role: nothing to be done becomes what is not, or what holds in a case of its own.
            said = Said(held.role, text, held)
            written.kept += 1
        elif named:
            said = Said(named[0].role, plain(named[0].block), named[0])
            written.replaced += 1
        else:
            written.dropped += 1
            return
        if all(one.evidence is not said.evidence or one.text != said.text for one in written.said):
            written.said.append(said)

    def _holds(self, text: str, evidence: Evidence) -> bool:
        return self._grounding.objection(text, plain(evidence.block)) is None

    @staticmethod
    def _raise_level(written: Written, reply: _Reply, story: str, mask: Mask, graver: Sequence[Level]) -> None:
        named = next((one for one in graver if one == reply.level), None)
        words = mask.reveal(reply.because or "").strip()
        if named and _is_told(words, story, _SHOWN):
            written.level, written.because = named, words


def gather_evidence(
    source: Published, said: Sequence[tuple[Role, Block]], more: Sequence[tuple[Role, Block]]
) -> list[Evidence]:
    """What the model may rest on: what the answer says without it, then more of the same document, each block once.

    A block that reads like an order to a model is left out.
    """
    found: dict[int, Evidence] = {}
    for role, block in [*said, *more]:
        if role in ROLES and block.start not in found and not order_in(block.text):
            found[block.start] = Evidence(f"p{len(found) + 1}", role, source, block)
    return list(found.values())


def _complete(text: str) -> list[_Statement]:
    """The statements of a reply that is still coming which are complete: all but the last."""
    begin = text.find("{")
    try:
        data = parse_partial_json(text[begin:]) if begin >= 0 else None
    except (ValueError, RecursionError):
        return []
    listed = data.get("statements") if isinstance(data, dict) else None
    complete = []
    for entry in listed[:-1] if isinstance(listed, list) else []:
        try:
            complete.append(_Statement.model_validate(entry))
        except ValidationError:
            return complete
    return complete


def _read(text: str) -> _Reply:
    try:
        return _Reply.model_validate(read_object(text))
    except ValidationError:
        raise ChatModelError("the language model's reply cannot be read") from None


def read_object(text: str) -> dict[str, Any]:
    """The one JSON object in a reply, words around it left aside. Raises ChatModelError."""
    begin = text.find("{")
    try:
        data, _ = json.JSONDecoder().raw_decode(text[begin:]) if begin >= 0 else (None, 0)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise ChatModelError("the language model's reply cannot be read")
    return data


def _require_core(written: Written, outline: Sequence[Evidence]) -> None:
    """Raises ChatModelError where too little holds, or the answer to the question itself is lost."""
    all_said = written.kept + written.replaced + written.dropped
    if not written.kept or written.kept < _KEPT * all_said:
        raise ChatModelError("too little of the language model's answer stands in the documents")
    _require_lead(written, outline)


def _require_lead(written: Written, outline: Sequence[Evidence]) -> None:
    """Raises ChatModelError where something else comes first than what answers the question."""
    core = {one.id for one in outline if one.role == "lead"}
    if written.said and written.said[0].evidence.id not in core:
        raise ChatModelError("the language model's answer left out what matters most")


def _fills_only_blanks(note: str, filled: str, story: str) -> bool:
    """Whether `filled` is `note` with blanks filled in runs of words that the story has."""
    pattern = r"([^\[\]\n]*|\[[^\[\]\n]*\])".join(re.escape(part) for part in _BLANK.split(note.strip()))
    match = re.fullmatch(pattern, filled.strip())
    if match is None or filled.strip().partition("\n")[0] != note.strip().partition("\n")[0]:
        return False  # the first line says whom it goes to
    blanks = _BLANK.findall(note.strip())
    return all(given == blank or _is_filled(given, story) for blank, given in zip(blanks, match.groups(), strict=True))


def _is_filled(given: str, story: str) -> bool:
    """Whether every clause of a filled blank is told in the story.

    What reads like an order to a model was pasted in by somebody else, and is none of the asker's facts.
    """
    if order_in(given):
        return False
    clauses = [clause for clause in re.split(r"[.;,:!?–—]+", given) if _WORD.search(clause)]
    return bool(clauses) and all(_is_told(clause, story, 2) for clause in clauses)


def _is_told(given: str, story: str, fewest: int) -> bool:
    """Whether the words `given`, `fewest` at least, stand in the story in a row, neither denied nor imagined."""
    wanted, told = _WORD.findall(normalise(given)), normalise(story)
    if len(wanted) < fewest:
        return False
    run = re.compile(r"(?<!\w)" + r"\W+".join(map(re.escape, wanted)) + r"(?!\w)")
    return any(standing(told, *match.span()) in ("reported", "past") for match in run.finditer(told))
