"""Documents as HTML: the list, one to read, its versions, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from pathlib import PurePath

from markdown_it import MarkdownIt

from advisor.citing import Published
from advisor.document import Document
from advisor.errors import AdvisorError, DocumentError, Problem
from advisor.knowledge import Report, Text
from advisor.storage import Draft, Head

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def _leave_out(*_: object) -> str:
    return ""


# A page must not be able to run a script or to fetch anything from outside, nor to lead away from an edit: raw HTML
# shows as text, images are left out, and of a link only its words stay.
for _rule in ("image", "link_open", "link_close"):
    _MARKDOWN.add_render_rule(_rule, _leave_out)


def show_notice(text: str, *, error: bool = False) -> str:
    """One plain line, read out by a screen reader as soon as it appears."""
    kind, role = ("error", "alert") if error else ("done", "status")
    return f'<p class="notice {kind}" role="{role}">{escape(_sentence(text))}</p>'


def show_error(error: AdvisorError, opening: str = "") -> str:
    """`opening` and the error in one line; the problems of a document follow as a list."""
    if not isinstance(error, DocumentError):
        return show_notice(f"{opening} {_sentence(str(error))}", error=True)
    many = _count(len(error.problems), "needs", "need")
    return show_notice(f"{opening} {many} mending", error=True) + show_problems(error.problems)


def show_problems(problems: Sequence[Problem], *, with_file: bool = False) -> str:
    """Each problem with its place, and how to mend it."""
    items = []
    for problem in problems:
        place = [f"line {problem.line}", problem.field] if problem.line else [problem.field]
        where = _capital(", ".join(place))
        if with_file:
            where = f"{PurePath(problem.file).name}, {', '.join(place)}"
        items.append(
            f"<li><strong>{escape(where)}</strong>: {escape(problem.message)}. {escape(_sentence(problem.remedy))}</li>"
        )
    return f'<ul class="problems">{"".join(items)}</ul>' if items else ""


def show_check(problems: Sequence[Problem]) -> str:
    """Whether a text is fit to be published, what has to be mended first, and what is worth a look."""
    errors = [problem for problem in problems if problem.severity == "error"]
    mild = [problem for problem in problems if problem.severity != "error"]
    if errors:
        line = f"{_count(len(errors), 'needs', 'need')} mending before you publish"
    elif mild:
        line = f"You can publish this. {_count(len(mild), 'is', 'are')} worth a look"
    else:
        line = "Nothing needs mending"
    return show_notice(line, error=bool(errors)) + show_problems([*errors, *mild])


def show_list(
    in_force: Sequence[Published],
    drafts: Sequence[Draft],
    retired: Sequence[Head],
    chosen: str,
    today: date,
    left_out: int,
) -> str:
    """Drafts, then what is in force, then what was taken out; each a button that carries the document's id."""
    drafted = {draft.document for draft in drafts}
    waiting = [_entry(d.document, d.title, f"saved {show_time(d.saved_at)}", chosen) for d in drafts]
    standing = [
        _entry(p.head.document, p.head.title, _facts(p), chosen, *_badges(p, p.head.document in drafted, today))
        for p in in_force
    ]
    gone = [_entry(h.document, h.title, f"last was version {h.number}", chosen) for h in retired]
    more = f"<p>{left_out} more are not shown. Type above to narrow the list.</p>" if left_out else ""
    groups = _group("Drafts", waiting) + _group("In force", standing) + _group("Out of force", gone)
    return (groups or "<p>No document fits. Try fewer words, or a document's full id.</p>") + more


def show_document(document: Document) -> str:
    """The words of a document as people read them, values filled in."""
    body = document.body
    starts = [heading.start for heading in body.headings[:1]]
    starts += [document.text.rfind("\n", 0, block.start) + 1 for block in body.blocks[:1]]
    return f'<div class="reading">{render_markdown(document.text[min(starts, default=0) :])}</div>'


