"""Position control: posts that are budgeted and posts that are filled."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="positions",
    title="Positions",
    row="budgeted and filled posts of a role at a site at a moment",
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
        Column("role", Kind.TEXT, "job role", example="RN", required=True),
        Column("budgeted", Kind.NUMBER, "budgeted posts", example="8.5", required=True, unit="FTE"),
        Column("filled", Kind.NUMBER, "filled posts", example="7.0", required=True, unit="FTE"),
    ),
    slice=("site", "as_of"),
    date=("as_of",),
)
