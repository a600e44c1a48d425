"""The dimensions that people choose from: their titles, which a metric has, and when none fits.

Columns that tell one record from the next (a document, a time stamp) are no dimensions for people:
their figures are looked up in the rows behind a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.fiscal import Fiscal
from pipelines.metrics.compile import HIDDEN, SITE_DIMENSIONS
from pipelines.metrics.model import Metric

TIME_TITLES = {
    "month": "Month", "quarter": "Quarter", "year": "Year", "week": "Week", "day": "Day",
    "fiscal_period": "Fiscal period", "fiscal_quarter": "Fiscal quarter",
    "fiscal_year": "Fiscal year",
}  # fmt: skip
SITE_TITLES = {"site": "Site", "region": "Region", "site_kind": "Type of site"}
TITLES = {
    "subject": "Subject", "role": "Role", "pay_class": "Kind of pay", "pay_code": "Pay code",
    "kind": "Kind", "basis": "Basis of pay", "company": "Company", "category": "Category",
    "item_name": "Item", "item": "Item code", "unit": "Unit of measure", "lot": "Lot",
    "expiry": "Expiry date", "supplier": "Supplier", "vendor": "Vendor",
    "account_title": "Account", "account": "Account code", "area": "Area", "entity": "Entity",
    "contract_title": "Contract", "contract": "Contract number", "title": "Title",
    "on_contract": "On contract", "spent_at": "Site that spent", "risk": "Risk",
    "priority": "Priority", "status": "Status", "class": "Class of equipment",
    "asset_name": "Equipment", "name": "Equipment", "asset": "Equipment number",
    "auto_renew": "Renews by itself", "notice_days": "Days of notice",
    "notice_unit": "Notice counted in", "notice_months": "Months of notice",
    "escalator_index": "Price index",
    "renewal_months": "Months of renewal", "payer": "Payer", "system": "Source system",
}  # fmt: skip
# What tells one record from the next, or says nothing of use: no choice for people.
LEFT_OUT = frozenset({
    "allocated", "as_of", "cancelled", "check_date", "closed", "completed", "created",
    "description", "document", "document_line", "due", "executed", "grain", "line", "measure",
    "notice_date", "order", "paid", "period_end", "period_start", "reference", "revision", "run",
    "stated_risk", "work_order", "currency", "month", "site", "days",
})  # fmt: skip
# Free text may name a person; an order's title is for its own rows.
OF_TABLE = {"work_orders": frozenset({"title"})}
BUDGETED = frozenset({*SITE_DIMENSIONS, "subject", "currency"})


def title_of(dimension: str) -> str:
    """What people call a dimension; its own name where nobody gave it one."""
    return (TIME_TITLES | SITE_TITLES | TITLES).get(dimension, dimension.replace("_", " "))


def own_dimensions(metric: Metric, columns: Mapping[str, frozenset[str]]) -> list[str]:
    """The dimensions of a metric's own rows, in the order of `TITLES`.

    `columns` are those of the read model's tables.
    """
    table = metric.numerator.table
    known = columns[table] - HIDDEN - OF_TABLE.get(table, frozenset())
    return [name for name in TITLES if name in known]


def grains(metric: Metric, fiscal: Fiscal) -> list[str]:
    """The grains of time that a metric can be asked by, months first.

    Fiscal ones where they are not the calendar's; a measure that is known by month has no days.
    """
    found = ["month", "quarter", "year"]
    if fiscal.kind != "months":
        weeks = ["fiscal_period", "fiscal_quarter", "fiscal_year"]
        found += [grain for grain in weeks if not metric.numerator.monthly]
    elif fiscal.month != 1:
        found += ["fiscal_quarter", "fiscal_year"]
    if fiscal.kind == "13x4" and "fiscal_quarter" in found:
        found.remove("fiscal_quarter")
    return found if metric.numerator.monthly else [*found, "week", "day"]


def dimensions(
    metric: Metric, columns: Mapping[str, frozenset[str]], fiscal: Fiscal
) -> dict[str, str]:
    """Every dimension that a metric can be asked by, with its title: places, time, its own."""
    names = [*SITE_TITLES, *grains(metric, fiscal), *own_dimensions(metric, columns)]
    return {name: title_of(name) for name in names}


def no_budget(metric: Metric, used: Sequence[str]) -> str:
    """Why no budget stands beside a metric by these dimensions and filters; "" where one does."""
    if metric.budget is None:
        return f"{metric.title} has no budget: compare it with last year or the period before."
    strange = [n for n in used if n not in BUDGETED and n not in TIME_TITLES]
    if strange:
        return (
            f"Budgets are set by site and subject, not by {title_of(strange[0]).lower()}: compare "
            "with last year, or choose another dimension."
        )
    if set(used) & {"week", "day"}:
        return "Budgets are set by month: choose months, quarters or years."
    return ""


def no_target(metric: Metric, used: Sequence[str], known: bool) -> str:
    """Why no target stands beside a metric by these; "" where one may. `known`: one is set."""
    if not known:
        return f"Nobody has set a target for {metric.title.lower()}: the page Settings does."
    strange = [n for n in used if n not in SITE_DIMENSIONS and n not in TIME_TITLES]
    if strange:
        return (
            f"Targets are set for sites and regions, not by {title_of(strange[0]).lower()}: choose "
            "places or time, or another comparison."
        )
    return ""
