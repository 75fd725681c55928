from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.check import check_folder
from advisor.company import Company, load_company
from advisor.errors import KnowledgeError, Problem
from advisor.wording import reading_ease

TODAY = date(2026, 6, 1)
COMPANY = Company({"crm": "the ledger", "time_manager": "within 1 working day"}, {})
PACK = Path(__file__).parent.parent / "knowledge"


def document(identity: str = "gifts", front: dict[str, Any] | None = None, **sections: str | None) -> str:
    """A document without a fault, save for the fields and the sections given; None leaves one out.

    Words that would be alike between two documents are made of the id.
    """
    fields: dict[str, Any] = {
        "id": identity,
        "title": "A situation",
        "kind": "guidance",
        "owner": "Sales",
        "effective": date(2026, 1, 5),
        "review_by": date(2027, 1, 5),
        "see_also": [],
        "asks": [" ".join(f"{identity}{number}{word}" for word in "abcdef") for number in range(40)],
        "escalation": {
            "level": "self",
            "ladder": [{"route": "manager", "within": "{{time_manager}}"}],
            "raises": [{"when": "It goes on", "level": "manager", "route": "manager"}],
        },
        "branches": [{"option": "You saw it"}, {"option": "You heard it"}],
        "training": [
            {
                "title": "A day",
                "scenario": "You are asked.",
                "level": "self",
                "points": [{"point": "Ask", "quote": "Ask them first."}],
                "wrong": [{"reply": "Shout", "quote": "Do not shout."}],
            }
        ],
    } | (front or {})
    body: dict[str, str | None] = {
        "Short answer": "Ask them.",
        "What to do": "1. Ask them first.",
        "What not to do": "- Do not shout.",
        "It depends": "How do you know?\n\n### You saw it\n- Say so.\n\n### You heard it\n- Ask.",
        "Questions people ask": questions(8),
        "When to escalate": "- **Manager**, {{time_manager}}: if so.",
        "Why": "It works.",
    }
    body.update({name.replace("_", " "): text for name, text in sections.items()})
    written = "\n\n".join(f"## {name}\n{text}" for name, text in body.items() if text is not None)
    head = yaml.safe_dump({k: v for k, v in fields.items() if v is not None}, sort_keys=False, width=10_000)
    return f"---\n{head}---\n{written}\n"


def questions(count: int, first: str = "No.") -> str:
    replies = [first] + ["Yes."] * (count - 1)
    return "\n\n".join(f"### question {number}\n{reply}" for number, reply in enumerate(replies))


def check(folder: Path, **pages: str) -> list[Problem]:
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return check_folder(folder, COMPANY, TODAY)


def only_problem(folder: Path, **pages: str) -> Problem:
    problems = check(folder, **pages)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def place(problem: Problem) -> tuple[str, str, int | None]:
    return problem.severity, problem.field, problem.line


# The folder


def test_documents_without_a_fault_have_no_problems(tmp_path: Path) -> None:
    assert check(tmp_path, gifts=document("gifts", {"see_also": ["meals"]}), meals=document("meals")) == []


def test_plain_page_is_not_held_to_the_format(tmp_path: Path) -> None:
    assert check(tmp_path, parking="# Parking\n\nVans stand behind {{the}} gate.\n") == []


def test_plain_page_that_is_empty_is_a_warning(tmp_path: Path) -> None:
    assert place(only_problem(tmp_path, parking=" \n")) == ("warning", "text", None)


def test_folder_that_does_not_exist_raises(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="does not exist"):
        check(tmp_path / "nowhere")


def test_problems_come_sorted_by_file_and_line(tmp_path: Path) -> None:
    late = document("gifts", {"asks": [], "review_by": date(2026, 2, 1), "see_also": ["nothing"]})
    problems = check(tmp_path, gifts=late, art=document("art", Why=None))
    assert [problem.field for problem in problems] == ["Why", "review_by", "see_also.0", "asks"]
    assert [Path(problem.file).name for problem in problems] == ["art.md", "gifts.md", "gifts.md", "gifts.md"]


# Errors


def test_breach_of_the_front_matter_is_an_error_at_its_line(tmp_path: Path) -> None:
    text = document(front={"kind": "rumour"})
    assert place(only_problem(tmp_path, gifts=text)) == ("error", "kind", line_of(text, "kind: rumour"))


def test_undefined_value_is_an_error_at_its_line(tmp_path: Path) -> None:
    text = document(Why="{{crm}} holds {{nothing_of_the_kind}}.")
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "values", line_of(text, "nothing_of_the_kind"))
    assert "{{nothing_of_the_kind}}" in problem.message


