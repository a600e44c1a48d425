"""What lies on the shelves: a snapshot per site and day."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="stock",
    title="Stock on hand",
    row="quantity on hand of an item at a site at a moment",
    policy=Policy.REPLACE,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column("as_of", Kind.DATE, "day of the count", example="2026-10-31", required=True),
        Column("item", Kind.TEXT, "item code", example="GLV-M", required=True),
        Column("item_name", Kind.TEXT, "item description", example="Nitrile gloves M, box of 100"),
        Column("category", Kind.TEXT, "item category", example="Gloves"),
        Column("lot", Kind.TEXT, "lot number", example="L2291"),
        Column("expiry", Kind.DATE, "expiry date of the lot", example="2027-06-30"),
        Column(
            "quantity",
            Kind.NUMBER,
            "quantity on hand; 0 is none, empty is unknown",
            example="64",
            required=True,
        ),
        Column("unit", Kind.TEXT, "unit of measure", example="box"),
        Column("unit_cost", Kind.MONEY, "cost of one unit", example="7.90"),
        Column("minimum", Kind.NUMBER, "par level: below it the item is short", example="40"),
        Column("reorder", Kind.NUMBER, "quantity at which to reorder", example="60"),
        Column("maximum", Kind.NUMBER, "quantity above which there is too much", example="160"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    slice=("site", "as_of"),
    date=("as_of",),
)
