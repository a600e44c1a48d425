"""Variance analyses that textbooks publish, worked by the bridges."""

from decimal import Decimal

from pipelines.analysis.causes.labour import RoleLabor, SiteLabor, bridge


def test_royal_hospital():
    """64,800 → 84,175 = 5,400 + 11,700 + 2,275 (https://wizedu.com/questions/644335/).

    Budget: 1,200 patient days at 1.5 hours of 36.00. Actual: 1,300 days, 2,275 hours, 84,175.00.
    """
    found = bridge(
        SiteLabor(Decimal(1200), (RoleLabor("RN", Decimal(1800), Decimal(64800)),)),
        SiteLabor(Decimal(1300), (RoleLabor("RN", Decimal(2275), Decimal(84175)),)),
    )
    assert (found.budget, found.actual, found.total) == (64800, 84175, 19375)
    assert {part: value for part, value in found.parts.items() if value} == {
        "volume": 5400,
        "efficiency": 11700,
        "rate": 2275,
    }
