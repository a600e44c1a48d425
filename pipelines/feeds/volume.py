"""Counts of what a site did: visits, resident days, admissions, member months."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="volume",
    title="Volume",
    row="a count (visits, resident days, admissions …) at a site on a day or in a month",
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
            "date",
            Kind.DATE,
            "the day, or the first day of the month",
            example="2026-10-05",
            required=True,
        ),
        Column(
            "grain",
            Kind.TEXT,
            "whether the row counts a day or a month",
            example="day",
            choices=("day", "month"),
        ),
        Column(
            "measure",
            Kind.TEXT,
            "what is counted: visits, resident_days, admissions, scheduled, no_shows …",
            example="visits",
            required=True,
        ),
        Column("count", Kind.NUMBER, "how many", example="143", required=True),
    ),
    slice=("site", "measure", "@month:date"),
    date=("date",),
)
