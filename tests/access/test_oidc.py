"""The way in by an identity provider: a real one on this machine, and what it might be made to say.

The provider is `oidc-provider-mock`; the flow is that of `st.login`, with Streamlit's own routes.
What an answer holds is changed on its way out of the provider, signed anew with its own key unless
the case is about the signature.
"""

from __future__ import annotations

import json
import re
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit.runtime.secrets import secrets_singleton

from dashboard.gate import provider, visit
from pipelines.access import audit, door, people
from pipelines.access.people import Person
from pipelines.access.ways import Identity, Provider, Ways
from pipelines.errors import UsageProblem
from pipelines.settings import Home
from tests.access.gates import HERE, TestClient, browser, gate

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
CLIENT = "rounds"
Claims = dict[str, Any]


class Issuer:
    """A running provider. `change` is what becomes of an answer's claims before it is signed."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from authlib.jose import JsonWebKey, jwt
            from oidc_provider_mock import User
            from oidc_provider_mock._app import app as made
            from oidc_provider_mock._server import _threaded_server
        users = [
            User(sub=name, claims={"email": f"{name}@example.org", "email_verified": True})
            for name in ("boss", "ann", "stranger")
        ]
        self._jwt, self._keys = jwt, JsonWebKey
        self.change: Callable[[Claims], Claims] = dict
        self.sign: Callable[[Claims, Any], str | None] = self._signed
        app = made(user_claims=users)
        app.debug = False
        app.after_request(self._changed)
        self.running = _threaded_server(app, host="127.0.0.1")

    def _signed(self, claims: Claims, key: Any) -> str:
        header = {"alg": "RS256", "kid": key.as_dict(add_kid=True)["kid"]}
        return str(self._jwt.encode(header, claims, key).decode())

    def forged(self, claims: Claims, key: Any) -> str:
        """Signed by somebody else, who says that it is the provider's key."""
        other = self._keys.generate_key("RSA", 2048, is_private=True)
        header = {"alg": "RS256", "kid": key.as_dict(add_kid=True)["kid"]}
        return str(self._jwt.encode(header, claims, other).decode())

    def unsigned(self, claims: Claims, _: Any) -> str:
        """Signed by nobody: `alg` is none."""
        from base64 import urlsafe_b64encode

        parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
        return ".".join([*(urlsafe_b64encode(p).decode().rstrip("=") for p in parts), ""])

    def by_secret(self, claims: Claims, key: Any) -> str:
        """Signed with the public key as if it were a secret."""
        public = key.as_pem(is_private=False)
        import hashlib
        import hmac
        from base64 import urlsafe_b64encode

        def coded(value: bytes) -> str:
            return urlsafe_b64encode(value).decode().rstrip("=")

        head = ".".join(coded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
        return f"{head}.{coded(hmac.new(public, head.encode(), hashlib.sha256).digest())}"

    def _changed(self, response: Any) -> Any:
        import flask

        if flask.request.path != "/oauth2/token" or response.status_code != 200:
            return response
        answer = json.loads(response.get_data())
        key = flask.g.oidc_provider_mock_storage.jwk
        claims = self.change(dict(self._jwt.decode(answer["id_token"], key)))
        answer["id_token"] = self.sign(claims, key)
        if answer["id_token"] is None:
            del answer["id_token"]
        response.set_data(json.dumps(answer))
        return response


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Issuer, str]]:
    issuer = Issuer()
    with issuer.running as server:
        yield issuer, f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def issuer(running: tuple[Issuer, str]) -> Iterator[Issuer]:
    found = running[0]
    yield found
    found.change, found.sign = dict, found._signed


@pytest.fixture
def way(running: tuple[Issuer, str]) -> Ways:
    metadata = f"{running[1]}/.well-known/openid-configuration"
    return Ways(identity=Identity.OIDC, url=HERE, provider=Provider(metadata, CLIENT, "secret"))


@pytest.fixture
def place(home: Path) -> Home:
    found = Home(home)
    people.keep(found, Person("boss@example.org", "Ada Boss", "administrator"))
    people.keep(found, Person("annie", "Ann Lee", "site-manager", sites=("A",),
                              identity="ann@example.org"))  # fmt: skip
    return found


