"""The command line: `advisor --help`. Heavy imports wait until a command needs them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Abort, BadParameter, Exit

from advisor.console import Bar, JsonFlag, open_parts, say
from advisor.errors import AdvisorError, DocumentError, QuestionError, UsageError
from advisor.knowledge_cli import knowledge_app
from advisor.settings import Settings

if TYPE_CHECKING:
    from advisor.advisor import Advisor

_CallError: Any = BadParameter.__mro__[1]
"""Typer's error for a wrong call, which it carries inside and does not export."""

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Sales-conduct advice from company policy.")
app.add_typer(knowledge_app, name="knowledge")

_OWN_CASES = Path(__file__).resolve().parent.parent / "tests" / "evaluation"
Question = Annotated[str, typer.Argument(help="The question, or - to read one from each line of standard input.")]


def main(argv: list[str] | None = None) -> int:
    """Runs the command line. Returns the exit code: 0, 1 for a failure, 2 for a wrong call."""
    try:
        code = app(args=argv, prog_name="advisor", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except Exit as exit_:
        return int(exit_.exit_code)
    except UsageError as error:
        return _fail(str(error), 2)
    except DocumentError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 1
    except AdvisorError as error:
        return _fail(str(error), 1)
    except _CallError as error:
        where = error.ctx.command_path if error.ctx else "advisor"
        if not error.format_message():
            return 2  # the help was shown instead
        return _fail(f"{error.format_message().rstrip('.')}; '{where} --help' shows how it is called", 2)
    except (Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing is left to say
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}; make it readable and writable, or free some space", 1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 7860 by default.")] = None,
    new_manager_link: Annotated[
        bool, typer.Option("--new-manager-link", help="Print a new one-time link to the Knowledge page.")
    ] = False,
) -> None:
    """Start the web app."""
    from advisor.ui.server import serve as serve_app

    settings = Settings()
    changed = {"host": host or settings.host, "port": port if port is not None else settings.port}
    with Bar("Reading the knowledge") as bar:
        serve_app(settings.model_copy(update=changed), say, new_manager_link, bar)


@app.command()
def ask(question: Question, as_json: JsonFlag = False) -> None:
    """Answer a question, with its quotes and the escalation."""
    from advisor.outcome import Answered, to_json

    if question != "-":
        advisor = _advisor()
        outcome = advisor.ask([question])
        print(json.dumps(to_json(outcome), ensure_ascii=False) if as_json else _readable(to_json(outcome)))
        if isinstance(outcome, Answered) and outcome.note:
            say(outcome.note)
        return
    advisor = _advisor()
    for turns in _lines():
        try:
            outcome = advisor.ask(turns)
        except QuestionError as error:
            outcome = advisor.explain_bad_question(turns[-1] if turns else "", error)
        print(json.dumps(to_json(outcome), ensure_ascii=False), flush=True)


@app.command()
def search(
    question: Question,
    as_json: JsonFlag = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many passages.")] = 10,
) -> None:
    """Find passages: the best one of each of the best documents."""
    advisor = _advisor()
    if question != "-":
        found = _passages(advisor, [question], limit)
        if as_json:
            print(json.dumps(found, ensure_ascii=False))
            return
        for passage in found["passages"]:
            text = " ".join(passage["text"].split())
            print(f"{passage['score']:.3f}  {passage['document']}  ({passage['section']})\n       {text[:200]}")
        return
    for turns in _lines():
        try:
            found = _passages(advisor, turns, limit)
        except QuestionError:
            found = {"question": turns[-1] if turns else "", "passages": []}
        print(json.dumps(found, ensure_ascii=False), flush=True)


