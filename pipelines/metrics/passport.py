"""The passport of a number: its definition, its parts, its files, what was restated since."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.calendar import Period
from pipelines.fiscal import Fiscal
from pipelines.metrics.ask import CALENDAR, Answer, ask
from pipelines.metrics.behind import behind
from pipelines.metrics.model import Metric
from pipelines.warehouse.changes import MEASURES, changes
from pipelines.warehouse.reader import Reader

# The columns of feeds that those of derived tables are made of.
_MADE_OF = {
    "cost": ("amount", "employer_cost"),
    "actual": ("amount", "employer_cost", "value"),
    "budget": ("amount",),
    "budget_hours": ("hours",),
    "budget_volume": ("volume",),
}


@dataclass(frozen=True, slots=True)
class Passport:
    """Where one number comes from.

    `rows` counts the rows behind it. `files` has (load, path, part, profile, moment, rows,
    numerator, denominator) of each load that a row comes from. `restated` holds the changes (see
    `changes`) of the feeds behind it, in its months and sites, that came after the first of those
    loads, or after `as_of`.
    """

    answer: Answer
    rows: int
    files: pl.DataFrame
    restated: pl.DataFrame

    def as_json(self) -> dict[str, Any]:
        """The passport as JSON has it (decimals and days still as such)."""
        metric, frame = self.answer.metric, self.answer.frame
        return {
            "metric": metric.name, "title": metric.title, "definition": metric.definition,
            "formula": metric.formula, "source": metric.source, "mind": metric.traps,
            "from": self.answer.period.start, "to": self.answer.period.stop,
            "build": self.answer.build, "values": frame.to_dicts(),
            "missing": [{"site": m.site, "month": m.month, "what": m.need}
                        for m in self.answer.missing],
            "rows": self.rows, "files": self.files.to_dicts(), "restated": self.restated.to_dicts(),
        }  # fmt: skip

    def text(self) -> str:
        """The passport for people."""
        metric = self.answer.metric
        lines = [f"{metric.title}, {self.answer.period.name()}", f"  {metric.definition}",
                 f"  Formula: {metric.formula}", f"  Mind: {metric.traps}"]  # fmt: skip
        for value in self.answer.frame.iter_rows(named=True):
            told = value["value"] if value["value"] is not None else value["reason"]
            parts = [f"{s} {value[s]}" for s in ("numerator", "denominator")
                     if value[s] is not None]  # fmt: skip
            lines.append(f"  Value: {told} {value.get('currency') or ''} ({', '.join(parts)})")
        lines.append(f"  Missing: {len(self.answer.missing)} site-months")
        lines.append(f"  Made of {self.rows:,} rows of {self.files.height} loads:")
        for f in self.files.iter_rows(named=True):
            name = f["path"] if f["part"] is None else f"{f['path']}#{f['part']}"
            lines.append(f"    load {f['load']}: {f['rows']:,} rows of {name}")
        lines.append(f"  Restated since: {self.restated.height or 'nothing'}")
        lines.extend(
            f"    load {c['event']} ({c['path']}): {c['site']}, {c['feed']} {c['measure']} "
            f"{c['before']} → {c['after']}"
            for c in self.restated.iter_rows(named=True)
        )
        return "\n".join(lines)


def passport(
    reader: Reader,
    metric: str,
    *,
    period: Period,
    where: Mapping[str, Sequence[str]] | None = None,
    as_of: int | date | None = None,
    fiscal: Fiscal = CALENDAR,
    basis: str | None = None,
) -> Passport:
    """The passport of one number; the arguments are those of `ask`."""
    answer = ask(
        reader, metric, period=period, where=where, as_of=as_of, fiscal=fiscal, basis=basis
    )
    found = behind(
        reader, metric, period=period, where=where, as_of=as_of, fiscal=fiscal, basis=answer.basis
    ).sums()
    moved = _restated(reader, answer.metric, found, as_of)
    return Passport(answer, int(found["rows"].sum()), _files(reader, found), moved)


def _files(reader: Reader, found: pl.DataFrame) -> pl.DataFrame:
    loads = reader.query(
        "SELECT event AS load, path, part, profile, moment FROM loads WHERE what = 'load'"
    )
    return (
        found.group_by("load")
        .agg(
            rows=pl.col("rows").sum(),
            numerator=_sum("numerator"),
            denominator=_sum("denominator"),
        )
        .join(loads, on="load", how="left")
        .select("load", "path", "part", "profile", "moment", "rows", "numerator", "denominator")
        .sort("load")
    )


def _sum(side: str) -> pl.Expr:
    return pl.when(pl.col(side).count() > 0).then(pl.col(side).sum())


def _restated(
    reader: Reader, metric: Metric, found: pl.DataFrame, as_of: int | date | None
) -> pl.DataFrame:
    """The changes in the feeds, sites and months of a number's rows, and of what it sums there."""
    places = found.select("feed", "site", "month").unique()
    months = found["month"].drop_nulls()
    first = found["load"].min()
    since = as_of if as_of is not None else 1 if first is None else int(str(first))
    span = (as_day(months.min()), as_day(months.max())) if len(months) else None
    after = changes(reader, since, feeds=set(places["feed"]), months=span)
    here = after.join(places, on=["feed", "site", "month"], how="semi", nulls_equal=True)
    used = _used(metric)
    named = {feed for feed, names in MEASURES.items() if used & set(names)}
    return here.filter(~pl.col("feed").is_in(list(named)) | pl.col("measure").is_in(list(used)))


def _used(metric: Metric) -> set[str]:
    """The columns that a metric sums: of hours it is no matter that their pay was restated."""
    measures = [m for m in (metric.numerator, metric.denominator) if m is not None]
    named = {name for m in measures for name in re.findall(r'\bf\."?(\w+)', m.value)}
    return named | {column for name in named for column in _MADE_OF.get(name, ())}


def as_day(value: object) -> date:
    """What polars gives as the least or the last of a column of days."""
    assert isinstance(value, date)
    return value
