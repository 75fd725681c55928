"""The language model, if one is set: the one home of LangChain's chat models.

Any provider that `init_chat_model` knows, by one setting. Calls run in a thread of their own, so that a model that
hangs keeps nobody waiting beyond the deadline. Nothing is imported, and no connection is made, unless a model is set.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import queue
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from advisor.budget import Budget
from advisor.errors import ChatModelError, StorageError
from advisor.settings import Settings

Messages = Sequence[tuple[str, str]]
"""(role, text) pairs."""
_RETRIES = 2
_LONGEST = 20_000
"""Characters of a reply: far more than any prompt asks for, and an end to a model that never stops."""
_LOCAL_PROVIDERS = {"ollama": "http://127.0.0.1:11434"}
_URL_OPTIONS = ("base_url", "azure_endpoint", "openai_api_base", "anthropic_api_url", "api_base", "endpoint")
_URL_VARIABLES = {
    "openai": ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
    "azure_openai": ("AZURE_OPENAI_ENDPOINT", "OPENAI_API_BASE"),
    "anthropic": ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
    "ollama": ("OLLAMA_HOST",),
}
"""Where each provider's own client looks for another address."""
_EXTRAS = {"openai": "openai", "azure_openai": "openai", "anthropic": "anthropic", "ollama": "ollama"}
"""The package that each provider needs; with these it is known where their clients connect."""
_CHARACTERS_PER_TOKEN = 4
"""For providers that report no usage."""