def test_file_name_that_differs_from_the_id_is_an_error(tmp_path: Path) -> None:
    problem = only_problem(tmp_path, presents=document("gifts"))
    assert place(problem) == ("error", "id", 2)
    assert "gifts.md" in problem.remedy


@pytest.mark.parametrize("identity", ["gifts", "sales/gifts"])
def test_document_in_a_subfolder_may_be_named_with_or_without_it(tmp_path: Path, identity: str) -> None:
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "gifts.md").write_text(document(identity), encoding="utf-8")
    assert check(tmp_path) == []


def test_duplicate_id_is_an_error_that_names_the_other_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "gifts.md").write_text(document(), encoding="utf-8")
    errors = [problem for problem in check(tmp_path) if problem.severity == "error"]
    assert [(Path(p.file).parent.name, place(p)) for p in errors] == [("b", ("error", "id", 2))]
    assert str(tmp_path / "a" / "gifts.md") in errors[0].message


def test_duplicate_id_of_plain_pages_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "parking.txt").write_text("Behind the gate.", encoding="utf-8")
    problem = only_problem(tmp_path, parking="# Parking\n\nVans only.\n")
    assert place(problem) == ("error", "id", None)
    assert "parking.md" in problem.message


def test_see_also_that_no_document_has_is_an_error(tmp_path: Path) -> None:
    text = document(front={"see_also": ["gifts", "nothing"]})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "see_also.1", line_of(text, "- nothing"))
    assert "'nothing'" in problem.message


def test_see_also_to_a_document_in_error_is_not_a_second_error(tmp_path: Path) -> None:
    broken = document("meals", {"kind": None})
    assert only_problem(tmp_path, gifts=document(front={"see_also": ["meals"]}), meals=broken).field == "kind"


def test_review_before_the_effective_date_is_an_error(tmp_path: Path) -> None:
    text = document(front={"effective": date(2028, 1, 1)})
    assert place(only_problem(tmp_path, gifts=text)) == ("error", "review_by", line_of(text, "review_by"))


@pytest.mark.parametrize("opening", ["", "Look closely.\n\n"])
def test_it_depends_without_a_question_is_an_error(tmp_path: Path, opening: str) -> None:
    text = document(It_depends=f"{opening}### You saw it\n- Say so.\n\n### You heard it\n- Ask.")
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "It depends", line_of(text, "## It depends"))
    assert "question" in problem.message


def test_it_depends_with_one_option_is_an_error(tmp_path: Path) -> None:
    text = document(front={"branches": [{"option": "You saw it"}]}, It_depends="How?\n\n### You saw it\n- Say so.")
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "It depends", line_of(text, "## It depends"))
    assert "1 of at least 2 options" in problem.message


def test_branch_that_is_no_heading_is_an_error(tmp_path: Path) -> None:
    options = [{"option": "You saw it"}, {"option": "You heard it"}, {"option": "you saw it"}]
    text = document(front={"branches": options})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "branches.2.option", line_of(text, "option: you saw it"))


def test_heading_that_is_no_branch_is_an_error(tmp_path: Path) -> None:
    text = document(front={"branches": [{"option": "You saw it"}]})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "It depends", line_of(text, "### You heard it"))
    assert "'You heard it'" in problem.message


def test_rung_without_an_item_is_an_error(tmp_path: Path) -> None:
    ladder = [{"route": "manager", "within": "{{time_manager}}"}, {"route": "sales-ops", "within": "today"}]
    text = document(front={"escalation": {"level": "self", "ladder": ladder}})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "escalation.ladder.1.route", line_of(text, "route: sales-ops"))


def test_rung_named_with_a_space_in_its_item_is_accepted(tmp_path: Path) -> None:
    ladder = [{"route": "sales-ops", "within": "today"}]
    text = document(
        front={"escalation": {"level": "self", "ladder": ladder}}, When_to_escalate="- **Sales Ops**, today: ask."
    )
    assert check(tmp_path, gifts=text) == []


def test_raise_to_a_route_without_an_item_is_an_error(tmp_path: Path) -> None:
    ladder = [{"route": "manager", "within": "{{time_manager}}"}]
    raises = [{"when": "It is a crime", "level": "urgent", "route": "emergency"}]
    text = document(front={"escalation": {"level": "self", "ladder": ladder, "raises": raises}})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "escalation.raises.0.route", line_of(text, "route: emergency"))


def test_time_limit_that_differs_from_its_item_is_an_error(tmp_path: Path) -> None:
    text = document(When_to_escalate="- **Manager**, within 2 working days: if it goes on.")
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", "escalation.ladder.0.within", line_of(text, "within: "))
    assert "within 1 working day" in problem.message


