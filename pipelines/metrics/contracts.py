"""Contract spend: what is bought, under which contract, how near its ceiling, notice dates."""

from pipelines.metrics.model import IN_MONTHS, Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN
from pipelines.warehouse.noticed import last_day, noticed

SPENT = Measure("spend", "sum(f.amount)")
BOUND = "coalesce(f.status, 'active') NOT IN ('terminated', 'expired')"
YEAR = 12  # months of a term whose length no register states

# The day after the stated term: of a contract that renews by itself and states no end, the first
# anniversary of its start. A term of months that ends on 30 September is followed by one that ends
# on 31 October, so months are counted from the day after.
_AFTER = (
    'coalesce(f."end" + 1, CASE WHEN f.auto_renew '
    f"THEN CAST(f.start + to_months({YEAR}) AS DATE) END)"
)
_TERM = f"CAST(coalesce(nullif(f.renewal_months, 0), {YEAR}) AS INTEGER)"


def end_at(day: str) -> str:
    """SQL for the end of the term that a contract is in on a day, itself SQL.

    What renews by itself goes on after its stated end, term by term. All terms are counted from
    the stated end, so that a day that a shorter month lacks comes back afterwards.
    """
    terms = f"(datediff('month', {_AFTER}, {day}) // {_TERM}) * {_TERM}"
    reached = f"CAST({_AFTER} + to_months(CAST({terms} AS INTEGER)) AS DATE) - 1"
    after = f"CAST({_AFTER} + to_months(CAST({terms} + {_TERM} AS INTEGER)) AS DATE) - 1"
    return (
        f"CASE WHEN f.auto_renew AND {_AFTER} <= {day} "
        f"THEN CASE WHEN {reached} >= {day} THEN {reached} ELSE {after} END "
        f"ELSE {_AFTER} - 1 END"
    )


def renewed_end(day: str) -> str:
    """SQL for the end of the term that follows, where its length is stated."""
    since = f"datediff('month', {_AFTER}, {end_at(day)} + 1)"
    return (
        f"CASE WHEN f.renewal_months > 0 THEN CAST({_AFTER} + "
        f"to_months(CAST({since} + f.renewal_months AS INTEGER)) AS DATE) - 1 END"
    )


def notice_at(day: str) -> str:
    """SQL for the last day on which notice can be given for the end of that term."""
    return last_day(end_at(day), "f")


_END, _NOTICE = end_at("p.stop"), notice_at("p.stop")
RUNNING = (
    "f.latest AND coalesce(f.start, DATE '1900-01-01') <= p.stop "
    f"AND coalesce({_END}, DATE '9999-12-31') >= p.stop"
)
# A ceiling is that of the stated term: what follows it is another agreement.
IN_TERM = (
    "f.latest AND coalesce(f.start, DATE '1900-01-01') <= p.stop "
    "AND coalesce(f.\"end\", DATE '9999-12-31') >= p.stop"
)
SOON = f"{_NOTICE} > p.stop AND {_NOTICE} <= p.stop + INTERVAL 90 DAY"

