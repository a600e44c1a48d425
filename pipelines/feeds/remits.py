"""Payer results by contract and month: sums only, no claim and no patient."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="remits",
    title="Payer remittances",
    row="what a payer was charged, allowed, paid and denied under a contract in a month",
    policy=Policy.REPLACE,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column("contract", Kind.TEXT, "payer contract number", example="P-014", required=True),
        Column("month", Kind.DATE, "first day of the month", example="2026-10-01", required=True),
        Column("payer", Kind.TEXT, "payer", example="Harbor Health HMO"),
        Column("charged", Kind.MONEY, "charges submitted", example="412000.00"),
        Column("allowed", Kind.MONEY, "allowed amount", example="268000.00"),
        Column("paid", Kind.MONEY, "paid", example="251000.00"),
        Column("denied", Kind.MONEY, "denied", example="21400.00"),
        Column("claims_submitted", Kind.WHOLE, "claims submitted", example="3120"),
        Column("claims_denied", Kind.WHOLE, "claims denied", example="168"),
        Column("capitation", Kind.MONEY, "capitation revenue", example="64000.00"),
        Column("member_months", Kind.NUMBER, "member months", example="2900"),
        Column("receivables", Kind.MONEY, "receivables in total", example="388000.00"),
        Column("receivables_over_90", Kind.MONEY, "receivables over 90 days", example="51000.00"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    slice=("site", "contract", "month"),
    date=("month",),
    money="paid",
)
