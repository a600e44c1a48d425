"""Facility issues: what is broken, for how long, and whether maintenance is kept up."""

from pipelines.metrics.model import IN_MONTHS, Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN
from pipelines.metrics.survival import lasting

OPEN_AT_END = (
    "CAST(f.created AS DATE) <= p.stop AND (f.closed IS NULL OR CAST(f.closed AS DATE) > p.stop)"
)
REPAIR = "f.kind = 'repair'"
DUE = "CAST(f.due AS DATE) BETWEEN p.start AND p.stop"
PLANNED = (
    "f.kind = 'planned' AND f.due IS NOT NULL AND f.cancelled IS NULL "
    "AND CAST(f.due AS DATE) <= f.known_until"
)
WATCHED = (
    "datediff('day', CAST(f.created AS DATE), "
    "CAST(coalesce(f.completed, f.cancelled, f.known_until) AS DATE))"
)
PROMISED = PLANNED.replace("'planned'", "'repair'")
DONE = "CAST(f.completed AS DATE) BETWEEN p.start AND p.stop"
ON_TIME = "f.completed IS NOT NULL AND CAST(f.completed AS DATE) <= CAST(f.due AS DATE)"

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
        numerator=Measure(
            "work_orders",
            "count(*)",
            REPAIR,
            when="CAST(f.created AS DATE) BETWEEN p.start AND p.stop",
        ),
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
        numerator=Measure("work_orders", "count(*)", REPAIR, when=OPEN_AT_END),
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
            "median(datediff('day', CAST(f.created AS DATE), p.stop))",
            REPAIR,
            when=OPEN_AT_END,
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
        numerator=Measure(
            "work_orders",
            "count(*)",
            f"{REPAIR} AND f.due IS NOT NULL AND CAST(f.due AS DATE) < p.stop",
            when=OPEN_AT_END,
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
        numerator=Measure("work_orders", "count(*)", f"{PLANNED} AND {ON_TIME}", when=DUE),
        denominator=Measure("work_orders", "count(*)", PLANNED, when=DUE),
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
        numerator=Measure(
            "work_orders", "count(*)", f"{PLANNED} AND {ON_TIME} AND f.risk = 'high'", when=DUE
        ),
        denominator=Measure("work_orders", "count(*)", f"{PLANNED} AND f.risk = 'high'", when=DUE),
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
        numerator=Measure(
            "work_orders",
            "count(*)",
            f"{REPAIR} AND f.completed IS NOT NULL",
            when=DONE,
        ),
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
        numerator=Measure(
            "work_orders",
            "count(*)",
            f"{REPAIR} AND datediff('day', CAST(f.created AS DATE), p.stop) > 14",
            when=OPEN_AT_END,
        ),
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
        numerator=Measure("work_orders", "count(*)", f"{PROMISED} AND {ON_TIME}", when=DUE),
        denominator=Measure("work_orders", "count(*)", PROMISED, when=DUE),
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
        numerator=Measure(
            "work_orders", "count(*)", "f.kind = 'planned' AND f.completed IS NOT NULL", when=DONE
        ),
        denominator=Measure("work_orders", "count(*)", "f.completed IS NOT NULL", when=DONE),
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
            lasting("f.completed IS NOT NULL", f"greatest({WATCHED}, 0)"),
            REPAIR,
            when="CAST(f.created AS DATE) BETWEEN p.start AND p.stop",
        ),
        needs=("work_orders",),
        formula="Kaplan–Meier median of (completed − created), open ones as long as they are known",
        source=f"{OWN}, F4; Kaplan and Meier, JASA 53 (1958) 457",
        traps="By the day it was raised. The mean of those that are finished would leave out the "
        "slow ones: here they count for as long as they have waited. Cancelled ones count until "
        "then.",
    ),
)
