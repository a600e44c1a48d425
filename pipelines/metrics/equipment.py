"""Equipment: what it is worth, what is past its life, whose warranty ends."""

from pipelines.metrics.model import Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN

HELD = (
    "coalesce(f.acquired, DATE '1900-01-01') <= p.stop "
    "AND coalesce(f.status, 'in use') NOT IN ('retired', 'disposed', 'sold')"
)
LIFE_OVER = (
    "f.acquired IS NOT NULL AND f.useful_life IS NOT NULL "
    "AND f.acquired + to_months(CAST(round(f.useful_life * 12) AS INTEGER)) <= p.stop"
)
AGED = "f.acquired IS NOT NULL AND f.useful_life IS NOT NULL AND f.replacement_cost IS NOT NULL"
TODAY = "By the register as it stands: what was retired since is not in earlier months either."


def _held(value: str, where: str = "true") -> Measure:
    return Measure("assets", value, where, when=HELD)


METRICS = (
    Metric(
        name="equipment_value",
        title="Replacement value of equipment",
        definition="What it would cost to replace all equipment of the register today.",
        unit=Unit.MONEY,
        good=None,
        domain="facilities",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_held("sum(f.replacement_cost)", "f.replacement_cost IS NOT NULL"),
        needs=("assets",),
        formula="Σ replacement cost",
        source=f"{OWN}, F10",
        traps=f"Equipment without a replacement cost is not in it. {TODAY}",
    ),
    Metric(
        name="equipment_past_life",
        title="Equipment past its life",
        definition="Pieces of equipment that are older than their useful life at the period's end.",
        unit=Unit.COUNT,
        good="down",
        domain="facilities",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_held("count(*)", LIFE_OVER),
        needs=("assets",),
        formula="acquired + useful life ≤ t",
        source=f"{OWN}, F11",
        traps=f"The useful life is the register's assumption. {TODAY}",
    ),
    Metric(
        name="equipment_past_life_share",
        title="Value of equipment past its life",
        definition="The replacement value of equipment past its life, as a share of all whose age "
        "and life are known.",
        unit=Unit.SHARE,
        good="down",
        domain="facilities",
        aggregation=Aggregation.RATIO,
        numerator=_held("sum(f.replacement_cost)", f"{AGED} AND {LIFE_OVER}"),
        denominator=_held("sum(f.replacement_cost)", AGED),
        needs=("assets",),
        formula="Σ replacement cost past life / Σ replacement cost",
        source=f"{OWN}, F10 and F11",
        traps="Not a condition index: that needs estimates of deferred maintenance, which no "
        f"export here states. {TODAY}",
        per="of replacement value",
        of_money=True,
    ),
    Metric(
        name="warranties_ending",
        title="Warranties ending within 90 days",
        definition="Pieces of equipment whose warranty ends within the 90 days after the period's "
        "end.",
        unit=Unit.COUNT,
        good=None,
        domain="facilities",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_held(
            "count(*)",
            "f.warranty_end > p.stop AND f.warranty_end <= p.stop + INTERVAL 90 DAY",
        ),
        needs=("assets",),
        formula="t < end of warranty ≤ t + 90 days",
        source=f"{OWN}, F11",
        traps="Equipment without a warranty date is not in it.",
    ),
)
