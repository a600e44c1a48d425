"""How a metric's unit is written: the one bridge from the registry to the formats."""

from __future__ import annotations

from pipelines import format as fmt
from pipelines.metrics import Metric, Unit

_UNITS: dict[Unit, fmt.Unit] = {
    Unit.MONEY: "money",
    Unit.RATE: "price",
    Unit.SHARE: "percent",
    Unit.HOURS: "hours",
    Unit.COUNT: "count",
    Unit.DAYS: "days",
    Unit.RATIO: "number",
}


def unit_of(metric: Metric) -> fmt.Unit:
    """The format's name for the metric's unit."""
    return _UNITS[metric.unit]


def written(metric: Metric, figure: fmt.Number | None, currency: str | None = None) -> str:
    """A metric's value as people read it; ratios with two decimals."""
    decimals = 2 if metric.unit is Unit.RATIO else None
    return fmt.value(figure, unit_of(metric), currency or "USD", decimals=decimals)