@pytest.fixture
def client(way: Ways, place: Home) -> Iterator[TestClient]:
    from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

    secrets_singleton.merge_programmatic_secrets(provider.secrets(way, b"key"))
    yield browser(gate(way, place, *create_auth_routes("")))
    secrets_singleton._reset()
    secrets_singleton._programmatic_secrets = None


def asked(client: TestClient, sub: str, then: str = "/") -> str:
    """The address to which the provider sends the browser back, once somebody signed in there."""
    import httpx

    form = client.get("/sign-in", params={"next": then})
    button = re.search(r'class="go" href="([^"]+)"', form.text)
    assert button is not None
    there = client.get("/" + unescape(button[1]))
    assert there.status_code == 302
    back = httpx.post(there.headers["location"], data={"sub": sub}).headers["location"]
    assert back.startswith(f"{HERE}/oauth2callback?")
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def signed_in(client: TestClient, sub: str, then: str = "/") -> Any:
    return client.get(asked(client, sub, then))


def refused(answer: Any) -> bool:
    return answer.status_code == 403 and visit.COOKIE not in answer.headers.get("set-cookie", "")


def test_whom_the_provider_names_is_in(client: TestClient, place: Home) -> None:
    answer = signed_in(client, "boss", "/staffing?month=2026-09")
    assert (answer.status_code, answer.headers["location"]) == (303, "/staffing?month=2026-09")
    found = door.session(place, client.cookies[visit.COOKIE])
    assert found is not None
    assert found.login == "boss@example.org"
    assert client.get("/").text == "inside"
    assert not [name for name in client.cookies if name.startswith("_streamlit_user")]
    assert audit.lines(place)[0].about["way"] == "oidc"


def test_an_identity_that_is_not_the_login_finds_its_person(
    client: TestClient, place: Home
) -> None:
    signed_in(client, "ann")
    found = door.session(place, client.cookies[visit.COOKIE])
    assert found is not None
    assert found.login == "annie"


def test_a_stranger_is_told_so_and_sees_nothing(client: TestClient) -> None:
    answer = signed_in(client, "stranger")
    assert refused(answer)
    assert "doesn&#x27;t know you" in answer.text
    assert client.get("/").status_code == 303


def test_a_person_who_was_shut_is_a_stranger(client: TestClient, place: Home) -> None:
    person = people.find(place, "annie")
    people.keep(place, replace(person, active=False))
    assert refused(signed_in(client, "ann"))


HOUR = 3600
CHANGES: dict[str, Callable[[Claims], Claims]] = {
    "expired": lambda c: {**c, "iat": int(time.time()) - 3 * HOUR, "exp": int(time.time()) - HOUR},
    "without an end": lambda c: {k: v for k, v in c.items() if k != "exp"},
    "for another client": lambda c: {**c, "aud": ["another"]},
    "for another client, on our behalf": lambda c: {**c, "aud": ["another"], "azp": CLIENT},
    "for several, on another's behalf": lambda c: {**c, "aud": [CLIENT, "x"], "azp": "x"},
    "for nobody": lambda c: {k: v for k, v in c.items() if k != "aud"},
    "by another issuer": lambda c: {**c, "iss": "https://evil.example"},
    "by nobody": lambda c: {k: v for k, v in c.items() if k != "iss"},
    "of another sign-in": lambda c: {**c, "nonce": "another"},
    "of no sign-in": lambda c: {k: v for k, v in c.items() if k != "nonce"},
    "about nobody": lambda c: {k: v for k, v in c.items() if k != "sub"},
}


FIRST = "expired", "for another client, on our behalf", "by another issuer", "of another sign-in"


