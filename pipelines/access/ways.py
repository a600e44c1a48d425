"""The ways in: who may open the dashboard, from where, as `[access]` in the settings says."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from pipelines.errors import UsageProblem
from pipelines.settings import Home

IDENTITY, ADDRESS, SECRET = "ROUNDS_IDENTITY", "ROUNDS_ADDRESS", "ROUNDS_OIDC_SECRET"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECRET_FILE = "oidc.secret"  # in the home: what the provider gave as the client's secret


class Identity(StrEnum):
    """How Rounds knows who opens it."""

    LOCAL = "local"  # whoever sits at this machine, and nobody else
    USERS = "users"  # people with a login and a password kept here
    OIDC = "oidc"  # the group's own identity provider says who it is


@dataclass(frozen=True, slots=True)
class Provider:
    """The group's identity provider (OpenID Connect).

    `metadata` is the address of its configuration document, `client` the name under which it
    knows Rounds. `trust_email` takes an e-mail address for a person's own where the provider
    doesn't say whether it checked it: right only where the group itself gives out the addresses.
    """

    metadata: str
    client: str
    secret: str
    title: str = "your organisation's account"
    trust_email: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """How the dashboard is served. Without any settings: to one person, on this machine.

    `hosts` are the names under which it may be asked for, beside loopback's and that of `url`,
    which is the address that people open. `proxies` are the addresses of reverse proxies whose
    word on the visitor's address and on TLS is taken.
    """

    identity: Identity = Identity.LOCAL
    address: str = "127.0.0.1"
    port: int = 8501
    hosts: tuple[str, ...] = ()
    url: str = ""
    proxies: tuple[str, ...] = ()
    provider: Provider | None = None

    @classmethod
    def find(
        cls, home: Home, *, identity: str | None = None, address: str | None = None,
        port: int | None = None,
    ) -> Ways:  # fmt: skip
        """What was given, else what the environment says, else the settings.

        UsageProblem for what isn't understood, or for a server that strangers could open.
        """
        told = _settings(home)
        asked = told.pop("oidc", None)
        chosen: dict[str, Any] = {
            **told,
            "identity": identity or os.environ.get(IDENTITY) or told.get("identity", "local"),
            "address": address or os.environ.get(ADDRESS) or told.get("address", "127.0.0.1"),
            "port": port or told.get("port", 8501),
        }
        if chosen["identity"] not in list(Identity):
            raise UsageProblem(
                f"There is no way in called {chosen['identity']}; known are {', '.join(Identity)}."
            )
        for name in ("hosts", "proxies"):
            chosen[name] = tuple(chosen.get(name, ()))
        chosen["identity"] = Identity(chosen["identity"])
        found = cls(**chosen)
        if found.identity is Identity.OIDC:
            found = replace(found, provider=_provider(home, asked))
        return found._checked()

    @property
    def is_open(self) -> bool:
        """Whether other machines can reach it by themselves."""
        return not is_loopback(self.address)

    @property
    def is_secure(self) -> bool:
        """Whether people reach it by TLS alone."""
        return self.url.startswith("https://")

    @property
    def known_hosts(self) -> frozenset[str]:
        """The names under which it may be asked for."""
        own = {self.address} if self.is_open and not _is_any(self.address) else set()
        of_url = {urlsplit(self.url).hostname or ""} if self.url else set()
        return frozenset(name.lower() for name in {*LOOPBACK, *self.hosts, *of_url, *own} if name)

    def _checked(self) -> Ways:
        if self.identity is Identity.LOCAL and self.is_open:
            raise UsageProblem(
                f"Rounds listens on {self.address} only when it knows who opens it: give "
                "--identity users or --identity oidc, or leave --address out."
            )
        parts = urlsplit(self.url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
        if self.url and (not plain or parts.query or parts.fragment):
            raise UsageProblem(
                "`access.url` in the settings is the address that people open, without a page: "
                "https://rounds.example.org."
            )
        if self.identity is Identity.OIDC and not self.url:
            raise UsageProblem(
                "A sign-in at an identity provider needs `access.url` in the settings: the "
                "address that people open, to which it sends them back."
            )
        for proxy in self.proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                raise UsageProblem(
                    "`access.proxies` in the settings holds addresses such as 127.0.0.1 or "
                    "10.0.0.0/24."
                ) from None
        return replace(self, url=self.url.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    if host.lower() in LOOPBACK:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _is_any(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return False


def _settings(home: Home) -> dict[str, Any]:
    path = home.root / "settings.toml"
    if not path.exists():
        return {}
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")).get("access", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} can't be understood: {error}. Mend that line.") from None
    known = {f.name for f in fields(Ways)} - {"provider"} | {"oidc"}
    kinds = {"port": int, "hosts": list, "proxies": list, "oidc": dict}
    if not isinstance(told, dict):
        raise UsageProblem(f"{path} has `access`, which must be a table: [access].")
    for name, value in told.items():
        if name not in known:
            raise UsageProblem(
                f"{path} has an unknown entry `access.{name}`; known are "
                f"{', '.join(sorted(known))}."
            )
        texts = not isinstance(value, list) or all(isinstance(one, str) for one in value)
        if type(value) is not kinds.get(name, str) or not texts:
            raise UsageProblem(f"{path} has `access.{name}`, which is not of the right kind.")
    return dict(told)


def _provider(home: Home, told: dict[str, Any] | None) -> Provider:
    values = dict(told or {})
    secret = os.environ.get(SECRET, "")
    kept = home.root / SECRET_FILE
    if not secret and kept.exists():
        secret = kept.read_text(encoding="utf-8").strip()
    kinds = {"metadata": str, "client": str, "title": str, "trust_email": bool}
    faulty = [n for n, v in values.items() if n not in kinds or type(v) is not kinds[n]]
    if faulty or not values.get("metadata") or not values.get("client"):
        raise UsageProblem(
            "A sign-in at an identity provider needs `metadata` and `client` under "
            "[access.oidc] in the settings; `title` and `trust_email` are all else there may be."
        )
    if not secret:
        raise UsageProblem(
            f"A sign-in at an identity provider needs the client's secret: in the file "
            f"{SECRET_FILE} in the home, or as {SECRET}."
        )
    return Provider(secret=secret, **values)
