"""The server over HTTP, as programs meet it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from gradio_client import Client

from advisor.errors import PortInUse, UsageError
from advisor.ui.server import listen
from tests.live import PATIENCE, ROOT, Live, free_port, start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE + 120)]

QUESTION = "a co-worker is calling my client, what do I do"
FIELDS = {
    "question", "outcome", "answer", "citations", "documents", "alternatives",
    "clarifying_question", "branch", "escalation", "receipt",
}  # fmt: skip


@pytest.fixture(scope="module")
def live() -> Live:
    return start()


@pytest.fixture(scope="module")
def client(live: Live) -> Client:
    return Client(live.url, verbose=False)


def get(url: str, **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
    """Status, text and headers, redirects not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def without_receipt(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "receipt"}


def test_health_and_readiness_answer(live: Live) -> None:
    assert get(f"{live.url}/healthz")[:2] == (200, "ok")
    assert get(f"{live.url}/readyz")[0] == 200


def test_client_gets_the_object_of_the_contract(client: Client) -> None:
    answer = client.predict(QUESTION, api_name="/ask")
    assert set(answer) == FIELDS
    assert answer["outcome"] == "answered"
    assert answer["documents"][0] == "coworker-contacting-client"


def test_earlier_turns_are_taken_into_account(client: Client) -> None:
    answer = client.predict([QUESTION, "Your client told you"], api_name="/ask")
    assert answer["branch"] == "Your client told you"


def test_plain_http_gets_the_same_object(live: Live, client: Client) -> None:
    url = f"{live.url}/gradio_api/call/ask"
    call = urllib.request.Request(url, json.dumps({"data": [QUESTION]}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=30) as begun:
        event = json.load(begun)["event_id"]
    _, text, _ = get(f"{url}/{event}")
    [answer] = json.loads(text.split("data: ", 1)[1].splitlines()[0])
    assert without_receipt(answer) == without_receipt(client.predict(QUESTION, api_name="/ask"))


def test_tool_returns_what_the_endpoint_returns(live: Live, client: Client) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def call() -> tuple[list[str], Any]:
        async with (
            streamable_http_client(f"{live.url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            return tools, await session.call_tool("ask", {"question": QUESTION})

    tools, result = asyncio.run(call())
    assert tools == ["ask"]
    assert not result.isError
    assert without_receipt(json.loads(result.content[0].text)) == without_receipt(
        client.predict(QUESTION, api_name="/ask")
    )


@pytest.mark.parametrize("question", ["", " \n\t ", "x" * 20_000])
def test_bad_question_gets_an_explanation(client: Client, question: str) -> None:
    answer = client.predict(question, api_name="/ask")
    assert set(answer) == FIELDS
    assert answer["outcome"] == "unanswered"
    assert answer["answer"]
    assert answer["receipt"] == ""


def test_two_callers_at_once_are_both_answered(live: Live) -> None:
    questions = [QUESTION, "my client shouts at me"] * 3
    clients = {question: Client(live.url, verbose=False) for question in questions}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda question: clients[question].predict(question, api_name="/ask"), questions))
    assert [answer["question"] for answer in answers] == questions


def test_receipt_shows_the_answer_without_its_question(live: Live, client: Client) -> None:
    answer = client.predict(QUESTION, api_name="/ask")
    status, text, _ = get(f"{live.url}/receipts/{answer['receipt']}")
    kept = json.loads(text)
    assert status == 200
    assert kept["citations"] == answer["citations"]
    assert kept["given_at"]
    assert QUESTION not in text
    assert get(f"{live.url}/receipts/nothing")[0] == 404


def test_question_is_found_neither_in_the_log_nor_in_the_data(live: Live, client: Client) -> None:
    secret = "zanzibar quokka contract"
    client.predict(f"my client yells about the {secret}", api_name="/ask")
    client.predict(f"{secret} " * 1000, api_name="/ask")
    files = [live.log, *(path for path in live.data.rglob("*") if path.is_file())]
    assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_document_is_read_with_its_quote_marked(live: Live) -> None:
    status, text, _ = get(f"{live.url}/documents/coworker-contacting-client?version=1")
    assert status == 200
    assert "asks:" not in text
    assert "<mark>" not in text
    for wrong, expected in (("no-such-thing", 404), ("accepting-gifts?version=99", 404), (f"x?start={10**30}", 422)):
        status, text, _ = get(f"{live.url}/documents/{wrong}")
        assert status == expected
        assert "Traceback" not in text


def test_manager_link_opens_knowledge_once(live: Live) -> None:
    for path in ("/knowledge/", "/knowledge/config", "/knowledge/gradio_api/info"):
        status, text, _ = get(live.url + path)
        assert status == 401
        assert "advisor serve --new-manager-link" in text
        assert "Traceback" not in text
    assert f"Manager link (works once): {live.url}/manage/" in live.log.read_text()
    link = live.new_manager_link()
    status, _, headers = get(link)
    cookie = headers["Set-Cookie"]
    assert (status, headers["Location"]) == (303, "/knowledge/")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert get(f"{live.url}/knowledge/", Cookie=cookie.split(";")[0])[0] == 200
    status, text, _ = get(link)
    assert status == 410
    assert "advisor serve --new-manager-link" in text


def test_port_in_use_is_refused_in_one_line(live: Live) -> None:
    env = os.environ | {"ADVISOR_DATA_DIR": str(live.data)}
    command = [sys.executable, "app.py", "--port", str(live.port)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"port {live.port}" in done.stderr


def test_listen_names_what_is_wrong_with_an_address() -> None:
    port = free_port()
    with listen("127.0.0.1", port), pytest.raises(PortInUse, match=str(port)):
        listen("127.0.0.1", port)
    for host, number in (("no.such.host.invalid", port), ("127.0.0.1", 70_000), ("203.0.113.7", port)):
        with pytest.raises(UsageError, match="choose another"):
            listen(host, number)
