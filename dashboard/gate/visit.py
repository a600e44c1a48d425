"""What a request tells of itself: its host, where it comes from, its cookie, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from pipelines.access.ways import Ways

COOKIE = "rounds_session"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
Scope = Mapping[str, Any]


def header(scope: Scope, name: str) -> str | None:
    """A header that stands there once; None where it is missing or given twice."""
    wanted = name.lower().encode()
    found = [value for key, value in scope["headers"] if key.lower() == wanted]
    return found[0].decode("latin-1") if len(found) == 1 else None


def host_of(scope: Scope) -> str | None:
    """The name under which the server is asked for, without its port; None where it is no name."""
    given = header(scope, "host")
    if not given:
        return None
    try:
        parts = urlsplit(f"//{given}")
        _ = parts.port
    except ValueError:
        return None
    if parts.netloc != given or parts.username is not None or parts.path or parts.query:
        return None
    return (parts.hostname or "").rstrip(".") or None


def address_of(scope: Scope) -> str:
    """The visitor's address; behind a trusted proxy, the one that it tells."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_secure(scope: Scope, way: Ways) -> bool:
    """Whether the visitor came by TLS."""
    return way.is_secure or scope.get("scheme") in ("https", "wss")


def is_same_origin(scope: Scope, way: Ways, *, may_be_silent: bool) -> bool:
    """Whether a request comes from one of the app's own pages, as far as a browser says so."""
    origin = header(scope, "origin")
    if origin is None:
        if any(key.lower() == b"origin" for key, _ in scope["headers"]):
            return False
        return may_be_silent or header(scope, "sec-fetch-site") == "same-origin"
    if way.url and origin.lower() == way.url.lower():
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc == header(scope, "host")


def token_of(scope: Scope) -> str | None:
    """The session's token from the cookie."""
    for key, value in scope["headers"]:
        if key.lower() != b"cookie":
            continue
        for part in value.decode("latin-1").split(";"):
            name, _, content = part.strip().partition("=")
            if name == COOKIE and content:
                return content.strip('"')
    return None


def cookie(token: str, *, secure: bool, over: bool = False) -> str:
    """The header that sets the session's cookie, or takes it away. It ends with the browser."""
    try:
        jar: SimpleCookie = SimpleCookie({COOKIE: "" if over else token})
    except CookieError:  # pragma: no cover - a token has letters and digits only
        raise ValueError("no token") from None
    kept = jar[COOKIE]
    kept["path"], kept["httponly"], kept["samesite"] = "/", True, "Lax"
    if secure:
        kept["secure"] = True
    if over:
        kept["max-age"] = "0"
    return kept.OutputString()


def safe_page(given: str | None) -> str:
    """A page of this app to go to; its first page where the given one might lead elsewhere."""
    page = given or "/"
    odd = any(ord(letter) < 0x21 or letter in "\\\x7f" for letter in page)
    if odd or not page.startswith("/") or page.startswith("//") or len(page) > 2000:
        return "/"
    parts = urlsplit(page)
    path = parts.path
    if parts.scheme or parts.netloc or path.startswith((SIGN_IN, SIGN_OUT, "/auth", "/oauth2")):
        return "/"
    return page


def page_of(scope: Scope) -> str:
    """The page that was asked for, with its query."""
    query = scope.get("query_string", b"").decode("latin-1")
    path = quote(scope["path"], safe="/-._~")
    return safe_page(f"{path}?{query}" if query else path)
