"""Where a year lands, with and without a scenario: steps that add up, and two beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.analysis.scenarios.baseline import MONEY, Baseline, Place, cents
from pipelines.analysis.scenarios.what_if import INTERACTION, Outcome
from pipelines.errors import UsageProblem

BY = "site", "region", "kind", "subject", "month"
NOWHERE = Place("", "", "")


def landed(baseline: Baseline) -> pl.DataFrame:
    """What the year costs by cell: site, region, kind, subject, month, currency, amount.

    What was spent so far has no month.
    """
    spent = [
        (*_place(baseline, site), subject, None, currency, amount)
        for (site, subject, currency), amount in baseline.so_far.items()
    ]
    ahead = [
        (*_place(baseline, c.site), c.subject, c.month, c.currency, cents(c.amount))
        for c in baseline.cells
    ]
    return pl.DataFrame(spent + ahead, schema=_schema({}), orient="row")


def changed(outcome: Outcome) -> pl.DataFrame:
    """What a scenario changes by cell: the columns of `landed`, and the lever's number."""
    rows = [
        (*_place(outcome.baseline, c.site), c.subject, c.month, c.currency, c.amount, c.number)
        for c in outcome.changes
    ]
    return pl.DataFrame(rows, schema=_schema({"number": pl.Int64}), orient="row")


def steps(outcome: Outcome, *by: str) -> pl.DataFrame:
    """From the landing over each lever and their interaction to the new landing.

    `by` are some of site, region, kind, subject and month; each group has its steps. Columns: by,
    currency, number (-1 the landing, from 1 the levers, 0 the interaction, null the new landing),
    step, amount. Between the first and the last of a group the steps add up. UsageProblem for
    another name.
    """
    for name in by:
        if name not in BY:
            raise UsageProblem(
                f"There is nothing to group by in {name}; known are {', '.join(BY)}."
            )
    keys = [*by, "currency"]
    whole = landed(outcome.baseline)
    if "month" in by:
        whole = whole.drop_nulls("month")
    base = dict(_sums(whole, keys))
    parts = dict(_sums(changed(outcome), [*keys, "number"]))
    levers = outcome.scenario.levers
    rows: list[tuple[Any, ...]] = []
    for key in sorted(base, key=lambda key: tuple(map(str, key))):
        start = total = base[key]
        rows.append((*key, -1, "landing", start))
        for number in [*range(1, len(levers) + 1), *([INTERACTION] if len(levers) > 1 else [])]:
            amount = parts.get((*key, number), Decimal(0))
            name = levers[number - 1].code if number else "interaction"
            rows.append((*key, number, name, amount))
            total += amount
        rows.append((*key, None, "new landing", total))
    kinds: dict[str, Any] = dict.fromkeys(by, pl.String) | {"currency": pl.String}
    kinds |= {"month": pl.Date} if "month" in by else {}
    schema = kinds | {"number": pl.Int64, "step": pl.String, "amount": MONEY}
    return pl.DataFrame(rows, schema=schema, orient="row")


def compared(one: Outcome, other: Outcome) -> pl.DataFrame:
    """Two scenarios on one baseline by subject: currency, subject, landing, one, other, apart.

    `one` and `other` are the landings with each, `apart` the second less the first; the last row
    of a currency is their sum (subject null).
    """
    keys = ["currency", "subject"]
    found = landed(one.baseline).group_by(keys).agg(landing=pl.col("amount").sum())
    for name, outcome in (("one", one), ("other", other)):
        change = changed(outcome).group_by(keys).agg(pl.col("amount").sum().alias(name))
        found = found.join(change, on=keys, how="left").with_columns(
            (pl.col("landing") + pl.col(name).fill_null(0)).cast(MONEY).alias(name)
        )
    sums = found.group_by("currency").agg(pl.col("landing", "one", "other").sum())
    every = pl.concat([found, sums.select("currency", pl.lit(None, pl.String).alias("subject"),
                                          "landing", "one", "other")])  # fmt: skip
    return every.with_columns(apart=(pl.col("other") - pl.col("one")).cast(MONEY)).sort(
        "currency", pl.col("subject").is_null(), "subject"
    )


def _sums(frame: pl.DataFrame, keys: Sequence[str]) -> list[tuple[tuple[Any, ...], Decimal]]:
    summed = frame.group_by(keys).agg(pl.col("amount").sum())
    return [(row[:-1], row[-1]) for row in summed.iter_rows()]


def _place(baseline: Baseline, site: str) -> tuple[str, str, str]:
    place = baseline.places.get(site, NOWHERE)
    return site, place.region, place.kind


def _schema(more: dict[str, Any]) -> dict[str, Any]:
    return {
        "site": pl.String, "region": pl.String, "kind": pl.String, "subject": pl.String,
        "month": pl.Date, "currency": pl.String, "amount": MONEY, **more,
    }  # fmt: skip
