"""The route under which browsers take the code of components (see `dashboard.served`)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import served
from dashboard.gate.headers import YEAR


def route() -> Route:
    """The route; from then on pages name files instead of sending all of them."""
    return Route(f"{served.begin()}{{file}}", _answer, methods=["GET"])


async def _answer(request: Request) -> Response:
    file = request.path_params["file"]
    text = served.content(file) or await run_in_threadpool(_made, file)
    if text is None:
        return PlainTextResponse("There is nothing here.", 404, {"cache-control": "no-store"})
    kept = {"cache-control": f"private, max-age={YEAR}, immutable"}
    return Response(text, media_type="text/javascript", headers=kept)


def _made(file: str) -> str | None:
    """Of a process that drew no page yet: another one's page may name the file."""
    import dashboard.components  # noqa: F401  # registers them all

    return served.content(file)
