"""Facility issues: what is broken, for how long, and whether maintenance is kept up."""

from pipelines.metrics.model import (
    AT_MONTHS_END,
    IN_MONTHS,
    Aggregation,
    Measure,
    Metric,
    Unit,
)
from pipelines.metrics.staffing import OWN
from pipelines.metrics.survival import counted, lasting
from pipelines.warehouse.orders import DUE as DUE_KNOWN
from pipelines.warehouse.orders import OLD, ON_TIME, WATCHED

OPEN_AT_END = (
    "CAST(f.created AS DATE) <= p.stop AND (f.closed IS NULL OR CAST(f.closed AS DATE) > p.stop)"
)
REPAIR = "f.kind = 'repair'"
RAISED = "CAST(f.created AS DATE) BETWEEN p.start AND p.stop"
DUE = "CAST(f.due AS DATE) BETWEEN p.start AND p.stop"
PLANNED = f"f.kind = 'planned' AND {DUE_KNOWN}"
DONE = "CAST(f.completed AS DATE) BETWEEN p.start AND p.stop"
AGE = "datediff('day', CAST(f.created AS DATE), p.stop)"
AGE_THEN = "datediff('day', f.raised_on, p.stop)"  # over the repairs open at a month's end


def _by_month(what: str, where: str = "true", when: str = IN_MONTHS) -> Measure:
    """How many orders a month counts as `what` (see `pipelines.warehouse.orders`)."""
    orders = "CAST(sum(f.orders) AS BIGINT)"
    return Measure("orders_month", orders, f"f.what = '{what}' AND {where}", when=when)


def _waiting(what: str, where: str = "true", then: str = "true") -> Measure:
    """How many repairs wait at a period's end; `then` is `where` over those of a month's end."""
    at_end = Measure("orders_open", "count(*)", f"{REPAIR} AND {then}", when=AT_MONTHS_END)
    rolled = (_by_month(what, REPAIR, AT_MONTHS_END), at_end)
    return Measure(
        "work_orders", "count(*)", f"{REPAIR} AND {where}", when=OPEN_AT_END, rolled=rolled
    )


def _orders(what: str, where: str, when: str, rolled: str) -> Measure:
    """How many orders there are of those `where`, as a month counts them among `what`."""
    return Measure("work_orders", "count(*)", where, when=when, rolled=(_by_month(what, rolled),))


def _due(kind: str, where: str = "true") -> tuple[Measure, Measure]:
    """The orders of a kind that were done on time, and those that were due."""
    chosen = f"f.kind = '{kind}' AND {where}"
    return (
        _orders("on time", f"{chosen} AND {DUE_KNOWN} AND {ON_TIME}", DUE, chosen),
        _orders("due", f"{chosen} AND {DUE_KNOWN}", DUE, chosen),
    )


MAINTAINED, TO_MAINTAIN = _due("planned")
SAFE, TO_KEEP_SAFE = _due("planned", "f.risk = 'high'")
KEPT, KEPT_OF = _due("repair")

