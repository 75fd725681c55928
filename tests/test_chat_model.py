from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from advisor.budget import Budget
from advisor.chat_model import ChatModel, describe_model, make_chat_model
from advisor.errors import ChatModelError, StorageError
from advisor.prompt import load_prompt
from advisor.settings import Settings
from advisor.storage import Store
from tests.fake_model import FakeModel

KEY = "sk-do-not-show-4711"
PROMPT = load_prompt(Path(__file__).resolve().parent.parent / "prompts" / "follow-up.md").fill(turns="1. A\n2. B")
LOCAL = [f"http://{host}" for host in ("127.0.0.1:8000/v1", "10.1.2.3/v1", "localhost:1", "[::1]:80", "gpu.internal")]
REMOTE = [
    f"http://{host}" for host in ("api.evil.example/v1", "8.8.8.8/v1", "127.0.0.1@evil.example", "10.evil.example")
]
NONE_SET = """
import sys, advisor.assembly
from advisor.chat_model import describe_model, make_chat_model
from advisor.settings import Settings
known = {"langchain", "langchain_openai", "openai"}
made = make_chat_model(Settings(model=""), None)
print(made, describe_model(Settings(model="")), *known.intersection(name.split(".")[0] for name in sys.modules))
"""
ASKED = """
import logging, time
from advisor.budget import Budget
from advisor.chat_model import make_chat_model
from advisor.settings import Settings
logging.basicConfig(level=logging.DEBUG)
model = make_chat_model(Settings(), Budget(None, 0))
levels = {logging.getLogger(name).getEffectiveLevel() for name in ("openai", "openai._base_client", "httpx", "httpx2")}
print(model.complete(%r, time.monotonic() + 20), levels)
"""
PROXIES = [f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO", "OPENAI", "ANTHROPIC")]


class Told:
    """A provider's client that says what it is told to, as fast as it is read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = texts
        self.said = 0

    def stream(self, _: Any) -> Iterator[Any]:
        for text in self.texts:
            self.said += 1
            yield SimpleNamespace(content=text)


class FullDisk(Budget):
    """A budget whose file can be read, or not even that."""

    def __init__(self, *, readable: bool) -> None:
        self.readable = readable

    def check(self) -> None:
        if not self.readable:
            raise StorageError("data folder /secret: disk I/O error; free some space")

    def spend(self, tokens: int) -> None:
        raise StorageError("data folder /secret: database or disk is full; free some space")


def settings(folder: Path, **given: Any) -> Settings:
    return Settings(data_dir=folder).model_copy(update={"model": "openai:fake", "model_key": SecretStr(KEY), **given})


def make(folder: Path, *, limit: int = 0, **given: Any) -> ChatModel:
    model = make_chat_model(settings(folder, **given), Budget(Store(folder), limit))
    assert model is not None
    return model


def refusal(folder: Path, **given: Any) -> str:
    with pytest.raises(ChatModelError) as error:
        make(folder, **given)
    assert "\n" not in str(error.value)
    return str(error.value)


def complete(model: ChatModel) -> str:
    """The reply, once it is counted too."""
    text = model.complete(PROMPT, time.monotonic() + 5)
    for thread in [one for one in threading.enumerate() if one.name == "chat-model"]:
        thread.join(5)
    return text


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with FakeModel() as model:
        yield model


def test_without_a_setting_there_is_no_model_and_langchain_is_not_imported() -> None:
    run = subprocess.run([sys.executable, "-c", NONE_SET], capture_output=True, text=True, check=False)
    assert run.stdout == "None None\n", run.stderr


@pytest.mark.parametrize("url", ["", *REMOTE])
def test_local_only_refuses_a_remote_host_by_name(tmp_path: Path, url: str) -> None:
    said = refusal(tmp_path, model_local_only=True, model_url=url)
    assert said.startswith(
        f"ADVISOR_MODEL_LOCAL_ONLY forbids 'openai:fake', which runs at {url.replace('127.0.0.1@', '') or 'openai'}"
    )


@pytest.mark.parametrize("url", LOCAL)
def test_local_only_accepts_this_machine_and_its_network(tmp_path: Path, url: str) -> None:
    model = make(tmp_path, model_local_only=True, model_url=url)
    assert (model.is_local, model.host) == (True, url)


def test_local_only_is_not_got_round_by_the_options(tmp_path: Path) -> None:
    options = {"base_url": REMOTE[0]}
    said = refusal(tmp_path, model_local_only=True, model_url=LOCAL[0], model_options=options)
    assert said.startswith(f"ADVISOR_MODEL_LOCAL_ONLY forbids 'openai:fake', which runs at {REMOTE[0]};")


def test_local_only_reads_every_address_in_the_options(tmp_path: Path) -> None:
    options = {"base_url": LOCAL[0], "anthropic_api_url": REMOTE[0]}
    said = refusal(tmp_path, model="anthropic:fake", model_local_only=True, model_options=options)
    assert said.startswith(f"ADVISOR_MODEL_LOCAL_ONLY forbids 'anthropic:fake', which runs at {REMOTE[0]};")


def test_local_only_is_not_got_round_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "https://evil.example")
    said = refusal(tmp_path, model="ollama:llama3", model_key=None, model_local_only=True)
    assert said == (
        "ADVISOR_MODEL_LOCAL_ONLY forbids 'ollama:llama3', which runs at https://evil.example; set ADVISOR_MODEL_URL "
        "to a server of your own, or unset one of the two"
    )


@pytest.mark.parametrize(
    ("model", "options"), [("groq:x", {}), ("gpt-5", {}), ("OpenAI:x", {}), ("openai:x", {"model_provider": "groq"})]
)
def test_local_only_refuses_a_provider_that_may_ignore_the_url(
    tmp_path: Path, model: str, options: dict[str, Any]
) -> None:
    said = refusal(tmp_path, model=model, model_local_only=True, model_url=LOCAL[0], model_options=options)
    assert said == (
        f"ADVISOR_MODEL_LOCAL_ONLY forbids '{model}', whose provider may ignore the address that is set; name one of "
        "openai, azure_openai, anthropic, ollama in ADVISOR_MODEL, or unset one of the two"
    )


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "glm-4.6:Cloud"])
def test_local_only_refuses_a_model_that_ollama_sends_on(tmp_path: Path, name: str) -> None:
    said = refusal(tmp_path, model=f"ollama:{name}", model_local_only=True, model_url=LOCAL[0])
    assert said == (
        f"ADVISOR_MODEL_LOCAL_ONLY forbids 'ollama:{name}', which runs at ollama.com; name a model without 'cloud', "
        "or unset one of the two"
    )


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("url", "direct"),
    [
        ("http://127.0.0.1:8000/v1", ""),
        ("http://127.0.0.1:8000/v1", "localhost,example.com"),
        ("http://gpu.internal/v1", ".gpu.internal"),
        ("http://gpu.localhost/v1", "localhost"),
    ],
)
def test_local_only_refuses_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, url: str, direct: str
) -> None:
    monkeypatch.setenv(variable, f"http://me:{KEY}@evil.example:3128")
    monkeypatch.setenv("NO_PROXY", direct)
    host = url.split("/")[2].partition(":")[0]
    assert refusal(tmp_path, model_local_only=True, model_url=url) == (
        f"ADVISOR_MODEL_LOCAL_ONLY forbids the proxy that {variable.upper()} sets; add {host} to NO_PROXY, or unset "
        "ADVISOR_MODEL_LOCAL_ONLY"
    )


@pytest.mark.parametrize(
    ("variable", "url", "direct"),
    [
        ("HTTPS_PROXY", "http://127.0.0.1:8000/v1", ""),
        ("HTTP_PROXY", "http://127.0.0.1:8000/v1", "example.com, 127.0.0.1"),
        ("HTTP_PROXY", "http://[::1]:80", "::1"),
        ("HTTP_PROXY", "http://gpu.internal/v1", "internal"),
        ("ALL_PROXY", "http://gpu.internal/v1", ".internal"),
        ("ALL_PROXY", "http://localhost:1", "*"),
    ],
)
def test_local_only_accepts_a_proxy_that_is_not_used_for_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, url: str, direct: str
) -> None:
    monkeypatch.setenv(variable, "http://evil.example:3128")
    monkeypatch.setenv("NO_PROXY", direct)
    assert make(tmp_path, model_local_only=True, model_url=url).is_local


def test_local_only_refuses_a_proxy_of_the_client_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"model_local_only": True, "model_url": LOCAL[0]}
    end = ", or unset ADVISOR_MODEL_LOCAL_ONLY"
    for options in ({"openai_proxy": "http://evil.example"}, {"client_kwargs": {"Proxies": "http://evil.example"}}):
        said = refusal(tmp_path, **given, model_options=options)
        assert said.endswith(f"forbids the proxy that ADVISOR_MODEL_OPTIONS sets; leave it out there{end}")
    monkeypatch.setenv("NO_PROXY", "*")
    for provider, variable in (("openai", "OPENAI_PROXY"), ("anthropic", "ANTHROPIC_PROXY")):
        monkeypatch.setenv(variable, "http://evil.example")
        said = refusal(tmp_path, **given, model=f"{provider}:x")
        assert said.endswith(f"forbids the proxy that {variable} sets; unset that{end}")


@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
def test_missing_extra_gives_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    for missing in (f"langchain_{provider}", "langchain"):
        monkeypatch.setitem(sys.modules, missing, None)
        assert refusal(tmp_path, model=f"{provider}:x").endswith(
            f"needs a package more: pip install 'advisor[{provider}]'"
        )


@pytest.mark.parametrize("model", ["nonsense:x", "x", ":x"])
def test_unknown_provider_is_a_one_line_error(tmp_path: Path, model: str) -> None:
    assert refusal(tmp_path, model=model).startswith(f"ADVISOR_MODEL '{model}' cannot be used: ")


def test_key_shows_nowhere(tmp_path: Path, fake: FakeModel) -> None:
    model = make(tmp_path, model_url=fake.url)
    shown = [repr(model), str(model), repr(vars(model)), repr(model._model), repr(settings(tmp_path)), model.host]
    for wrong in ({"n": 0}, {"temperature": "hot"}, {"n": 2, "streaming": True}, {"model_kwargs": 5}):
        shown.append(refusal(tmp_path, model_url=fake.url, model_options=wrong))
    fake.behave("http_500")
    with pytest.raises(ChatModelError) as error:
        complete(model)
    assert KEY[:8] not in " ".join([*shown, str(error.value)])


def test_password_in_the_url_shows_nowhere(tmp_path: Path) -> None:
    given = {"model_url": f"https://me:{KEY}@evil.example/v1", "model_local_only": True}
    assert KEY not in f"{refusal(tmp_path, **given)} {describe_model(settings(tmp_path, **given))}"


def test_tokens_are_counted_and_nothing_is_sent_once_the_budget_is_used_up(tmp_path: Path, fake: FakeModel) -> None:
    model = make(tmp_path, model_url=fake.url, limit=10)
    assert complete(model) == fake.replies[0] == '{"with": [1]}'
    assert (model.usage.calls, model.usage.tokens_out) == (1, 2)
    assert model.usage.tokens_in == sum(len(text.split()) for _, text in PROMPT) > 10
    with pytest.raises(ChatModelError, match="today's budget for the language model is used up"):
        complete(model)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("way", ["hangs", "drops", "html", "http_500"])
def test_reply_that_does_not_come_is_a_named_error_in_time(tmp_path: Path, fake: FakeModel, way: str) -> None:
    fake.behave(way)
    begun = time.monotonic()
    with pytest.raises(ChatModelError, match=r"^the language model (did not answer|cannot be used now \(\w+\))"):
        make(tmp_path, model_url=fake.url).complete(PROMPT, begun + 1)
    assert time.monotonic() - begun < 4


def test_questions_reach_no_log_when_the_client_is_asked_to_debug(fake: FakeModel) -> None:
    given = {"ADVISOR_MODEL": "openai:fake", "ADVISOR_MODEL_URL": fake.url, "ADVISOR_MODEL_KEY": KEY}
    run = subprocess.run(
        [sys.executable, "-c", ASKED % PROMPT],
        env={**os.environ, **given, "OPENAI_LOG": "debug"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == f"{fake.replies[0]} {{30}}\n", run.stderr
    assert "1. A" not in run.stderr
    assert KEY not in run.stderr


def test_reader_slower_than_the_model_is_stopped_at_the_deadline() -> None:
    model = ChatModel(Told(["piece"] * 10), "told", "localhost", FullDisk(readable=True))
    pieces = model.stream(PROMPT, time.monotonic() + 0.3)
    assert next(pieces) == "piece"
    time.sleep(0.4)
    with pytest.raises(ChatModelError, match="the language model did not answer in time"):
        next(pieces)


def test_reply_without_an_end_is_cut_off(tmp_path: Path) -> None:
    told = Told(iter(lambda: "x" * 1000, None))
    model = ChatModel(told, "told", "localhost", Budget(Store(tmp_path), 10**6))
    with pytest.raises(ChatModelError, match="the language model's reply is longer than 20,000 characters"):
        complete(model)
    assert told.said == 21


def test_reply_that_cannot_be_counted_ends_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(ChatModelError, match=r"the language model cannot be used now \(StorageError\)"):
        complete(ChatModel(Told(["piece"]), "told", "localhost", FullDisk(readable=True)))
    assert time.monotonic() - begun < 4


def test_budget_that_cannot_be_read_sends_nothing() -> None:
    told = Told(["piece"])
    with pytest.raises(ChatModelError, match=r"^today's budget for the language model cannot be read$"):
        complete(ChatModel(told, "told", "localhost", FullDisk(readable=False)))
    assert told.said == 0
