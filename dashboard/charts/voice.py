"""How a chart writes its numbers: one unit, one currency, one number of decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import format as fmt


@dataclass(frozen=True, slots=True)
class Voice:
    """The unit of a chart's values, and how to write them."""

    unit: fmt.Unit
    currency: str = "USD"
    decimals: int | None = None

    def say(self, figure: fmt.Number | None, *, signed: bool = False) -> str:
        """A value with its unit; "–" where there is none."""
        return fmt.value(figure, self.unit, self.currency, decimals=self.decimals, signed=signed)

    def bare(self, figure: fmt.Number) -> str:
        """A value without what the axis says already, for labels beside the plot."""
        if self.unit == "percent":
            places = 1 if self.decimals is None else self.decimals
            return fmt.number(float(figure) * 100, decimals=places)
        if self.unit in ("count", "hours", "days") and self.decimals is None:
            return fmt.number(figure, decimals=0 if abs(float(figure)) >= 100 else 1)
        return self.say(figure)

    def ticks(self, positions: Sequence[float], *, signed: bool = False) -> list[str]:
        """Labels of a value axis."""
        return fmt.ticks(positions, self.unit, self.currency, signed=signed)


def when(day: date) -> str:
    """A month where the date is the first of one, else the day."""
    return fmt.month(day) if day.day == 1 else fmt.day(day)
