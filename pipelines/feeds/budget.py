"""Budgets and forecasts by version, site, account and month."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="budget",
    title="Budget",
    row="the amount of a budget version for a site, account and month",
    policy=Policy.REPLACE,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column(
            "version",
            Kind.TEXT,
            "budget version: original, revised, forecast",
            example="FY2026 original",
            required=True,
        ),
        Column("account", Kind.TEXT, "account code or subject", example="staffing", required=True),
        Column("month", Kind.DATE, "first day of the month", example="2026-10-01", required=True),
        Column("amount", Kind.MONEY, "budgeted amount", example="182000.00", required=True),
        Column("hours", Kind.NUMBER, "budgeted hours", example="4100", unit="h"),
        Column("volume", Kind.NUMBER, "budgeted volume", example="2900"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    slice=("version", "site"),
    date=("month",),
    money="amount",
)
