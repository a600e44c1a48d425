"""What stands in for a cell that the file leaves out, and what is worked out across rows.

A column whose heading is missing takes a value from outside the table; a word such as “evergreen”
stands for no date; a span of notice becomes days; the amounts of a contract's revisions add up.
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.errors import FileProblem
from pipelines.ingest.cells import Values
from pipelines.ingest.read import Found
from pipelines.profiles import Derived, Profile, Source

PLACES = {
    "file": "in the file's name",
    "sheet": "in the sheet's name",
    "preamble": "above the headings",
}


def stand_in(
    source: Source, profile: Profile, told: dict[str, pl.Series], found: Found
) -> pl.Series:
    """The one value that stands in for a column without heading, in a series of length 1.

    `told` are the context's values by name. FileProblem where none of them is known.
    """
    for name in source.instead:
        if told[name][0] is not None:
            return told[name].alias(source.name)
    asked = [c for c in profile.context if c.name in source.instead]
    places = " or ".join(PLACES[p] for p in PLACES if any(p in c.places for c in asked))
    option = next((c.option for c in asked if c.option), None)
    raise FileProblem(
        found.path,
        f"does not say its {source.name.replace('_', ' ')}: it has no such column, and it stands "
        f"nowhere {places}" + (f"; give it with --{option}." if option else "."),
        found.part,
    )


def days_before(spans: pl.Series, ends: pl.Series) -> Values:
    """The days that spans such as “90 days”, “6 weeks” or “3 months” lie before the dates.

    Months and years are counted back on the calendar, to the month's last day where it is
    shorter: 3 months before 31 May is 28 February, 92 days. A bare number counts days. Months are
    null where there is no date to count them back from. Business days are counted as such: whether
    a number is one of them stands in the unit beside it. Unreadable: “3 months or 90 days”, which
    is two.
    """
    cells = spans.cast(pl.String)
    parts = pl.DataFrame({"span": cells, "end": ends.cast(pl.Date)}).with_columns(
        pl.col("span").str.to_lowercase().str.extract_groups(_SPAN).struct.unnest()
    )
    count = pl.col("count").cast(pl.Int64, strict=False)
    unit = pl.col("unit").fill_null("d").str.slice(0, 1)
    back = pl.concat_str(pl.lit("-"), count * pl.when(unit == "y").then(12).otherwise(1)) + "mo"
    by_calendar = (pl.col("end") - pl.col("end").dt.offset_by(back)).dt.total_days()
    days = parts.select(
        pl.when(unit == "d")
        .then(count)
        .when(unit == "w")
        .then(count * 7)
        .otherwise(by_calendar)
        .cast(pl.Int64)
    ).to_series()
    return Values(days, cells.is_not_null() & parts["count"].is_null())


_SPAN = (
    r"^(?:at least |minimum |min\.? )?(?P<count>\d{1,4})\)? ?-?"
    r"(?:(?:(?:calendar )?(?P<unit>d|days?|w|wks?|weeks?|mo?s?|mths?|months?"
    r"|y|yrs?|years?)|(?:business|working|work) days?)\b)?[.’'s]*"
    r"(?: (?:written|prior|advance|notice|before|in|of|to|end|expiry"
    r"|expiration|renewal|termination|term|the))*\.?$"
)


def origins(derived: Derived, profile: Profile) -> set[str]:
    """The columns that a span of time comes from, by way of other derived columns; not its date."""
    made = {d.name: d for d in profile.derived}
    texts = re.findall(r"\{(\w+)\}", f"{derived.text or ''}{derived.otherwise or ''}")
    found: set[str] = set()
    for name in filter(None, (derived.origin, *texts)):
        found |= origins(made[name], profile) if name in made else {name}
    return found


def running_total(rows: pl.DataFrame, derived: Derived) -> pl.Series:
    """The total of `origin` over the rows of one group up to each row's number.

    Rows with the same number are one step. Null in a group whose number 0 is missing: what came
    before its first row is not known.
    """
    origin, group, number = str(derived.origin), str(derived.running), str(derived.along)
    steps = (
        rows.group_by(group, number)
        .agg(step=pl.col(origin).sum())
        .sort(group, number)
        .with_columns(
            total=pl.col("step").cum_sum().over(group),
            whole=(pl.col(number).min().over(group) == 0),
        )
    )
    total = rows.select(group, number).join(
        steps, on=[group, number], how="left", maintain_order="left"
    )
    known = pl.when(pl.col("whole")).then(pl.col("total"))
    return total.select(known.alias(derived.name)).to_series()
