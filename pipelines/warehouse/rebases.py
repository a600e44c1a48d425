"""Rebases: from which month on a site's measure has a usual range of its own, and why.

A person decides it, with a reason; the decision is kept in the state and published with the
figures, so that every chart of a build shows the same ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from pipelines.errors import UsageProblem
from pipelines.settings import Home
from pipelines.state import What, decide, history, standing
from pipelines.warehouse.codes import known_site
from pipelines.warehouse.reader import Reader

ALL = "all"  # what stands for the site where the series is that of all sites together


@dataclass(frozen=True, slots=True)
class Rebase:
    """The usual range of a metric at a site starts anew with `month` (its first day).

    `site` is `ALL` for the series of all sites together; `moment` is when it was decided, in UTC.
    """

    metric: str
    site: str
    month: date
    reason: str
    author: str
    moment: datetime


def rebases(reader: Reader) -> list[Rebase]:
    """Those of the build, by metric, site and month; none in a build of before they existed."""
    if "rebases" not in reader.columns:
        return []
    rows = reader.once("SELECT * FROM rebases ORDER BY metric, site, month")
    return [Rebase(*row) for row in rows.iter_rows()]


def record(
    reader: Reader, home: Home, metric: str, site: str, month: date, reason: str,
    by: str | None = None,
) -> Rebase:  # fmt: skip
    """Keep a rebase from the first day of `month` on; it applies from the next publish on.

    `site` is a site's code or name, or `ALL`. UsageProblem where no site is called that, or the
    reason is empty.
    """
    if not reason.strip():
        raise UsageProblem("A rebase needs its reason: what changed, and why will it last?")
    whose, begins = _site(reader, site), month.replace(day=1)
    value = {"site": whose, "month": begins.isoformat(), "reason": reason.strip()}
    kept = decide(home, What.REBASE, metric, _name(whose, begins), value, by)
    return Rebase(metric, whose, begins, reason.strip(), kept.author, kept.moment)


def take_back(
    reader: Reader, home: Home, metric: str, site: str, month: date, by: str | None = None
) -> None:
    """Take a rebase back. UsageProblem where nobody has recorded it."""
    name = _name(_site(reader, site), month.replace(day=1))
    if not any((d.scope, d.name) == (metric, name) for d in standing(home, What.REBASE)):
        raise UsageProblem(
            f"Nobody has rebased {metric} there in that month. "
            "`rounds rebase --list` shows what is."
        )
    decide(home, What.REBASE, metric, name, {}, by)


def listed(home: Home, *, ever: bool = False) -> pl.DataFrame:
    """(metric, site, month, reason, author, moment) of the rebases that stand, by metric and site.

    With `ever`, all that were ever decided, oldest first; one that was taken back has no reason.
    """
    found = (history if ever else standing)(home, What.REBASE)
    return pl.DataFrame(
        [(d.scope, *d.name.rsplit(" ", 1), d.value.get("reason"), d.author, d.moment)
         for d in found],
        schema={"metric": pl.String, "site": pl.String, "month": pl.String, "reason": pl.String,
                "author": pl.String, "moment": pl.Datetime("us")},
        orient="row",
    )  # fmt: skip


def _name(site: str, month: date) -> str:
    return f"{site} {month:%Y-%m}"


def _site(reader: Reader, wanted: str) -> str:
    return ALL if wanted == ALL else known_site(reader, wanted)
