"""The group's mail server, from `[mail]` in the settings, and how a letter goes to it."""

from __future__ import annotations

import os
import smtplib
import ssl
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from email.message import EmailMessage
from pathlib import Path

from pipelines.access.ways import is_loopback
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home

PASSWORD, PASSWORD_FILE = "ROUNDS_MAIL_PASSWORD", "mail.secret"
SECONDS = 30.0
SECURITY = "starttls", "tls", "none"


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server. `sender` is the address that digests come from.

    `security` is starttls, tls, or none, which only a server on this machine may have. `ca` is a
    file of certificates that the server's is checked against, where the group has its own.
    `domains` are those that digests may go to; without any, they may go anywhere.
    """

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    ca: str = ""
    domains: tuple[str, ...] = ()

    def may_go_to(self, address: str) -> bool:
        """Whether digests may go to an address."""
        return not self.domains or address.rpartition("@")[2].lower() in self.domains

    @classmethod
    def find(cls, home: Home) -> Mail:
        """The server of a home. UsageProblem where none is set, or it can't be so."""
        path = home.root / "settings.toml"
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8")).get("mail")
        except FileNotFoundError:
            told = None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageProblem(f"{path} can't be understood: {error}. Mend that line.") from None
        if told is None:
            raise UsageProblem(
                f"No mail server is set. Put [mail] with `host` and `sender` into {path}, or "
                "write the digests to files with --out."
            )
        kinds = {f.name: str for f in fields(cls)} | {"port": int, "domains": list}
        del kinds["password"]  # it stands in no settings
        if not isinstance(told, dict) or not {"host", "sender"} <= set(told):
            raise UsageProblem(f"{path} needs `host` and `sender` under [mail].")
        for name, value in told.items():
            texts = not isinstance(value, list) or all(isinstance(one, str) for one in value)
            if type(value) is not kinds.get(name) or not texts:
                known = ", ".join(kinds)
                raise UsageProblem(f"{path} has `mail.{name}`, which can't be so; known: {known}.")
        domains = tuple(domain.lower() for domain in told.pop("domains", ()))
        found = cls(password=_password(home), domains=domains, **told)
        if found.security not in SECURITY:
            raise UsageProblem(f"`mail.security` in {path} is one of {', '.join(SECURITY)}.")
        if found.security == "none" and not is_loopback(found.host):
            raise UsageProblem(
                "A mail server on another machine is reached with starttls or tls, so that nobody "
                f"on the way reads the figures: set `mail.security` in {path}."
            )
        if "@" not in found.sender or not found.sender.isascii() or " " in found.sender:
            raise UsageProblem(f"`mail.sender` in {path} is an address: rounds@example.org.")
        return found


def _password(home: Home) -> str:
    kept = home.root / PASSWORD_FILE
    given = os.environ.get(PASSWORD, "")
    if not given and kept.exists():
        given = kept.read_text(encoding="utf-8").strip()
    return given


@contextmanager
def posted(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A connection to the server. StoreProblem where it can't be reached, or refuses."""
    try:
        with _connected(mail) as server:
            if mail.user:
                server.login(mail.user, mail.password)
            yield server
    except smtplib.SMTPAuthenticationError:
        raise StoreProblem(
            f"The mail server {mail.host} refuses the password of `mail.user`. Put the right one "
            f"into {PASSWORD_FILE} in the home, or {PASSWORD}."
        ) from None
    except ssl.SSLError:
        raise StoreProblem(
            f"The mail server {mail.host} can't prove that it is itself. Give its authority's "
            "certificate as `mail.ca`, or correct `mail.host`."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise StoreProblem(
            f"The mail server {mail.host}:{mail.port} can't be used ({type(error).__name__}). "
            "Check [mail] in the settings, and run `rounds digest send` again."
        ) from None


def _connected(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=mail.ca or None)
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
    if mail.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def send(server: smtplib.SMTP, message: EmailMessage) -> str:
    """Send a letter; return why the server didn't take it, empty where it did."""
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused:
        return "the mail server knows no such address"
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected) as error:
        return f"the mail server refused it ({type(error).__name__})"
    return ""


def write(folder: Path, name: str, text: str) -> Path:
    """Write a digest to a file, whole or not at all; its owner alone can read it."""
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / name, folder / f".{name}.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
    return path
