"""The fake model in conversation with the real client."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from advisor.prompt import load_prompt
from tests.fake_model import BROKEN, DROPS, PLACES, FakeModel

PROMPTS = Path(__file__).resolve().parent.parent / "prompts"
STORY = "My buyer gave me a gold watch yesterday – it’s worth 900. [NAME_1] saw it and told me to keep quiet."
PASSAGES = {
    "p1": ("lead", "Decline anything above USD 50 and tell your manager within 2 working days."),
    "p2": ("step", "Then log the offer in the register at once."),
    "p3": ("step", "Ask Compliance, if the gift is worth more than 10 percent of “what the client pays”."),
    "p4": ("dont", "Do not keep it without the agreement of HR."),
}
NOTE = """\
To: Compliance
Subject: A gift

What happened: [what was said]
Who: [names], [NAME_1]
Please do not pass it on."""
FORTUNES = range(40)
"""Seeds for what happens by chance."""


def messages(name: str, **values: str) -> list[tuple[str, str]]:
    return load_prompt(PROMPTS / f"{name}.md").fill(**values)


ANSWER = messages(
    "answer",
    story=STORY,
    passages="\n".join(f"{key} ({role}) {text}" for key, (role, text) in PASSAGES.items()),
    outline="\n".join(f"{role}: {key}" for key, (role, _) in PASSAGES.items()),
    level="manager",
)
TURNS = messages("follow-up", turns="1. My buyer gave me a watch.\n2. He gave me 2 of them.\n3. What now?")
CHOICE = messages("choice", story=STORY, question="What is it worth?", options="1. Little\n2. Much")
DRAFT = messages("draft", story=STORY, note=NOTE)


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with FakeModel() as model:
        yield model


def client(fake: FakeModel, *, retries: int = 0, timeout: float = 5) -> ChatOpenAI:
    return ChatOpenAI(
        base_url=fake.url, api_key=SecretStr("x"), model="fake", max_retries=retries, timeout=timeout, stream_usage=True
    )


def ask(fake: FakeModel, prompt: list[tuple[str, str]] = ANSWER) -> Any:
    """What the JSON of a reply says."""
    return json.loads(client(fake).invoke(prompt).text)


def stream(fake: FakeModel, prompt: list[tuple[str, str]] = ANSWER) -> tuple[str, list[BaseMessage]]:
    pieces = list(client(fake).stream(prompt))
    return "".join(piece.text for piece in pieces), list(pieces)


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower().replace("don't", "do not")))


def test_good_answer_follows_the_outline_in_the_words_of_the_passages(fake: FakeModel) -> None:
    for seed in FORTUNES:
        fake.seed(seed)
        reply = json.loads(fake.reply_to({"messages": [{"role": "user", "content": ANSWER[1][1]}]})[1])
        assert [(s["role"], s["passages"]) for s in reply["statements"]] == [(r, [k]) for k, (r, _) in PASSAGES.items()]
        for statement in reply["statements"]:
            assert words(PASSAGES[statement["passages"][0]][1]) - words(statement["text"]) <= {"then"}
        assert reply["level"] is None
    assert not fake.mutated


def test_client_gets_the_whole_reply_and_its_usage(fake: FakeModel) -> None:
    fake.behave("good", verbatim=True)
    message = client(fake).invoke(ANSWER)
    assert [s["text"] for s in json.loads(message.text)["statements"]] == [text for _, text in PASSAGES.values()]
    assert message.usage_metadata is not None
    assert message.usage_metadata["output_tokens"] == len(message.text.split())
    assert fake.prompts == ["answer"]
    assert fake.requests[0]["model"] == "fake"
    assert STORY in fake.requests[0]["messages"][-1]["content"]


def test_client_gets_a_stream_and_its_usage_in_the_last_piece(fake: FakeModel) -> None:
    text, pieces = stream(fake)
    assert text == fake.replies[0]
    assert len([piece for piece in pieces if piece.text]) > 10
    counts = [usage for piece in pieces if (usage := getattr(piece, "usage_metadata", None))]
    assert [count["output_tokens"] for count in counts] == [len(text.split())]
    assert fake.requests[0]["stream_options"] == {"include_usage": True}


def test_stream_has_no_usage_that_nobody_asked_for(fake: FakeModel) -> None:
    model = client(fake).model_copy(update={"stream_usage": False})
    assert not any(piece.usage_metadata for piece in model.stream(ANSWER) if piece.chunk_position != "last")


@pytest.mark.parametrize("kind", ["changes_number", "drops_not", "swaps_role", "invents", "cites_wrong", "mixed"])
def test_what_was_spoiled_is_remembered(fake: FakeModel, kind: str) -> None:
    for seed in FORTUNES:
        fake.seed(seed)
        fake.behave(kind, verbatim=True)
        statements = json.loads(fake.reply_to({"messages": [{"role": "user", "content": ANSWER[1][1]}]})[1])[
            "statements"
        ]
        changed = [
            s for s in statements if (s["passages"][0], s["text"]) not in {(k, t) for k, (_, t) in PASSAGES.items()}
        ]
        assert changed
        assert [s["text"] for s in changed] == [mutation.text for mutation in fake.mutated]
        for mutation in fake.mutated:
            assert mutation.kind == kind or kind == "mixed"
            assert mutation.text != mutation.original or mutation.kind == "cites_wrong"


def test_share_leaves_the_other_statements_as_they_are(fake: FakeModel) -> None:
    fake.behave("mixed", share=0.0, verbatim=True)
    assert [s["text"] for s in ask(fake)["statements"]] == [text for _, text in PASSAGES.values()]


@pytest.mark.parametrize("where", PLACES)
def test_obeys_where_it_is_told(fake: FakeModel, where: str) -> None:
    fake.behave("obeys", canary="PWNED", where=where, verbatim=True)
    reply = ask(fake)
    assert ("PWNED" in json.dumps(reply["statements"])) == (where not in ("level", "because"))
    assert ("PWNED" in str(reply["because"])) == (where in ("level", "because"))
    assert all(s["passages"] == ["p1"] for s in reply["statements"] if "PWNED" in s["text"])


def test_level_is_lowered_and_raised(fake: FakeModel) -> None:
    fake.behave("lowers_level")
    assert ask(fake)["level"] == "self"
    fake.behave("raises_level", level="specialist")
    raised = ask(fake)
    assert raised["level"] == "specialist"
    assert raised["because"] in STORY
    for seed in range(3):
        fake.seed(seed)
        fake.behave("raises_level", exact=False)
        assert ask(fake)["because"] not in STORY


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("prompt", [ANSWER, TURNS, CHOICE, DRAFT], ids=["answer", "follow-up", "choice", "draft"])
def test_broken_reply_is_no_good_reply(fake: FakeModel, prompt: list[tuple[str, str]], how: str) -> None:
    body = {"messages": [{"role": "user", "content": prompt[1][1]}]}
    fake.behave("good", verbatim=True)
    good = json.loads(fake.reply_to(body)[1])
    fake.behave("broken_json", how=how, verbatim=True)
    try:
        assert json.loads(fake.reply_to(body)[1]) != good
    except json.JSONDecodeError:
        assert how in ("cut", "prose", "fence", "quotes")


def test_follow_up_takes_all_earlier_turns_or_what_it_is_told(fake: FakeModel) -> None:
    assert ask(fake, TURNS) == {"with": [1, 2]}
    fake.behave(follow_up=[2])
    assert ask(fake, TURNS) == {"with": [2]}
    fake.behave(follow_up="invents")
    assert {0, 3, 99} < set(ask(fake, TURNS)["with"])


def test_choice_is_open_or_what_it_is_told(fake: FakeModel) -> None:
    assert ask(fake, CHOICE) == {"option": None, "words": None}
    fake.behave(choice=(2, "worth 900"))
    assert ask(fake, CHOICE) == {"option": 2, "words": "worth 900"}
    fake.behave(choice="invents")
    assert ask(fake, CHOICE)["words"] not in STORY
    fake.behave(choice="cites_wrong")
    assert ask(fake, CHOICE)["option"] == 99


def test_draft_fills_the_first_blank_and_spares_placeholders(fake: FakeModel) -> None:
    filled = NOTE.replace("[what was said]", "My buyer gave me a gold watch yesterday")
    assert ask(fake, DRAFT) == {"note": filled}
    fake.behave("good", draft="invents")
    note = ask(fake, DRAFT)["note"]
    assert "[names]" not in note
    assert "[NAME_1]" in note
    assert note.count(" stole ") == len(fake.mutated) == 3
    fake.behave("drops_not")
    assert "Please pass it on." in ask(fake, DRAFT)["note"]


def test_reply_can_be_given_whole(fake: FakeModel) -> None:
    fake.behave("drips", answer={"statements": []})
    assert stream(fake)[0] == '{"statements": []}'


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "stream"])
def test_dripping_reply_arrives_as_it_was_written(fake: FakeModel, whole: bool) -> None:
    fake.behave("mixed+drips", seconds=0.0005)
    text = client(fake).invoke(ANSWER).text if whole else stream(fake)[0]
    assert text == fake.replies[0]
    assert "“" in text


def test_dripping_reply_comes_in_fragments_cut_inside_a_character(fake: FakeModel) -> None:
    fake.behave("drips", seconds=0.002)
    body = {"messages": [{"role": "user", "content": ANSWER[1][1]}], "stream": True}
    with httpx.stream("POST", f"{fake.url}/chat/completions", json=body, trust_env=False) as response:
        fragments = list(response.iter_raw())
    assert len(fragments) > 100
    assert any(fragment[-1:] == "“".encode()[:1] for fragment in fragments)


def test_slow_reply_comes_after_its_time(fake: FakeModel) -> None:
    fake.behave("slow", seconds=0.2)
    start = time.monotonic()
    assert next(client(fake).stream(ANSWER)) is not None
    assert time.monotonic() - start >= 0.2


@pytest.mark.parametrize(("name", "status"), [("http_429", 429), ("http_500", 500)])
def test_client_tries_again_until_the_failures_are_over(fake: FakeModel, name: str, status: int) -> None:
    fake.behave(name, first=1)
    with pytest.raises(openai.APIStatusError) as error:
        ask(fake)
    assert error.value.status_code == status
    assert error.value.response.headers.get("Retry-After") == ("0" if status == 429 else None)
    fake.behave(name, first=1)
    assert client(fake, retries=1).invoke(ANSWER).text == fake.replies[-1]
    assert len(fake.requests) == 3


def test_server_that_always_fails(fake: FakeModel) -> None:
    fake.behave("http_500")
    for _ in range(3):
        with pytest.raises(openai.InternalServerError):
            stream(fake)


def test_hanging_server_lets_the_client_run_into_its_timeout(fake: FakeModel) -> None:
    fake.behave("hangs")
    model = client(fake, timeout=0.2)
    for attempt in (model.invoke, lambda prompt: list(model.stream(prompt))):
        start = time.monotonic()
        with pytest.raises(openai.APITimeoutError):
            attempt(ANSWER)
        assert time.monotonic() - start < 2


@pytest.mark.parametrize("how", DROPS)
def test_dropped_stream_ends_in_the_middle(fake: FakeModel, how: str) -> None:
    fake.behave("drops", how=how)
    text = ""
    try:
        for piece in client(fake).stream(ANSWER):
            text += piece.text
    except (httpx.RemoteProtocolError, openai.APIConnectionError):
        assert how == "cut"
    else:
        assert how == "quiet"
    assert fake.replies[0].startswith(text)
    assert 0 < len(text) < len(fake.replies[0])


def test_page_in_place_of_a_reply_is_no_reply(fake: FakeModel) -> None:
    fake.behave("html")
    with pytest.raises(Exception, match=r".") as error:
        client(fake).invoke(ANSWER)
    assert not isinstance(error.value, openai.APIStatusError)


def test_empty_reply(fake: FakeModel) -> None:
    fake.behave("empty")
    assert client(fake).invoke(ANSWER).text == ""
    assert stream(fake)[0] == ""


def test_prompt_of_nobody_is_refused(fake: FakeModel) -> None:
    with pytest.raises(openai.BadRequestError):
        client(fake).invoke("Tell me a joke.")
    assert fake.prompts == [None]


@pytest.mark.parametrize(("name", "options"), [("nice", {}), ("good+mixed", {}), ("drops", {"how": "loudly"})])
def test_unknown_behaviour_is_an_error(fake: FakeModel, name: str, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no such"):
        fake.behave(name, **options)
    with pytest.raises(TypeError):
        fake.behave("good", second=1)


@pytest.mark.parametrize("name", ["hangs", "slow", "drips"])
def test_closing_lets_go_of_whoever_waits(name: str) -> None:
    outcome: list[Any] = []

    def wait() -> None:
        try:
            outcome.append(client(model, timeout=60).invoke(ANSWER).text)
        except openai.APIConnectionError as error:
            outcome.append(error)

    with FakeModel() as model:
        model.behave(name, seconds=60)
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not model.requests:
            time.sleep(0.01)
        start = time.monotonic()
    waiting.join()
    assert time.monotonic() - start < 1
    assert isinstance(outcome[0], openai.APIConnectionError) == (name == "hangs")
