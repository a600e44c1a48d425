"""The register of facilities: what and where each one is, and what other systems call it."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="sites",
    title="Sites",
    row="a facility and its codes in each source system",
    policy=Policy.REPLACE,
    columns=(
        Column("site", Kind.TEXT, "the site's own code", example="ELM", required=True),
        Column("name", Kind.TEXT, "the name people use", example="Elmwood Clinic", required=True),
        Column(
            "kind",
            Kind.TEXT,
            "type of facility: clinic, urgent care, nursing home, hospital",
            example="Clinic",
        ),
        Column("region", Kind.TEXT, "region or division that manages it", example="North"),
        Column("opened", Kind.DATE, "first day of operation", example="2019-04-01"),
        Column("closed", Kind.DATE, "last day of operation; empty while open"),
        Column("beds", Kind.WHOLE, "licensed beds", example="0"),
        Column("rooms", Kind.WHOLE, "examination or treatment rooms", example="12"),
        Column("floor_area", Kind.NUMBER, "gross floor area", example="9800", unit="sq ft"),
        Column("time_zone", Kind.TEXT, "IANA time zone", example="America/New_York"),
        Column(
            "codes",
            Kind.TEXT,
            "codes in other systems, as system=code pairs parted by ;",
            example="paychex_flex=1401; atlas_cmms=Elmwood Clinic",
        ),
    ),
    slice=("site",),
    site=False,
)
