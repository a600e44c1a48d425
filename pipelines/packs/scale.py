"""Axes and labels of the packs' charts: round ends, and labels that don't lie on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST = 5  # gridlines


def scale(values: Sequence[float], *, zero: bool = False) -> tuple[float, float, float]:
    """The lowest and highest tick and the step between ticks, around some values.

    >>> scale([3.0, 17.0]), scale([101.0, 109.0]), scale([-3.0, 9.0], zero=True)
    ((0.0, 20.0, 5.0), (100.0, 110.0, 2.0), (-5.0, 10.0, 2.5))
    """
    low, high = min(values, default=0.0), max(values, default=1.0)
    if zero or 0 < low < 0.5 * high:
        low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        low, high = low - abs(low) * 0.1 - 1, high + abs(high) * 0.1 + 1
    rough = (high - low) / MOST
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(magnitude * s for s in STEPS if magnitude * s >= rough * 0.999)
    bottom, top = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return float(bottom), float(top), float(step)


def spread(places: Sequence[float | None], apart: float) -> list[float | None]:
    """Places moved as little as need be, in their order, to lie at least so far apart.

    >>> spread([0.5, 0.5, None, 0.1], 0.1)
    [0.45, 0.55, None, 0.1]
    """
    order = sorted((place, at) for at, place in enumerate(places) if place is not None)
    groups: list[list[tuple[float, int]]] = []
    for pair in order:
        groups.append([pair])
        while len(groups) > 1 and _first(groups[-1], apart) < _last(groups[-2], apart) + apart:
            later = groups.pop()
            groups[-1] += later
    moved: list[float | None] = [None] * len(places)
    for group in groups:
        start = _first(group, apart)
        for step, (_, at) in enumerate(group):
            moved[at] = round(start + step * apart, 6)
    return moved


def _first(group: Sequence[tuple[float, int]], apart: float) -> float:
    """Where a group's first member lies when the group is centred on its mean."""
    return sum(place for place, _ in group) / len(group) - apart * (len(group) - 1) / 2


def _last(group: Sequence[tuple[float, int]], apart: float) -> float:
    return _first(group, apart) + apart * (len(group) - 1)