METRICS = (
    Metric(
        name="contract_cost",
        title="Cost of contracts",
        definition="Invoices for contracted services, rent, leases and information technology.",
        unit=Unit.MONEY,
        good="down",
        domain="contracts",
        aggregation=Aggregation.SUM,
        numerator=Measure(
            "costs",
            "sum(f.actual)",
            "f.subject = 'contracts' AND f.actual IS NOT NULL",
            when=IN_MONTHS,
            monthly=True,
        ),
        needs=("spend.contracts",),
        formula="Σ lines of accounts mapped to contracts",
        source=f"{OWN}, C1",
        traps="By account, whether or not a line names its contract: contract spend is the part "
        "that does.",
        budget="contracts",
    ),
    Metric(
        name="spend",
        title="Invoiced spend",
        definition="All invoice and payment lines, credits taken off.",
        unit=Unit.MONEY,
        good="down",
        domain="contracts",
        aggregation=Aggregation.SUM,
        numerator=SPENT,
        needs=("spend",),
        formula="Σ lines",
        source=f"{OWN}, I1 and C1",
        traps="Line amounts only: an invoice's total stands on each of its lines in some exports.",
    ),
    Metric(
        name="contract_spend",
        title="Contract spend",
        definition="Invoice lines that name a contract of the register.",
        unit=Unit.MONEY,
        good="down",
        domain="contracts",
        aggregation=Aggregation.SUM,
        numerator=Measure("spend", "sum(f.amount)", "f.on_contract"),
        needs=("spend.contract",),
        formula="Σ lines with a contract number of the register",
        source=f"{OWN}, C1",
        traps="Lines without a contract number are not matched by vendor: see off-contract spend.",
    ),
    Metric(
        name="off_contract_share",
        title="Off-contract spend",
        definition="Spend on contracted services, rent, repairs and IT that names no contract, as "
        "a share of such spend.",
        unit=Unit.SHARE,
        good="down",
        domain="contracts",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "spend",
            "sum(f.amount)",
            "f.subject IN ('contracts', 'facilities') AND NOT f.on_contract",
        ),
        denominator=Measure("spend", "sum(f.amount)", "f.subject IN ('contracts', 'facilities')"),
        needs=("spend",),
        formula="Σ addressable lines without contract / Σ addressable lines",
        source=f"{OWN}, C2",
        traps="Staffing and supplies are not addressable here; utilities are.",
        per="of addressable spend",
        of_money=True,
    ),
    Metric(
        name="ceiling_used",
        title="Spent of ceiling",
        definition="What has been spent under running contracts that have a ceiling, as a share "
        "of their ceilings.",
        unit=Unit.SHARE,
        good=None,
        domain="contracts",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "contract_lines",
            "sum(f.amount)",
            BOUND,
            when="f.date <= p.stop AND f.date >= coalesce(f.start, DATE '1900-01-01') "
            "AND coalesce(f.start, DATE '1900-01-01') <= p.stop "
            "AND coalesce(f.\"end\", DATE '9999-12-31') >= p.stop",
        ),
        denominator=Measure(
            "contracts", "sum(f.ceiling)", f"f.ceiling IS NOT NULL AND {BOUND}", when=IN_TERM
        ),
        needs=("spend.contract", "contracts"),
        formula="Σ spend since the start of the term / Σ ceilings, contracts running at t",
        source=f"{OWN}, C3",
        traps="Compare it with the share of the term that has passed. By site it is the contract's "
        "site, wherever the money was spent.",
        per="of ceilings",
        of_money=True,
    ),
    Metric(
        name="renewals_due",
        title="Notices due within 90 days",
        definition="Contracts whose last day for giving notice lies within the 90 days after the "
        "period's end.",
        unit=Unit.COUNT,
        good=None,
        domain="contracts",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure("contracts", "count(*)", f"{BOUND} AND {SOON}", when=RUNNING),
        needs=("contracts",),
        formula="t < end − notice days ≤ t + 90 days",
        source=f"{OWN}, C5",
        traps="The date that matters is the notice date, not the end date. What renewed by itself "
        "counts with the end of the term that it is in. Business days, where the register says so, "
        "are Monday to Friday without the group's holidays, in dollars without federal ones too.",
    ),
    Metric(
        name="renewals_due_value",
        title="Yearly value of notices due",
        definition="The yearly value of the contracts whose notice is due within 90 days.",
        unit=Unit.MONEY,
        good=None,
        domain="contracts",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure("contracts", "sum(f.annual_value)", f"{BOUND} AND {SOON}", when=RUNNING),
        needs=("contracts",),
        formula="Σ yearly value, t < end − notice days ≤ t + 90 days",
        source=f"{OWN}, C5",
        traps="Contracts without a stated value count 0 here and 1 in the number.",
    ),
    Metric(
        name="locked_renewals",
        title="Renewals that can't be stopped",
        definition="Contracts that renew by themselves, whose notice date has passed and whose "
        "term has not ended.",
        unit=Unit.COUNT,
        good="down",
        domain="contracts",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure(
            "contracts",
            "count(*)",
            f"{BOUND} AND f.auto_renew AND {_NOTICE} <= p.stop AND {noticed('f')}",
            when=RUNNING,
        ),
        needs=("contracts",),
        formula="renews by itself, notice date ≤ t ≤ end",
        source=f"{OWN}, C6",
        traps="A missed notice stays visible until the new term starts.",
    ),
    Metric(
        name="auto_renew_value",
        title="Yearly value renewing by itself",
        definition="The yearly value of contracts that renew by themselves, whose last day for "
        "giving notice has passed or lies within 90 days.",
        unit=Unit.MONEY,
        good="down",
        domain="contracts",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure(
            "contracts",
            "sum(f.annual_value)",
            f"{BOUND} AND f.auto_renew AND {noticed('f')} "
            f"AND {_NOTICE} <= p.stop + INTERVAL 90 DAY",
            when=RUNNING,
        ),
        needs=("contracts",),
        formula="Σ yearly value, renews by itself, notice date ≤ t + 90 days, end ≥ t",
        source=f"{OWN}, C6",
        traps="A missed notice stays in it until the term ends.",
    ),
    Metric(
        name="escalator_cost",
        title="Cost of the next price rises",
        definition="What the running contracts will cost more in a year, each by one step of its "
        "escalator.",
        unit=Unit.MONEY,
        good="down",
        domain="contracts",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure(
            "contracts",
            "sum(CAST(round(f.annual_value * f.escalator * 0.01, 2) AS DECIMAL(18,4)))",
            f"{BOUND} AND f.annual_value IS NOT NULL AND f.escalator IS NOT NULL "
            "AND f.escalator_index IS NULL AND f.escalator_steps IS NULL",
            when=RUNNING,
        ),
        needs=("contracts",),
        formula="Σ yearly value × escalator",
        source=f"{OWN}, C7",
        traps="One step for each contract, whenever it falls. Agreed steps and rises by a price "
        "index are not in it: they differ from year to year, see price rises by fiscal year.",
    ),
    Metric(
        name="open_commitments",
        title="Ordered and not invoiced",
        definition="What was ordered by the period's end and has not been invoiced.",
        unit=Unit.MONEY,
        good=None,
        domain="contracts",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure(
            "purchases",
            "sum(CAST(greatest(f.quantity - f.invoiced, 0) * f.unit_price AS DECIMAL(18,4)))",
            "f.latest AND f.quantity IS NOT NULL AND f.unit_price IS NOT NULL",
            when="f.date <= p.stop",
        ),
        needs=("purchases",),
        formula="Σ (ordered − invoiced) × price",
        source=f"{OWN}, C4 (encumbrance)",
        traps="Invoiced by what the latest export says: for a past day it is what is left of those "
        "orders today. Orders that were closed short stay in it.",
    ),
)
