from __future__ import annotations

import pytest

from advisor.advisor import Advisor
from advisor.assembly import Parts
from advisor.errors import QuestionError
from advisor.outcome import Answered, Unanswered, to_json
from tests.fakes import GIFTS

QUESTION = "my customer wants to give me a watch"


def answered(advisor: Advisor, *turns: str) -> Answered:
    outcome = advisor.ask(turns)
    assert isinstance(outcome, Answered)
    return outcome


def test_answer_leads_with_the_short_answer_and_fills_values_in(advisor: Advisor) -> None:
    assert answered(advisor, QUESTION).statements[0].text == "Decline anything above USD 50 and tell your manager."


def test_quotes_equal_the_published_text_at_their_offsets(advisor: Advisor, parts: Parts) -> None:
    outcome = answered(advisor, QUESTION)
    text = parts.store.version("gifts", 1).text
    assert outcome.citations
    for citation in outcome.citations:
        assert text[citation.start : citation.end] == citation.quote


def test_every_statement_carries_a_marker_that_is_cited(advisor: Advisor) -> None:
    outcome = answered(advisor, QUESTION)
    markers = {citation.marker for citation in outcome.citations}
    assert outcome.statements
    assert all(f"[{statement.marker}]" in outcome.answer for statement in outcome.statements)
    assert {statement.marker for statement in outcome.statements} <= markers


def test_open_branch_asks_the_clarifying_question(advisor: Advisor) -> None:
    outcome = answered(advisor, QUESTION)
    assert outcome.branch is None
    assert outcome.clarifying_question is not None
    assert outcome.clarifying_question.options == ["It is worth little", "It is worth much"]


def test_question_that_settles_the_branch_takes_it(advisor: Advisor) -> None:
    outcome = answered(advisor, "my customer wants to give me a gold watch")
    assert outcome.branch == "It is worth much"
    assert outcome.clarifying_question is None
    assert any(statement.text == "Give it back this week." for statement in outcome.statements)


def test_option_as_next_turn_takes_the_branch(advisor: Advisor) -> None:
    assert answered(advisor, QUESTION, "It is worth little").branch == "It is worth little"


def test_sign_in_the_question_raises_the_level(advisor: Advisor) -> None:
    escalation = answered(advisor, "my customer gave me money with the gift").escalation
    assert escalation is not None
    assert escalation.level == "specialist"
    assert "compliance" in escalation.routes


def test_involved_manager_is_skipped_and_the_answer_says_so(advisor: Advisor) -> None:
    escalation = answered(advisor, "my boss took a watch from my customer as a gift").escalation
    assert escalation is not None
    manager = next(rung for rung in escalation.ladder if rung.route == "manager")
    assert manager.skipped is not None
    assert "manager" not in escalation.routes
    assert escalation.routes == ["compliance"]


def test_off_the_subject_is_refused_with_whom_to_ask(advisor: Advisor) -> None:
    outcome = advisor.ask(["banana bread recipe please"])
    assert isinstance(outcome, Unanswered)
    assert outcome.message.startswith("The knowledge does not cover this.")
    assert "manager@company.example" in outcome.message
    assert outcome.escalation is None


def test_off_the_subject_with_a_threat_still_escalates(advisor: Advisor) -> None:
    outcome = advisor.ask(["some stranger pulled out a knife"])
    assert isinstance(outcome, Unanswered)
    assert outcome.escalation is not None
    assert outcome.escalation.level == "urgent"
    assert outcome.escalation.routes[0] == "emergency"


@pytest.mark.parametrize("question", ["", "   \n", "\x00\x01"])
def test_empty_question_is_an_error_that_says_what_to_do(advisor: Advisor, question: str) -> None:
    with pytest.raises(QuestionError, match="say in a sentence or two"):
        advisor.ask([question])


def test_question_of_20000_characters_is_an_error_that_names_the_limit(advisor: Advisor) -> None:
    with pytest.raises(QuestionError, match="20,000 characters, more than 8,000"):
        advisor.ask(["x" * 20_000])


def test_only_emoji_is_refused(advisor: Advisor) -> None:
    assert isinstance(advisor.ask(["😡😡😡"]), Unanswered)


def test_script_in_a_question_is_plain_text(advisor: Advisor) -> None:
    question = "<script>alert(1)</script> my customer wants to give me a watch"
    assert to_json(advisor.ask([question]))["question"] == question


def test_receipt_shows_the_answer_again_without_the_question(advisor: Advisor) -> None:
    outcome = answered(advisor, QUESTION)
    kept = advisor.receipt(outcome.receipt)
    assert kept is not None
    assert kept["answer"] == outcome.answer
    assert "question" not in kept
    assert kept["given_at"]


def test_receipt_holds_no_words_of_the_question(advisor: Advisor) -> None:
    outcome = answered(advisor, "My boss Karen Holt grabbed me at the fair and my boss Karen Holt gave me a gift.")
    assert outcome.escalation
    assert "karen holt" in str(outcome.escalation).lower()
    assert "karen holt" not in str(advisor.receipt(outcome.receipt)).lower()


def test_next_answer_stands_on_the_version_just_published(advisor: Advisor, parts: Parts) -> None:
    parts.knowledge.save_draft("gifts", GIFTS.replace("Log the offer", "Record the offer"))
    parts.knowledge.publish_drafts(["gifts"])
    outcome = answered(advisor, QUESTION)
    assert {citation.version for citation in outcome.citations} == {2}
    assert "Record the offer" in outcome.answer


def test_policy_leads_where_guidance_disagrees_and_both_are_quoted(advisor: Advisor, parts: Parts) -> None:
    guidance = """---
id: gift-tips
title: Tips on a gift from a client
kind: guidance
owner: Sales
effective: 2026-01-05
review_by: 2027-01-05
asks: [my customer wants to give me a watch as a gift today, my customer wants to give me a watch]
---
## Short answer
Decline anything above USD 80 and tell your manager.
"""
    (parts.settings.knowledge_dir / "gift-tips.md").write_text(guidance, encoding="utf-8")
    parts.knowledge.sync(parts.settings.knowledge_dir)
    outcome = answered(advisor, "my customer wants to give me a watch as a gift today")
    assert outcome.documents[0] == "gifts"
    assert any(s.role == "differs" and "USD 80" in s.text for s in outcome.statements)
    assert {"gifts", "gift-tips"} <= {citation.document for citation in outcome.citations}


def test_plain_page_is_quoted_word_for_word(advisor: Advisor, parts: Parts) -> None:
    page = "# Parking\n\nThe garage in Mill Lane is free for staff after six.\n"
    (parts.settings.knowledge_dir / "parking.md").write_text(page, encoding="utf-8")
    parts.knowledge.sync(parts.settings.knowledge_dir)
    outcome = answered(advisor, "is the garage in mill lane free after six")
    assert outcome.documents[0] == "parking"
    assert outcome.citations[0].quote == "The garage in Mill Lane is free for staff after six."
    assert outcome.escalation is None


def test_question_passed_on_is_kept_without_anything_but_its_day(advisor: Advisor, parts: Parts) -> None:
    advisor.pass_on(["banana bread recipe please"])
    [(day, question)] = parts.store.open_questions()
    assert question == "banana bread recipe please"
    assert day.isoformat()[:2] == "20"
