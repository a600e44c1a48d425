"""Where the year lands, in words, as a fan and as tables, and what the forecast rests on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from dashboard import charts, layout, scope, sentences, store
from dashboard import format as fmt
from dashboard.asking import to_number
from dashboard.charts.show import show
from dashboard.components import Column, Row, responsive_table
from dashboard.places import everywhere
from pipelines.analysis.outlook.landing import Family, Landing
from pipelines.wording import landings

Line = Mapping[str, Any]
WAITS = "New costs came in. All other figures are here; this one follows by itself in a moment."


def landed(chosen: scope.Scope, currency: str) -> bool:
    """The year's landing at the page's filter; False where it can't be told.

    While it is being made the block says so, and comes by itself.
    """
    told = store.landing(chosen.month, where=chosen.where)
    if told is None and store.landing_waits():
        layout.block("Where the year lands is being worked out", WAITS)
        come_when_ready()
        return False
    if told is None or not told.left:
        return False
    found = told.frame.filter(pl.col("currency") == currency, pl.col("budget").is_not_null())
    path = told.path.filter(pl.col("currency") == currency)
    if found.is_empty() or not landings.comparable(path):
        return False
    line = found.row(0, named=True)
    left, right = st.columns(2, gap="medium")
    with left:
        _fan(chosen, told, path, line)
    with right:
        _subjects(chosen, told, line)
        _sites(chosen, line)
        _accounts(chosen, currency)
        _rests_on(told, currency)
    return True


@st.fragment(run_every=1.0)
def come_when_ready() -> None:
    """Draw the page anew as soon as the landing is there."""
    if not store.landing_waits():
        st.rerun()


def _fan(chosen: scope.Scope, told: Landing, path: pl.DataFrame, line: Line) -> None:
    planned = pl.col("budget").fill_null(0).cum_sum()
    ahead = ~pl.col("known")
    gap = (pl.col("value").cum_sum() - planned).cast(pl.Float64)
    drawn = path.select(
        "month",
        actual=pl.col("so_far").cast(pl.Float64),
        mid=pl.when(ahead).then(gap),
        low=pl.when(ahead).then((pl.col("low") - planned).cast(pl.Float64)),
        high=pl.when(ahead).then((pl.col("high") - planned).cast(pl.Float64)),
    )
    currency = line["currency"]
    show(
        charts.landing(drawn, currency=currency),
        landings.finding(told, line),
        f"Actual minus budget, summed up since {fmt.month(told.year.start)}; dotted: the estimate "
        f"of the {_ahead(told)}, with the range meant to hold in 8 years of 10",
        key=f"landing-{currency}",
        note=_cautions(told, line, path),
        links=[
            to_number("budget_variance", chosen, month=row["month"])
            if row["actual"] is not None
            else None
            for row in reversed(drawn.to_dicts())
        ],
    )


def _ahead(told: Landing) -> str:
    return "last month" if told.left == 1 else f"last {fmt.count(told.left)} months"


def _cautions(told: Landing, line: Line, path: pl.DataFrame) -> str:
    said = [landings.still_runs(told), landings.left_out(line)]
    if line["estimated"]:
        months = fmt.counted(line["estimated"], "month")
        verb = "is" if line["estimated"] == 1 else "are"
        said.append(f"{months} of single sites did not arrive and {verb} estimated too.")
    if apart := _estimated(path):
        gap = fmt.gap(apart, line["currency"])
        said.append(
            f"What is estimated of the months so far, {gap}, is in the dotted line alone: “so far” "
            "is the gap of what arrived, as above."
        )
    said.append(landings.not_backtested(line))
    return " ".join(filter(None, said))


def _estimated(path: pl.DataFrame) -> Decimal:
    """By how much what is estimated of the months so far lies over its budget."""
    known = path.filter("known")
    whole = known["value"].sum() - known["budget"].fill_null(0).sum()
    return Decimal(whole) - Decimal(known["so_far"][-1])


def _subjects(chosen: scope.Scope, told: Landing, line: Line) -> None:
    currency = line["currency"]
    symbol = fmt.currency_symbol(currency).strip()
    layout.block(
        f"Between {fmt.money_range(line['compared_low'], line['compared_high'], currency)} in "
        "8 years of 10",
        f"{symbol} thousand, {landings.year_name(told.year)}: costs so far and an estimate of the "
        "rest. "
        "A total's range is narrower than those of its parts together. Last year's months at this "
        f"year's pace would land at {fmt.money(line['plain_compared'], currency)}.",
    )
    parts = store.landing(chosen.month, by=("subject",), where=chosen.where)
    rows = [] if parts is None else landings.with_budget(parts.frame, currency)
    lines = [Row(_cells(_subject(row["subject"]), row)) for row in rows]
    lines.append(Row(_cells("All subjects", line), total=True))
    responsive_table(
        _columns("Subject"), lines, key=f"landing-subjects-{currency}",
        label="Landing by subject",
    )  # fmt: skip


def _sites(chosen: scope.Scope, line: Line) -> None:
    currency = line["currency"]
    parts = store.landing(chosen.month, by=("site",), where=chosen.where)
    rows = [] if parts is None else landings.with_budget(parts.frame, currency)
    if len(rows) < 2:
        return
    title = f"Show the landing of {fmt.counted(len(rows), 'site')}"
    with st.expander(title, on_change="rerun", key=f"landing-of-sites-{currency}") as more:
        if more.open:
            links = scope.to_sites()
            lines = [
                Row(_cells(store.name_of(row["site"]), row), link=links.get(row["site"]))
                for row in rows
            ]
            lines.append(Row(_cells(everywhere(), line), total=True))
            responsive_table(
                _columns("Site"), lines, key=f"landing-sites-{currency}",
                label="Landing by site",
            )  # fmt: skip


def _accounts(chosen: scope.Scope, currency: str) -> None:
    """Each subject's landing by account, on request: every account is a forecast of its own."""
    with st.expander(
        "Show the landing by account", on_change="rerun", key=f"landing-of-accounts-{currency}"
    ) as more:
        if not more.open:
            return
        parts = store.landing(chosen.month, by=("subject", "account"), where=chosen.where)
        wholes = store.landing(chosen.month, by=("subject",), where=chosen.where)
        if parts is None or wholes is None:
            layout.empty("The accounts could not be told apart.")
            return
        layout.note(
            "Accounts add up to the landing of their subject, costs without a budget included: "
            "each is forecast on its own, and the forecasts of a month are scaled to what the "
            "subject is forecast to cost at the site. Staffing is told apart by whose staff it "
            "is, supplies by category. The gap is of the sites that have a budget of the account."
        )
        mine, order = pl.col("currency") == currency, ["landing"]
        rows = []
        for whole in wholes.frame.filter(mine).sort(order, descending=True).to_dicts():
            own = parts.frame.filter(mine, pl.col("subject") == whole["subject"])
            rows.append(Row(_landed_cells(_subject(whole["subject"]), whole), total=True))
            rows += [
                Row(_landed_cells(row["account"], row))
                for row in own.sort(order, descending=True).to_dicts()
            ]
        columns = [
            Column("Account"),
            Column("So far", align="right", phone="second"),
            Column("Landing", align="right", phone="value"),
            Column("Range", align="right", phone="second"),
            Column("Budget", align="right", phone="second"),
            Column("Gap", align="right", phone="second"),
        ]
        responsive_table(
            columns, rows, key=f"landing-accounts-{currency}", label="Landing by account"
        )
        if why := _why_no_budget(parts.frame.filter(mine)):
            layout.note(why)