@app.command()
def evaluate(
    cases: Annotated[list[Path] | None, typer.Argument(help="Files of labelled cases (YAML).")] = None,
    as_json: JsonFlag = False,
    picture: Annotated[
        Path | None, typer.Option(help="Also draw the levels and the limit of refusal (.svg, .png, .pdf).")
    ] = None,
    model: Annotated[str, typer.Option(help="A language model to put answers into words, as provider:name.")] = "",
    judge: Annotated[str, typer.Option(help="Another one, to say which points an answer makes.")] = "",
    kept: Annotated[Path | None, typer.Option(help="An earlier run (--json) to compare with.")] = None,
) -> None:
    """Measure retrieval, advice, escalation and refusal on labelled cases."""
    from advisor.assembly import make_advisor, make_judge
    from advisor.evaluation import evaluate as run
    from advisor.evaluation import load_cases, to_table
    from advisor.writing_advisor import WritingAdvisor

    loaded = load_cases(cases or [_OWN_CASES])
    before = _kept(kept)
    # Without --model the figures are those of the advisor alone, whatever the environment sets.
    parts = open_parts(model)
    judging = make_judge(parts, judge) if judge else None
    with Bar("Indexing") as bar:
        advisor = make_advisor(parts, say, bar)
    report = run(advisor, loaded, parts.index.encoder, judging)
    if isinstance(advisor, WritingAdvisor):
        report.model = advisor.figures(parts.settings.model_price_in, parts.settings.model_price_out)
    if picture:
        from advisor.picture import draw

        draw(report, picture)
    print(json.dumps(report.to_json(), ensure_ascii=False, indent=1) if as_json else to_table(report, before))


def _advisor() -> Advisor:
    from advisor.assembly import make_advisor

    with Bar("Indexing") as bar:
        return make_advisor(open_parts(), say, bar)


def _kept(path: Path | None) -> dict[str, Any] | None:
    """An earlier run: the one in `path`, or the last kept one when this is a checkout that has one."""
    own = _OWN_CASES / "kept.json"
    if path is None and not own.is_file():
        return None
    try:
        kept: dict[str, Any] = json.loads((path or own).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path or own} is no earlier run ({error}); name what --json printed") from None
    return kept


def _lines() -> Iterator[list[str]]:
    """The turns on each line of standard input: plain text, or {"turns": [...]}."""
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        yield _turns(text)


def _turns(text: str) -> list[str]:
    if text.lstrip().startswith("{"):
        try:
            data = json.loads(text)
        except ValueError:
            return [text]
        turns = data.get("turns") if isinstance(data, dict) else None
        if isinstance(turns, list) and all(isinstance(turn, str) for turn in turns):
            return turns
    return [text]


def _passages(advisor: Advisor, turns: list[str], limit: int) -> dict[str, Any]:
    question = turns[-1] if turns else ""
    return {
        "question": question,
        "passages": [
            {
                "document": passage.head.document,
                "version": passage.head.number,
                "section": passage.unit.section,
                "text": advisor.words_of(passage),
                "score": round(passage.score, 6),
            }
            for passage in advisor.search(turns, limit)
        ],
    }


def _readable(data: dict[str, Any]) -> str:
    """An answer for a terminal."""
    lines = [data["answer"], ""]
    if data["clarifying_question"]:
        options = " / ".join(data["clarifying_question"]["options"])
        lines += [f"{data['clarifying_question']['question']} ({options})", ""]
    if data["alternatives"]:
        lines += ["Is it rather about: " + "; ".join(one["title"] for one in data["alternatives"]) + "?", ""]
    escalation = data["escalation"]
    if escalation:
        lines.append(f"Escalation: {escalation['level']}, {escalation['within']}")
        lines += [f"  because: {reason}" for reason in escalation["reasons"]]
        for number, rung in enumerate(escalation["ladder"], 1):
            marker = f" [{rung['marker']}]" if rung["marker"] else ""
            skipped = f" ({rung['skipped']})" if rung["skipped"] else ""
            lines.append(f"  {number}. {rung['contact']}, {rung['within']}{marker}{skipped}")
        lines += ["", "Write down or keep:", *(f"  - {item}" for item in escalation["record"])]
        lines += ["", "A note to send:", "", *(f"  {line}" for line in escalation["draft"].splitlines()), ""]
    for one in data["citations"]:
        quote = " ".join(one["quote"].split())
        lines.append(
            f"[{one['marker']}] {one['title']} ({one['kind']} v{one['version']}, {one['effective']}): “{quote}”"
        )
    lines += ["", f"Receipt {data['receipt']}"]
    return "\n".join(lines)


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def run() -> None:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
