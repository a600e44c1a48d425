"""Purchase-order lines in each of their revisions."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="purchases",
    title="Purchase orders",
    row="a purchase-order line: ordered, received, invoiced",
    policy=Policy.UPSERT,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column("order", Kind.TEXT, "purchase-order number", example="PO-5521", required=True),
        Column("line", Kind.TEXT, "line number", example="1", required=True),
        Column("revision", Kind.WHOLE, "revision of the order", example="0"),
        Column("ordered_on", Kind.DATE, "order date", example="2026-10-02", required=True),
        Column("promised", Kind.DATE, "promised delivery date", example="2026-10-09"),
        Column("received_on", Kind.DATE, "date of the last receipt"),
        Column("supplier", Kind.TEXT, "supplier", example="Northline Medical"),
        Column("item", Kind.TEXT, "item code", example="GLV-M"),
        Column("item_name", Kind.TEXT, "item description", example="Nitrile gloves M, box of 100"),
        Column("quantity", Kind.NUMBER, "quantity ordered", example="100"),
        Column("received", Kind.NUMBER, "quantity received", example="60"),
        Column("invoiced", Kind.NUMBER, "quantity invoiced", example="60"),
        Column("unit", Kind.TEXT, "unit of measure", example="box"),
        Column("unit_price", Kind.MONEY, "price of one unit", example="7.90"),
        Column("amount", Kind.MONEY, "value of the line", example="790.00"),
        Column("contract", Kind.TEXT, "contract number", example="C-0311"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    key=("order", "line", "revision"),
    date=("ordered_on",),
    money="amount",
)