def show_head(title: str, facts: Sequence[str], badges: Sequence[tuple[str, str]] = ()) -> str:
    """The title of the chosen document; it takes the focus, so that a reader starts here."""
    marks = "".join(_badge(kind, text) for kind, text in badges)
    return f'<h2 tabindex="-1">{escape(title)}</h2><p class="meta">{" · ".join(map(escape, facts))} {marks}</p>'


def describe(published: Published) -> list[str]:
    """The facts that stand beside a title."""
    head, front = published.head, published.document.front
    facts = [head.document, head.kind, f"version {head.number}", f"effective {show_date(head.effective)}"]
    return facts + ([front.owner, f"review by {show_date(front.review_by)}"] if front else [])


def show_versions(history: Sequence[Head], in_force: int | None) -> str:
    """Every version, newest first, with what can be done with it."""
    items = []
    for head in history:
        number, current = head.number, head.number == in_force
        facts = f"published {show_time(head.published_at)} · effective {show_date(head.effective)}"
        buttons = f'<button type="button" data-show="{number}">Show version {number}</button>'
        if not current:
            buttons += f'<button type="button" data-restore="{number}">Put version {number} back in force</button>'
        items.append(
            f"<li><strong>Version {number}</strong>{_badge('current', 'in force') if current else ''}"
            f'<span class="meta">{facts}</span><span class="row">{buttons}</span></li>'
        )
    return f'<ul class="versions">{"".join(items)}</ul>' if items else "<p>It was never published.</p>"


def show_upload(texts: Sequence[Text], problems: Sequence[Problem], known: set[str]) -> str:
    """What each uploaded file would become, and which cannot be taken."""
    items = [
        f"<li><strong>{escape(text.document.title)}</strong>"
        f'<span class="meta"><code>{escape(text.document.id)}</code> · {escape(text.document.kind)} · '
        f"{'a new version of what is in force' if text.document.id in known else 'a new document'}</span></li>"
        for text in texts
    ]
    taken = f'<h3>Ready to take in</h3><ul class="files">{"".join(items)}</ul>' if items else ""
    wrong = f"<h3>Left out</h3>{show_problems(problems, with_file=True)}" if problems else ""
    return taken + wrong


def show_report(report: Report) -> str:
    """What an import did, in one line, and what it left out."""
    done = {
        "published": len(report.published),
        "kept as drafts": len(report.drafted),
        "the same as what is in force": len(report.unchanged),
        "left out": len({problem.file for problem in report.problems}),
    }
    line = ", ".join(f"{count} {what}" for what, count in done.items() if count) or "nothing to do"
    wrong = show_problems(report.problems, with_file=True)
    return show_notice(line, error=bool(report.problems)) + wrong


def render_markdown(text: str) -> str:
    """Markdown as HTML that is safe to show, its headings one step lower than written."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def show_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def show_time(stamp: str) -> str:
    """An ISO time as people write it."""
    moment = datetime.fromisoformat(stamp)
    return f"{show_date(moment.date())}, {moment:%H:%M} UTC"


def _group(title: str, items: Sequence[str]) -> str:
    return f'<h2>{title} ({len(items)})</h2><ul class="documents">{"".join(items)}</ul>' if items else ""


def _entry(identity: str, title: str, facts: str, chosen: str, *badges: str) -> str:
    current = ' aria-current="true"' if identity == chosen else ""
    return (
        f'<li><button type="button" data-id="{escape(identity)}"{current}><span class="title">{escape(title)}</span>'
        f'{"".join(badges)}<span class="meta"><code>{escape(identity)}</code></span>'
        f'<span class="meta">{escape(facts)}</span></button></li>'
    )


def _facts(published: Published) -> str:
    return " · ".join(describe(published)[1:])


def _badges(published: Published, drafted: bool, today: date) -> list[str]:
    front = published.document.front
    overdue = front is not None and front.review_by < today
    return [_badge("overdue", "review overdue")] * overdue + [_badge("draft", "has a draft")] * drafted


def _badge(kind: str, text: str) -> str:
    return f' <span class="badge {kind}">{text}</span> '


def _count(number: int, one: str, many: str) -> str:
    return f"One thing {one}" if number == 1 else f"{number} things {many}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    text = _capital(text.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."
