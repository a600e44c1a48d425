"""Equipment: what there is, how risky, how old, under warranty until when."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="assets",
    title="Equipment",
    row="a piece of equipment",
    policy=Policy.UPSERT,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column("asset", Kind.TEXT, "asset number; the key", example="A-10442", required=True),
        Column("name", Kind.TEXT, "what it is", example="Autoclave, steam", required=True),
        Column("class", Kind.TEXT, "equipment class", example="Sterilisation"),
        Column(
            "risk",
            Kind.TEXT,
            "risk class of the device",
            example="high",
            choices=("high", "medium", "low"),
        ),
        Column("status", Kind.TEXT, "operating status", example="in use"),
        Column("acquired", Kind.DATE, "day of acquisition", example="2018-03-12"),
        Column("cost", Kind.MONEY, "acquisition cost", example="18400.00"),
        Column("replacement_cost", Kind.MONEY, "cost of replacing it today", example="23900.00"),
        Column("useful_life", Kind.NUMBER, "useful life", example="10", unit="years"),
        Column("warranty_end", Kind.DATE, "last day of warranty", example="2023-03-11"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    key=("asset",),
)
