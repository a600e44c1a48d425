"""Budget: what everything costs, and how far that is from what was planned."""

from dataclasses import replace

from pipelines.metrics.model import IN_MONTHS, Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN

BOTH = "f.actual IS NOT NULL AND f.budget IS NOT NULL AND f.whole"

METRICS = (
    Metric(
        name="total_cost",
        title="Total cost",
        definition="Staffing, supplies used, facilities and contracts.",
        unit=Unit.MONEY,
        good="down",
        domain="budget",
        aggregation=Aggregation.SUM,
        numerator=Measure(
            "costs", "sum(f.actual)", "f.actual IS NOT NULL", when=IN_MONTHS, monthly=True
        ),
        needs=("labor.pay", "supply_moves.value", "spend.mapped"),
        formula="Σ actuals of the four subjects",
        source=f"{OWN}, B1",
        traps="Supplies are counted as used, not as bought. Each invoice belongs to one subject; "
        "those on accounts that nobody has mapped are not in it.",
        budget="all",
    ),
    Metric(
        name="budget_variance",
        title="Over or under budget",
        definition="Actual minus budget, over the sites, months and subjects that have both.",
        unit=Unit.MONEY,
        good="down",
        domain="budget",
        aggregation=Aggregation.SUM,
        numerator=Measure("costs", "sum(f.actual - f.budget)", BOTH, when=IN_MONTHS, monthly=True),
        needs=("budget",),
        formula="Σ (actual − budget)",
        source=f"{OWN}, B1",
        traps="A month whose export is missing is left out of both sides, so it looks neither "
        "cheap nor dear.",
        never_zero=True,
    ),
    Metric(
        name="budget_variance_share",
        title="Over or under budget, share",
        definition="Actual minus budget as a share of the budget.",
        unit=Unit.SHARE,
        good="down",
        domain="budget",
        aggregation=Aggregation.RATIO,
        numerator=Measure("costs", "sum(f.actual - f.budget)", BOTH, when=IN_MONTHS, monthly=True),
        denominator=Measure("costs", "sum(f.budget)", BOTH, when=IN_MONTHS, monthly=True),
        needs=("budget",),
        formula="Σ (actual − budget) / Σ budget",
        source=f"{OWN}, B1",
        traps="No figure where the budget is 0.",
        per="of budget",
        of_money=True,
    ),
    Metric(
        name="ledger",
        title="General ledger",
        definition="What the general ledger holds of a month, by account.",
        unit=Unit.MONEY,
        good=None,
        domain="budget",
        aggregation=Aggregation.SUM,
        numerator=Measure("ledger", "sum(f.amount)", when=IN_MONTHS, monthly=True),
        needs=("ledger",),
        formula="Σ amounts of accounts",
        source=f"{OWN}, 2.7",
        traps="Posted by month: pay that is booked on its pay date stands in another month than "
        "the days worked. It is what payroll and bills are held against, and part of no cost.",
        never_zero=True,
    ),
)


def edits_of(subject: str) -> Metric:
    """How many amounts of a subject's budget people have set in the place of the file's."""
    chosen = "true" if subject == "all" else f"f.subject = '{subject}'"
    return replace(
        budget_of(subject),
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure(
            "budget", "count(*)", f"f.edited AND {chosen}", when=IN_MONTHS, monthly=True
        ),
    )


def sides_of(subject: str) -> Metric:
    """The budget of a subject and how far its actual is from it, in one question.

    The denominator is `budget_of`, the numerator what separates actual and budget over the same
    rows. It needs nothing: unlike the measure that people ask for, it keeps to no site-months.
    """
    known = budget_of(subject)
    return replace(
        known,
        aggregation=Aggregation.RATIO,
        unit=Unit.SHARE,
        of_money=True,
        numerator=gap_of(subject).numerator,
        denominator=known.numerator,
        needs=(),
    )


def gap_of(subject: str) -> Metric:
    """How far a subject's actual is from its budget, over the rows of `budget_of`, in money."""
    known = budget_of(subject)
    return replace(known, numerator=replace(known.numerator, value="sum(f.actual - f.budget)"))


def budget_of(subject: str) -> Metric:
    """The budget of a subject ("all" for the four together), where its actual arrived."""
    chosen = "true" if subject == "all" else f"f.subject = '{subject}'"
    return Metric(
        name=f"budget_{subject}",
        title="Budget",
        definition="The budget in force.",
        unit=Unit.MONEY,
        good=None,
        domain="budget",
        aggregation=Aggregation.SUM,
        numerator=Measure(
            "costs", "sum(f.budget)", f"{BOTH} AND {chosen}", when=IN_MONTHS, monthly=True
        ),
        needs=("budget",),
        formula="Σ budget",
        source=OWN,
        traps="",
    )


def budget_by_account() -> Metric:
    """The budget in force of any months, as its lines are; asked by `account_title`, by account.

    An amount that people set for a subject has no account.
    """
    return replace(
        whole_budget(),
        name="budget_by_account",
        numerator=Measure(
            "budget", "sum(f.amount)", "f.in_force AND f.amount IS NOT NULL", when=IN_MONTHS,
            monthly=True,
        ),
    )  # fmt: skip


def whole_budget() -> Metric:
    """The budget in force of any months, those ahead and those without an actual included."""
    return Metric(
        name="whole_budget",
        title="Whole budget",
        definition="The budget in force, whether or not its actual has arrived.",
        unit=Unit.MONEY,
        good=None,
        domain="budget",
        aggregation=Aggregation.SUM,
        numerator=Measure(
            "costs", "sum(f.budget)", "f.budget IS NOT NULL", when=IN_MONTHS, monthly=True
        ),
        needs=("budget",),
        formula="Σ budget",
        source=OWN,
        traps="",
        never_zero=True,
    )
