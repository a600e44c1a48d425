"""The gate with a stand-in for Streamlit behind it, asked as a browser on this machine would."""

from __future__ import annotations

import warnings
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dashboard.gate.headers import Headers
from dashboard.gate.keeper import Keeper
from dashboard.gate.sign_in import Gate
from pipelines.access.ways import Ways
from pipelines.settings import Home

with warnings.catch_warnings():  # it would rather have another package than ours
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HERE = "http://127.0.0.1:8501"
PASSWORD = "three odd words here"


def gate(way: Ways, home: Home, *routes: Any) -> Starlette:
    """The gate; behind it everything answers "inside"."""
    return Starlette(
        routes=[
            *Gate(way, home).routes(), *routes,
            WebSocketRoute("/_stcore/stream", _stream),
            Route("/{path:path}", _inside, methods=["GET", "PUT", "POST", "DELETE"]),
        ],
        middleware=[
            Middleware(Headers, way=way),
            Middleware(Keeper, way=way, home=home),
            Middleware(SessionMiddleware, secret_key="x" * 32),
        ],
    )  # fmt: skip


def browser(app: Starlette, *, address: str = "127.0.0.1", here: str = HERE) -> TestClient:
    """A browser that keeps cookies and follows nothing by itself."""
    return TestClient(app, here, client=(address, 50000), follow_redirects=False)


def sign_in(client: TestClient, login: str, password: str = PASSWORD, then: str = "/") -> Any:
    """What the form of the sign-in page sends."""
    here = str(client.base_url).rstrip("/")
    fields = {"login": login, "password": password, "next": then}
    return client.post("/sign-in", data=fields, headers={"origin": here})


async def _inside(request: Request) -> PlainTextResponse:
    return PlainTextResponse("inside")


async def _stream(socket: WebSocket) -> None:
    await socket.accept(subprotocol=(socket.scope["subprotocols"] or [None])[0])
    await socket.send_json(socket.scope["subprotocols"])
    await socket.close()
