"""The pages and answers that need no Gradio: health, receipts, documents to read, the manager's link."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from advisor.access import SESSION, ManagerAccess
from advisor.errors import AdvisorError, UnknownDocument
from advisor.service import Service
from advisor.ui.reading import show_version
from advisor.ui.style import plain_page

Count = Annotated[int, Query(ge=0, le=2**31)]
COOKIE = "advisor_manager"
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_NEW_LINK = (
    "<p>Whoever runs the advisor prints a new link with</p><pre>advisor serve --new-manager-link</pre>"
    '<p>Questions need no link: <a href="/">ask here</a>.</p>'
)


def build_routes(service: Service, access: ManagerAccess) -> APIRouter:
    """All routes but the Gradio pages."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok")

    @router.get("/readyz")
    def readyz() -> Response:
        return PlainTextResponse(service.message, 200 if service.state == "ready" else 503)

    @router.get("/receipts/{identity}")
    def receipt(identity: str) -> Response:
        try:
            answer = service.advisor.receipt(identity)
        except AdvisorError as error:
            return JSONResponse({"error": str(error)}, 503)
        if answer is None:
            return JSONResponse({"error": "no answer has this receipt; check the letters and digits"}, 404)
        return JSONResponse(answer, headers=_PRIVATE)

    @router.get("/documents/{identity:path}")
    def document(identity: str, version: Count | None = None, start: Count = 0, end: Count = 0) -> Response:
        try:
            store = service.parts.store
            read = store.version(identity, version)
        except UnknownDocument:
            return _page("No such document", "<p>There is no document and no version under this address.</p>", 404)
        except AdvisorError as error:
            return _page("One moment", f"<p>{escape(str(error))}. Try again in a minute.</p>", 503)
        in_force = next((head.number for head in store.heads() if head.document == identity), None)
        return HTMLResponse(plain_page(read.head.title, show_version(read, in_force, start, end)))

    @router.get("/manage/{token}")
    def manage(token: str) -> Response:
        session = access.redeem(token)
        if session is None:
            body = "<p>This link works once, and it was used already or has been replaced by a newer one.</p>"
            return _page("This link no longer works", body + _NEW_LINK, 410)
        response = RedirectResponse("/knowledge/", 303, _PRIVATE)
        response.set_cookie(
            COOKIE, session, max_age=int(SESSION.total_seconds()), path="/", httponly=True, samesite="strict"
        )
        return response

    @router.get("/knowledge")
    @router.get("/training")
    def with_slash(request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/")

    return router


async def show_locked(_request: Request, _error: Exception) -> Response:
    """What somebody without a manager's session gets in place of the Knowledge page."""
    return _page("Knowledge is for managers", "<p>You need a manager's link to open this page.</p>" + _NEW_LINK, 401)


def _page(title: str, body: str, status: int) -> Response:
    return HTMLResponse(plain_page(title, f"<h1>{escape(title)}</h1>{body}"), status, _PRIVATE)


def session_of(request: Any) -> str | None:
    """The manager's session that a request carries."""
    cookie = request.cookies.get(COOKIE)
    return str(cookie) if cookie else None
