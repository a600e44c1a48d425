"""The four rules of Making Data Count, on the points of rebase groups.

Each rule is a function from the points of many groups, a row each, to one answer a point: True, or
for a trend its direction. A missing value (NaN) answers False and breaks every run and window that
it is in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Signs = npt.NDArray[np.int8]
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


def shifts(sides: Floats) -> Bools:
    """Points in a run of seven on one side of the mean; a point on the mean (0) breaks it."""
    flagged = np.zeros(sides.shape, dtype=np.bool_)
    for side in (-1, 1):
        whole = _windows(sides == side, RUN).all(axis=-1)
        for at in range(RUN):
            flagged[:, at : at + whole.shape[1]] |= whole
    return flagged


def trends(values: Floats, *, step_decides: Bools | None = None) -> Signs:
    """The direction of points in seven that rise (or fall) at each step; a tie breaks it.

    Where one trend turns into another, the turning point belongs to the later one. For
    `step_decides`, an answer a row, see `options.Options`.
    """
    steps = np.sign(np.diff(values, axis=1))
    rising, falling = (_windows(steps == way, RUN - 1).all(axis=-1) for way in (1, -1))
    ways = np.where(rising, 1, np.where(falling, -1, 0)).astype(np.int8)
    flagged = np.zeros(values.shape, dtype=np.int8)
    for at in reversed(range(RUN)):
        part = flagged[:, at : at + ways.shape[1]]
        part[ways != 0] = ways[ways != 0]
    if step_decides is not None and step_decides.any():
        both = (flagged[:, :-1] != 0) & (flagged[:, 1:] != 0) & step_decides[:, np.newaxis]
        flagged[:, :-1][both] = np.where(steps == 1, 1, -1)[both]
    return flagged


def twos_of_three(sides: Floats, close: Bools) -> Bools:
    """Close points of any three neighbours on one side of the mean, two or more of them close."""
    flagged = np.zeros(sides.shape, dtype=np.bool_)
    many = _windows(close, 3).sum(axis=-1) >= 2
    for side in (-1, 1):
        found = _windows(sides == side, 3).all(axis=-1) & many
        for at in range(3):
            flagged[:, at : at + found.shape[1]] |= found
    return flagged & close


def _windows(points: Bools, size: int) -> Bools:
    """Every run of so many neighbours of a row, on a third axis; none of a row that is shorter."""
    if points.shape[1] < size:
        return np.zeros((len(points), 0, size), dtype=np.bool_)
    return sliding_window_view(points, size, axis=1)
