"""The choices behind a control chart, checked once, before anything is calculated.

Two profiles: `mdc` follows Making Data Count's own tools since November 2023, `nhsr` the R
package NHSRplotthedots 0.2.2 (commit 050b07d), down to its quirks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal, get_args

import polars as pl

from pipelines.errors import UsageProblem

Direction = Literal["up", "down"]
Profile = Literal["mdc", "nhsr"]
Number = int | float | Decimal
Values = Sequence[Number | None] | pl.Series
When = date | int

FIX_AT_LEAST = 12


@dataclass(frozen=True, slots=True)
class Options:
    """How a chart is calculated.

    `screen` drops moving ranges of 3.267 times their mean or more, once, before the limits are
    set. `beyond_counts` lets a point beyond a limit count towards two of three. `last_observed`
    judges the last point that has a value; otherwise the last row is judged, which is common
    cause where nothing arrived. `step_decides` repeats the R package where one trend follows
    another without a gap: the step between them, not its own trend, names the direction of the
    point before it, so that the peak of a saw-tooth is called falling.
    """

    direction: Direction | None
    target: float | None
    screen: bool
    beyond_counts: bool
    last_observed: bool
    step_decides: bool
    fix_after: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """The values in order of time, with the labels that rebases refer to (dates or positions)."""

    labels: tuple[When, ...]
    values: tuple[float | None, ...]


def options(
    direction: Direction | None,
    target: Number | None,
    profile: Profile,
    screen: bool | None,
    fix_after: int | None,
) -> Options:
    """The profile's rules with the caller's choices. UsageProblem for a choice without meaning."""
    _one_of("direction", direction, (*get_args(Direction), None))
    _one_of("profile", profile, get_args(Profile))
    if fix_after is not None and fix_after < FIX_AT_LEAST:
        raise UsageProblem(f"fix_after must be {FIX_AT_LEAST} points or more: fewer set no limits")
    goal = None if target is None else float(target)
    if goal is not None and not math.isfinite(goal):
        raise UsageProblem("target must be a finite number, or None where there is no target")
    mdc = profile == "mdc"
    return Options(
        direction=direction,
        target=goal,
        screen=not mdc if screen is None else screen,
        beyond_counts=mdc,
        last_observed=mdc,
        step_decides=not mdc,
        fix_after=fix_after,
    )


def series(values: Values, dates: Sequence[date] | pl.Series | None) -> Series:
    """Values with their labels, sorted by date. NaN is a missing value, like None.

    UsageProblem where the lengths differ, a date is missing or comes twice, or a value is
    infinite. Without dates the labels are the positions, from 0.
    """
    numbers = tuple(_number(value) for value in values)
    if dates is None:
        return Series(tuple(range(len(numbers))), numbers)
    days = list(dates)
    if len(days) != len(numbers):
        raise UsageProblem(f"{len(numbers)} values cannot be charted on {len(days)} dates")
    if any(not isinstance(day, date) for day in days):
        raise UsageProblem("dates must be dates without gaps; a point of unknown date has no place")
    if all(a < b for a, b in pairwise(days)):
        return Series(tuple(days), numbers)
    order = sorted(range(len(days)), key=days.__getitem__)
    if any(days[a] == days[b] for a, b in pairwise(order)):
        raise UsageProblem("a date comes twice; a chart takes one value a date")
    return Series(tuple(days[i] for i in order), tuple(numbers[i] for i in order))


def rebases(given: Sequence[When], points: Series) -> tuple[When, ...]:
    """The rebases, each once. UsageProblem where they are not labelled as the points are."""
    dated = bool(points.labels) and isinstance(points.labels[0], date)
    if points.labels and any(isinstance(label, date) is not dated for label in given):
        raise UsageProblem(
            f"rebase must hold {'dates' if dated else 'positions (from 0)'}, as the points do"
        )
    return tuple(dict.fromkeys(given))


def _one_of(name: str, given: object, known: Sequence[object]) -> None:
    if given not in known:
        raise UsageProblem(f"{name} is {given!r}; it must be one of {list(known)}")


def _number(value: Number | None) -> float | None:
    if value is None:
        return None
    number = float(value)
    if math.isfinite(number):
        return number
    if math.isnan(number):
        return None
    raise UsageProblem("a value is infinite; a ratio with denominator 0 must be None")
