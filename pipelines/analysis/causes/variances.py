"""What stands behind a variance: the budget that has no whole actual to be compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.metrics.compile import Scope
from pipelines.warehouse.reader import Reader


def left_out(
    reader: Reader, start: date, stop: date, where: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Budgets of site-months whose actual is missing or ends within the month.

    These are in neither side of a comparison. Columns: site, site_name, subject, months (a sorted
    list of first days), budget (money, their sum), partly (an actual came, but not for the whole
    of each month), currency. Largest budget first.
    """
    conditions, values = Scope(where).conditions(reader.columns["costs"])
    return reader.query(
        "SELECT f.site, s.name AS site_name, f.subject, "
        "list(f.month ORDER BY f.month) AS months, sum(f.budget) AS budget, "
        "bool_and(f.actual IS NOT NULL) AS partly, f.currency "
        "FROM costs f JOIN sites s ON s.site = f.site "
        "WHERE f.budget <> 0 AND (f.actual IS NULL OR NOT f.whole) "
        f"AND f.month BETWEEN ? AND ? AND {conditions} GROUP BY ALL ORDER BY budget DESC, 2, 3",
        [start, stop, *values],
    )
