"""A mail server on this machine, and a group of two regions with something to tell in each."""

from __future__ import annotations

import email
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from pipelines.access.people import Person, keep
from pipelines.settings import Home
from tests.browser.serving import free_port
from tests.metrics.conftest import load_folder, table, write

USER, PASSWORD = "rounds", "kettle-violet"
SITES = """
site name             kind   region opened
ELM  Elmwood          Clinic North  2020-01-01
OAK  Oak+<b>Dale      Clinic South  2020-01-01
"""
# Each contract's notice date is within a month of the last day known, 31 October 2026.
CONTRACTS = """
contract site title    vendor end        notice_days auto_renew annual_value currency
C-ELM    ELM  Laundry  Wash   2026-12-20 30          true       12000        USD
C-OAK    OAK  Cleaning Brush  2026-12-25 30          true       36000        USD
"""
SPEND = """
site document line date       account supplier amount  currency
ELM  D1       1    2026-09-05 6100    Brightco 1000.00 USD
ELM  D2       1    2026-10-05 6100    Brightco 1000.00 USD
OAK  D3       1    2026-09-05 6100    Undertow 3000.00 USD
OAK  D4       1    2026-10-31 6100    Undertow 3000.00 USD
"""
LABOR = """
site period_start period_end role hours amount  currency
ELM  2026-09-01   2026-09-30 RN   100   4000.00 USD
ELM  2026-10-01   2026-10-31 RN   100   4000.00 USD
OAK  2026-09-01   2026-09-30 RN   200   8000.00 USD
OAK  2026-10-01   2026-10-31 RN   200   8000.00 USD
"""


@dataclass
class Post:
    """What a mail server took, and whom it refuses."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    ca: str = ""

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.unknown:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        read = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(read, EmailMessage)
        self.letters.append(read)
        return "250 OK"


@pytest.fixture
def post() -> Iterator[Post]:
    """A server that takes letters without a word."""
    taken = Post()
    controller = Controller(taken, hostname="127.0.0.1", port=free_port())
    controller.start()
    taken.port = controller.port
    yield taken
    controller.stop()


@pytest.fixture
def guarded_post(tmp_path: Path) -> Iterator[Post]:
    """A server that wants TLS and a password."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)

    def known(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given == LoginPassword(
            USER.encode(), PASSWORD.encode()
        )
        return AuthResult(success=right, handled=False)

    taken = Post(ca=str(file))
    controller = Controller(
        taken, hostname="localhost", port=free_port(), tls_context=context, require_starttls=True,
        authenticator=known, auth_required=True,
    )  # fmt: skip
    controller.start()
    taken.port = controller.port
    yield taken
    controller.stop()


def set_mail(home: Home, **values: Any) -> None:
    """Write the settings of a mail server."""
    lines = [f"{name} = {value!r}".replace("'", '"') for name, value in values.items()]
    text = '[access]\nurl = "https://rounds.example.org"\n[mail]\n' + "\n".join(lines) + "\n"
    (home.root / "settings.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def group(tmp_path: Path) -> Home:
    """The group, with a director and a manager of the northern region."""
    files, home = tmp_path / "files", Home(tmp_path / "home")
    for feed, rows in {
        "sites": SITES, "contracts": CONTRACTS, "spend": SPEND, "labor": LABOR,
    }.items():  # fmt: skip
        write(files, feed, table(rows))
    load_folder(files, home)
    keep(home, Person("root", "Ada", "administrator"), by="setup")
    keep(home, Person("dan", "Dan\r\nBcc: evil@example.org", "director"), by="root")
    keep(home, Person("nora", "Nora", "regional-manager", regions=("North",)), by="root")
    return home


Restate = Callable[[str], None]


@pytest.fixture
def restate(group: Home, tmp_path: Path) -> Restate:
    """Load rows of invoices once more, with what they say now."""

    def load(rows: str) -> None:
        files = tmp_path / "later"
        write(files, "spend", table(rows))
        load_folder(files, group)

    return load
