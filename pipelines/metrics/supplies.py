"""Supplies: what is used up, what lies on the shelves, what is short."""

from pipelines.metrics.model import Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN, RESIDENT_DAYS, VISITS
from pipelines.warehouse.supplied import USED_DAYS

USED = "f.kind IN ('issue', 'waste')"
BURN = Measure("supply_moves", "sum(f.value)", f"{USED} AND f.value IS NOT NULL")
AT_END = "f.as_of <= p.stop AND f.until > p.stop"
PROMISED = (
    "f.latest AND f.promised IS NOT NULL AND f.promised <= f.known_until "
    "AND f.quantity > 0 AND f.unit_price IS NOT NULL"
)
PROMISED_IN = "f.promised BETWEEN p.start AND p.stop"


def _ready(column: str, table: str = "stock_ends", value: str = "sum(f.{})") -> Measure:
    """A measure that is summed ahead at the end of each month."""
    summed = value.format(column)
    return Measure(table, summed, f"f.{column} IS NOT NULL", when="f.stop = p.stop")


def _items(condition: str, column: str) -> Measure:
    """How many items hold a condition at a count, and the column that has it ready."""
    ready = _ready(column, value="CAST(sum(f.{}) AS BIGINT)")
    return Measure("stock", "count(*)", f"f.first_lot{condition}", when=AT_END, rolled=(ready,))


def _expiring(column: str, before: str) -> Measure:
    return Measure(
        "stock",
        "sum(f.value)",
        f"f.value IS NOT NULL AND f.expiry IS NOT NULL AND f.quantity > 0 AND f.expiry <= {before}",
        when=AT_END,
        rolled=(_ready(column),),
    )


STOCK_VALUE = Measure(
    "stock", "sum(f.value)", "f.value IS NOT NULL", when=AT_END, rolled=(_ready("value"),)
)

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
            f"sum(f.value) / {USED_DAYS}",
            f"{USED} AND f.value IS NOT NULL",
            window=USED_DAYS,
            rolled=(_ready("used", "supply_ends", f"sum(f.{{}}) / {USED_DAYS}"),),
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
        numerator=_items(" AND f.on_hand < f.par", "below_par"),
        denominator=_items(" AND f.par IS NOT NULL", "with_par"),
        needs=("stock",),
        formula="items below minimum / items with a minimum, at the last count",
        source=f"{OWN}, I7",
        traps="Items without a par level are left out of both. The lots of an item count together.",
        per="of items with a par level",
        counted="proportion",
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
        numerator=_expiring("expiring", "p.stop + INTERVAL 90 DAY"),
        needs=("stock.value",),
        formula="Σ quantity × unit cost of lots with expiry ≤ period's end + 90 days",
        source=f"{OWN}, I8",
        traps="Lots without an expiry date are not in it.",
    ),
    Metric(
        name="supply_spend",
        title="Supply purchases invoiced",
        definition="Invoice lines of accounts for supplies.",
        unit=Unit.MONEY,
        good="down",
        domain="supplies",
        aggregation=Aggregation.SUM,
        numerator=Measure("spend", "sum(f.amount)", "f.subject = 'supplies'"),
        needs=("spend.supplies",),
        formula="Σ lines of accounts mapped to supplies",
        source=f"{OWN}, I1",
        traps="What was bought, not what was used: a bulk buy shows here, and not in the burn.",
    ),
    Metric(
        name="waste_share",
        title="Waste",
        definition="The value of supplies that were wasted, as a share of those used or wasted.",
        unit=Unit.SHARE,
        good="down",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "supply_moves", "sum(f.value)", "f.kind = 'waste' AND f.value IS NOT NULL"
        ),
        denominator=BURN,
        needs=("supply_moves.value",),
        formula="Σ waste × unit cost / Σ (issues + waste) × unit cost",
        source=f"{OWN}, I2",
        traps="Only what is written off as waste; what vanishes shows at the next count.",
        per="of supplies used",
        of_money=True,
    ),
    Metric(
        name="out_of_stock",
        title="Items out of stock",
        definition="Items of which nothing was left, as a share of the items counted.",
        unit=Unit.SHARE,
        good="down",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=_items(" AND f.on_hand <= 0", "empty"),
        denominator=_items("", "counted"),
        needs=("stock",),
        formula="items with nothing on hand / items counted, at the last count",
        source=f"{OWN}, I6",
        traps="Seen at counts only: what ran out and was filled up between them is not in it. "
        "Items that a count leaves out don't show.",
        per="of items counted",
        counted="proportion",
    ),
    Metric(
        name="expired_value",
        title="Expired on the shelves",
        definition="The value of lots on the shelves that had expired by the period's end.",
        unit=Unit.MONEY,
        good="down",
        domain="supplies",
        aggregation=Aggregation.SNAPSHOT,
        numerator=_expiring("expired", "p.stop"),
        needs=("stock.value",),
        formula="Σ quantity × unit cost of lots with expiry ≤ period's end",
        source=f"{OWN}, I8",
        traps="Lots without an expiry date are not in it.",
    ),
    Metric(
        name="fill_rate",
        title="Orders filled",
        definition="The value of goods received, as a share of what was ordered for the period.",
        unit=Unit.SHARE,
        good="up",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "purchases",
            "sum(least(f.received, f.quantity) * f.unit_price)",
            PROMISED,
            when=PROMISED_IN,
        ),
        denominator=Measure(
            "purchases", "sum(f.quantity * f.unit_price)", PROMISED, when=PROMISED_IN
        ),
        needs=("purchases.promised",),
        formula="Σ received × price / Σ ordered × price, lines promised in the period",
        source=f"{OWN}, I9",
        traps="By the day it was promised for; what is promised for later than the export knows is "
        "not in it. More than was ordered counts as what was ordered.",
        per="of what was ordered",
        of_money=True,
    ),
    Metric(
        name="deliveries_on_time",
        title="Deliveries on time",
        definition="Order lines that were promised for the period and received in full by then.",
        unit=Unit.SHARE,
        good="up",
        domain="supplies",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "purchases",
            "count(*)",
            f"{PROMISED} AND f.received >= f.quantity AND f.received_on <= f.promised",
            when=PROMISED_IN,
        ),
        denominator=Measure("purchases", "count(*)", PROMISED, when=PROMISED_IN),
        needs=("purchases.promised",),
        formula="lines received in full by the promised day / lines promised in the period",
        source=f"{OWN}, I9",
        traps="By the last receipt: a line of which one box came late is late.",
        per="of lines promised",
        counted="proportion",
    ),
)
