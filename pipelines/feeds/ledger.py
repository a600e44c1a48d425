"""General-ledger actuals, to tie the other feeds to."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="ledger",
    title="General ledger",
    row="the actual of a site, account and month in the general ledger",
    policy=Policy.REPLACE,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column("account", Kind.TEXT, "account code", example="6000", required=True),
        Column("month", Kind.DATE, "first day of the month", example="2026-10-01", required=True),
        Column("amount", Kind.MONEY, "actual", example="181404.22", required=True),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    slice=("site", "month"),
    date=("month",),
    money="amount",
)
