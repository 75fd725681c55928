"""The advisor: from a question to an outcome. Everything it needs comes in as arguments."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from advisor.answering import compose
from advisor.citing import Citations, Published
from advisor.company import Company
from advisor.conversation import Asked, join, points_back, resolve
from advisor.corpus import Corpus, build_corpus, corpus_of
from advisor.disagreement import disagree
from advisor.document import Document, parse_document
from advisor.errors import QuestionError
from advisor.escalation import escalate
from advisor.front_matter import AUTHORITY, LEVELS, Level
from advisor.index import Progress, VectorIndex
from advisor.level import judge_level
from advisor.outcome import Alternative, Answered, EscalationAdvice, Outcome, Stage, Unanswered, to_json
from advisor.people import find_involved
from advisor.phrase import Wording
from advisor.refusal import covers, is_foreign
from advisor.retrieval import Found, Passage, Ranking, Retriever
from advisor.storage import Head, Store
from advisor.trigger import Seen, Trigger, find_triggers, read_dangers

CLEAR = 0.75
"""Share of the ranking from which the first document is clear, and no other is offered."""
OFFERED = 0.04
"""Share of the ranking from which another document is offered as "is it rather about …?"."""
LIKELY = 0.15
"""Share of the ranking from which the answer says what a second document would have one do."""
RIVAL = 0.8
"""Part of the first document's nearness from which another is read for what it says differently."""
LONG = 5
"""Words from which a turn that is foreign to the knowledge, and points at nothing said, is a matter of its own."""
FEW = 3
"""How many of the first documents may lead when the story tells of a danger that one of them is about."""
ALIKE = 0.7
"""Cosine similarity from which a sample question's own level is taken for this question."""
_FIRST = "This cannot wait: please call the first contact named here now, for yourself or for whoever needs it.\n\n"
_PARSED = 4_000
_QUOTED = re.compile(r" \(“[^”]*”\)")
"""How reasons and skipped rungs give the asker's own words (`escalation`)."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is asked, and all that was found out before it is answered."""

    asked: Asked
    ranking: Ranking
    wording: Wording
    seen: list[Seen]
    covered: bool
    """Whether the knowledge covers it."""


