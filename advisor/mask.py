"""Masking: personal data is replaced by placeholders before a text leaves, and put back in what returns.

E-mail addresses, telephone, account and card numbers, web addresses, and names written with a capital. Rather a word
too many than a name too few is replaced, but the word that opens a sentence, which has a capital anyway, only where
what follows tells of a person. A name in lower case, or in a text all in capitals, looks like any other word.
"""

from __future__ import annotations

import re
from itertools import groupby

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
_CAPITALS = rf"(?!I['’])[{_UPPER}][{_UPPER}'’-]*[{_UPPER}](?!\w)"
_INITIALS = rf"(?:(?!I\.)[{_UPPER}]\.)+"
_TITLE = r"(?i:mr|mrs|ms|miss|mx|dr|prof|sir|herr|frau|señora?|monsieur|madame)(?!\w)\.?"
_PART = rf"(?:{_TITLE}|{_WORD}|{_CAPITALS}|{_INITIALS})"
_ORDER = rf"(?:(?<=[\"“‘'(:])|(?<=: ))[{_UPPER}]\w* (?:me|us|it|him|them|your)\b"
"""Words that are quoted and begin with a demand, such as "Give me"."""
_RUN = re.compile(rf"(?<!\w)(?!{_ORDER}){_PART}(?:(?: (?:de|van|von|al|bin|la|di)){{0,2}}(?: |(?<=\.)){_PART})*")
_NAME_WORD = re.compile(rf"(?<!\w)(?!{_TITLE})(?:{_WORD}|{_CAPITALS})")
_SENTENCE_START = re.compile(
    r"(?:\A|\n)\s*(?:(?:[-*•]|\d+[.)])[ \t]+)?|(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)[.!?](?:[\"”'’)\]]+(?=\s))?[ \t]*"
)
"""Where a capital says nothing. After a bracket, a colon, a quotation mark or a dash it still does."""
_NOT_NAMES = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december christmas easter new year english german french spanish "
    "italian dutch polish european american british irish indian chinese whatsapp linkedin facebook instagram "
    "teams slack outlook excel word powerpoint google gmail youtube twitter tiktok zoom europe america germany "
    "france spain italy england scotland wales ireland britain india china russia iran syria sales "
    "legal compliance finance security manager director boss human resources counsel department operations "
    "hotline please thanks thank hello hi hey dear sorry ok okay "
)
_ACRONYMS = (
    "hr pr qa it vip ceo cfo coo cto cio vp svp evp usa uk eu uae u.s. u.k. e.u. usd eur gbp vat po nda rfp rfq crm "
    "sla msa kpi okr roi pdf faq asap fyi gdpr pii fcpa ofac sec doj b2b llc ltd inc gmbh "
)
_OPENERS = (
    "i you he she it we they me us him them my your his her its our their this that these those one who whom whose "
    "what which when where why how here there everyone everybody everything someone somebody something anyone anybody "
    "anything nobody nothing none the a an all any some many most several both each every another other few more two "
    "three no not yes and but or so if whenever while since because although though as until unless once after "
    "before then on in at for from with without by to of during about despite yesterday today tonight tomorrow now "
    "later last next recently lately finally again also still just even only never always often sometimes maybe "
    "perhaps however is are was were am be been being do does did has have had can could should would must might got "
    "client clients customer customers colleague colleagues coworker coworkers co-worker co-workers buyer buyers "
    "supplier vendor competitor management managers supervisor employee employees team staff people company "
    "meeting dinner lunch business get let well"
)
"""Words that open a sentence before a verb or a name."""
_NO_NAMES = frozenset((_NOT_NAMES + _ACRONYMS + _OPENERS).split())
"""Words that are never a name, nor part of one, capital or not."""
_ADVERB = r"(?:(?:\w+ly|also|always|just|never|now|often|still|then) )?"
_DOES = re.compile(
    rf",? who\b| and (?:I\b|[{_UPPER}])"
    rf"| {_ADVERB}(?:is|was|has|had|does|did|will|would|can|could|should|must|might|\w+n['’]t|keeps|kept|told|says|said"
    r"|wants|sent|took|gave|made|came|went|got|left|met|put|wrote|spoke|thought|knew|felt|saw|heard|found|brought|bought"
    r"|paid|sold|lost|held|hit|threw|swore|began|ran|sat|let)\b"
    rf"|(?<!\w{{3}}ing) {_ADVERB}"
    r"(?!(?:as|across|always|besides|hers|its|ours|perhaps|sometimes|theirs|towards|yes|yours|need|indeed|clients"
    r"|customers|colleagues|coworkers|buyers|suppliers|vendors|competitors|managers|employees|reps|gifts|minutes|hours"
    r"|days|weeks|months|years|[a-z]*(?:ss|us|is))\b)[a-z]{2,}(?:ed|s)\b"
)
"""What follows a person who opens a sentence: mostly a verb."""
_POSSESSIVE = re.compile(r"['’][sS]$")
_CONTRACTION = re.compile(r"['’](?:s|ll|re|ve|d|m)$")
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
        # In a text all in capitals they tell no name from another word.
        in_capitals = 10 * sum(map(str.islower, text)) < sum(map(str.isalpha, text))
        for kind, pattern in _PATTERNS:
            text = pattern.sub(lambda match, kind=kind: self._placeholder(kind, match[0]), text)  # type: ignore[misc]
        starts = {match.end() for match in _SENTENCE_START.finditer(text)}
        text = _RUN.sub(lambda match: self._hide_names(match, match.start() in starts, in_capitals), text)
        # Once seen as a name, or as part of one, it is one at the beginning of a sentence and in capitals too.
        names = [name for name, placeholder in self._by_text.items() if placeholder.startswith("[NAME")]
        parts = {part for name in names for part in (name, *_NAME_WORD.findall(name)) if not _is_no_name(part)}
        forms = {form for part in parts for form in (part, part.upper(), part.title())}
        if forms:
            longest_first = "|".join(map(re.escape, sorted(forms, key=lambda form: (-len(form), form))))
            seen = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)")
            text = seen.sub(lambda match: self._placeholder("NAME", match[0]), text)
        return text

    def reveal(self, text: str) -> str:
        """`text` with what was hidden put back."""
        return _PLACEHOLDER.sub(lambda match: self._by_placeholder.get(match[0], match[0]), text)

    def _hide_names(self, run: re.Match[str], at_start: bool, in_capitals: bool) -> str:
        """A run of words with capitals, with what lies between those that are no names replaced."""
        hidden: list[str] = []
        for no_name, group in groupby(run[0].split(" "), _is_no_name):
            words = " ".join(group)
            opens = at_start and not hidden
            if no_name or not self._is_name(words, run, opens, in_capitals):
                hidden.append(words)
            else:
                name = _POSSESSIVE.sub("", words)
                hidden.append(self._placeholder("NAME", name) + words[len(name) :])
        return " ".join(hidden)

    @staticmethod
    def _is_name(words: str, run: re.Match[str], opens: bool, in_capitals: bool) -> bool:
        """Whether `words`, part of `run`, name somebody, which a single word that opens a sentence seldom does."""
        parts = _NAME_WORD.findall(words)
        if all(part.isupper() for part in parts):
            return bool(parts) and " " in words and not in_capitals
        if not opens or " " in words or _POSSESSIVE.search(words):
            return True
        return words == run[0] and bool(_DOES.match(run.string, run.end()))

    def _placeholder(self, kind: str, text: str) -> str:
        if text not in self._by_text:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            placeholder = f"[{kind}_{self._counts[kind]}]"
            self._by_text[text] = placeholder
            self._by_placeholder[placeholder] = text
        return self._by_text[text]


def _is_no_name(word: str) -> bool:
    """Whether `word`, whatever its contraction (don't, she'll), is never a name."""
    word = word.lower().replace("’", "'")
    return word.endswith("n't") or _CONTRACTION.sub("", word) in _NO_NAMES
