"""What a digest says to one person: lines and restatements, of the build as they see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import polars as pl

from pipelines import format as fmt
from pipelines.analysis.attention import Finding, what_needs_attention
from pipelines.digest.readers import Sent, Subscription, key
from pipelines.errors import UsageProblem
from pipelines.metrics.horizon import latest_month
from pipelines.warehouse.changes import changes
from pipelines.warehouse.reader import Reader
from pipelines.wording.sentences import SUBJECTS, money_note, second_line, sentence

NEEDS = ("labor", "volume", "supply_moves", "spend", "work_orders")  # as on the first page
MOST, RESTATED = 12, 8  # lines and restatements that are written out; the rest is one click away
FEEDS = {
    "labor": "Payroll", "supply_moves": "Supplies", "spend": "Invoices", "volume": "Volume",
    "work_orders": "Work orders", "purchases": "Orders", "contracts": "Contracts",
    "budget": "Budget", "ledger": "Ledger", "remits": "Payments by insurers", "stock": "Stock",
    "assets": "Equipment",
}  # fmt: skip
_ONE_FIGURE = "feed", "site", "site_name", "month", "measure", "rank", "currency"
# The measure of a feed by which a restatement is told: the first that changed.
TOLD = "amount", "employer_cost", "value", "cost", "annual_value", "paid", "count", "hours"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it says, where it leads, and whether the last digest lacked it."""

    key: str
    sentence: str
    second: str
    money: str
    note: str
    path: str
    new: bool


@dataclass(frozen=True, slots=True)
class Restated:
    """One restatement: a site's month, which figure, how it was and is, and whose file did it."""

    sentence: str
    file: str
    path: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person is told. `left` and `more` are how many lines and restatements aren't."""

    group: str
    place: str
    month: date
    lines: tuple[Line, ...]
    left: int
    restated: tuple[Restated, ...]
    more: int
    event: int
    keys: frozenset[str]  # of all lines, written out or not

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.lines and not self.restated

    @property
    def is_known(self) -> bool:
        """Whether the person was told all of it before."""
        return not self.restated and not any(line.new for line in self.lines)

    @property
    def tells_new(self) -> bool:
        """Whether it says which lines are new: not where all are, as in a first digest."""
        return not all(line.new for line in self.lines)

    @property
    def subject(self) -> str:
        """The letter's subject: how much there is, of where and when."""
        said = []
        if self.lines:
            count = len(self.lines) + self.left
            verb = "needs" if count == 1 else "need"
            said.append(f"{fmt.counted(count, 'line')} {verb} attention")
        if self.restated:
            said.append(fmt.counted(len(self.restated) + self.more, "restatement"))
        told = " and ".join(said) or "nothing needs attention"
        return f"{self.place}, {fmt.month(self.month)}: {told}"


def digest(
    reader: Reader, wanted: Subscription, last: Sent | None, resting: Collection[str], place: str
) -> Digest | None:
    """The digest of the latest month as a reader sees it; None before anything was loaded.

    `resting` are the keys of lines left out, `place` what the reader's sites are called.
    """
    month = latest_month(reader, NEEDS)
    if month is None:
        return None
    found = [
        finding for finding in what_needs_attention(reader, month, {})
        if key(finding) not in resting and _weighs(finding, wanted)
    ]  # fmt: skip
    known = last.lines if last else frozenset()
    lines = tuple(_line(one, month, key(one) not in known) for one in found)
    # What is new is written out first where there is no room for all; the order stays the list's.
    chosen = {one.key for one in sorted(lines, key=lambda one: not one.new)[:MOST]}
    shown = [one for one in lines if one.key in chosen]
    event = int(reader.query("SELECT coalesce(max(event), 0) AS e FROM loads")["e"][0])
    restated = _restatements(reader, last.event if last else event)
    return Digest(
        group=reader.about.group_name, place=place, month=month, lines=tuple(shown),
        left=len(lines) - len(shown), restated=tuple(restated[:RESTATED]),
        more=max(len(restated) - RESTATED, 0), event=event,
        keys=frozenset(one.key for one in lines),
    )  # fmt: skip


def _weighs(finding: Finding, wanted: Subscription) -> bool:
    """Whether a line is worth telling: one without an amount always is."""
    return finding.money is None or abs(finding.money) >= wanted.least


def _line(finding: Finding, month: date, new: bool) -> Line:
    place = {"month": fmt.month(month)}
    if finding.site and not finding.site.startswith("~"):
        path = f"/site?{urlencode({'site': finding.site, **place})}"
    else:
        path = f"/{finding.subject}?{urlencode(place)}"
    return Line(
        key=key(finding), sentence=sentence(finding), second=second_line(finding),
        money=fmt.money(finding.money, finding.currency or "USD") if finding.money else "",
        note=money_note(finding), path=path, new=new,
    )  # fmt: skip


def _restatements(reader: Reader, since: int) -> list[Restated]:
    """What loads after an event changed of what had been reported before, largest first."""
    try:
        frame = changes(reader, since)
    except UsageProblem:  # nothing had been loaded by then
        return []
    if frame.is_empty():
        return []
    order = {name: place for place, name in enumerate(TOLD)}
    rows = (
        frame.filter(pl.col("measure").is_in(TOLD))
        .with_columns(rank=pl.col("measure").replace_strict(order, return_dtype=pl.Int32))
        .sort("event")
        .group_by(*_ONE_FIGURE, maintain_order=True)
        .agg(pl.first("before"), pl.last("after"), pl.last("path"))
        .filter(pl.col("before") != pl.col("after"))
        .sort("rank")
        .unique(["feed", "site", "month"], keep="first", maintain_order=True)
        .with_columns(size=(pl.col("after") - pl.col("before")).abs())
        .sort("size", descending=True)
    )
    return [_restated(row) for row in rows.iter_rows(named=True)]


def _restated(row: dict[str, Any]) -> Restated:
    def said(value: Any) -> str:
        if row["currency"] and row["measure"] not in ("count", "hours"):
            return fmt.money_exact(value, row["currency"])
        return fmt.number(value)

    feed = FEEDS.get(row["feed"], SUBJECTS.get(row["feed"], row["feed"]))
    hours = " hours" if row["measure"] == "hours" else ""
    place = f" at {row['site_name']}" if row["site_name"] else ""
    when = f" in {fmt.month_in_sentence(row['month'], year=True)}" if row["month"] else ""
    file = (row["path"] or "").replace("\\", "/").rpartition("/")[2]
    return Restated(
        f"{feed}{hours}{place}{when}: {said(row['before'])} became {said(row['after'])}.",
        file, "/data",
    )  # fmt: skip