class Advisor:
    """Answers questions from what is in force. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        index: VectorIndex,
        retriever: Retriever,
        company: Company,
        triggers: list[Trigger],
        progress: Progress = lambda _done, _all: None,
    ) -> None:
        self._store = store
        self._index = index
        self._retriever = retriever
        self._company = company
        self._triggers = triggers
        self._lock = threading.Lock()
        self._parsed = lru_cache(maxsize=_PARSED)(self._parse)
        self._corpus = build_corpus(store, index, progress)

    def ask(self, turns: Sequence[str], *, keep: bool = True) -> Outcome:
        """The outcome for the last of `turns`, in the light of the earlier ones. Raises QuestionError.

        `keep` says whether the answer, not the question, is kept under its receipt.
        """
        outcome = self._outcome(self._read(self._resolve(self.corpus(), turns)))
        if keep:
            self.keep(outcome)
        return outcome

    def stream(self, turns: Sequence[str]) -> Iterator[Stage]:
        """The outcome as it comes into being, and kept when it is done. Raises QuestionError."""
        outcome = self.ask(turns)
        yield Stage(outcome, outcome, True)

    def _read(self, asked: Asked) -> Matter:
        """What there is to know of what is asked before it is answered."""
        corpus = self.corpus()
        dangers = read_dangers(self._triggers, asked.story)
        ranking = self._retriever.rank(corpus, dangers.told)
        covered = covers(ranking, asked.story)
        if asked.before and (asked.asks_more or not covered):
            earlier = self._retriever.rank(corpus, self._without_denials(asked.before))
            # What the knowledge covers, it covers when something more is asked about it too.
            covered = covered or covers(earlier, asked.before)
            if asked.asks_more:
                ranking = self._retriever.lean(ranking, earlier)
        spoken = _answered_by(dangers.seen)
        picked = self._retriever.one(ranking, spoken.document) if spoken else None
        picked = picked or self._picked(ranking, asked) or _of_danger(ranking, dangers.seen)
        if picked:
            others = [found for found in ranking.found if found.position != picked.position]
            ranking = replace(ranking, found=[picked, *others])
        return Matter(asked, ranking, Wording(asked.story), dangers.seen, covered or bool(picked))

    def _outcome(self, matter: Matter, chosen: str | None = None) -> Outcome:
        """The outcome in the documents' own words; `chosen` is the option that the story was found to settle."""
        return self._answered(matter, self._parsed, chosen) if matter.covered else self._unanswered(matter)

    def preview(self, document: Document, question: str | None = None) -> Outcome:
        """What a rep would be shown if `document` were in force and alone answered `question`.

        Without a question the document's first sample question is asked, or its title. No receipt is kept.
        """
        asks = document.front.asks if document.front else []
        asked = resolve([question or (asks[0].ask if asks else document.title)])
        corpus = corpus_of([document], lambda units: self._index.encoder.encode([unit.text for unit in units]))
        ranking = self._retriever.rank(corpus, asked.story)
        matter = Matter(asked, ranking, Wording(asked.story), find_triggers(self._triggers, asked.story), True)
        return self._answered(matter, lambda head: Published(head, document))

    def pass_on(self, turns: Sequence[str]) -> None:
        """Passes the matter of the last of `turns` on to those who keep the knowledge, without a name."""
        self._store.pass_on(self._resolve(self.corpus(), turns).story)

    def explain_bad_question(self, question: str, error: QuestionError) -> Unanswered:
        """A question that cannot be read, as an outcome, for callers that always expect one."""
        return Unanswered(
            question=question, message=_sentence(str(error)), alternatives=[], citations=[], escalation=None, receipt=""
        )

    def search(self, turns: Sequence[str], limit: int = 10) -> list[Passage]:
        """The best passage of each of the best `limit` documents. Raises QuestionError."""
        corpus = self.corpus()
        ranking = self._retriever.rank(
            corpus, self._without_denials(self._resolve(corpus, turns).story), limit=limit, passages=1
        )
        return [passage for found in ranking.found for passage in found.passages]

    def words_of(self, passage: Passage) -> str:
        """The passage's words as published."""
        return self._parsed(passage.head).document.text[passage.unit.start : passage.unit.end]

    def text(self, document: str, version: int) -> str:
        """The published text of a version: what its quotes are cut from."""
        return self._store.version(document, version).text

    def ranking(self, turns: Sequence[str]) -> Ranking:
        """What retrieval says of the question, for evaluation."""
        corpus = self.corpus()
        return self._retriever.rank(corpus, self._without_denials(self._resolve(corpus, turns).story))

    def receipt(self, identity: str) -> dict[str, object] | None:
        """An answer exactly as it was given, with the time, but without its question."""
        kept = self._store.receipt(identity)
        return {"given_at": kept[0], **json.loads(kept[1])} if kept else None

    def corpus(self) -> Corpus:
        """The corpus in force now; rebuilt when something was published since."""
        generation = self._store.generation()
        if generation != self._corpus.generation:
            with self._lock:
                if generation != self._corpus.generation:
                    self._corpus = build_corpus(self._store, self._index)
        return self._corpus

    def published(self, head: Head) -> Published:
        """A version in force, parsed."""
        return self._parsed(head)

    def find(self, document: str) -> Published | None:
        """The document in force under an id, if there is one."""
        head = next((head for head in self._corpus.heads if head.document == document), None)
        return self._parsed(head) if head else None

    def _without_denials(self, story: str) -> str:
        return read_dangers(self._triggers, story).told

    def _resolve(self, corpus: Corpus, turns: Sequence[str]) -> Asked:
        def is_new(turn: str, matter: str) -> bool:
            """Whether a turn, read alone, is clearly about something else than the matter so far."""
            alone = self._retriever.rank(corpus, turn, limit=1)
            if not alone.found:
                return False
            if not covers(alone, turn):
                return is_foreign(alone) and len(turn.split()) >= LONG and not points_back(turn)
            if alone.found[0].share < CLEAR:
                return False
            before = self._retriever.rank(corpus, matter, limit=3)
            return alone.found[0].position not in {found.position for found in before.found}

        return resolve(turns, choices=corpus.choices, is_new=is_new)

    def _join(self, turns: Sequence[str], earlier: Sequence[int]) -> Asked:
        return join(turns, earlier, self.corpus().choices)

    def _picked(self, ranking: Ranking, asked: Asked) -> Found | None:
        """The document that a turn on this matter picks: by its title, or by a danger that it newly tells of."""
        titles = {head.title.lower(): head.document for head in ranking.corpus.heads}
        chosen = next((titles[pick] for pick in reversed(asked.picks) if pick in titles), None)
        if asked.story != asked.question and not asked.picks:
            news = find_triggers(self._triggers, asked.question)
            chosen = next((one.trigger.document for one in news if one.level == "urgent"), chosen)
        return self._retriever.one(ranking, chosen) if chosen else None

    def _parse(self, head: Head) -> Published:
        version = self._store.version(head.document, head.number)
        return Published(head, parse_document(version.text, default_id=head.document, company=self._company))

    def _answered(self, matter: Matter, parsed: Callable[[Head], Published], chosen: str | None = None) -> Answered:
        asked, ranking, spoken = matter.asked, matter.ranking, _answered_by(matter.seen)
        rivals = [found for found in ranking.found[1:6] if found.dense >= RIVAL * ranking.found[0].dense]
        lead, others = (ranking.found[0], []) if spoken else self._leading(ranking.found[0], rivals, parsed)
        source = parsed(lead.head)
        citations = Citations()
        likely = [found for found in ranking.found[:3] if found is not lead and found.share >= LIKELY]
        composed = compose(
            ranking,
            lead,
            source,
            matter.wording,
            citations,
            chosen=chosen or self._choice(asked, source),
            only=spoken.reply if spoken else None,
            # A first document that another overrules is quoted for that, and not offered as well.
            second=parsed(likely[0].head)
            if likely and lead is ranking.found[0] and not asked.picks and not spoken
            else None,
            rivals=[(found, parsed(found.head)) for found in others],
        )
        escalation = self._escalate(source, matter, citations, self._judged(ranking, lead))
        others_near = [found for found in ranking.found[1:4] if found is not lead and found.share >= OFFERED]
        close = [] if ranking.found[0].share >= CLEAR or asked.picks or spoken else others_near[:3]
        return Answered(
            question=asked.question,
            statements=composed.statements,
            citations=citations.all,
            documents=[lead.head.document, *(f.head.document for f in ranking.found if f is not lead)],
            alternatives=[Alternative(document=f.head.document, title=f.head.title) for f in close],
            clarifying_question=composed.clarification,
            branch=composed.branch,
            escalation=escalation,
            receipt=_new_receipt(),
            more=composed.left_out,
        )

    def _unanswered(self, matter: Matter) -> Unanswered:
        citations = Citations()
        escalation = self._escalate(None, matter, citations, None) if matter.seen else None
        manager, compliance = self._company.contacts["manager"], self._company.contacts["compliance"]
        urgent = escalation is not None and escalation.level == "urgent"
        message = (
            f"{_FIRST if urgent else ''}The knowledge does not cover this.\n\n"
            f"Who to ask: {manager.name} ({manager.contact}), or {compliance.name} ({compliance.contact}). "
            "You can pass this question on to those who keep the knowledge; your name does not go with it."
        )
        return Unanswered(
            question=matter.asked.question,
            message=message,
            # Who is in danger is not asked which of three other matters it may be.
            alternatives=[
                Alternative(document=f.head.document, title=f.head.title)
                for f in matter.ranking.found[:3]
                if not urgent
            ],
            citations=citations.all,
            escalation=escalation,
            receipt=_new_receipt(),
        )

    @staticmethod
    def _leading(first: Found, rivals: list[Found], parsed: Callable[[Head], Published]) -> tuple[Found, list[Found]]:
        """The document that leads: the first, unless a rival of higher authority disagrees with it."""
        ours = parsed(first.head).document
        for rival in rivals:
            theirs = parsed(rival.head).document
            if AUTHORITY[theirs.kind] <= AUTHORITY[ours.kind]:
                continue
            mine = [block for block in ours.body.blocks if first.covers(block)]
            other = [block for block in theirs.body.blocks if rival.covers(block)]
            if any(disagree(a, b) for a in mine for b in other):
                return rival, [first, *(found for found in rivals if found is not rival)]
        return first, rivals

    @staticmethod
    def _choice(asked: Asked, source: Published) -> str | None:
        """The option that a turn on this matter picked, if it is one of this document's."""
        options = {branch.option.lower(): branch.option for branch in source.document.branches}
        return next((options[pick] for pick in reversed(asked.picks) if pick in options), None)

    def _judged(self, ranking: Ranking, lead: Found) -> Level | None:
        """The level of the document's sample question that this one is very like, or else what the story suggests."""
        best: Level | None = None
        score = ALIKE
        for row in ranking.corpus.rows_of(lead.position):
            unit = ranking.corpus.units[row]
            if unit.kind == "ask" and unit.level in LEVELS and ranking.similarities[row] > score:
                best, score = unit.level, float(ranking.similarities[row])
        return best or judge_level(ranking, self._retriever.classifier)

    def _escalate(
        self, source: Published | None, matter: Matter, citations: Citations, judged: Level | None
    ) -> EscalationAdvice | None:
        plan = source.document.front.escalation if source and source.document.front else None
        grave = bool(matter.seen) or (plan is not None and plan.level in ("specialist", "urgent"))
        return escalate(
            source,
            matter.wording,
            matter.seen,
            find_involved(matter.wording.text, grave=grave),
            judged=judged,
            company=self._company,
            citations=citations,
            find=self.find,
        )

    def keep(self, outcome: Outcome) -> None:
        """Keeps an answer under its receipt, without its question and without any words taken from it."""

        def without_question() -> str:
            kept = to_json(outcome)
            del kept["question"]
            if kept["escalation"]:
                kept["escalation"] = json.loads(_QUOTED.sub("", json.dumps(kept["escalation"], ensure_ascii=False)))
            return json.dumps(kept, ensure_ascii=False)

        self._store.keep_receipt(outcome.receipt, without_question)


def _answered_by(seen: list[Seen]) -> Trigger | None:
    """The trigger whose own reply is the answer, if the story shows one."""
    return next((one.trigger for one in seen if one.trigger.reply and one.level == "urgent"), None)


def _of_danger(ranking: Ranking, seen: list[Seen]) -> Found | None:
    """The document on the danger that the story tells of, where it is among the first few: it leads."""
    homes = [one.trigger.document for one in seen if one.level == "urgent"]
    return next((found for found in ranking.found[:FEW] if found.head.document in homes), None)


def _new_receipt() -> str:
    return secrets.token_hex(8)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
