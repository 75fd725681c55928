"""The look that all pages share: colours, type, the header with its links."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

TITLE = "Sales conduct advisor"
CSS = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
ICON = (
    "<link rel='icon' href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%23114b7f'/%3E"
    "%3Cpath d='M4 8.5l3 3 5-6' fill='none' stroke='white' stroke-width='2'/%3E%3C/svg%3E\">"
)
HEAD = f"{ICON}<style>{CSS}</style>"
"""Goes into the head of every page. Nothing in it is fetched from anywhere."""
_LINKS = (("Ask", "/"), ("Training", "/training/"), ("Knowledge (managers)", "/knowledge/"))


def theme() -> Any:
    """System fonts only, and the same light colours for browsers that ask for dark ones."""
    look = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        font=["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(body_background_fill="#f6f8fa", body_text_color="#1b2733", button_primary_background_fill="#114b7f")
    for name in [name for name in vars(look) if name.endswith("_dark")]:
        setattr(look, name, getattr(look, name.removesuffix("_dark"), None))
    return look


def header(here: str) -> str:
    """The top of a page: the name of the site and the links, `here` being the path of this one."""
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{escape(name)}</a>' for name, path in _LINKS
    )
    return f'<header class="top"><a class="site" href="/">{TITLE}</a><nav aria-label="Pages">{links}</nav></header>'


def plain_page(title: str, body: str) -> str:
    """A whole page without Gradio. `title` is text, `body` HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} | {TITLE}</title>{HEAD}</head>"
        f'<body class="plain">{header("")}<main>{body}</main></body></html>'
    )
