"""Supplies: what is used up, what lies on the shelves, what is short."""

from pipelines.metrics.model import Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN, RESIDENT_DAYS, VISITS

USED = "f.kind IN ('issue', 'waste')"
BURN = Measure("supply_moves", "sum(f.value)", f"{USED} AND f.value IS NOT NULL")
AT_END = "f.as_of <= p.stop AND f.until > p.stop"
STOCK_VALUE = Measure("stock", "sum(f.value)", "f.value IS NOT NULL", when=AT_END)

METRICS = (
    Metric(
        name="supply_burn",
        title="Supply burn",
        definition="The value of supplies that were used or wasted, at unit cost.",
        unit=Unit.MONEY,
        good="down",
        domain="supplies",
        aggregation=Aggregation.SUM,
        numerator=BURN,
        needs=("supply_moves.value",),
        formula="Σ (issues + waste) × unit cost",
        source=f"{OWN}, I2",
        traps="Use, not purchases: a bulk buy doesn't raise it. Movements without a unit cost are "
        "not in it.",
        budget="supplies",
    ),
    Metric(
        name="units_issued",
        title="Units issued",
        definition="Units of all items that were issued.",
        unit=Unit.COUNT,
        good=None,
        domain="supplies",
        aggregation=Aggregation.SUM,
        numerator=Measure("supply_moves", "sum(f.quantity)", "f.kind = 'issue'"),
        needs=("supply_moves",),
        formula="Σ quantity issued",
        source=f"{OWN}, I2",
        traps="A box and a bottle each count one: compare an item with itself, not across items.",
    ),
    Metric(
        name="supply_cost_per_visit",
        title="Supply cost per visit",
        definition="The value of supplies used, for each visit.",
        unit=Unit.RATE,
        good="down",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=BURN,
        denominator=VISITS,
        needs=("supply_moves.value", "volume.visits"),
        formula="Σ supply burn / Σ visits",
        source=f"{OWN}, I3",
        traps="Formed only over site-months that have both.",
        per="visit",
    ),
    Metric(
        name="supply_cost_per_resident_day",
        title="Supply cost per resident day",
        definition="The value of supplies used, for each resident day.",
        unit=Unit.RATE,
        good="down",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=BURN,
        denominator=RESIDENT_DAYS,
        needs=("supply_moves.value", "volume.resident_days"),
        formula="Σ supply burn / Σ resident days",
        source=f"{OWN}, I3",
        traps="Formed only over site-months that have both.",
        per="resident day",
    ),
    Metric(
        name="stock_value",
        title="Stock on hand",
        definition="The value of what lies on the shelves at the period's end.",
        unit=Unit.MONEY,
        good=None,
        domain="supplies",
        aggregation=Aggregation.SNAPSHOT,
        numerator=STOCK_VALUE,
        needs=("stock.value",),
        formula="Σ quantity × unit cost at the last count",
        source=f"{OWN}, I4",
        traps="A count older than two months is stale and left out. Items without a price of "
        "their own are valued at what they had last cost when they were counted.",
    ),
    Metric(
        name="days_on_hand",
        title="Days on hand",
        definition="How many days the stock at the period's end lasts at the pace of the 90 days "
        "before it, in money over all items.",
        unit=Unit.DAYS,
        good=None,
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=STOCK_VALUE,
        denominator=Measure(
            "supply_moves",
            "sum(f.value) / 90",
            f"{USED} AND f.value IS NOT NULL",
            window=90,
        ),
        needs=("stock.value", "supply_moves.value"),
        formula="value on hand / (value used in 90 days / 90)",
        source=f"{OWN}, I4",
        traps="Quantities don't add across items, so the group's figure is in money. No use in 90 "
        "days gives no figure, not 0; a site whose movements don't reach back 90 days is left "
        "out.",
        per="at the present pace",
        of_money=True,
    ),
    Metric(
        name="below_par",
        title="Items below par",
        definition="Items whose quantity lies below their minimum, as a share of the items that "
        "have one.",
        unit=Unit.SHARE,
        good="down",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=Measure("stock", "count(*)", "f.first_lot AND f.on_hand < f.par", when=AT_END),
        denominator=Measure("stock", "count(*)", "f.first_lot AND f.par IS NOT NULL", when=AT_END),
        needs=("stock",),
        formula="items below minimum / items with a minimum, at the last count",
        source=f"{OWN}, I7",
        traps="Items without a par level are left out of both. The lots of an item count together.",
        per="of items with a par level",
    ),
    Metric(
        name="expiring_value",
        title="Expiring within 90 days",
        definition="The value of lots on the shelves that have expired or expire within 90 days "
        "of the period's end.",
        unit=Unit.MONEY,
        good="down",
        domain="supplies",
        aggregation=Aggregation.SNAPSHOT,
        numerator=Measure(
            "stock",
            "sum(f.value)",
            "f.value IS NOT NULL AND f.expiry IS NOT NULL AND f.quantity > 0 "
            "AND f.expiry <= p.stop + INTERVAL 90 DAY",
            when=AT_END,
        ),
        needs=("stock.value",),
        formula="Σ quantity × unit cost of lots with expiry ≤ period's end + 90 days",
        source=f"{OWN}, I8",
        traps="Lots without an expiry date are not in it.",
    ),
)
