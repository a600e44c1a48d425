"""What came in, went out, was wasted or corrected."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="supply_moves",
    title="Supply movements",
    row="a receipt, issue, adjustment, waste or transfer of an item at a site",
    policy=Policy.UPSERT,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column(
            "date",
            Kind.DATE,
            "day of the movement, or the first day of the month for monthly sums",
            example="2026-10-05",
            required=True,
        ),
        Column(
            "reference",
            Kind.TEXT,
            "the source's transaction line; the key",
            example="TX-88120-1",
            required=True,
        ),
        Column("item", Kind.TEXT, "item code", example="GLV-M", required=True),
        Column("item_name", Kind.TEXT, "item description", example="Nitrile gloves M, box of 100"),
        Column("category", Kind.TEXT, "item category", example="Gloves"),
        Column(
            "kind",
            Kind.TEXT,
            "kind of movement; opening is a balance brought forward, not a movement",
            example="issue",
            required=True,
            choices=(
                "opening",
                "receipt",
                "issue",
                "adjustment",
                "waste",
                "transfer_in",
                "transfer_out",
            ),
        ),
        Column(
            "quantity",
            Kind.NUMBER,
            "units moved, positive; an adjustment carries its sign",
            example="12",
            required=True,
        ),
        Column("unit", Kind.TEXT, "unit of measure", example="box"),
        Column("unit_cost", Kind.MONEY, "cost of one unit", example="7.90"),
        Column(
            "value", Kind.MONEY, "quantity × unit cost, where the source states it", example="94.80"
        ),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    key=("reference",),
    date=("date",),
    money="value",
)