def _why_no_budget(parts: pl.DataFrame) -> str:
    """Why accounts have no budget, each reason with those that it is of."""
    said = []
    found = parts.filter(pl.col("no_budget").is_not_null()).sort("subject", "account")
    for (why,), rows in found.group_by("no_budget", maintain_order=True):
        names = fmt.names(rows["account"].unique(maintain_order=True).to_list(), limit=6)
        said.append(f"{names}: {str(why)[:1].lower()}{str(why)[1:]}")
    return " ".join(said)


def _landed_cells(name: str, row: Line) -> list[str]:
    low, high = fmt.thousands(row["low"]), fmt.thousands(row["high"])
    return [
        name,
        fmt.thousands(row["actual"]),
        fmt.thousands(row["landing"]),
        low if low == high else f"{low} to {high}",
        fmt.thousands(row["budget"]),
        fmt.thousands(row["gap"], signed=True),
    ]


def _columns(what: str) -> list[Column]:
    return [
        Column(what),
        Column("Landing", align="right", phone="second"),
        Column("Range", align="right", phone="second"),
        Column("Budget", align="right", phone="second"),
        Column("Gap", align="right", phone="value"),
    ]


def _cells(name: str, row: Line) -> list[str]:
    low, high = fmt.thousands(row["compared_low"]), fmt.thousands(row["compared_high"])
    return [
        name,
        fmt.thousands(row["compared"]),
        low if low == high else f"{low} to {high}",
        fmt.thousands(row["budget"]),
        fmt.thousands(row["gap"], signed=True),
    ]


def _subject(subject: str) -> str:
    return sentences.SUBJECTS.get(subject, subject.capitalize())


def _rests_on(told: Landing, currency: str) -> None:
    """Each subject's method, and what it was worth on the past."""
    with st.expander(
        "How this is forecast, and how it did", on_change="rerun", key=f"rests-on-{currency}"
    ) as more:
        if not more.open:
            return
        layout.note(
            "Each site and subject is forecast on its own, by the method that did best for the "
            "subject over all sites when tried on the past, month by month, without knowing what "
            "came after. The error is a share of what repeating last year's month would have "
            "missed by: below 100 % is better than that."
        )
        columns = [
            Column("Subject"),
            Column("Forecast by", phone="own"),
            Column("Error", align="right", phone="value"),
            Column("In the 80\u202f% range", align="right", phone="second"),
            Column("Months tried", align="right", phone="second"),
        ]
        rows = [Row(_worth(family)) for family in told.families]
        responsive_table(columns, rows, key=f"methods-{currency}", label="How it is forecast")


def _worth(family: Family) -> list[str]:
    title = family.title[:1].upper() + family.title[1:]
    if family.naive:
        title += ": no model did better"
    worth = family.judged
    if worth is None:
        return [_subject(family.subject), title, fmt.MISSING, fmt.MISSING, "not backtested"]
    return [
        _subject(family.subject),
        title,
        fmt.percent(worth.relative, decimals=0),
        fmt.percent(worth.inside, decimals=0),
        fmt.count(worth.outcomes),
    ]
