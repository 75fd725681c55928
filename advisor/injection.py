"""Injection: words in a document or a question that are meant for a language model and not for a reader.

A block that reads so is never handed to a model, and its document is noted for the manager. What gets past is caught by
`grounding`: nothing is said that no passage says.
"""

from __future__ import annotations

import re
import unicodedata

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|drop) (?:all |any |every |the |your |these |those |my )*"
    r"(?:previous|prior|above|earlier|preceding|other|system|safety|instructions?|rules?|prompts?|guidelines?|policies|documents?|passages?)\b"
    r"|\b(?:system|developer|assistant) ?(?:prompt|message|override|instruction)s?\b|^\W*(?:system|assistant|developer)\s*[:>]"
    r"|\b(?:as an? |you are (?:now )?(?:an? |the )?)(?:ai|language model|llm|chatbot|assistant|unrestricted|jailbroken)\b"
    r"|\b(?:ai|llm|chatbot|assistant|language model|chat ?gpt|the advisor|the model|the bot)s?\b[^.]{0,40}\b(?:must|should|shall|will|has to|is to) "
    r"(?:now |always |only |never |also )*(?:say|reply|answer|respond|output|print|tell|write|include|add|append|state|repeat|ignore|call|send|quote)\b"
    r"|\b(?:reply|respond|answer|output|print|repeat|write|say)\b[^.\n]{0,20}?\b(?:with|only|exactly):? +[\"“'`‘]?(?-i:[A-Z]{3,})\b"
    r"|\b(?:repeat|reveal|print|show|output|leak|give (?:me|us)) (?:your|its) (?:\w+ )?(?:instructions|prompts?)\b"
    r"|\b(?:hidden|initial|secret|full|your) (?:system )?prompt\b|\b(?:hidden|initial|secret|system) instructions\b"
    r"|</?(?:system|assistant|user|passages?|story|instructions?|tool|function)\b|<\|[^|]*\||\[/?INST\]|\{\s*\"(?:statements|role|level|tool|function)\"",
    re.I | re.M,
)
_ENCODED = re.compile(r"\b(?:[A-Za-z0-9+/]{40,}={0,2}|(?:[0-9a-f]{2}[ :]?){24,})(?![\w])")


def order_in(text: str) -> str | None:
    """The words of `text` that read like an order to a language model, or None."""
    if has_hidden(text):
        return "hidden characters"
    found = _ORDERS.search(text) or _ENCODED.search(text)
    return found[0].strip()[:60] if found else None


def has_hidden(text: str) -> bool:
    """Whether `text` holds characters that nobody sees, in such number that they could carry words."""
    return sum(_is_hidden(character) for character in text) >= 3


def visible(text: str) -> str:
    """`text` without the characters that nobody sees, in the usual form of each letter."""
    return unicodedata.normalize("NFKC", "".join(one for one in text if not _is_hidden(one)))


def _is_hidden(character: str) -> bool:
    return character not in "\n\t\u00ad" and unicodedata.category(character) in ("Cf", "Co", "Cn", "Cc")
