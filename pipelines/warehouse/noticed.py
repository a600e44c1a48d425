"""SQL for the last day of a notice, in months, calendar days or business days."""

from __future__ import annotations

from datetime import date

from pipelines.calendar import federal_holidays

BUSINESS = "business days"
ZERO = date(1970, 1, 1)
YEARS = range(2010, 2051)
# A week has five business days, and a month three federal holidays at most: so many calendar days,
# and ten more and one for each holiday of the group, hold as many business days as are asked for.
WIDE, LEEWAY = 2, 10
_HOLIDAYS = sorted((day - ZERO).days for year in YEARS for day in federal_holidays(year))


# The group's own holidays, as days since 1970: what a place without subqueries there puts in.
OWN = f"(SELECT list(datediff('day', DATE '{ZERO}', day)) FROM holidays)"


def last_day(end: str, of: str) -> str:
    """SQL for the last day for notice before an end, itself SQL, by the terms of the row `of`.

    Months of notice are counted back on the calendar, for each term anew: three months before
    31 May are 28 or 29 February, the last day of a month that is too short. Where none are stated
    it is days. Business days are Monday to Friday without the group's own holidays; in dollars
    without the federal holidays of the United States from 2010 to 2050 either, as contracts there
    mean it. They are counted back from the day before the end: ten business days before Thursday,
    31 December 2026 are Wednesday the 16th.
    """
    count = f"CAST(coalesce({of}.notice_days, 0) AS INTEGER)"
    months = f"CAST({of}.notice_months AS INTEGER)"
    last = f"CAST({end} - DATE '{ZERO}' AS BIGINT)"
    # 1 January 1970 was a Thursday. Lists count from their end by negative places. The group's days
    # come in from outside: no table can be read within a lambda.
    kept = f"coalesce({OWN}, [])"
    open_days = (
        f"list_transform([{kept}], lambda kept: list_filter("
        f"range({last} - {WIDE} * {count} - {LEEWAY} - array_length(kept), {last}), "
        f"lambda x: (x + 3) % 7 < 5 AND NOT list_contains(kept, x) "
        f"AND NOT ({of}.currency = 'USD' AND list_contains({_HOLIDAYS}, x)))"
        f"[-{count}])[1]"
    )
    return (
        f"CASE WHEN {of}.notice_months > 0 THEN CAST({end} - to_months({months}) AS DATE) "
        f"WHEN {of}.notice_unit = '{BUSINESS}' AND {count} > 0 "
        f"THEN DATE '{ZERO}' + CAST({open_days} AS INTEGER) "
        f"ELSE CAST({end} - to_days({count}) AS DATE) END"
    )


def noticed(of: str) -> str:
    """SQL for whether a row states any notice, in days or in months."""
    return f"coalesce({of}.notice_months, {of}.notice_days) > 0"
