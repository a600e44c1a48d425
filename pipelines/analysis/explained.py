"""What moves figures for a known reason: it is named beside the list of alarms, and is none.

A month by check date holds three pay dates now and then; sites open and close. Rates over what is
worked, visited or resident don't move with either, and so they raise no alarm; totals do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipelines.calendar import add_months, month_end
from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader

Kind = Literal["opened", "closed", "pay_dates"]
MONTHS = 12  # in which an opening or a closing moves the comparison with the year before


@dataclass(frozen=True, slots=True)
class Cause:
    """One known reason: a site that opened or closed on `day`, or `count` pay dates in its month.

    `sites` are the codes of those concerned, by name.
    """

    kind: Kind
    day: date
    sites: tuple[str, ...]
    count: int = 1


def known_causes(reader: Reader, month: date, where: Mapping[str, Sequence[str]]) -> list[Cause]:
    """The reasons that move the month's totals in a scope: pay dates first, then by day."""
    return [*_pay_dates(reader, month, where), *_moved(reader, month, where)]


def _moved(reader: Reader, month: date, where: Mapping[str, Sequence[str]]) -> list[Cause]:
    conditions, values = Scope(where).conditions(frozenset())
    stop = month_end(month)
    start = add_months(month.replace(day=1), 1 - MONTHS)
    rows = reader.query(
        "SELECT * FROM (SELECT 'opened' AS kind, s.opened AS day, s.site, s.name FROM sites s "
        f"WHERE s.site NOT LIKE '~%' AND {conditions} UNION ALL "
        "SELECT 'closed', s.closed, s.site, s.name FROM sites s "
        f"WHERE s.site NOT LIKE '~%' AND {conditions}) "
        "WHERE day BETWEEN ? AND ? ORDER BY day, name",
        [*values, *values, start, stop],
    )
    return [Cause(kind, day, (site,)) for kind, day, site, _ in rows.iter_rows()]


def _pay_dates(reader: Reader, month: date, where: Mapping[str, Sequence[str]]) -> list[Cause]:
    """More pay dates in the month than a site usually has: more than the median of the year."""
    conditions, values = Scope(where).conditions(frozenset({"site"}))
    first = month.replace(day=1)
    rows = reader.query(
        "WITH dates AS (SELECT f.site, f.system, date_trunc('month', f.check_date) AS month, "
        "count(*) AS dates FROM pay_dates f JOIN sites s ON s.site = f.site "
        f"WHERE f.check_date BETWEEN ? AND ? AND {conditions} GROUP BY ALL), "
        "usual AS (SELECT site, system, median(dates) AS dates FROM dates GROUP BY ALL) "
        "SELECT d.dates, list(s.site ORDER BY s.name) AS sites FROM dates d "
        "JOIN usual u ON u.site = d.site AND u.system = d.system JOIN sites s ON s.site = d.site "
        "WHERE d.month = ? AND d.dates > u.dates GROUP BY d.dates ORDER BY d.dates DESC",
        [add_months(first, 1 - MONTHS), month_end(month), *values, first],
    )
    return [Cause("pay_dates", first, tuple(sites), count) for count, sites in rows.iter_rows()]
