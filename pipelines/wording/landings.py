"""Where a year lands, in words: the same on the page and in a meeting's pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines import format as fmt
from pipelines.analysis.outlook.landing import Landing
from pipelines.calendar import Period

Line = Mapping[str, Any]


def year_name(year: Period) -> str:
    """ "2026"; a year that ends in another month by that month."""
    if year.start.month == 1:
        return str(year.start.year)
    return f"The year to {fmt.month_in_sentence(year.stop, year=True)}"


def finding(told: Landing, line: Line) -> str:
    """Where a year lands against its budget, in a sentence without its full stop.

    A budget of some of the months alone is compared with those, and the sentence says so.
    """
    currency, bare = line["currency"], line["unplanned_months"]
    year, gap = year_name(told.year), fmt.gap(line["gap"], currency)
    if not bare:
        return f"{year} lands at about {fmt.money(line['compared'], currency)}, {gap}"
    landing = fmt.money(line["landing"], currency)
    return (
        f"{year} lands at about {landing}; without the {fmt.counted(bare, 'month')} "
        f"that {'has' if bare == 1 else 'have'} no budget, it is {gap}"
    )


def comparable(path: pl.DataFrame) -> bool:
    """Whether a landing's path is one: months with a budget, some of which are over."""
    return path.height > 1 and bool(path["known"].any())


def left_out(line: Line) -> str:
    """What of the costs is not compared with the budget; empty where all are."""
    if line["compared"] == line["landing"]:
        return ""
    rest = fmt.money(line["landing"] - line["compared"], line["currency"])
    return f"{rest} of costs without a budget are left out."


def not_backtested(line: Line) -> str:
    """That a range rests on too little; empty where it doesn't."""
    if line["backtested"]:
        return ""
    return "The range is not backtested: too little of the past is known."


def still_runs(told: Landing) -> str:
    """That the year's month has not ended; empty where none runs."""
    if told.running is None:
        return ""
    return f"{fmt.month_in_sentence(told.running)} is still running, and is estimated whole."


def with_budget(frame: pl.DataFrame, currency: str) -> list[dict[str, Any]]:
    """The parts of a landing in a currency that have a budget, those furthest over it first."""
    kept = frame.filter(pl.col("currency") == currency, pl.col("budget").is_not_null())
    return kept.sort("gap", descending=True).to_dicts()
