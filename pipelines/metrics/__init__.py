"""The metrics: one frozen record each, by domain, and `ask()`, the only door to numbers.

A new KPI is one record in its domain's file; it then appears in the app, the command line and the
glossary.
"""

from __future__ import annotations

from pipelines.errors import UsageProblem, nearest
from pipelines.metrics import (
    budget,
    contracts,
    equipment,
    facilities,
    payers,
    service,
    staffing,
    supplies,
)
from pipelines.metrics.model import Aggregation, Measure, Metric, Unit

DOMAINS = {
    "staffing": "Staffing costs",
    "supplies": "Supply burn",
    "facilities": "Facility issues",
    "contracts": "Contract spend",
    "payers": "Payer contracts",
    "service": "Complaints and records",
    "budget": "Budget",
}

METRICS: dict[str, Metric] = {
    metric.name: metric
    for module in (
        staffing,
        supplies,
        facilities,
        equipment,
        contracts,
        payers,
        service,
        budget,
    )
    for metric in module.METRICS
}

__all__ = ["DOMAINS", "METRICS", "Aggregation", "Measure", "Metric", "Unit", "find"]


def find(name: str) -> Metric:
    """The metric of a name. UsageProblem with the nearest name when there is none."""
    if name in METRICS:
        return METRICS[name]
    hint = nearest(name, METRICS, "`rounds glossary` lists them.")
    raise UsageProblem(f"There is no metric {name}; {hint}")
