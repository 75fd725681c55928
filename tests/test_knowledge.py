from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from advisor.advisor import Advisor
from advisor.assembly import Parts, seed
from advisor.embedding import Vectors
from advisor.errors import DocumentError, KnowledgeError, ModelError, StorageError, UndefinedValue, UnknownDocument
from advisor.outcome import Answered
from advisor.storage import store as store_module
from tests.fakes import GIFTS

QUESTION = "my customer wants to give me a watch"
CHANGED = GIFTS.replace("Decline anything above", "Say no to anything above")
PAGE = "# Parking at the depot\n\nVans stand behind the gate after six.\n"


def lead(advisor: Advisor) -> str:
    outcome = advisor.ask([QUESTION])
    assert isinstance(outcome, Answered)
    return outcome.statements[0].text


def version(advisor: Advisor) -> int:
    outcome = advisor.ask([QUESTION])
    return outcome.citations[0].version


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class NoEncoder:
    """An encoder whose model is gone."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise ModelError("the model is gone; reinstall it")

    def encode_many(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Vectors]]:
        raise ModelError("the model is gone; reinstall it")


# Importing


def test_import_makes_a_draft_that_does_not_answer(advisor: Advisor, parts: Parts, tmp_path: Path) -> None:
    report = parts.knowledge.import_paths([write(tmp_path / "new", "gifts.md", CHANGED)], publish=False)
    assert (report.drafted, report.published, report.problems) == (["gifts"], [], [])
    assert parts.store.draft("gifts") is not None
    assert version(advisor) == 1


def test_import_with_publish_is_in_force_for_the_very_next_question(
    advisor: Advisor, parts: Parts, tmp_path: Path
) -> None:
    report = parts.knowledge.import_paths([write(tmp_path / "new", "gifts.md", CHANGED)], publish=True)
    assert [(head.document, head.number) for head in report.published] == [("gifts", 2)]
    assert lead(advisor) == "Say no to anything above USD 50 and tell your manager."
    assert version(advisor) == 2


@pytest.mark.parametrize("publish", [True, False])
def test_import_of_the_unchanged_file_makes_nothing(parts: Parts, advisor: Advisor, publish: bool) -> None:
    report = parts.knowledge.import_paths([parts.settings.knowledge_dir / "gifts.md"], publish=publish)
    assert (report.unchanged, report.published, report.drafted) == (["gifts"], [], [])
    assert [head.number for head in parts.store.history("gifts")] == [1]


def test_read_says_what_an_import_would_become_and_stores_nothing(parts: Parts, tmp_path: Path) -> None:
    write(tmp_path / "new", "depot/parking.md", PAGE)
    write(tmp_path / "new", "broken.md", GIFTS.replace("kind: policy", "kind: rule"))
    texts, problems = parts.knowledge.read([tmp_path / "new"])
    assert [(text.document.id, text.document.title) for text in texts] == [("depot/parking", "Parking at the depot")]
    assert [problem.field for problem in problems] == ["kind"]
    assert parts.store.drafts() == []
    assert parts.store.heads() == []


def test_file_named_alone_gets_its_own_name_as_id(parts: Parts, tmp_path: Path) -> None:
    report = parts.knowledge.import_paths([write(tmp_path / "a1b2c3", "parking.md", PAGE)], publish=False)
    assert report.drafted == ["parking"]


def test_html_page_is_read_as_its_article(parts: Parts, advisor: Advisor, tmp_path: Path) -> None:
    page = (
        "<html><head><title>Parking at the depot</title></head><body><nav>Home</nav><article><h1>Parking at the"
        " depot</h1><p>Vans stand behind the gate after six in the evening, and the key hangs in the office."
        "</p></article></body></html>"
    )
    report = parts.knowledge.import_paths([write(tmp_path / "new", "parking.html", page)], publish=True)
    assert [head.title for head in report.published] == ["Parking at the depot"]
    assert "Vans stand behind the gate" in parts.store.version("parking").text


def test_broken_file_is_reported_with_its_line_and_the_others_are_taken(parts: Parts, tmp_path: Path) -> None:
    broken = write(tmp_path / "new", "broken.md", GIFTS.replace("kind: policy", "kind: rule"))
    write(tmp_path / "new", "parking.md", PAGE)
    report = parts.knowledge.import_paths([tmp_path / "new"], publish=True)
    assert [head.document for head in report.published] == ["parking"]
    (problem,) = report.problems
    assert (problem.file, problem.line, problem.field) == (str(broken), 4, "kind")
    assert "'policy', 'procedure' or 'guidance'" in problem.remedy


def test_two_files_with_one_id_keep_the_first_and_report_the_second(parts: Parts, tmp_path: Path) -> None:
    first = write(tmp_path / "new", "a.md", GIFTS)
    second = write(tmp_path / "new", "b.md", CHANGED)
    report = parts.knowledge.import_paths([tmp_path / "new"], publish=True)
    assert [head.document for head in report.published] == ["gifts"]
    assert parts.store.version("gifts").source == GIFTS
    (problem,) = report.problems
    assert (problem.file, problem.field) == (str(second), "id")
    assert str(first) in problem.message


def test_file_that_is_not_utf8_is_reported_with_the_line(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "latin.md"
    path.write_bytes("# Café\n\nKein Gewähr für Stühle\n".encode("latin-1"))
    (problem,) = parts.knowledge.import_paths([path], publish=True).problems
    assert (problem.line, problem.field, problem.remedy) == (1, "encoding", "save it as UTF-8")


def test_file_of_five_megabytes_is_reported_and_not_read(parts: Parts, tmp_path: Path) -> None:
    path = write(tmp_path, "big.md", "word " * 1_000_000)
    (problem,) = parts.knowledge.import_paths([path], publish=True).problems
    assert (problem.field, problem.message) == ("size", "is 5.0 MB, more than 2")


def test_date_that_is_none_is_reported_with_the_line(parts: Parts, tmp_path: Path) -> None:
    path = write(tmp_path, "gifts.md", GIFTS.replace("effective: 2026-01-05", "effective: soon"))
    (problem,) = parts.knowledge.import_paths([path], publish=True).problems
    assert (problem.line, problem.field, problem.remedy) == (6, "effective", "write it as YYYY-MM-DD")


def test_day_that_no_calendar_has_is_reported(parts: Parts, tmp_path: Path) -> None:
    path = write(tmp_path, "gifts.md", GIFTS.replace("effective: 2026-01-05", "effective: 2026-02-30"))
    report = parts.knowledge.import_paths([path], publish=True)
    assert report.published == []
    assert len(report.problems) == 1


def test_undefined_value_is_reported_by_name(parts: Parts, tmp_path: Path) -> None:
    path = write(tmp_path, "gifts.md", GIFTS.replace("{{gift_limit}}", "{{gift_ceiling}}"))
    (problem,) = parts.knowledge.import_paths([path], publish=True).problems
    assert "{{gift_ceiling}}" in problem.message


def test_empty_file_and_other_kinds_of_file_are_reported(parts: Parts, tmp_path: Path) -> None:
    paths = [write(tmp_path, "empty.md", " \n"), write(tmp_path, "sheet.xlsx", "x")]
    report = parts.knowledge.import_paths(paths, publish=True)
    assert [problem.field for problem in report.problems] == ["text", "type"]
    assert report.published == []


def test_path_that_does_not_exist_is_refused(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="does not exist"):
        parts.knowledge.import_paths([tmp_path / "nothing"], publish=False)


# Drafts


def test_edit_saved_and_published_answers_the_very_next_question(advisor: Advisor, parts: Parts) -> None:
    parts.knowledge.save_draft("gifts", CHANGED)
    assert version(advisor) == 1
    report = parts.knowledge.publish_drafts(["gifts"])
    assert [head.number for head in report.published] == [2]
    assert lead(advisor).startswith("Say no to anything")
    assert parts.store.draft("gifts") is None


def test_edit_in_error_is_not_kept(advisor: Advisor, parts: Parts) -> None:
    with pytest.raises(DocumentError):
        parts.knowledge.save_draft("gifts", GIFTS.replace("kind: policy", "kind: rule"))
    with pytest.raises(UndefinedValue):
        parts.knowledge.save_draft("gifts", GIFTS.replace("{{gift_limit}}", "{{gift_ceiling}}"))
    assert parts.store.draft("gifts") is None


def test_edit_that_changes_the_id_is_refused(advisor: Advisor, parts: Parts) -> None:
    with pytest.raises(KnowledgeError, match="keep the id"):
        parts.knowledge.save_draft("gifts", GIFTS.replace("id: gifts", "id: presents"))


def test_publishing_a_draft_equal_to_what_is_in_force_makes_nothing(advisor: Advisor, parts: Parts) -> None:
    parts.knowledge.save_draft("gifts", GIFTS)
    assert parts.knowledge.publish_drafts(["gifts"]).unchanged == ["gifts"]
    assert version(advisor) == 1
    assert parts.store.draft("gifts") is None


def test_publishing_without_a_draft_says_so(parts: Parts) -> None:
    with pytest.raises(UnknownDocument, match="has no draft"):
        parts.knowledge.publish_drafts(["gifts"])


def test_one_draft_in_error_publishes_none_of_them(advisor: Advisor, parts: Parts) -> None:
    parts.knowledge.save_draft("gifts", CHANGED)
    parts.store.save_draft("parking", "Parking", "", "elsewhere")
    with pytest.raises(DocumentError):
        parts.knowledge.publish_drafts(["gifts", "parking"])
    assert version(advisor) == 1
    assert parts.store.draft("gifts") is not None


# What a failure leaves behind


def test_publication_that_cannot_be_embedded_leaves_the_previous_version_answering(
    advisor: Advisor, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lead(advisor)
    parts.knowledge.save_draft("gifts", CHANGED)
    with monkeypatch.context() as broken:
        broken.setattr(parts.index, "encoder", NoEncoder(parts.index.encoder.fingerprint))
        with pytest.raises(ModelError):
            parts.knowledge.publish_drafts(["gifts"])
    assert (lead(advisor), version(advisor)) == (before, 1)
    assert parts.store.draft("gifts") is not None


def test_publication_that_cannot_be_written_leaves_the_previous_version_answering(
    advisor: Advisor, parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path / "new", "gifts.md", CHANGED)
    write(tmp_path / "new", "parking.md", PAGE)
    put_in_force = store_module._put_in_force

    def put_or_fail(connection: Connection, document: str, number: int) -> None:
        if document == "parking":
            raise StorageError("the disk is full; free some space")
        put_in_force(connection, document, number)

    with monkeypatch.context() as broken:
        broken.setattr(store_module, "_put_in_force", put_or_fail)
        with pytest.raises(StorageError):
            parts.knowledge.import_paths([tmp_path / "new"], publish=True)
    assert (lead(advisor).startswith("Decline"), version(advisor)) == (True, 1)
    assert [head.number for head in parts.store.history("gifts")] == [1]

    parts.knowledge.import_paths([tmp_path / "new"], publish=True)
    assert version(advisor) == 2


def test_rollback_that_cannot_be_embedded_leaves_the_later_version_answering(
    advisor: Advisor, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.knowledge.save_draft("gifts", CHANGED)
    parts.knowledge.publish_drafts(["gifts"])
    with monkeypatch.context() as broken:
        broken.setattr(parts.index, "encoder", NoEncoder(parts.index.encoder.fingerprint))
        with pytest.raises(ModelError):
            parts.knowledge.rollback("gifts", 1)
    assert version(advisor) == 2


# Taking back


def test_rollback_puts_the_earlier_text_in_force_and_keeps_the_later_version(advisor: Advisor, parts: Parts) -> None:
    parts.knowledge.save_draft("gifts", CHANGED)
    parts.knowledge.publish_drafts(["gifts"])
    assert parts.knowledge.rollback("gifts", 1).number == 1
    assert (lead(advisor).startswith("Decline"), version(advisor)) == (True, 1)
    assert [head.number for head in parts.store.history("gifts")] == [2, 1]


def test_publication_after_a_rollback_gets_a_number_of_its_own(advisor: Advisor, parts: Parts) -> None:
    for source in (CHANGED, GIFTS.replace("Decline anything", "Refuse anything")):
        parts.knowledge.save_draft("gifts", source)
        parts.knowledge.publish_drafts(["gifts"])
        parts.knowledge.rollback("gifts", 1)
    assert [head.number for head in parts.store.history("gifts")] == [3, 2, 1]


def test_rollback_to_a_version_that_never_was_is_refused(advisor: Advisor, parts: Parts) -> None:
    with pytest.raises(UnknownDocument, match="has no version 7"):
        parts.knowledge.rollback("gifts", 7)


def test_retired_document_answers_no_more_and_its_versions_stay(advisor: Advisor, parts: Parts, tmp_path: Path) -> None:
    parts.knowledge.import_paths([write(tmp_path, "parking.md", PAGE)], publish=True)
    parts.knowledge.retire("gifts")
    assert [head.document for head in advisor.corpus().heads] == ["parking"]
    assert [head.number for head in parts.store.history("gifts")] == [1]

    parts.knowledge.rollback("gifts", 1)
    assert version(advisor) == 1


def test_last_document_can_be_taken_out_of_force(advisor: Advisor, parts: Parts) -> None:
    parts.knowledge.retire("gifts")
    assert advisor.ask([QUESTION]).citations == []


def test_retiring_what_is_not_in_force_is_refused(parts: Parts) -> None:
    with pytest.raises(UnknownDocument, match="no document 'gifts' is in force"):
        parts.knowledge.retire("gifts")


# Following a folder


def test_sync_publishes_what_changed_and_retires_what_vanished(advisor: Advisor, parts: Parts, tmp_path: Path) -> None:
    folder = parts.settings.knowledge_dir
    parking = write(folder, "depot/parking.md", PAGE)
    parts.knowledge.import_paths([write(tmp_path / "other", "lunch.md", "# Lunch\n\nAt noon.\n")], publish=True)
    assert [head.document for head in parts.knowledge.sync(folder).published] == ["depot/parking"]

    parking.unlink()
    write(folder, "gifts.md", CHANGED)
    report = parts.knowledge.sync(folder)
    assert ([head.number for head in report.published], report.retired) == ([2], ["depot/parking"])
    assert [head.document for head in advisor.corpus().heads] == ["gifts", "lunch"]


def test_sync_with_a_broken_file_changes_nothing(advisor: Advisor, parts: Parts) -> None:
    folder = parts.settings.knowledge_dir
    write(folder, "parking.md", PAGE)
    write(folder, "gifts.md", GIFTS.replace("kind: policy", "kind: rule"))
    with pytest.raises(DocumentError):
        parts.knowledge.sync(folder)
    assert [head.document for head in advisor.corpus().heads] == ["gifts"]
    assert version(advisor) == 1


def test_seed_publishes_the_pack_only_where_nothing_was_ever_published(parts: Parts) -> None:
    seed(parts)
    assert [head.document for head in parts.store.heads()] == ["gifts"]
    parts.knowledge.retire("gifts")
    seed(parts)
    assert parts.store.heads() == []


def test_export_writes_the_sources_in_force(advisor: Advisor, parts: Parts, tmp_path: Path) -> None:
    assert parts.knowledge.export(tmp_path / "out") == 1
    assert (tmp_path / "out" / "gifts.md").read_text(encoding="utf-8") == GIFTS


def test_export_never_writes_outside_its_folder(parts: Parts, tmp_path: Path) -> None:
    escaping = write(tmp_path / "new", "gifts.md", GIFTS.replace("id: gifts", "id: a/../../escaped"))
    report = parts.knowledge.import_paths([escaping], publish=True)
    if report.published:
        with pytest.raises(KnowledgeError, match="leads out of"):
            parts.knowledge.export(tmp_path / "out" / "pages")
    assert not list(tmp_path.rglob("escaped*"))


def test_check_reports_what_parses_but_is_wrong_and_stores_nothing(advisor: Advisor, parts: Parts) -> None:
    source = GIFTS.replace("see_also: []", "see_also: [presents]")
    errors = [p for p in parts.knowledge.check("gifts", source) if p.severity == "error"]
    assert [(problem.line, problem.field) for problem in errors] == [(8, "see_also.0")]
    assert not [p for p in parts.knowledge.check("gifts", GIFTS) if p.severity == "error"]
    assert parts.store.drafts() == []
