"""The four rules of Making Data Count, on the points of one rebase group.

Each rule is a function from the group's points to one answer a point: True, or for a trend its
direction. A missing value (side None) answers False and breaks every run and window it is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Rule = Literal["outside", "trend", "two_of_three", "shift"]
Side = Literal[-1, 0, 1]

RUN = 7
CAUSES: dict[tuple[Rule, int], str] = {
    ("outside", 1): "Above UCL",
    ("outside", -1): "Below LCL",
    ("trend", 1): "7 Point Trend (Increasing)",
    ("trend", -1): "7 Point Trend (Decreasing)",
    ("two_of_three", 1): "2 in 3 Above CL",
    ("two_of_three", -1): "2 in 3 Below CL",
    ("shift", 1): "7 Points Above CL",
    ("shift", -1): "7 Points Below CL",
}


@dataclass(frozen=True, slots=True)
class Flags:
    """Which rules a point meets; `trend` is the direction of the trend it is part of, or 0."""

    outside: bool = False
    trend: Side = 0
    two_of_three: bool = False
    shift: bool = False

    def first(self, side: Side | None) -> tuple[Rule, Side] | None:
        """The rule that counts and its direction, by priority; `side` is the point's own."""
        direction: Side = 1 if side == 1 else -1
        if self.outside:
            return "outside", direction
        if self.trend:
            return "trend", self.trend
        if self.two_of_three:
            return "two_of_three", direction
        return ("shift", direction) if self.shift else None


def sign(number: float) -> Side:
    """-1, 0 or 1."""
    return 1 if number > 0 else -1 if number < 0 else 0


def shifts(sides: Sequence[Side | None]) -> list[bool]:
    """Points in a run of seven on one side of the mean; a point on the mean (0) breaks it."""
    flagged = [False] * len(sides)
    for start in range(len(sides) - RUN + 1):
        run = sides[start : start + RUN]
        if run[0] and all(side == run[0] for side in run):
            flagged[start : start + RUN] = [True] * RUN
    return flagged


def trends(values: Sequence[float | None], *, step_decides: bool = False) -> list[Side]:
    """The direction of points in seven that rise (or fall) at each step; a tie breaks it.

    Where one trend turns into another, the turning point belongs to the later one. For
    `step_decides` see `spc_options.Options`.
    """
    steps = [None if a is None or b is None else sign(b - a) for a, b in pairwise(values)]
    flagged: list[Side] = [0] * len(values)
    for start in range(len(values) - RUN + 1):
        way = steps[start]
        if way and all(step == way for step in steps[start : start + RUN - 1]):
            flagged[start : start + RUN] = [way] * RUN
    if step_decides:
        for i, step in enumerate(steps):
            if flagged[i] and flagged[i + 1]:
                flagged[i] = 1 if step == 1 else -1
    return flagged


def twos_of_three(sides: Sequence[Side | None], close: Sequence[bool]) -> list[bool]:
    """Close points of any three neighbours on one side of the mean, two or more of them close."""
    flagged = [False] * len(sides)
    for start in range(len(sides) - 2):
        window = range(start, start + 3)
        same_side = sides[start] and all(sides[i] == sides[start] for i in window)
        if same_side and sum(close[i] for i in window) >= 2:
            for i in window:
                flagged[i] = flagged[i] or close[i]
    return flagged
