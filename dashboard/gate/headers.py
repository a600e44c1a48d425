"""The headers with which every answer leaves, and the name under which the app may be asked."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit
from starlette.responses import PlainTextResponse
from streamlit.logger import get_logger

from dashboard.gate import visit
from pipelines.access.ways import Identity, Ways, is_loopback

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_LOG = get_logger(__name__)
YEAR = 31_536_000  # seconds
# What browsers offer a page and this one never asks for.
_UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Of a form's origin the server must learn, and strangers nothing.
    "referrer-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Headers:
    """Refuses hosts that the app isn't known by, and adds the headers to every answer."""

    def __init__(self, app: App, way: Ways) -> None:
        self.app, self.way = app, way

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        secure = visit.is_secure(scope, self.way)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _dressed(message.get("headers", []), secure, scope["path"])
            await send(message)

        if problem := self._refused(scope):
            await refuse(scope, receive, dressed, 403, problem)
            return
        await self.app(scope, receive, dressed)

    def _refused(self, scope: MutableMapping[str, Any]) -> str | None:
        if visit.host_of(scope) not in self.way.known_hosts:
            return (
                "Rounds isn't known by this name. `access.hosts` in the settings names those "
                "by which it is."
            )
        here = self.way.identity is Identity.LOCAL
        client = visit.address_of(scope)
        if here and client and not is_loopback(client):
            return "Rounds is open to this machine only."
        return None


async def refuse(
    scope: MutableMapping[str, Any], receive: Receive, send: Send, status: int, said: str
) -> None:
    """Answer a request with a sentence; a websocket is not opened."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": said[:100]})
        return
    await PlainTextResponse(said, status, {"cache-control": "no-store"})(scope, receive, send)


def _dressed(
    given: list[tuple[bytes, bytes]], secure: bool, path: str
) -> list[tuple[bytes, bytes]]:
    """Headers with ours, where none of that name stands there; cookies of TLS stay with it."""
    names = {name.lower() for name, _ in given}
    ours = {**HEADERS, "content-security-policy": policy()}
    if secure:
        ours["strict-transport-security"] = f"max-age={YEAR}"
    if not path.startswith(("/static/", "/app/static/", "/favicon")):
        ours["cache-control"] = "no-store"  # nothing of a person's page stays in a shared browser
    kept = [
        (name, value if not _needs_secure(name, value, secure) else value + b"; Secure")
        for name, value in given
        if name.lower() not in (b"server", b"access-control-allow-origin")
    ]
    return kept + [
        (name.encode(), value.encode())
        for name, value in ours.items()
        if name.encode() not in names
    ]


def _needs_secure(name: bytes, value: bytes, secure: bool) -> bool:
    return secure and name.lower() == b"set-cookie" and b"secure" not in value.lower()


@cache
def policy() -> str:
    """The content security policy of the app's pages.

    Streamlit writes style elements as it runs, and takes the scripts of components as blobs or
    from the server; plotly draws with the same. No script comes from elsewhere, none is written
    into a page but the one of Streamlit's own that its file holds, and nothing is sent elsewhere.
    """
    own = " ".join(_own_scripts())
    parts = {
        "default-src": "'self'",
        "script-src": f"'self' {own} blob: 'wasm-unsafe-eval'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "media-src": "'self'",
        "object-src": "'none'",
        "frame-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def _own_scripts() -> list[str]:
    """The digests of the scripts that stand in Streamlit's page itself."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    return [f"'sha256-{digest(script)}'" for script in found]


def digest(text: str) -> str:
    """A text's digest, as a policy names it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
