"""One round of digests: to each person who is due, what they may see, sent or written."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipelines.access import audit
from pipelines.access.people import Viewer, owner, people
from pipelines.access.viewing import opened
from pipelines.access.ways import Ways
from pipelines.digest import post
from pipelines.digest.content import Digest, digest
from pipelines.digest.letter import letter, page
from pipelines.digest.readers import (
    Subscription,
    is_due,
    last_sent,
    remember,
    snoozed,
    subscriptions,
)
from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.warehouse.publish import current_build


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one person's digest: sent, written, quiet, not due, ended or failed; why."""

    login: str
    status: str
    said: str = ""


Deliver = Callable[[Subscription, Viewer, Digest], Told]


def go(
    home: Home, day: date, *, only: Sequence[str] = (), out: Path | None = None, now: bool = False
) -> Iterator[Told]:
    """Send the digests that are due on a day, or write them to `out`.

    `only` keeps to some logins; `now` tells them though they aren't due, or know it all. One that
    fails is told again the next time, and keeps nobody from theirs. UsageProblem for a login
    without a digest, StoreProblem where the mail server can't be used.
    """
    wanted = subscriptions(home)
    for login in set(only) - {one.login for one in wanted}:
        raise UsageProblem(f"{login} gets no digest. `rounds digest list` tells who does.")
    with ExitStack() as stack:
        deliver = _by_mail(home, stack) if out is None else _to_files(home, out, day)
        for one in wanted:
            if not only or one.login in only:
                yield _tell(home, one, day, deliver, now=now)


def _tell(home: Home, one: Subscription, day: date, deliver: Deliver, *, now: bool) -> Told:
    if not now and not is_due(one.when, last_sent(home, one.login), day):
        return Told(one.login, "not due")
    viewer = viewer_of(home, one.login)
    if viewer is None:
        return Told(one.login, "ended", "nobody has the login any more, or it is shut")
    told = told_to(home, one, viewer, day)
    if told is None:
        return Told(one.login, "quiet", "nothing is loaded")
    if told.is_empty or (told.is_known and not now):
        done = Told(one.login, "quiet", "nothing new" if told.lines else "nothing to tell")
    else:
        # Written down before it goes: what the audit can't tell of may not happen.
        audit.note(home, one.login, "digest", {"lines": str(len(told.lines))})
        done = deliver(one, viewer, told)
    if done.status != "failed":
        remember(home, one.login, day, told.event, told.keys)
    return done


def told_to(home: Home, wanted: Subscription, viewer: Viewer, day: date) -> Digest | None:
    """The digest of a person on a day, of what they may see; None before anything was loaded."""
    if current_build(home) is None:
        return None
    resting = snoozed(home, wanted.login, day)
    reader = opened(home, viewer)
    return digest(reader, wanted, last_sent(home, wanted.login), resting, place_of(viewer))


def viewer_of(home: Home, login: str) -> Viewer | None:
    """Whose view a digest has; None for a login that ended. Without logins it is the owner's."""
    known = {person.login: person for person in people(home)}
    if not known:
        return owner(login)
    return known[login].viewer() if login in known and known[login].active else None


def place_of(viewer: Viewer) -> str:
    """What a person's sites are called in a letter's subject."""
    if viewer.everywhere:
        return "All sites"
    if len(viewer.regions) == 1 and not viewer.sites:
        return f"{next(iter(viewer.regions))} region"
    return "Your sites"


def _by_mail(home: Home, stack: ExitStack) -> Deliver:
    """Deliver by the group's mail server, connected when the first letter goes."""
    mail, url = post.Mail.find(home), _url(home)
    servers: list[smtplib.SMTP] = []

    def deliver(one: Subscription, viewer: Viewer, told: Digest) -> Told:
        if not mail.may_go_to(one.address):
            return Told(one.login, "failed", f"{one.address} is in none of `mail.domains`")
        message = letter(
            told, url=url, sender=mail.sender, to=one.address, name=viewer.name,
            moment=datetime.now().astimezone(),
        )  # fmt: skip
        if not servers:
            servers.append(stack.enter_context(post.posted(mail)))
        refused = post.send(servers[0], message)
        return Told(one.login, "failed" if refused else "sent", refused or one.address)

    return deliver


def _to_files(home: Home, out: Path, day: date) -> Deliver:
    """Deliver as pages in a folder, one a person and day."""
    url = _url(home)

    def deliver(one: Subscription, _viewer: Viewer, told: Digest) -> Told:
        path = post.write(out, f"{one.login}-{day}.html", page(told, url))
        return Told(one.login, "written", str(path))

    return deliver


def _url(home: Home) -> str:
    """The address that people open: as set, else this machine's own."""
    ways = Ways.find(home)
    return ways.url or f"http://localhost:{ways.port}"