@dataclass(slots=True)
class Usage:
    """Tokens of all calls so far."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class ChatModel:
    """A chat model with a deadline and a budget."""

    def __init__(self, model: Any, name: str, host: str, budget: Budget) -> None:
        self.name = name
        self.host = host
        """Where it runs, as the setting names it."""
        self.usage = Usage()
        self._model = model
        self._budget = budget
        self._lock = threading.Lock()

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine or in a private network."""
        return is_private(self.host)

    def stream(self, messages: Messages, deadline: float) -> Iterator[str]:
        """The pieces of the reply as they come. Raises ChatModelError, at the latest at `deadline` (time.monotonic)."""
        try:
            self._budget.check()
        except StorageError:
            raise ChatModelError("today's budget for the language model cannot be read") from None
        pieces: queue.Queue[str | BaseException | None] = queue.Queue()
        stop = threading.Event()
        threading.Thread(target=self._run, args=(messages, pieces, stop), name="chat-model", daemon=True).start()
        try:
            while True:
                left = deadline - time.monotonic()
                try:
                    if left <= 0:  # `get` would still hand out what waits in the queue
                        raise queue.Empty
                    piece = pieces.get(timeout=left)
                except queue.Empty:
                    raise ChatModelError("the language model did not answer in time") from None
                if piece is None:
                    return
                if isinstance(piece, ChatModelError):
                    raise piece
                if isinstance(piece, BaseException):
                    raise ChatModelError(f"the language model cannot be used now ({type(piece).__name__})") from None
                yield piece
        finally:
            stop.set()

    def complete(self, messages: Messages, deadline: float) -> str:
        """The whole reply. Raises ChatModelError like `stream`."""
        return "".join(self.stream(messages, deadline))

    def _run(self, messages: Messages, pieces: queue.Queue[str | BaseException | None], stop: threading.Event) -> None:
        """Puts the reply's pieces into the queue and last, whatever happens, its end: None, or what went wrong."""
        end: BaseException | None = None
        try:
            self._receive(messages, pieces, stop)
        except BaseException as error:  # noqa: BLE001 - each provider's client has an error tree of its own
            end = error
        pieces.put(end)

    def _receive(
        self, messages: Messages, pieces: queue.Queue[str | BaseException | None], stop: threading.Event
    ) -> None:
        """Puts the pieces into the queue as they come, and counts what they cost, however far they come."""
        from langsmith import tracing_context

        received, tokens_in, tokens_out = 0, 0, 0
        try:
            # What is asked goes to the model that is set and to nobody else, whatever the environment says of tracing.
            with tracing_context(enabled=False):
                for chunk in self._model.stream(list(messages)):
                    usage = getattr(chunk, "usage_metadata", None) or {}
                    tokens_in += usage.get("input_tokens", 0)
                    tokens_out += usage.get("output_tokens", 0)
                    text = _text_of(chunk.content)
                    received += len(text)
                    if received > _LONGEST:
                        raise ChatModelError(f"the language model's reply is longer than {_LONGEST:,} characters")
                    if text:
                        pieces.put(text)
                    if stop.is_set():
                        break
        finally:
            sent = sum(len(text) for _, text in messages)
            self._count(tokens_in or sent // _CHARACTERS_PER_TOKEN, tokens_out or received // _CHARACTERS_PER_TOKEN)

    def _count(self, tokens_in: int, tokens_out: int) -> None:
        with self._lock:
            self.usage.calls += 1
            self.usage.tokens_in += tokens_in
            self.usage.tokens_out += tokens_out
        self._budget.spend(tokens_in + tokens_out)


def make_chat_model(settings: Settings, budget: Budget) -> ChatModel | None:
    """The model that the settings name, or None. Connects to nothing. Raises ChatModelError for a wrong setting."""
    if not settings.model:
        return None
    provider = settings.model.partition(":")[0]
    if settings.model_local_only:
        _require_local(settings, provider)
    extra = _EXTRAS.get(provider)
    if not find_spec("langchain") or (extra and not find_spec(f"langchain_{extra}")):
        raise ChatModelError(
            f"ADVISOR_MODEL {settings.model!r} needs a package more: pip install 'advisor[{extra or 'openai'}]'"
        )
    try:
        from langchain.chat_models import init_chat_model

        model = init_chat_model(settings.model, **_options(settings, provider))
    except Exception as error:  # noqa: BLE001 - as above: ImportError, ValueError, the client's own
        cause = " ".join(str(error).split())[:200]
        raise ChatModelError(f"ADVISOR_MODEL {settings.model!r} cannot be used: {cause}") from None
    finally:
        # The clients log whole requests when they are asked to debug, which they read from the environment when they
        # are imported; questions never reach a log.
        for name in ("openai", "anthropic", "httpx", "httpx2"):
            logging.getLogger(name).setLevel(logging.WARNING)
    return ChatModel(model, settings.model, _host(settings), budget)


def describe_model(settings: Settings) -> str | None:
    """The model that the settings name and where it runs, for people; None where none is set."""
    return f"{settings.model}, which runs at {_host(settings)}" if settings.model else None


def _require_local(settings: Settings, provider: str) -> None:
    """Raises ChatModelError where a question could leave this machine and its private network."""
    forbids = "ADVISOR_MODEL_LOCAL_ONLY forbids"
    if provider not in _EXTRAS or "model_provider" in settings.model_options:
        raise ChatModelError(
            f"{forbids} {settings.model!r}, whose provider may ignore the address that is set; name one of "
            f"{', '.join(_EXTRAS)} in ADVISOR_MODEL, or unset one of the two"
        )
    if provider == "ollama" and settings.model.lower().endswith("cloud"):
        raise ChatModelError(
            f"{forbids} {settings.model!r}, which runs at ollama.com; name a model without 'cloud', or unset one of "
            "the two"
        )
    for host in _hosts(settings):
        if not is_private(host):
            raise ChatModelError(
                f"{forbids} {settings.model!r}, which runs at {host}; set ADVISOR_MODEL_URL to a server of your own, "
                "or unset one of the two"
            )
        if proxy := _proxy(settings, provider, host):
            raise ChatModelError(f"{forbids} the proxy that {proxy}, or unset ADVISOR_MODEL_LOCAL_ONLY")


def _proxy(settings: Settings, provider: str, host: str) -> str | None:
    """What sets a proxy for `host` and what to do about it, or None. Variables are read as httpx reads them."""
    if re.search(r'prox[^"]*":', json.dumps(settings.model_options), re.I):
        return "ADVISOR_MODEL_OPTIONS sets; leave it out there"
    own = f"{_EXTRAS[provider].upper()}_PROXY"
    if os.environ.get(own):
        return f"{own} sets; unset that"
    proxies, url = getproxies(), urlsplit(host if "//" in host else f"http://{host}")
    scheme = next((one for one in (url.scheme, "all") if proxies.get(one)), None)
    name = url.hostname or ""
    direct = {entry.strip().lower() for entry in proxies.get("no", "").split(",")} - {""}
    # `localhost` there covers no name below it, and `.name` covers only those below it.
    ends = tuple(f".{entry.removeprefix('.')}" for entry in direct - {"localhost"})
    if not scheme or "*" in direct or name in direct or name.endswith(ends):
        return None
    return f"{scheme.upper()}_PROXY sets; add {name} to NO_PROXY"


def _host(settings: Settings) -> str:
    """Where the model runs, for people."""
    return _hosts(settings)[0]


def _hosts(settings: Settings) -> list[str]:
    """Where the model may run, as the client will have it: its options, the URL that is set, the provider's own
    variable, or the provider's servers. A name and password in an address are left out."""
    provider, _, rest = settings.model.partition(":")
    options = [str(settings.model_options[key]) for key in _URL_OPTIONS if settings.model_options.get(key)]
    environment = [os.environ[name] for name in _URL_VARIABLES.get(provider, ()) if os.environ.get(name)]
    given = [*options, *([settings.model_url] if settings.model_url else environment)]
    if given:
        return [re.sub(r"(?<=//)[^/@]*@", "", address) for address in given]
    return [_LOCAL_PROVIDERS.get(provider) or (f"{provider}'s servers" if rest else "its provider")]


def _options(settings: Settings, provider: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if settings.model_url:
        options["base_url"] = settings.model_url
    if settings.model_key:
        options["api_key"] = settings.model_key.get_secret_value()
    if provider == "ollama":
        options["client_kwargs"] = {"timeout": settings.model_seconds}
    else:
        options |= {"timeout": settings.model_seconds, "max_retries": _RETRIES}
    if provider in ("openai", "azure_openai"):
        options["stream_usage"] = True
    if settings.model_per_second:
        from langchain_core.rate_limiters import InMemoryRateLimiter

        options["rate_limiter"] = InMemoryRateLimiter(
            requests_per_second=settings.model_per_second, max_bucket_size=max(1.0, settings.model_per_second)
        )
    return options | settings.model_options


def is_private(host: str) -> bool:
    """Whether an address, or the host of a URL, is this machine or in a private network."""
    try:
        name = urlsplit(host if "//" in host else f"//{host}").hostname or host
    except ValueError:
        return False
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return ipaddress.ip_address(name).is_private
    except ValueError:
        return False


def _text_of(content: Any) -> str:
    """The text of a chunk, which some providers give in blocks."""
    if isinstance(content, str):
        return content
    return "".join(
        block.get("text", "") for block in content if isinstance(block, dict) and block.get("type") == "text"
    )
