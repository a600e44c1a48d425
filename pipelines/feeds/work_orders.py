"""Facility issues and planned maintenance, with every state a file has shown."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="work_orders",
    title="Work orders",
    row="an issue or planned maintenance, in the state last seen",
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
            "work_order", Kind.TEXT, "work-order number; the key", example="WO-20417", required=True
        ),
        Column("title", Kind.TEXT, "what is wrong or due", example="Dishwasher leaks"),
        Column(
            "kind",
            Kind.TEXT,
            "repair of a fault, or planned maintenance",
            example="repair",
            choices=("repair", "planned"),
        ),
        Column("priority", Kind.TEXT, "priority as the source spells it", example="High"),
        Column("category", Kind.TEXT, "trade or category", example="Plumbing"),
        Column("asset", Kind.TEXT, "asset number", example="A-10442"),
        Column(
            "risk",
            Kind.TEXT,
            "risk class of the equipment, where the source states it",
            example="high",
            choices=("high", "medium", "low"),
        ),
        Column(
            "status", Kind.TEXT, "open, in progress, on hold, complete, cancelled", example="open"
        ),
        Column(
            "created", Kind.MOMENT, "when it was raised", example="2026-10-05 09:12", required=True
        ),
        Column("due", Kind.MOMENT, "when it is due", example="2026-10-12 17:00"),
        Column("completed", Kind.MOMENT, "when it was completed"),
        Column("cancelled", Kind.MOMENT, "when it was cancelled"),
        Column("labour_hours", Kind.NUMBER, "hours worked on it", example="1.5", unit="h"),
        Column("cost", Kind.MONEY, "parts and labour", example="120.00"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    key=("work_order",),
    date=("created",),
    free_text=("title",),
)