METRICS = (
    Metric(
        name="facility_cost",
        title="Cost of facilities",
        definition="Invoices for repairs, maintenance, equipment service and utilities.",
        unit=Unit.MONEY,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SUM,
        numerator=Measure(
            "costs",
            "sum(f.actual)",
            "f.subject = 'facilities' AND f.actual IS NOT NULL",
            when=IN_MONTHS,
            monthly=True,
        ),
        needs=("spend.facilities",),
        formula="Σ lines of accounts mapped to facilities",
        source=f"{OWN}, F9",
        traps="By invoice date; rent and leases belong to contracts.",
        budget="facilities",
    ),
    Metric(
        name="issues_opened",
        title="Issues raised",
        definition="Repairs that were asked for in the period.",
        unit=Unit.COUNT,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SUM,
        numerator=_orders("raised", REPAIR, RAISED, REPAIR),
        needs=("work_orders",),
        formula="repairs by day of creation",
        source=f"{OWN}, F1",
        traps="More reports can mean better reporting.",
        counted="rate",
    ),
    Metric(
        name="open_issues",
        title="Open issues",
        definition="Repairs that were raised by the period's end and not finished by then.",
        unit=Unit.COUNT,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_waiting("open"),
        needs=("work_orders",),
        formula="created ≤ t and (not completed or completed > t)",
        source=f"{OWN}, F2",
        traps="Rebuilt for each date from the dates themselves, not from today's status.",
        counted="rate",
    ),
    Metric(
        name="open_issue_age",
        title="Median age of open issues",
        definition="Half of the open repairs have waited longer than this at the period's end.",
        unit=Unit.DAYS,
        good="down",
        domain="facilities",
        aggregation=Aggregation.DISTRIBUTION,
        numerator=Measure(
            "work_orders",
            f"median({AGE})",
            REPAIR,
            when=OPEN_AT_END,
            rolled=(Measure("orders_open", f"median({AGE_THEN})", REPAIR, when=AT_MONTHS_END),),
        ),
        needs=("work_orders",),
        formula="median(t − created) over the open repairs",
        source=f"{OWN}, F3",
        traps="A median of sites' medians is no median: every total is made from the orders.",
    ),
    Metric(
        name="overdue_issues",
        title="Issues past due",
        definition="Open repairs whose due date has passed at the period's end.",
        unit=Unit.COUNT,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_waiting(
            "overdue",
            "f.due IS NOT NULL AND CAST(f.due AS DATE) < p.stop",
            "f.due_on < p.stop",
        ),
        needs=("work_orders",),
        formula="open at t and due < t",
        source=f"{OWN}, F8",
        traps="Orders without a due date can't be late, and are not in it.",
        counted="rate",
    ),
    Metric(
        name="pm_compliance",
        title="Planned maintenance on time",
        definition="Planned maintenance that was due in the period and done by its due date.",
        unit=Unit.SHARE,
        good="up",
        domain="facilities",
        aggregation=Aggregation.RATIO,
        numerator=MAINTAINED,
        denominator=TO_MAINTAIN,
        needs=("work_orders.planned",),
        formula="due in the period and completed by the due date / due in the period",
        source=f"{OWN}, F6",
        traps="By the month in which it was due, not done. A pooled share hides failed high-risk "
        "devices: read it by risk. What falls due after the last day that the export knows "
        "is not in it.",
        per="of what was due",
        counted="proportion",
    ),
    Metric(
        name="pm_compliance_high_risk",
        title="High-risk maintenance on time",
        definition="The same for equipment of the high risk class alone.",
        unit=Unit.SHARE,
        good="up",
        domain="facilities",
        aggregation=Aggregation.RATIO,
        numerator=SAFE,
        denominator=TO_KEEP_SAFE,
        needs=("work_orders.planned",),
        formula="as planned maintenance on time, equipment with risk class high",
        source=f"{OWN}, F6",
        traps="The risk class comes from the equipment register; orders that name no equipment "
        "are not in it.",
        per="of what was due",
        counted="proportion",
    ),
    Metric(
        name="issues_closed",
        title="Issues finished",
        definition="Repairs that were finished in the period.",
        unit=Unit.COUNT,
        good="up",
        domain="facilities",
        aggregation=Aggregation.SUM,
        numerator=_orders("finished", f"{REPAIR} AND f.completed IS NOT NULL", DONE, REPAIR),
        needs=("work_orders",),
        formula="repairs by day of completion",
        source=f"{OWN}, F1",
        traps="Cancelled orders are not finished. One that was opened again counts once.",
        counted="rate",
    ),
    Metric(
        name="old_issues",
        title="Issues open over 14 days",
        definition="Open repairs that have waited for more than 14 days at the period's end.",
        unit=Unit.COUNT,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_waiting("old", f"{AGE} > {OLD}", f"{AGE_THEN} > {OLD}"),
        needs=("work_orders",),
        formula="open at t and t − created > 14 days",
        source=f"{OWN}, F3",
        traps="Rebuilt for each date from the dates themselves, not from today's status.",
        counted="rate",
    ),
    Metric(
        name="repairs_on_time",
        title="Repairs on time",
        definition="Repairs that were due in the period and finished by their due date.",
        unit=Unit.SHARE,
        good="up",
        domain="facilities",
        aggregation=Aggregation.RATIO,
        numerator=KEPT,
        denominator=KEPT_OF,
        needs=("work_orders",),
        formula="due in the period and finished by the due date / due in the period",
        source=f"{OWN}, F8",
        traps="Those still open past their due date are late, and in the denominator. Orders "
        "without a due date are not in it.",
        per="of what was due",
        counted="proportion",
    ),
    Metric(
        name="planned_share",
        title="Planned maintenance of all work",
        definition="Planned maintenance as a share of all work orders that were finished.",
        unit=Unit.SHARE,
        good="up",
        domain="facilities",
        aggregation=Aggregation.RATIO,
        numerator=_orders(
            "finished", "f.kind = 'planned' AND f.completed IS NOT NULL", DONE, "f.kind = 'planned'"
        ),
        denominator=_orders("finished", "f.completed IS NOT NULL", DONE, "true"),
        needs=("work_orders",),
        formula="planned orders finished / orders finished",
        source=f"{OWN}, F7",
        traps="By number of orders, because hours are often blank: a quick check weighs as much "
        "as a long repair.",
        per="of orders finished",
        counted="proportion",
    ),
    Metric(
        name="time_to_repair",
        title="Time until repaired",
        definition="Half of the repairs raised in the period were finished within this many days.",
        unit=Unit.DAYS,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SURVIVAL,
        numerator=Measure(
            "work_orders",
            lasting("f.completed IS NOT NULL", WATCHED),
            REPAIR,
            when=RAISED,
            rolled=(
                Measure(
                    "orders_lasting",
                    counted("f.done", "f.days", "f.orders"),
                    REPAIR,
                    when=IN_MONTHS,
                ),
            ),
        ),
        needs=("work_orders",),
        formula="Kaplan–Meier median of (completed − created), open ones as long as they are known",
        source=f"{OWN}, F4; Kaplan and Meier, JASA 53 (1958) 457",
        traps="By the day it was raised. The mean of those that are finished would leave out the "
        "slow ones: here they count for as long as they have waited. Cancelled ones count until "
        "then.",
    ),
)
