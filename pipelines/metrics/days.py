"""How many days a site was open in a period, and what a sum would be over another number of them.

A month of 31 days costs more than one of 28, and one of 23 working days has more visits than one of
20. Two ways to compare them like for like:
- per day: each site's value over the days it was open, added up over sites (a group's value per
  day is that of a day on which all its sites are open);
- at the days, or the volume, of the other period: value × days then / days now for each site, added
  up, so that it can stand beside what that period had.
Working-day and trading-day adjustment as in official statistics (X-13ARIMA-SEATS; ESS guidelines on
seasonal adjustment, 2015), by proportion instead of regression: it needs no history, and can be
checked by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.calendar import Period
from pipelines.fiscal import Fiscal
from pipelines.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The working or calendar days on which sites were open. `days` is one of fiscal.DAYS_OF."""

    reader: Reader
    fiscal: Fiscal
    days: str

    def frame(self, periods: Sequence[Period]) -> pl.DataFrame:
        """(site, start, stop, days) of every site and period: from its opening to its closing."""
        sites = self.reader.query("SELECT site, kind, opened, closed FROM sites")
        known = dict[tuple[Period, str], int]()
        rows = []
        for site, kind, opened, closed in sites.iter_rows():
            for period in dict.fromkeys(periods):
                span = _within(period, opened, closed)
                if span is not None and (span, kind) not in known:
                    known[span, kind] = self.fiscal.days(span, self.days, kind)
                count = 0 if span is None else known[span, kind]
                rows.append((site, period.start, period.stop, count))
        schema = {"site": pl.String, "start": pl.Date, "stop": pl.Date, "days": pl.Int64}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _within(period: Period, opened: date | None, closed: date | None) -> Period | None:
    """The part of a period in which a site was open."""
    first, last = max(period.start, opened or period.start), min(period.stop, closed or period.stop)
    return Period(first, last) if first <= last else None
