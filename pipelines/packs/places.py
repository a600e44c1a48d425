"""What waits at the sites: stock that runs out or expires, repairs, maintenance, staff by week."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.analysis.stock.shelves import expiring, running_out
from pipelines.analysis.works import missed_maintenance, open_orders
from pipelines.calendar import Period, add_months
from pipelines.packs.content import (
    MOST,
    Block,
    Cell,
    Chart,
    Column,
    Line,
    Page,
    Row,
    Table,
    capped,
    cells,
)
from pipelines.packs.view import View, day, measured

WITHIN = 14  # days in which an item is about to run out
SHORT = 7
PERIODS = 3  # months of missed maintenance
WEEKS = 13
ENOUGH = 0.93  # of the usual hours, under which a week of a month that isn't whole is not in
AGES = ((7, "up to 7 days"), (30, "8 to 30 days"), (90, "31 to 90 days"), (None, "over 90 days"))
WAITS = re.compile(r" (?:runs? out|is open|are open|was missed|were missed)")
RISKS = ("high", "medium", "low", "unstated")

Lines = Mapping[str, Any]


def places_page(view: View) -> Page | None:
    """Stock and works of a region's or the group's sites; None where neither is known."""
    blocks = [
        block
        for block in (
            run_outs(view, shown=6), lots(view, shown=5), issues(view, shown=6),
            maintenance(view, shown=5),
        )
        if block is not None
    ]  # fmt: skip
    if not blocks:
        return None
    return Page(
        "Stock and works",
        waiting(blocks) or "Nothing runs out, and nothing is open",
        "",
        tuple(blocks),
        ("open_issues",),
    )


def waiting(blocks: Sequence[Block]) -> str:
    """What waits, from the titles of the tables that have rows: the first three; "" for none."""
    said = [one.title for one in blocks if isinstance(one, Table) and one.rows]
    short = [title.partition(", ")[0] for title in said if WAITS.search(title)]
    rest = [f"{title[:1].lower()}{title[1:]}" for title in short[1:3]]
    return fmt.names([*short[:1], *rest])


def run_outs(view: View, *, shown: int, sites: bool = True) -> Table | None:
    """What runs out first, and where more comes from; None where no stock is known."""
    if _absent(view, "units_issued"):
        return None
    frame = running_out(view.reader, view.day, view.where, within=WITHIN)
    verb = "runs" if frame.height == 1 else "run"
    return Table(
        title=f"{fmt.counted(frame.height, 'item')} {verb} out within {fmt.days(WITHIN)}"
        if frame.height else f"No item runs out within {fmt.days(WITHIN)}",
        subtitle=f"On {fmt.day(view.day)}{', soonest first' if frame.height else ''}",
        columns=(
            Column("Item", width=1.8), *_site_column(sites), Column("Runs out", True, width=1.2),
            Column("Where more comes from", width=2.4),
        ),
        rows=tuple(_run_out(row, sites) for row in frame.head(MOST).iter_rows(named=True)),
        beyond=capped(frame)[1],
        shown=shown,
        noun=("item", "items"),
    )  # fmt: skip


def _run_out(row: Lines, sites: bool) -> Row:
    left = float(row["days_left"])
    alarming = row["on_order"] is None and left <= SHORT
    told = "none left" if row["quantity"] <= 0 else f"{fmt.days(int(left))} left"
    return cells(
        row["item_name"] or row["item"],
        *_site_cell(row, sites),
        Cell(fmt.day(row["runs_out"]), row["runs_out"], "day", second=told,
             tone="concern" if alarming else "plain"),
        _cover(row),
    )  # fmt: skip


def _cover(row: Lines) -> Cell:
    said = []
    if row["on_order"] is not None:
        when = f", due {fmt.day(row['promised'])}" if row["promised"] else ""
        said.append(f"{fmt.quantity(row['on_order'], row['unit'])} on order{when}")
    elif row["orders_known"]:
        said.append("nothing on order")
    if row["spare_name"]:
        said.append(f"{row['spare_name']} can spare {fmt.quantity(row['spare'], row['unit'])}")
    if not said:
        return Cell("no site can spare any", tone="muted")
    return Cell("; ".join(said), "; ".join(said))


def lots(view: View, *, shown: int, sites: bool = True) -> Table | None:
    """What expires before it is used; None where no count states a last day."""
    frame = expiring(view.reader, view.day, view.where, within=None)
    if frame.is_empty():
        return None
    soon = frame.filter(pl.col("expiry") <= view.day + timedelta(90))
    wasted = soon.filter(pl.col("unused").is_null() | (pl.col("unused") > 0))
    lost = wasted.drop_nulls("lost").group_by("currency").agg(pl.col("lost").sum())
    lost = lost.sort("currency")
    worth = fmt.names([fmt.money(amount, currency) for currency, amount in lost.iter_rows()])
    verb = "has expired or expires" if wasted.height == 1 else "have expired or expire"
    title = f"{fmt.counted(wasted.height, 'lot')} {verb} unused within 90 days"
    return Table(
        title=(f"{title}, {worth}" if worth else title) if wasted.height
        else "No lot expires unused within 90 days",
        subtitle=f"Counted from {fmt.day(view.day)}{', soonest first' if wasted.height else ''}",
        columns=(
            Column("Item", width=2.0), *_site_column(sites), Column("Expires", True, width=1.2),
            Column("On hand", True, width=1.2), Column("Unused then", True, width=1.2),
        ),
        rows=tuple(_lot(row, sites) for row in wasted.head(MOST).iter_rows(named=True)),
        beyond=capped(wasted)[1],
        shown=shown,
        noun=("lot", "lots"),
    )  # fmt: skip


def _lot(row: Lines, sites: bool) -> Row:
    unused = Cell("use not known", tone="muted")
    if row["unused"] is not None:
        lost = fmt.money(row["lost"], row["currency"]) if row["lost"] is not None else ""
        unused = Cell(fmt.quantity(row["unused"], row["unit"]), row["unused"], "number", lost)
    return cells(
        Cell(row["item_name"] or row["item"], row["item_name"] or row["item"],
             second=f"lot {row['lot']}" if row["lot"] else ""),
        *_site_cell(row, sites),
        day(row["expiry"]),
        Cell(fmt.quantity(row["quantity"], row["unit"]), row["quantity"], "number"),
        unused,
    )  # fmt: skip


def issues(view: View, *, shown: int, sites: bool = True) -> Table | None:
    """Open repairs, riskiest and oldest first; None where no work order arrived."""
    if _absent(view, "open_issues"):
        return None
    frame = open_orders(view.reader, view.period.stop, view.where)
    late = frame["late"].count()
    verb = "is" if frame.height == 1 else "are"
    said = f"{fmt.counted(frame.height, 'issue')} {verb} open"
    return Table(
        title=(f"{said}, {fmt.count(late)} past due" if late else said)
        if frame.height else "No issue is open",
        subtitle=f"At the end of {view.when}, riskiest and oldest first",
        columns=(
            Column("Issue", width=2.4), *_site_column(sites), Column("Risk", width=0.8),
            Column("Open for", True), Column("Past due", True),
        ),
        rows=tuple(_order(row, sites) for row in frame.head(MOST).iter_rows(named=True)),
        beyond=capped(frame)[1],
        shown=shown,
        noun=("issue", "issues"),
    )  # fmt: skip


def _order(row: Lines, sites: bool) -> Row:
    late = Cell("", None)
    if row["late"]:
        late = Cell(fmt.days(row["late"]), row["late"], "days", tone="concern")
    return cells(
        _work(row), *_site_cell(row, sites), _risk(row["risk"]),
        Cell(fmt.days(row["age"]), row["age"], "days"), late,
    )  # fmt: skip


def by_risk_and_age(view: View) -> Table | None:
    """How many repairs are open by risk and by age; None where none is."""
    frame = open_orders(view.reader, view.period.stop, view.where)
    if _absent(view, "open_issues") or frame.is_empty():
        return None
    rows, total = [], [0] * len(AGES)
    for risk in RISKS:
        ages = frame.filter(pl.col("risk") == risk)["age"].to_list()
        counts = [sum(_bucket(age) == at for age in ages) for at in range(len(AGES))]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        if ages:
            name = "risk not stated" if risk == "unstated" else f"{risk} risk"
            rows.append(_counts(name.capitalize(), counts))
    oldest = frame["age"].max()
    return Table(
        title=f"The oldest open issue has waited {fmt.days(oldest)}",  # type: ignore[arg-type]
        subtitle="Open issues by risk and age",
        columns=(Column("Risk", width=1.4), *(Column(name, True) for _, name in AGES),
                 Column("All", True, width=0.7)),
        rows=tuple(rows),
        total=(_counts("All", total),),
    )  # fmt: skip


def _bucket(age: int) -> int:
    return next(at for at, (end, _) in enumerate(AGES) if end is None or age <= end)


def _counts(name: str, counts: Sequence[int]) -> Row:
    return cells(name, *(Cell(fmt.count(n), n, "count") for n in (*counts, sum(counts))))


def maintenance(view: View, *, shown: int, sites: bool = True) -> Table | None:
    """Maintenance missed in three months, high risk first; None where none is planned."""
    if _absent(view, "pm_compliance"):
        return None
    first = add_months(view.month, 1 - PERIODS)
    frame = missed_maintenance(view.reader, first, view.period.stop, view.where)
    high = frame.filter(pl.col("risk") == "high").height
    verb = "was" if frame.height == 1 else "were"
    said = f"{fmt.counted(frame.height, 'maintenance order')} {verb} missed"
    return Table(
        title=(f"{said}, {fmt.count(high)} on high-risk equipment" if high else said)
        if frame.height else "No maintenance was missed",
        subtitle=f"Due since {fmt.month(first)}, high risk first",
        columns=(
            Column("Maintenance", width=2.4), *_site_column(sites), Column("Risk", width=0.8),
            Column("Due", True, width=1.1), Column("State", True, width=1.3),
        ),
        rows=tuple(_missed(row, sites) for row in frame.head(MOST).iter_rows(named=True)),
        beyond=capped(frame)[1],
        shown=shown,
        noun=("order", "orders"),
    )  # fmt: skip


def _missed(row: Lines, sites: bool) -> Row:
    done = row["completed"]
    state = f"done {fmt.day(done)}" if done else f"open, {fmt.days(row['late'])} late"
    return cells(
        _work(row), *_site_cell(row, sites), _risk(row["risk"]), day(row["due"]),
        Cell(state, state, tone="muted" if done else "plain"),
    )  # fmt: skip


def _work(row: Lines) -> Cell:
    what = row["title"] or row.get("category") or f"Order {row['work_order']}"
    about = [row.get("category"), row["asset_name"] or row["asset"]]
    second = " · ".join(part for part in about if part and part not in what)
    return Cell(what, what, second=second)


def _risk(risk: str) -> Cell:
    if risk == "unstated":
        return Cell("–", tone="muted")
    return Cell(risk, risk, tone="strong" if risk == "high" else "plain")


def _site_column(sites: bool) -> tuple[Column, ...]:
    return (Column("Site", width=1.6),) if sites else ()


def _site_cell(row: Lines, sites: bool) -> tuple[Cell, ...]:
    return (Cell(row["site_name"], row["site_name"]),) if sites else ()


def _absent(view: View, metric: str) -> bool:
    """Whether nothing that the measure needs ever came for the scope's month."""
    answer = view.ask(metric)
    return answer.value is None


