"""Two homes in which somebody's part is the same, and all else differs: amounts, names, decisions.

Whatever is told to them from one of them and not from the other tells of what isn't theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines import notes, state
from pipelines.access import people
from pipelines.access.people import Person
from pipelines.analysis.kept_views import keep_view
from pipelines.analysis.scenarios import saved
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.calendar import month_span
from pipelines.digest.readers import Subscription, When, subscribe
from pipelines.feeds import FEEDS
from pipelines.settings import Home
from pipelines.state import What
from pipelines.warehouse import decided
from tests.metrics import group as data
from tests.metrics.conftest import load_folder, table, write

STAFFING = {"labor", "positions"}
NAMES = {"name", "supplier", "vendor", "title", "payer", "item_name"}
# What is measured, but not what must fit another column of its row.
KEPT = {"escalator", "useful_life", "notice_days", "beds"}
# What tells of when, or of which file, and not of what stands in it.
LEFT_OUT = (
    (rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(\+00:00|Z)?", b"(moment)"),
    (rb"\d{1,2} [A-Z][a-z]{2} \d{4},? \d\d\\*:\d\d", b"(moment)"),
    (rb"\b[0-9a-f]{12,64}\b", b"(digest)"),
)


SITES = {row["site"]: row["name"] for row in table(data.SITES)}


@dataclass(frozen=True)
class Part:
    """Somebody, and which rows are theirs."""

    person: Person
    own: Callable[[str, dict[str, Any]], bool]  # of a feed and a row


def of_sites(*codes: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda _, row: not row.get("site") or row["site"] in codes


PARTS = {
    "site manager": Part(
        Person("s", "S", "site-manager", sites=("ELM",)), of_sites("ELM", "E-1")
    ),
    "regional manager": Part(
        Person("r", "R", "regional-manager", regions=("North",)),
        of_sites("ELM", "E-1", "PIN", "LAK"),
    ),
    "paid manager": Part(
        Person("p", "P", "site-manager", sites=("OAK", "RIV"), pay=True), of_sites("OAK", "RIV")
    ),
    "analyst of a region": Part(
        Person("a", "A", "analyst", regions=("South",)), of_sites("OAK", "RIV")
    ),
    "buyer": Part(
        Person("b", "B", "analyst", subjects=("supplies", "facilities")),
        lambda feed, row: feed not in STAFFING
        and not (feed == "budget" and row["account"] == "staffing"),
    ),
}  # fmt: skip


def changed(feed: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row with three times every amount, and other names."""
    found = dict(row)
    for column in FEEDS[feed].columns:
        value = row.get(column.name)
        if value in (None, "") or column.name in KEPT:
            continue
        if str(column.kind) in ("money", "number"):
            found[column.name] = str(3 * Decimal(str(value)))
        elif column.name in NAMES and feed != "assets":
            found[column.name] = f"Other {value}"
    return found


def home_of(folder: Path, part: Part, *, same: bool) -> Home:
    home = Home(folder / "home")
    for feed, rows in data.final_rows().items():
        kept = [row if same or part.own(feed, row) else changed(feed, row) for row in rows]
        write(folder / "in", feed, kept)
    people.keep(home, Person("boss", "Boss", "administrator"))
    people.keep(home, part.person)
    subscribe(home, Subscription(part.person.login, "reader@example.org", When.DAILY))
    sites = {site: same or part.own("spend", {"site": site}) for site in ("ELM", "OAK", "TOR")}
    for site, usual in sites.items():
        decide(home, site, "" if usual else " otherwise", 1 if usual else 2)
    reader = load_folder(folder / "in", home)
    for site, usual in sites.items():
        text = f"The lift{'' if usual else ' otherwise'} broke"
        month, where = month_span(date(2026, 3, 1)), {"site": [site]}
        notes.write(reader, home, metric="spend", period=month, where=where, text=text, by="boss")
    return home


def decide(home: Home, site: str, said: str, times: int) -> None:
    """Everything that people decide about a site, in other words and other amounts."""
    name, reason, march = SITES[site], f"Because{said}", date(2026, 3, 1)
    keep_view(home, "explore", f"Costs of {name}{said}", f"metric=spend&sites={name}", "boss")
    keep_view(home, "explore", f"Trend{said} {site}", "metric=spend&rows=month", "boss")
    scenario = Scenario.parse(f"price:{times}@site={site}")
    saved.save(home, f"Dear{said} {site}", scenario, "boss")
    saved.save(home, f"Plan{said} of {name}", scenario, "boss")
    money = "CAD" if site == "TOR" else "USD"
    amount = Decimal(1000 * times)
    decided.keep_budget(home, site, "supplies", march, money, amount, reason=reason, by="boss")
    decided.keep(home, "overtime_share", ("site", site), date(2025, 6, 1), Decimal(6 * times) / 100,
                 reason=reason, by="boss")  # fmt: skip
    month = f"2025-{8 + times:02}-01"
    told = {"site": site, "month": month, "reason": reason}
    state.decide(home, What.REBASE, "supply_burn", f"{site} {month[:7]}", told, "boss")


def neutral(content: bytes, home: Home) -> bytes:
    """What was told, without where the home lies and without moments and digests."""
    content = content.replace(str(home.root.parent).encode(), b"(home)")
    for pattern, word in LEFT_OUT:
        content = re.sub(pattern, word, content)
    return content


def pairs(making: Callable[[str], Path]) -> Callable[[str], tuple[Home, Home]]:
    """The two homes of somebody, made when they are asked for; `making` makes a folder."""
    made: dict[str, tuple[Home, Home]] = {}

    def of(who: str) -> tuple[Home, Home]:
        if who not in made:
            folder = making("others")
            one = home_of(folder / "a", PARTS[who], same=True)
            made[who] = one, home_of(folder / "b", PARTS[who], same=False)
        return made[who]

    return of