def test_time_limit_is_compared_once_values_are_filled_in(tmp_path: Path) -> None:
    text = document(When_to_escalate="- **Manager**. {{time_manager}}, if so.")
    assert check(tmp_path, gifts=text) == []
    assert check(tmp_path, gifts=document(When_to_escalate="- **Manager**, within 1 working day: if it goes on.")) == []


@pytest.mark.parametrize(("part", "words"), [("points", "point"), ("wrong", "reply")])
def test_training_quote_that_is_not_in_the_body_is_an_error(tmp_path: Path, part: str, words: str) -> None:
    scenario: dict[str, Any] = {"title": "A day", "scenario": "You are asked.", "level": "self"}
    scenario |= {"points": [{"point": "Ask", "quote": "Ask them first."}], part: [{words: "Ask", "quote": "Go away."}]}
    text = document(front={"training": [scenario]})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("error", f"training.0.{part}.0.quote", line_of(text, "quote: Go away."))


def test_training_quote_across_two_paragraphs_is_an_error(tmp_path: Path) -> None:
    points = [{"point": "Ask", "quote": "One.\n\nTwo."}]
    scenario = {"title": "A day", "scenario": "You are asked.", "level": "self", "points": points}
    problem = only_problem(tmp_path, gifts=document(front={"training": [scenario]}, Why="One.\n\nTwo."))
    assert (problem.severity, problem.field) == ("error", "training.0.points.0.quote")


def test_training_quote_is_compared_once_values_are_filled_in(tmp_path: Path) -> None:
    points = [{"point": "Look", "quote": "{{crm}} shows it."}]
    scenario = {"title": "A day", "scenario": "You are asked.", "level": "self", "points": points}
    text = document(front={"training": [scenario]}, What_to_do="1. {{crm}} shows it.")
    assert check(tmp_path, gifts=text) == []


def test_empty_id_is_an_error(tmp_path: Path) -> None:
    assert place(only_problem(tmp_path, gifts=document(front={"id": ""}))) == ("error", "id", 2)


def test_document_without_a_body_is_an_error(tmp_path: Path) -> None:
    text = document().split("---\n## ")[0] + "---\n"
    errors = [place(problem) for problem in check(tmp_path, gifts=text) if problem.severity == "error"]
    assert ("error", "text", None) in errors


# Warnings


def test_overdue_review_is_a_warning_from_the_day_after(tmp_path: Path) -> None:
    assert check(tmp_path, gifts=document(front={"review_by": TODAY})) == []
    text = document(front={"review_by": date(2026, 5, 31)})
    assert place(only_problem(tmp_path, gifts=text)) == ("warning", "review_by", line_of(text, "review_by"))


@pytest.mark.parametrize("section", ["Short answer", "Why", "Questions people ask"])
def test_missing_section_is_a_warning(tmp_path: Path, section: str) -> None:
    left_out: dict[str, Any] = {section.replace(" ", "_"): None}
    text = document(**left_out)
    assert place(only_problem(tmp_path, gifts=text)) == ("warning", section, None)


def test_section_one_level_too_deep_counts_as_missing(tmp_path: Path) -> None:
    text = document(What_to_do="1. Ask them first.\n\n### Why\nIt works.", Why=None)
    assert place(only_problem(tmp_path, gifts=text)) == ("warning", "Why", None)


def test_fewer_than_eight_questions_is_a_warning(tmp_path: Path) -> None:
    text = document(Questions_people_ask=questions(7))
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("warning", "Questions people ask", line_of(text, "## Questions"))
    assert "7 of at least 8" in problem.message


def test_fewer_than_forty_asks_is_a_warning(tmp_path: Path) -> None:
    text = document(front={"asks": [f"ask {number}" for number in range(39)]})
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("warning", "asks", line_of(text, "asks:"))
    assert "39 of at least 40" in problem.message


def test_step_over_thirty_two_words_is_a_warning(tmp_path: Path) -> None:
    steps = f"1. Ask them first.\n2. {'go ' * 32}\n3. {'go ' * 33}"
    text = document(What_to_do=steps)
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("warning", "What to do", line_of(text, "3. go"))
    assert "step 3 has 33 words" in problem.message


def test_reply_over_fifty_five_words_is_a_warning(tmp_path: Path) -> None:
    assert check(tmp_path, gifts=document(Questions_people_ask=questions(8, "No." + " go" * 54))) == []
    text = document(Questions_people_ask=questions(8, "No." + " go" * 54 + "\n\nStop."))
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("warning", "Questions people ask", line_of(text, "No. go"))
    assert "56 words" in problem.message


@pytest.mark.parametrize("reply", ["You may.", "Notify them.", "Noted, yes."])
def test_reply_that_opens_with_no_answer_is_a_warning(tmp_path: Path, reply: str) -> None:
    text = document(Questions_people_ask=questions(8, reply))
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("warning", "Questions people ask", line_of(text, reply))
    assert "'question 0'" in problem.message


