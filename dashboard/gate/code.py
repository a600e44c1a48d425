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
    small = "gzip" in request.headers.get("accept-encoding", "")
    found = await run_in_threadpool(_found, request.path_params["file"], small)
    if found is None:
        return PlainTextResponse("There is nothing here.", 404, {"cache-control": "no-store"})
    kept = {"cache-control": f"private, max-age={YEAR}, immutable", "vary": "accept-encoding"}
    if small:
        kept["content-encoding"] = "gzip"
    return Response(found, media_type="text/javascript", headers=kept)


def _found(file: str, small: bool) -> bytes | None:
    found = served.content(file, small)
    if found is None:
        # In a process that drew no page yet: another one's page may name the file.
        import dashboard.components  # noqa: F401  # registers them all

        found = served.content(file, small)
    return found
