"""The contracts register: term, notice, renewal, ceiling, escalator."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="contracts",
    title="Contracts",
    row="a vendor, lease or payer contract, in one of its revisions",
    policy=Policy.UPSERT,
    columns=(
        Column("site", Kind.TEXT, "the site it serves; empty for the whole group", example="ELM"),
        Column("contract", Kind.TEXT, "contract number", example="C-0311", required=True),
        Column("revision", Kind.WHOLE, "revision or amendment number", example="0"),
        Column("title", Kind.TEXT, "what is contracted", example="Cleaning, clinics north"),
        Column("vendor", Kind.TEXT, "vendor, lessor or payer", example="Brightway Cleaning"),
        Column(
            "kind",
            Kind.TEXT,
            "vendor, lease or payer contract",
            example="vendor",
            choices=("vendor", "lease", "payer"),
        ),
        Column("category", Kind.TEXT, "category", example="Cleaning"),
        Column("status", Kind.TEXT, "active, expired, terminated", example="active"),
        Column("start", Kind.DATE, "first day", example="2024-01-01"),
        Column("end", Kind.DATE, "last day of the current term", example="2026-12-31"),
        Column(
            "notice_days", Kind.WHOLE, "days of notice before the end", example="60", unit="days"
        ),
        Column(
            "notice_unit",
            Kind.TEXT,
            "whether days of notice are calendar or business days; calendar when empty",
            example="days",
            choices=("days", "business days"),
        ),
        Column(
            "notice_months",
            Kind.WHOLE,
            "months of notice before the end, where it is stated in months; counted on the "
            "calendar for each term, in place of the days",
            unit="months",
        ),
        Column("auto_renew", Kind.FLAG, "renews by itself unless notice is given", example="yes"),
        Column(
            "renewal_months", Kind.WHOLE, "length of the next term", example="12", unit="months"
        ),
        Column("annual_value", Kind.MONEY, "value of one year", example="84000.00"),
        Column("ceiling", Kind.MONEY, "not-to-exceed value of the term", example="252000.00"),
        Column("escalator", Kind.NUMBER, "yearly price escalator", example="3.0", unit="%"),
        Column(
            "escalator_index",
            Kind.TEXT,
            "price index that the yearly rise follows in place of the escalator, as it is called "
            "in the home's indexes.csv",
        ),
        Column("escalator_floor", Kind.NUMBER, "the least that an indexed price rises", unit="%"),
        Column("escalator_cap", Kind.NUMBER, "the most that an indexed price rises", unit="%"),
        Column(
            "escalator_steps",
            Kind.TEXT,
            "agreed steps in place of the escalator, as 2027-07-01 3%; 2028-07-01 by 1200; "
            "2029-07-01 to 90000 (a rise, so much more a year, or the new yearly value)",
        ),
        Column("executed", Kind.DATE, "day of signature", example="2023-12-11"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    key=("contract", "revision"),
    free_text=("title",),
)