@pytest.mark.parametrize("reply", ["Yes, ask.", "**No.** Ask.", "If you can.", "It depends: ask.", "Not before May."])
def test_reply_that_opens_with_the_answer_is_accepted(tmp_path: Path, reply: str) -> None:
    assert check(tmp_path, gifts=document(Questions_people_ask=questions(8, reply))) == []


def test_question_without_a_reply_is_a_warning(tmp_path: Path) -> None:
    text = document(Questions_people_ask=questions(8) + "\n\n### and then")
    problem = only_problem(tmp_path, gifts=text)
    assert place(problem) == ("warning", "Questions people ask", line_of(text, "### and then"))


def test_hard_text_is_a_warning(tmp_path: Path) -> None:
    hard = "Organisational responsibilities necessitate comprehensive documentation of communication. "
    problem = only_problem(tmp_path, gifts=document(Why=hard * 20))
    assert place(problem) == ("warning", "reading ease", None)


def test_plain_text_reads_easily_however_long(tmp_path: Path) -> None:
    assert check(tmp_path, gifts=document(Why="Ask the man next door. " * 60)) == []


def test_reading_ease_follows_the_formula() -> None:
    # Ten sentences of ten words each, of one syllable each: 206.835 - 1.015 * 10 - 84.6 * 1.
    assert reading_ease(["The cat sat on the mat and then it slept."] * 10) == pytest.approx(112.085)


def test_reading_ease_of_too_short_a_text_is_none() -> None:
    assert reading_ease(["The cat sat on the mat."] * 10) is None


def test_sentence_of_eight_words_in_two_documents_is_one_warning(tmp_path: Path) -> None:
    said = "talk settles most of them quickly."
    meals = document("meals", Why=f"So ask. A PRIVATE {said}\n\nA private {said}")
    gifts = document("gifts", Why=f"A private {said} It works.")
    problem = only_problem(tmp_path, gifts=gifts, meals=meals)
    assert Path(problem.file).name == "meals.md"
    assert place(problem) == ("warning", "Why", line_of(meals, "PRIVATE"))
    assert "meals repeats gifts" in problem.message


def test_sentence_of_seven_words_may_be_in_two_documents(tmp_path: Path) -> None:
    said = "A private talk settles most of them."
    assert check(tmp_path, gifts=document(Why=said), meals=document("meals", Why=said)) == []


def test_sentence_said_twice_in_one_document_is_no_problem(tmp_path: Path) -> None:
    said = "A private talk settles nearly all of them quickly."
    assert check(tmp_path, gifts=document(Why=f"{said}\n\n{said}")) == []


def asks(identity: str, ask: str) -> dict[str, Any]:
    return {"asks": [ask] + [" ".join(f"{identity}{number}{word}" for word in "abcdef") for number in range(40)]}


def test_ask_nearly_the_same_in_two_documents_is_a_warning(tmp_path: Path) -> None:
    gifts = document("gifts", asks("gifts", "May I keep the watch that my client gave me?"))
    meals = document("meals", asks("meals", "my client gave me that watch, may i keep the watch"))
    problem = only_problem(tmp_path, gifts=gifts, meals=meals)
    assert Path(problem.file).name == "meals.md"
    assert place(problem) == ("warning", "asks.0", line_of(meals, "my client gave me"))
    assert "meals asks nearly what gifts asks" in problem.message


def test_ask_whose_words_all_occur_in_a_long_one_is_no_problem(tmp_path: Path) -> None:
    story = "may i say that the client who gave me a very old watch would like me to keep it for my son and his wife"
    gifts, meals = asks("gifts", "may i keep it"), asks("meals", story)
    assert check(tmp_path, gifts=document("gifts", gifts), meals=document("meals", meals)) == []


def test_ask_that_shares_half_its_words_is_no_problem(tmp_path: Path) -> None:
    gifts, meals = asks("gifts", "may i keep the golden watch"), asks("meals", "may i keep the receipt back")
    assert check(tmp_path, gifts=document("gifts", gifts), meals=document("meals", meals)) == []


def test_ask_that_a_document_repeats_itself_is_no_problem(tmp_path: Path) -> None:
    own = asks("gifts", "may i keep the watch")
    own["asks"].append("may i keep the watch")
    assert check(tmp_path, gifts=document("gifts", own)) == []


# The starter pack


def test_starter_pack_has_no_errors_and_is_checked_in_five_seconds() -> None:
    company = load_company(PACK / "company.yaml")
    # Processor time, so that whatever else runs on the machine does not count.
    started = time.process_time()
    problems = check_folder(PACK, company, TODAY)
    assert time.process_time() - started < 5
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
