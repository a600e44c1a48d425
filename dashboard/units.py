"""How a metric's unit is written, as the packs write it too: `pipelines.wording.units`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard import format as fmt
from pipelines.metrics import Metric, Unit
from pipelines.wording.units import unit_of, written

__all__ = ["parts_of", "unit_of", "written"]

Part = Callable[[Any, str], str]


def parts_of(metric: Metric) -> tuple[Part, Part]:
    """How the numerator and the denominator of a metric are written, to the cent or the hour.

    The one is money where the metric is, the other where it is a ratio of money to money.
    """
    return _part(metric.is_money, metric), _part(metric.of_money, metric)


def _part(of_money: bool, metric: Metric) -> Part:
    def write(figure: Any, currency: str) -> str:
        if of_money:
            return fmt.money_exact(figure, currency)
        if metric.denominator is None and metric.unit is Unit.SHARE:
            return written(metric, figure)
        whole = figure is None or float(figure).is_integer()
        return fmt.number(figure, decimals=0 if whole else 2)

    return write