def staffing(view: View) -> tuple[Table, Chart] | None:
    """Hours worked this week beside the weeks before, and their trend; None without hours.

    The week is the last one whose hours are in: of a month that is not whole yet, one with at
    least ENOUGH of the usual hours. The chart says where weeks may still grow.
    """
    first = view.day - timedelta(days=view.day.weekday() + 7 * WEEKS)
    span = Period(first, view.day)
    frame = view.ask("worked_hours", span, by=("week",)).frame
    known = [
        row for row in frame.iter_rows(named=True)
        if row["value"] is not None and (row["stop"] - row["start"]).days == 6
    ]  # fmt: skip
    if len(known) < 2:
        return None
    usual = sorted(float(row["value"]) for row in known)[len(known) // 2]
    while len(known) > 2 and _is_coming_in(known[-1], usual):
        known.pop()
    last = known[-1]
    week = f"the week to {fmt.day_in_sentence(last['stop'])}"
    before = [float(row["value"]) for row in known[:-1]]
    mean = sum(before) / len(before)
    apart = float(last["value"]) - mean
    word = "more" if apart >= 0 else "fewer"
    hours = fmt.hours(last["value"])
    title = f"{hours[:1].upper()}{hours[1:]} in {week}, {fmt.count(abs(apart))} {word} than usual"
    running = any(row["present"] < row["expected"] for row in known)
    note = "; the last weeks are still coming in" if running else ""
    chart = Chart(
        "lines",
        title=title,
        subtitle=f"Hours worked by week{note}",
        categories=tuple(f"{row['stop'].day} {fmt.month(row['stop'])[:3]}" for row in known),
        dates=tuple(row["stop"] for row in known),
        series=(
            Line(
                "Hours",
                tuple(float(row["value"]) for row in known),
                "ink",
                fmt.count(last["value"]),
            ),
        ),
        kind_of="hours",
        alt=f"{title}. The weeks before had {fmt.count(min(before))} to "
        f"{fmt.count(max(before))} hours.",
    )
    return _this_week(view, known), chart


def _is_coming_in(row: Lines, usual: float) -> bool:
    return row["present"] < row["expected"] and float(row["value"]) < ENOUGH * usual


def _this_week(view: View, known: Sequence[Lines]) -> Table:
    week = Period(known[-1]["start"], known[-1]["stop"])
    before = Period(known[0]["start"], known[-2]["stop"])
    rows = []
    for metric, title in (
        ("worked_hours", "Hours worked"), ("overtime_share", "Overtime, of hours worked"),
        ("agency_share", "Agency, of hours worked"), ("visits", "Visits"),
        ("resident_days", "Resident days"),
    ):  # fmt: skip
        now, then = view.ask(metric, week), view.ask(metric, before)
        if now.value is None and then.value is None:
            continue
        usual = then.value
        if usual is not None and now.metric.denominator is None:
            usual = float(usual) / (len(known) - 1)
        rows.append(
            cells(
                title,
                measured(metric, now.value, None) if now.value is not None
                else Cell("not in yet", tone="muted"),
                measured(metric, usual, None),
            )
        )  # fmt: skip
    return Table(
        title="Staffing this week",
        subtitle=f"{fmt.day_range(week.start, week.stop)}, beside the mean of "
        f"{fmt.counted(len(known) - 1, 'week')} before",
        columns=(
            Column("Measure", width=2),
            Column("This week", True),
            Column("Weeks before", True),
        ),
        rows=tuple(rows),
    )


def feeds_line(view: View, when: str = "") -> str:
    """Which exports are in for the month, as a sentence without its full stop."""
    expected = view.feeds.filter(pl.col("state").is_in(["in", "late"]))
    arrived = expected.filter(pl.col("state") == "in").height
    if not expected.height:
        return "No export is expected"
    said = f"{fmt.count(arrived)} of {fmt.counted(expected.height, 'feed')} are in{when}"
    late = expected.filter(pl.col("state") == "late")
    if late.is_empty():
        return said
    names = fmt.names(late["site_name"].unique(maintain_order=True).to_list(), limit=3)
    return f"{said}; wanting: {names}"
