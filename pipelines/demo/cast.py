"""Who plays which part: the sites and moments of the planted stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipelines.demo.days import Span, month_end, month_start


@dataclass(frozen=True)
class Cast:
    """The parts. Months count from the last one, which holds today: 0, -1, -2 …"""

    overtime: str = "BRN"
    agency: str = "CDH"
    restated: str = "ELM"
    short: str = "HZG"
    overstocked: str = "KSP"
    imbalanced_item: str = "LAB-204"
    maintenance: str = "WLB"
    locked: str = "ELM"
    paid_twice: str = "HBP"
    creeping_item: str = "WND-105"
    opened: str = "YAR"
    closed: str = "ALD"
    heir: str = "ELM"  # takes over the closed site's stock
    missing: str = "MLJ"
    drifting: str = "PNR"
    adp: tuple[str, str] = ("FRY", "SLM")

    overtime_months: int = 2
    agency_months: int = 8
    maintenance_months: int = 3
    creep_months: int = 12
    drift_months: int = 10

    def opened_on(self, span: Span) -> date:
        """The first day of the site that opens, eight months ago."""
        return month_start(span.today, -7)

    def closed_on(self, span: Span) -> date:
        """The last day of the site that closes, four months ago."""
        return month_end(span.today, -4)

    def missing_month(self, span: Span) -> date:
        """The month that the Gusto export of one site leaves out."""
        return month_start(span.today, -3)

    def since(self, span: Span, months: int) -> int:
        """The index of the first of the last `months` months."""
        return span.months - months


# The same group on a day when nothing goes wrong: what the budget was made from.
QUIET = Cast(
    overtime="",
    agency="",
    short="",
    overstocked="",
    maintenance="",
    paid_twice="",
    creeping_item="",
    drifting="",
)
