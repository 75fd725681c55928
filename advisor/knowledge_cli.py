"""The commands for managers: `advisor knowledge --help`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Exit

from advisor.console import Bar, JsonFlag, open_parts, publish_pack, say
from advisor.errors import DocumentError
from advisor.settings import Settings

if TYPE_CHECKING:
    from advisor.knowledge import Report

knowledge_app = typer.Typer(no_args_is_help=True, help="List, show, import, publish and check documents.")


@knowledge_app.command("list")
def list_documents(as_json: JsonFlag = False) -> None:
    """List the documents in force, and the drafts."""
    parts = open_parts()
    publish_pack(parts)
    heads, drafts = parts.store.heads(), parts.store.drafts()
    if as_json:
        rows = [
            {
                "document": h.document,
                "title": h.title,
                "kind": h.kind,
                "version": h.number,
                "effective": h.effective.isoformat(),
            }
            for h in heads
        ]
        print(json.dumps({"in_force": rows, "drafts": [d.document for d in drafts]}, ensure_ascii=False))
        return
    for head in heads:
        print(f"{head.document}  v{head.number}  {head.kind}  {head.effective}  {head.title}")
    for draft in drafts:
        print(f"{draft.document}  draft  {draft.title}")


@knowledge_app.command()
def show(
    document: Annotated[str, typer.Argument(metavar="ID")],
    version: Annotated[
        int | None, typer.Option(min=1, help="A version by number; the one in force by default.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the published text alone, character for character.")
    ] = False,
) -> None:
    """Show a document."""
    parts = open_parts()
    publish_pack(parts)
    found = parts.store.version(document, version)
    if raw:
        sys.stdout.write(found.text)
        return
    head = found.head
    print(f"{head.document}  v{head.number}  {head.kind}  effective {head.effective}  published {head.published_at}")
    print(found.text)


@knowledge_app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...")],
    publish: Annotated[bool, typer.Option("--publish", help="Put them in force at once.")] = False,
) -> None:
    """Take files or folders in as drafts: Markdown, text or HTML."""
    parts = open_parts()
    with Bar("Indexing") as bar:
        report = parts.knowledge.import_paths(paths, publish=publish, progress=bar)
    _print_report(report)


@knowledge_app.command()
def publish(documents: Annotated[list[str], typer.Argument(metavar="ID...")]) -> None:
    """Put drafts in force, all of them or none."""
    parts = open_parts()
    with Bar("Indexing") as bar:
        report = parts.knowledge.publish_drafts(documents, bar)
    _print_report(report)


@knowledge_app.command()
def retire(document: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take a document out of force; its versions are kept."""
    open_parts().knowledge.retire(document)
    print(f"{document} is out of force")


@knowledge_app.command()
def rollback(
    document: Annotated[str, typer.Argument(metavar="ID")],
    to: Annotated[int, typer.Option("--to", min=1, help="The version to put back in force.")],
) -> None:
    """Put an earlier version back in force."""
    head = open_parts().knowledge.rollback(document, to)
    print(f"{head.document} v{head.number} is in force")


@knowledge_app.command()
def export(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Write the source of every document in force to a folder."""
    parts = open_parts()
    publish_pack(parts)
    print(f"{parts.knowledge.export(folder)} documents written to {folder}")


@knowledge_app.command()
def sync(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Make what is in force follow a folder: publish what is new or changed, retire what vanished from it."""
    parts = open_parts()
    with Bar("Indexing") as bar:
        report = parts.knowledge.sync(folder, bar)
    _print_report(report)


@knowledge_app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]")] = None,
    asks: Annotated[
        bool, typer.Option("--asks/--no-asks", help="Ask every sample question too, itself left out of the index.")
    ] = True,
) -> None:
    """Check documents: every problem with its file, line, field and remedy."""
    from advisor.check import check_asks, check_folder
    from advisor.company import load_company

    settings = Settings()
    target = folder or settings.knowledge_dir
    own = target / "company.yaml"
    company = load_company(own if own.is_file() else settings.company_path)
    problems = check_folder(target, company, datetime.now(UTC).date())
    for problem in problems:
        print(f"{problem.severity}: {problem}")
    errors = sum(problem.severity == "error" for problem in problems)
    print(f"{errors} errors, {len(problems) - errors} warnings in {target}")
    if errors:
        raise Exit(1)
    if asks:
        from advisor.assembly import make_retriever

        parts = open_parts()
        with Bar("Asking") as bar:
            result, notes = check_asks(target, company, parts.index, make_retriever(parts, say), bar)
        for note in notes:
            print(f"{note.severity}: {note}")
        print(
            f"{result.share:.1%} of {result.asks} asks find their own document first, themselves left out of the "
            f"index; {result.share_of_unlearned:.1%} of the {result.unlearned} that the classifier never learned"
        )


def _print_report(report: Report) -> None:
    for head in report.published:
        print(f"{head.document} v{head.number} is in force")
    for identity in report.drafted:
        print(f"{identity} is a draft; 'advisor knowledge publish {identity}' puts it in force")
    for identity in report.retired:
        print(f"{identity} is out of force")
    if report.unchanged:
        print(f"{len(report.unchanged)} unchanged")
    for twin in report.twins:
        print(f"note: {twin}")
    errors = [problem for problem in report.problems if problem.severity == "error"]
    for problem in report.problems:
        if problem not in errors:
            print(f"left out: {problem}", file=sys.stderr)
    if errors:
        raise DocumentError(errors)
