"""Whether a measure will meet its target, told from its usual range."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.analysis.signals import series_by_site, series_of_all
from pipelines.calendar import add_months
from tests.metrics.conftest import Load, load

__all__ = ["load"]

FIRST = date(2025, 1, 1)
# 14 months of 100 and 110 in turn: mean 105, moving range 10, so the range is 105 ± 26.6.
VISITS = [
    {"site": site, "date": add_months(FIRST, step), "grain": "month", "measure": "visits",
     "count": 100 + 10 * (step % 2)}
    for step in range(14) for site in ("ELM", "OAK")
]  # fmt: skip
SITES = "site name region\nELM Elmwood North\nOAK Oakdale North"
LAST = add_months(FIRST, 13)


@pytest.mark.parametrize(
    ("target", "assured"),
    [
        (132, "consistent_fail"),
        (131, "inconsistent"),
        (79, "inconsistent"),
        (78, "consistent_pass"),
    ],
)  # fmt: skip
def test_the_target_of_a_site_judges_its_range(load: Load, target: int, assured: str) -> None:
    reader = load(sites=SITES, volume=VISITS, targets=f"""
metric site from_month value
visits ELM  2025-01-01 90
visits ELM  2026-02-01 {target}
""")  # fmt: skip
    found = series_by_site(reader, "visits", LAST, {})
    assert found["ELM"].chart is not None
    assert found["ELM"].chart.assurance == assured
    assert found["ELM"].targets[-14:] == (90.0,) * 13 + (float(target),)
    assert found["OAK"].chart is not None
    assert found["OAK"].chart.assurance is None
    assert series_of_all(reader, "visits", LAST, {}).targets[-1] is None
