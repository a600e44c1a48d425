"""Counts only: complaints, compliments and record requests, and how many were closed on time."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="feedback",
    title="Complaints and requests",
    row="counted complaints, compliments or record requests at a site on a day",
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
            example="2026-10-01",
            required=True,
        ),
        Column(
            "kind",
            Kind.TEXT,
            "what is counted",
            example="complaint",
            required=True,
            choices=("complaint", "compliment", "record_request"),
        ),
        Column("received", Kind.WHOLE, "how many arrived", example="4", required=True),
        Column("due", Kind.WHOLE, "how many were due to be closed", example="3"),
        Column("on_time", Kind.WHOLE, "how many of those due were closed on time", example="3"),
    ),
    slice=("site", "@month:date"),
    date=("date",),
)