@pytest.mark.parametrize(
    "case",
    [case if case in FIRST else pytest.param(case, marks=pytest.mark.soak) for case in CHANGES],
)
def test_a_token_that_is_not_right_opens_nothing(
    client: TestClient, issuer: Issuer, case: str
) -> None:
    issuer.change = CHANGES[case]
    assert refused(signed_in(client, "boss"))
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("case", ["forged", "unsigned", "by_secret"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    client: TestClient, issuer: Issuer, case: str
) -> None:
    issuer.sign = getattr(issuer, case)
    assert refused(signed_in(client, "boss"))


def test_an_answer_without_a_token_opens_nothing(client: TestClient, issuer: Issuer) -> None:
    issuer.sign = lambda *_: None
    assert refused(signed_in(client, "boss"))


def test_an_answer_counts_once(client: TestClient, place: Home) -> None:
    back = asked(client, "boss")
    before = dict(client.cookies)
    assert client.get(back).status_code == 303
    client.cookies.clear()
    for name, value in before.items():  # as if somebody had kept the browser as it was
        client.cookies.set(name, value, domain="127.0.0.1", path="/")
    assert refused(client.get(back))


def test_an_answer_is_no_use_in_another_browser(client: TestClient, way: Ways, place: Home) -> None:
    from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

    back = asked(client, "boss")
    other = browser(gate(way, place, *create_auth_routes("")))
    assert refused(other.get(back))
    assert refused(other.get("/oauth2callback?code=x&state=y"))
    assert refused(other.get("/oauth2callback?error=access_denied"))
    assert refused(other.get("/oauth2callback"))


def test_an_address_that_nobody_checked_is_no_identity(
    client: TestClient, issuer: Issuer, way: Ways, place: Home
) -> None:
    for said in (False, None, "true"):
        issuer.change = lambda c, said=said: {**c, "email_verified": said}
        assert refused(signed_in(client, "boss"))
    assert way.provider is not None
    trusting = replace(way, provider=replace(way.provider, trust_email=True))
    claims = {"sub": "boss", "email": "boss@example.org"}
    assert provider.person_of(place, claims, way) is None
    found = provider.person_of(place, claims, trusting)
    assert found is not None
    assert found.login == "boss@example.org"


def test_a_sub_names_only_whose_identity_it_is_kept_as(place: Home, way: Ways) -> None:
    people.keep(place, Person("carl", "Carl", "analyst", identity="0f3a"))
    found = provider.person_of(place, {"sub": "0f3a"}, way)
    assert found is not None
    assert found.login == "carl"
    # Somebody who may choose their `sub` can't take a login, or an address, for it.
    for sub in ("carl", "boss@example.org", "0F3A", ""):
        assert provider.person_of(place, {"sub": sub}, way) is None


def test_the_session_ends_as_every_other(client: TestClient, place: Home) -> None:
    signed_in(client, "boss")
    stale = client.cookies[visit.COOKIE]
    client.post("/sign-out", headers={"origin": HERE})
    assert client.get("/", headers={"cookie": f"{visit.COOKIE}={stale}"}).status_code == 303
    signed_in(client, "boss")
    door.end_all(place, "boss@example.org")
    assert client.get("/").status_code == 303


def test_streamlit_s_own_cookie_is_nobody_s_identity(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.web.server.starlette.starlette_auth_routes import _create_signed_value_wrapper

    told = json.dumps({"email": "boss@example.org", "is_logged_in": True, "origin": HERE})
    signed = _create_signed_value_wrapper("_streamlit_user", told).decode()
    assert client.get("/", headers={"cookie": f"_streamlit_user={signed}"}).status_code == 303


def test_what_the_provider_needs_is_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    text = (
        '[access]\nidentity = "oidc"\nurl = "https://rounds.example.org"\n[access.oidc]\n'
        'client = "rounds"\nmetadata = "https://login.example.org/x"\n'
    )
    (home / "settings.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageProblem, match="secret"):
        Ways.find(Home(home))
    (home / "oidc.secret").write_text("hush\n", encoding="utf-8")
    way = Ways.find(Home(home))
    assert way.provider == Provider("https://login.example.org/x", "rounds", "hush")
    told = provider.secrets(way, Home(home).secret())["auth"]
    assert told["redirect_uri"] == "https://rounds.example.org/oauth2callback"
    assert "hush" not in told["cookie_secret"]
