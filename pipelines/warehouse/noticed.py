"""SQL for the last day of a notice, in calendar or in business days."""

from __future__ import annotations

from datetime import date

from pipelines.calendar import federal_holidays

BUSINESS = "business days"
ZERO = date(1970, 1, 1)
YEARS = range(2010, 2051)
# A week has five business days, and a month three holidays at most: so many calendar days, and
# ten more, hold as many business days as are asked for.
WIDE = 2
_HOLIDAYS = sorted((day - ZERO).days for year in YEARS for day in federal_holidays(year))


def last_day(end: str, days: str, unit: str, currency: str) -> str:
    """SQL for the day so many days before an end; all four are SQL.

    Business days are Monday to Friday; in dollars without the federal holidays of the United
    States from 2010 to 2050, as contracts there mean it. They are counted back from the day before
    the end: ten business days before Thursday, 31 December 2026 are Wednesday the 16th.
    """
    count = f"CAST(coalesce({days}, 0) AS INTEGER)"
    last = f"CAST({end} - DATE '{ZERO}' AS BIGINT)"
    # 1 January 1970 was a Thursday. Lists count from their end by negative places.
    open_days = (
        f"list_filter(range({last} - {WIDE} * {count} - 10, {last}), lambda x: (x + 3) % 7 < 5 "
        f"AND NOT ({currency} = 'USD' AND list_contains({_HOLIDAYS}, x)))"
    )
    return (
        f"CASE WHEN {unit} = '{BUSINESS}' AND {count} > 0 "
        f"THEN DATE '{ZERO}' + CAST({open_days}[-{count}] AS INTEGER) "
        f"ELSE CAST({end} - to_days({count}) AS DATE) END"
    )
