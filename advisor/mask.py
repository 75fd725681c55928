"""Masking: personal data is replaced by placeholders before a text leaves, and put back in what returns.

E-mail addresses, telephone, account and card numbers, web addresses, and names written with a capital. A name in lower
case looks like any other word and is not seen.
"""

from __future__ import annotations

import re

_DATE = r"(?:\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})\b"
_PATTERNS: list[tuple[str, re.Pattern[str]]] = [
    ("LINK", re.compile(r"\b(?:https?://|www\.)[^\s<>\"')]+", re.I)),
    ("EMAIL", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("ACCOUNT", re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")),
    ("CARD", re.compile(r"\b(?:\d[ -]?){13,19}\b")),
    ("PHONE", re.compile(rf"(?!{_DATE})(?<![\w.])(?:\+|00|\()?\d[\d ()/.-]{{6,}}\d\b")),
    ("NUMBER", re.compile(r"\b(?=\w*\d\w*\d\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{6,}\b")),
]
_UPPER = "".join(chr(code) for code in range(0x41, 0x530) if chr(code).isupper())
_WORD = rf"(?!I['’])[{_UPPER}][\w'’-]*[^\W\d_{_UPPER}][\w'’-]*"
"""A word with a capital that is not all capitals."""
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Herr|Frau|Señora?|Monsieur|Madame)\.? (?:{_WORD})(?: {_WORD})*"
)
_CAPITAL = re.compile(rf"\b{_WORD}(?:(?: (?:de|van|von|al|bin|la|di)){{0,2}} {_WORD})*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\n;\"“(]\s*|- )$")
_NOT_NAMES = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december christmas easter new year english german french spanish "
    "italian dutch polish european american british irish indian chinese whatsapp linkedin facebook instagram "
    "teams slack outlook excel word powerpoint google gmail youtube twitter tiktok zoom europe america germany "
    "france spain italy england scotland wales ireland britain india china russia iran syria usa crm sales "
    "legal compliance finance security manager director boss hr "
    "human resources counsel department operations hotline please thanks hello dear sorry ok okay mr mrs ms "
)
_NO_NAMES = frozenset(_NOT_NAMES.split())
# fmt: off
_OPENERS = frozenset({
    "yesterday", "today", "tonight", "tomorrow", "my", "our", "his", "her", "their", "the", "a", "an", "when",
    "since", "last", "on", "in", "at", "after", "before", "then", "and", "but", "so", "if", "we", "i", "is",
    "can", "should", "may", "do", "does", "now", "this", "that", "these", "for", "from", "with", "as", "while",
    "once", "because",
})
# fmt: on
"""Words that open a sentence before a name."""
_TYPED = re.compile(r"\[+((?:NAME|EMAIL|LINK|ACCOUNT|CARD|PHONE|NUMBER)_\d+)\]+")
_PLACEHOLDER = re.compile(r"\[(?:NAME|EMAIL|LINK|ACCOUNT|CARD|PHONE|NUMBER)_\d+\]")


class Mask:
    """The placeholders of one conversation: the same text gets the same placeholder."""

    def __init__(self) -> None:
        self._by_text: dict[str, str] = {}
        self._by_placeholder: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def hide(self, text: str) -> str:
        """`text` with personal data replaced."""
        # A placeholder that the asker typed would otherwise be taken for one of ours when the text comes back.
        text = _TYPED.sub(r"\1", text)
        for kind, pattern in _PATTERNS:
            text = pattern.sub(lambda match, kind=kind: self._placeholder(kind, match[0]), text)  # type: ignore[misc]
        text = _TITLED.sub(lambda match: self._placeholder("NAME", match[0]), text)
        text = _CAPITAL.sub(lambda match: self._name(match, text), text)
        # Once seen as a name, or as part of one, it is one at the beginning of a sentence too.
        for name in [name for name, placeholder in self._by_text.items() if placeholder.startswith("[NAME")]:
            for part in (name, *(word for word in name.split() if re.fullmatch(_WORD, word))):
                if re.search(rf"(?<![\w\[]){re.escape(part)}(?!\w)", text) and part.lower() not in _NO_NAMES:
                    text = re.sub(rf"(?<![\w\[]){re.escape(part)}(?!\w)", self._placeholder("NAME", part), text)
        return text

    def reveal(self, text: str) -> str:
        """`text` with what was hidden put back."""
        return _PLACEHOLDER.sub(lambda match: self._by_placeholder.get(match[0], match[0]), text)

    def _name(self, match: re.Match[str], text: str) -> str:
        words = match[0].split()
        at_start = bool(_SENTENCE_START.search(text[: match.start()]))
        if any(word.lower() in _NO_NAMES for word in words) or text[match.start() - 1 : match.start()] == "[":
            return match[0]
        if at_start and match[0] not in self._by_text:
            if len(words) < 2:
                return match[0]  # any word may open a sentence
            if words[0].lower() in _OPENERS:
                return f"{words[0]} {self._placeholder('NAME', ' '.join(words[1:]))}"
        return self._placeholder("NAME", match[0])

    def _placeholder(self, kind: str, text: str) -> str:
        if text not in self._by_text:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            placeholder = f"[{kind}_{self._counts[kind]}]"
            self._by_text[text] = placeholder
            self._by_placeholder[placeholder] = text
        return self._by_text[text]
