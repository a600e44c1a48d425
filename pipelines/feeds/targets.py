"""Targets of measures: for the group, a region or a site, from a month on."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="targets",
    title="Targets",
    row="the target of a measure for a site, a region or all, from a month on",
    policy=Policy.UPSERT,
    columns=(
        Column(
            "metric",
            Kind.TEXT,
            "the measure's name on the command line: `rounds glossary` lists them",
            example="overtime_share",
            required=True,
        ),
        Column("site", Kind.TEXT, "the site it holds for; empty for a region or all"),
        Column("region", Kind.TEXT, "the region it holds for; empty for a site or all"),
        Column(
            "from_month",
            Kind.DATE,
            "first day of the first month",
            example="2026-01-01",
            required=True,
        ),
        Column(
            "to_month",
            Kind.DATE,
            "a day of the last month; empty until another target takes over",
        ),
        Column("value", Kind.NUMBER, "the target; of sums a month's", example="6", required=True),
        Column(
            "unit",
            Kind.TEXT,
            "what the value is counted in, which must be the measure's; % or share for shares",
            example="%",
        ),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217) of money; the group's own when empty",
            example="USD",
        ),
    ),
    key=("metric", "site", "region", "from_month", "currency"),
    date=("from_month",),
)
