"""The parts of a profile that describe reports: heading rows, totals, columns side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from pipelines.errors import ProfileProblem
from pipelines.feeds import FEEDS, Kind
from pipelines.profiles.model import CARRIED, PERIODS, Cell, Facts, Layout, Wide

LAYOUT = {"report", "carry", "total", "skip", "fill", "totals"}
WIDE = {"heading", "period", "kind", "year", "starts", "named", "required"}


class _Reader(Protocol):
    """What reads a profile's document, and names the file in every complaint."""

    def known(self, body: Mapping[str, Any], names: Iterable[str], where: str) -> None: ...
    def near(self, name: str, names: Iterable[str]) -> str: ...
    def problem(self, text: str) -> ProfileProblem: ...
    def table(self, body: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]: ...
    def text(self, body: Mapping[str, Any], name: str, where: str) -> None: ...
    def texts(self, body: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]: ...
    def flag(self, body: Mapping[str, Any], name: str, where: str) -> bool | None: ...
    def kind(self, text: str, where: str) -> Kind: ...
    def pattern(self, text: str | None, where: str) -> re.Pattern[str] | None: ...
    def column(self, name: str, columns: Iterable[str], where: str) -> None: ...


def read_layout(reader: _Reader, document: Mapping[str, Any], sources: list[str]) -> Layout | None:
    """The `[layout]` of a profile, None where it has none."""
    if "layout" not in document:
        return None
    where = "[layout]"
    body = reader.table(document, "layout", "the file")
    reader.known(body, LAYOUT, where)
    carry = reader.table(body, "carry", where)
    for name, which in carry.items():
        if which not in CARRIED:
            raise reader.problem(
                f"[layout.carry] fills `{name}` with `{which}`; known are: {', '.join(CARRIED)}"
            )
        if name in sources:
            raise reader.problem(f"[layout.carry] fills `{name}`, which is a column of the file")
    for part in ("report", "total", "skip"):
        reader.text(body, part, where)
    total = reader.pattern(body.get("total"), where)
    if total is not None and total.groups != 1:
        raise reader.problem(f"{where} needs a `total` with exactly one group, the heading's name")
    for part in ("fill", "totals"):
        for name in reader.texts(body, part, where):
            reader.column(name, sources, where)
    return Layout(
        report=reader.pattern(body.get("report"), where),
        carry=dict(carry),
        total=total,
        skip=reader.pattern(body.get("skip"), where),
        fill=reader.texts(body, "fill", where),
        totals=reader.texts(body, "totals", where),
    )


def read_wide(reader: _Reader, name: str, body: Mapping[str, Any]) -> Wide:
    """One `[wide.NAME]`."""
    where = f"[wide.{name}]"
    reader.known(body, WIDE, where)
    for part in ("heading", "period", "year", "named"):
        reader.text(body, part, where)
    heading = reader.pattern(body.get("heading"), where)
    if heading is None or heading.groups != 1:
        raise reader.problem(f"{where} needs a `heading` with exactly one group, the period")
    period, named, starts = body.get("period"), body.get("named", "end"), body.get("starts")
    if period not in PERIODS:
        raise reader.problem(f"{where} has period `{period}`; known are: {', '.join(PERIODS)}")
    if named not in ("end", "start"):
        raise reader.problem(f"{where} has named `{named}`; known are: end, start")
    if starts is not None and (not isinstance(starts, int) or not 1 <= starts <= 12):
        raise reader.problem(f"{where} has `starts`, which must be a month's number, 1 to 12")
    if period == "number" and "year" not in body:
        raise reader.problem(f"{where} numbers its periods, and so needs `year`")
    required = reader.flag(body, "required", where)
    return Wide(
        name=name,
        heading=heading,
        period=period,
        kind=reader.kind(body.get("kind", "money"), where),
        year=body.get("year"),
        starts=starts,
        named=named,
        required=required is not False,
    )


def wide_columns(
    reader: _Reader, body: Mapping[str, Any], columns: list[str], where: str
) -> tuple[str | None, list[str]]:
    """The `[wide.…]` that facts are made of, and the columns they may name."""
    reader.text(body, "wide", where)
    wide = body.get("wide")
    if wide is None:
        return None, columns
    reader.column(wide, columns, where)
    return wide, [*columns, "@value", "@period"]


def spread_over_months(facts: Facts) -> Facts:
    """The facts of a year's amounts as those of its twelve months.

    The column that holds the feed's date gives the first month; amounts and numbers are divided.
    """
    feed = FEEDS[facts.feed]
    numbers = {c.name for c in feed.columns if c.kind in (Kind.MONEY, Kind.NUMBER)}

    def month(cells: Mapping[str, Cell], number: int) -> dict[str, Cell]:
        return {
            name: replace(cell, twelfth=number) if name in numbers
            else replace(cell, months=number - 1) if name in feed.date
            else cell
            for name, cell in cells.items()
        }  # fmt: skip

    across = tuple(
        month({**facts.cells, **member}, number)
        for member in facts.across
        for number in range(1, 13)
    )
    return replace(facts, cells={}, across=across)
