"""The identity provider's word: the flow is Streamlit's `st.login`, what comes of it is ours.

Streamlit would keep the identity in a cookie for thirty days. Here the answer is checked, a person
looked up, and a session begun that ends as every other; no cookie of Streamlit's says who one is.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from dashboard.gate import page, visit
from pipelines.access import people
from pipelines.access.people import Person
from pipelines.access.ways import Ways
from pipelines.settings import Home

_LOG = logging.getLogger("rounds.gate")
NEXT = "rounds_next"  # the page to go to afterwards; it is checked again when it comes back
MOST = 10_000
_used: dict[bytes, None] = {}
_lock = threading.Lock()


def secrets(way: Ways, key: bytes) -> dict[str, Any]:
    """What Streamlit wants to know of the provider; `key` is the home's own secret."""
    if way.provider is None:
        return {}
    cookies = hashlib.sha256(b"cookies of rounds" + key).hexdigest()
    return {
        "auth": {
            "redirect_uri": f"{way.url}/oauth2callback",
            "cookie_secret": cookies,
            "client_id": way.provider.client,
            "client_secret": way.provider.secret,
            "server_metadata_url": way.provider.metadata,
            "client_kwargs": {"scope": "openid email profile", "prompt": "select_account"},
        }
    }


def asked(way: Ways, then: str) -> Response:
    """The page with the button that leads into the flow of `st.login`."""
    from streamlit.auth_util import encode_provider_token

    assert way.provider is not None
    address = f"auth/login?provider={quote(encode_provider_token('default'))}"
    answer = page.button(address, way.provider.title)
    answer.set_cookie(NEXT, quote(then, safe=""), max_age=600, httponly=True, samesite="lax")
    return answer


def page_after(request: Request) -> str:
    """The page that was asked for before the sign-in."""
    from urllib.parse import unquote

    return visit.safe_page(unquote(request.cookies.get(NEXT, "")))


async def told(request: Request, way: Ways) -> Mapping[str, Any] | None:
    """What the provider says of who comes back; None where it can't be trusted.

    Signature, issuer, time and the nonce are looked at by Authlib as Streamlit calls it; that the
    token was made for Rounds, and that an answer counts once, is looked at here.
    """
    from streamlit.web.server.starlette.starlette_auth_routes import _create_oauth_client

    provider = way.provider
    if provider is None or not _is_new(request.query_params.get("state")):
        return None
    client, _ = _create_oauth_client("default")
    try:
        token = await client.authorize_access_token(request)
        metadata = await client.load_server_metadata()
    except Exception as fault:
        # The type alone: the text may hold the token.
        _LOG.warning("the identity provider's answer is refused: %s", type(fault).__name__)
        return None
    claims: Mapping[str, Any] = token.get("userinfo") or {}
    audience = claims.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    sound = (
        "id_token" in token
        and provider.client in meant
        and (len(meant) == 1 or claims.get("azp") == provider.client)
        and claims.get("iss") == metadata.get("issuer")
        and isinstance(claims.get("sub"), str)
        and "nonce" in claims
    )
    if not sound:
        _LOG.warning("the identity provider's answer is refused: it isn't meant for Rounds")
    return claims if sound else None


def person_of(home: Home, claims: Mapping[str, Any], way: Ways) -> Person | None:
    """The person of a checked identity: by an e-mail address that is theirs, or by `sub`.

    `sub` counts only for a person whose identity is kept as just that.
    """
    email, checked = claims.get("email"), claims.get("email_verified") is True
    trusted = checked or (way.provider is not None and way.provider.trust_email)
    if isinstance(email, str) and email and trusted:
        found = people.by_identity(home, email)
        if found is not None:
            return found
    found = people.by_identity(home, claims["sub"])
    return found if found is not None and found.identity == claims["sub"] else None


def _is_new(state: str | None) -> bool:
    """Whether an answer wasn't used before: its `state` is good once."""
    if not state:
        return False
    mark = hashlib.sha256(state.encode()).digest()
    with _lock:
        if mark in _used:
            return False
        while len(_used) >= MOST:
            del _used[next(iter(_used))]
        _used[mark] = None
    return True
