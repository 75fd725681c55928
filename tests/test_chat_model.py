from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from advisor.budget import Budget
from advisor.chat_model import ChatModel, describe_model, make_chat_model
from advisor.errors import ChatModelError
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
    assert "LOCAL_ONLY" in refusal(tmp_path, model_local_only=True, model_url=LOCAL[0], model_options=options)


def test_local_only_is_not_got_round_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "https://evil.example")
    pytest.importorskip("langchain_ollama")
    with suppress(ChatModelError):  # to refuse it is right too
        model = make(tmp_path, model="ollama:llama3", model_key=None, model_local_only=True)
        assert "evil" not in str(model._model._client._client.base_url)


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
