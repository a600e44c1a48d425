"""Accounts-payable lines: what was invoiced or paid, to whom, for what."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="spend",
    title="Invoices and payments",
    row="an invoice or payment line",
    policy=Policy.UPSERT,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
        ),
        Column("entity", Kind.TEXT, "the body or company that pays", example="Rounds Care Inc"),
        Column(
            "document",
            Kind.TEXT,
            "invoice or transaction number",
            example="INV-20417",
            required=True,
        ),
        Column("line", Kind.TEXT, "line of the document", example="1", required=True),
        Column("date", Kind.DATE, "invoice or payment date", example="2026-10-05", required=True),
        Column("due", Kind.DATE, "due date", example="2026-11-04"),
        Column("paid", Kind.DATE, "payment date"),
        Column("account", Kind.TEXT, "account code or expense type", example="6210"),
        Column("area", Kind.TEXT, "cost centre or expense area", example="Facilities"),
        Column("supplier", Kind.TEXT, "supplier", example="Brightway Cleaning"),
        Column("description", Kind.TEXT, "what the line is for", example="Cleaning October"),
        Column("contract", Kind.TEXT, "contract number", example="C-0311"),
        Column("quantity", Kind.NUMBER, "quantity", example="1"),
        Column("unit_price", Kind.MONEY, "price of one unit", example="7000.00"),
        Column(
            "amount",
            Kind.MONEY,
            "amount of the line; credits negative",
            example="7000.00",
            required=True,
        ),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    key=("supplier", "document", "line"),
    date=("date",),
    money="amount",
    free_text=("description",),
)
