"""Hours and pay, from payroll, timekeeping, agency timesheets or a staffing return."""

from pipelines.feeds.model import Column, Feed, Kind, Policy

FEED = Feed(
    name="labor",
    title="Hours and pay",
    row="hours and pay of a role at a site on a work date or in a pay period",
    policy=Policy.REPLACE,
    columns=(
        Column(
            "site",
            Kind.TEXT,
            "the site's code in the system that wrote the file",
            example="ELM",
            required=True,
        ),
        Column("company", Kind.TEXT, "company or pay group of the payroll", example="GRP"),
        Column(
            "run",
            Kind.TEXT,
            "payroll run within a check date: regular, off-cycle",
            example="regular",
        ),
        Column("check_date", Kind.DATE, "day the pay is paid out", example="2026-10-09"),
        Column("period_start", Kind.DATE, "first day worked", example="2026-09-20", required=True),
        Column(
            "period_end",
            Kind.DATE,
            "last day worked; the same as the first for a daily row",
            example="2026-10-03",
            required=True,
        ),
        Column(
            "role",
            Kind.TEXT,
            "job role: RN, LPN, CNA, medical assistant, front desk …",
            example="RN",
        ),
        Column(
            "kind",
            Kind.TEXT,
            "who employs the worker",
            example="employee",
            choices=("employee", "agency", "contract"),
        ),
        Column(
            "basis",
            Kind.TEXT,
            "where the hours were recorded: payroll, agency timesheet, or a staffing return (PBJ)",
            example="payroll",
            choices=("payroll", "timesheet", "return"),
        ),
        Column("pay_code", Kind.TEXT, "pay code as the source spells it", example="REG"),
        Column(
            "pay_class",
            Kind.TEXT,
            "what the pay code means",
            example="regular",
            choices=("regular", "overtime", "double_time", "leave", "on_call", "bonus", "other"),
        ),
        Column(
            "worker",
            Kind.TEXT,
            "the worker's number; stored as a keyed pseudonym only",
            example="10234",
        ),
        Column("hours", Kind.NUMBER, "paid hours", example="72.5", unit="h"),
        Column(
            "amount",
            Kind.MONEY,
            "gross pay, or the agency's charge; empty where the source carries none",
            example="3045.00",
        ),
        Column("employer_cost", Kind.MONEY, "employer taxes and benefits", example="232.94"),
        Column(
            "currency",
            Kind.TEXT,
            "currency code (ISO 4217); the group's own when empty",
            example="USD",
        ),
    ),
    slice=("company", "site", "basis", "period_start", "period_end"),
    date=("period_start", "period_end"),
    money="amount",
)
