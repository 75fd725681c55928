"""Raw pages and files: Markdown, text or HTML, read into Markdown text."""

from __future__ import annotations

from pathlib import Path

from advisor.errors import DocumentError, Problem

MARKDOWN = {".md", ".markdown", ".mdx"}
HTML = {".html", ".htm"}
SUFFIXES = MARKDOWN | HTML | {".txt", ".text"}
MAX_BYTES = 2_000_000


def read_page(path: Path) -> str:
    """The text of the file, as Markdown. Raises DocumentError for what cannot be read."""
    if path.suffix.lower() not in SUFFIXES:
        raise _problem(
            path, "type", f"{path.suffix or 'no suffix'} is not a page", "export it as Markdown, text or HTML"
        )
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _problem(
                path, "size", f"is {size / 1e6:.1f} MB, more than {MAX_BYTES / 1e6:.0f}", "split it by topic"
            )
        data = path.read_bytes()
    except OSError as error:
        raise _problem(path, "file", f"cannot be read ({error.strerror})", "check its permissions") from None
    return decode_page(data, path)


def decode_page(data: bytes, path: Path) -> str:
    """`data` as Markdown text; `path` gives its type and the name for messages."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        if path.suffix.lower() in HTML:
            return _from_html(data, path)
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(
            [Problem(str(path), line, "encoding", f"is not UTF-8 (byte {data[error.start]:#04x})", "save it as UTF-8")]
        ) from None
    if path.suffix.lower() in HTML:
        return _from_html(text, path)
    return text


def _from_html(page: str | bytes, path: Path) -> str:
    """The article of an HTML page as Markdown, without menus, forms and scripts."""
    import trafilatura

    found = trafilatura.extract(page, output_format="markdown", include_comments=False, favor_recall=True)
    if not found or not found.strip():
        raise _problem(path, "text", "holds no readable article", "paste its text into a Markdown file")
    head = trafilatura.extract_metadata(page)
    title = head.title.strip() if head and head.title else None
    if title and not found.lstrip().startswith("# "):
        found = f"# {title}\n\n{found.lstrip().removeprefix(title).lstrip()}"
    return str(found).strip() + "\n"


def _problem(path: Path, field: str, message: str, remedy: str) -> DocumentError:
    return DocumentError([Problem(str(path), None, field, message, remedy)])
