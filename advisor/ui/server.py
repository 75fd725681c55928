"""The server: one process with all pages, there within seconds, while the models load behind it."""

from __future__ import annotations

import errno
import gc
import json
import logging
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn

from advisor.access import ManagerAccess
from advisor.errors import PortInUse, UsageError
from advisor.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from advisor.service import Service

Say = Callable[[str], None]
_BACKLOG = 256
_LAST_PORT = 65_535
_NO_FILES = 1
"""Bytes that may be uploaded to a page that asks for no file."""


def serve(
    settings: Settings,
    say: Say,
    new_manager_link: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Serves until it is stopped. Raises PortInUse, UsageError or StorageError before anything heavy is loaded.

    A fresh data folder gets a manager's link, and so does `new_manager_link`. Where the app listens already, that
    link is printed for it.
    """
    from advisor.storage import Store

    store = Store(settings.data_dir)
    access = ManagerAccess(store)
    token = access.new_link() if new_manager_link else None
    try:
        listener = listen(settings.host, settings.port)
    except PortInUse:
        if token is None:
            raise
        say(_link(_url(settings.host, settings.port), token))
        say(f"Port {settings.port} is in use already; if it is the advisor that listens there, the link works now")
        return
    with listener:
        url = _url(settings.host, listener.getsockname()[1])
        token = token or access.first_link()
        _quieten()
        # What is imported stays: looking through it for garbage makes up a quarter of the start.
        gc.disable()
        from advisor.service import Service

        service = Service(settings, say, progress)
        app = build_app(service, access)
        gc.freeze()
        gc.enable()

        def opened() -> None:
            say(f"The page is at {url}")
            if token:
                say(_link(url, token))
            service.start()

        _Server(app, opened).run(sockets=[listener])
    store.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already, so that early callers wait and are not turned away. Port 0 takes any free one.

    Raises PortInUse, or UsageError for an address that this machine cannot listen on.
    """
    remedy = "choose another --host or --port"
    if not 0 <= port <= _LAST_PORT:
        raise UsageError(f"there is no port {port}; {remedy}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"cannot listen on {host} ({error.strerror}); {remedy}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} on {host} is in use; stop what listens there or {remedy}") from None
        raise UsageError(f"cannot listen on {host}:{port} ({error.strerror}); {remedy}") from None
    return listener


def build_app(service: Service, access: ManagerAccess) -> FastAPI:
    """The whole site. It answers at once; what needs the models waits for `service`."""
    from fastapi import FastAPI

    from advisor.ui.chat import build_chat
    from advisor.ui.knowledge_page import build_knowledge_page
    from advisor.ui.routes import build_routes, session_of, show_locked
    from advisor.ui.training_page import build_training_page

    def manager(request: Any) -> str | None:
        return "manager" if access.knows(session_of(request)) else None

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(build_routes(service, access))
    locked = {"exception_handlers": {401: show_locked}}
    _mount(app, build_knowledge_page(service), "/knowledge", auth_dependency=manager, app_kwargs=locked)
    _mount(app, build_training_page(service), "/training", max_file_size=_NO_FILES)
    chat = build_chat(service)
    _mount(app, chat, "/", max_file_size=_NO_FILES, mcp_server=True)
    _answer_tools_in_json(chat)
    return app


def _mount(app: FastAPI, blocks: Any, path: str, **options: Any) -> None:
    """Mounts a page. The run history stays off: it would keep questions in the browser."""
    import gradio as gr

    from advisor.ui.style import HEAD, theme

    gr.mount_gradio_app(
        app,
        blocks,
        path,
        theme=theme(),
        head=HEAD,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        **options,
    )


def _answer_tools_in_json(blocks: Any) -> None:
    """Gradio 6 hands a tool's result over as Python prints it, which no other language reads."""
    server = blocks.mcp_server_obj

    def in_json(results: list[Any], _root: str) -> list[Any]:
        return [server.types.TextContent(type="text", text=json.dumps(one, ensure_ascii=False)) for one in results]

    server.postprocess_output_data = in_json


class _Server(uvicorn.Server):
    """Says when it serves, and lets go of open pages when it is stopped."""

    def __init__(self, app: Any, opened: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1))
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._opened()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Every open page holds a connection. That it is cut now is no error, and would be reported with a trace.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def _quieten() -> None:
    """Keeps Gradio and the model library from calling home. They read this when they are imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def _link(url: str, token: str) -> str:
    return f"Manager link (works once): {url}/manage/{token}"


def _url(host: str, port: int) -> str:
    """The address as a browser on this machine reaches it."""
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
