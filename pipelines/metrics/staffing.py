"""Staffing: what people cost, how many hours they work, and who employs them."""

from pipelines.metrics.model import IN_MONTHS, Aggregation, Measure, Metric, Unit

WORKED = "f.pay_class IN ('regular', 'overtime', 'double_time', 'on_call')"
PAY_CODED = "f.counts AND f.basis <> 'return'"
RN = "f.role IN ('RN', 'RN DON', 'RN administrative', 'Registered nurse')"
HOURS = "sum(f.hours)"
COST = Measure("labour_costs", "sum(f.cost)", when=IN_MONTHS, monthly=True)
PAID = Measure("labor", HOURS, "f.counts AND f.hours IS NOT NULL")
WORKED_HOURS = Measure("labor", HOURS, f"f.counts AND {WORKED}")
VISITS = Measure(
    "volume",
    'sum(f."count")',
    "f.measure IN ('visits', 'attendances_type_1', 'attendances_type_2', 'attendances_other')",
)
RESIDENT_DAYS = Measure("volume", 'sum(f."count")', "f.measure = 'resident_days'")
OWN = "KPI catalogue of the group"
PBJ = "CMS Payroll-Based Journal, public use files: paid hours and MDS census"

METRICS = (
    Metric(
        name="labor_cost",
        title="Labour cost",
        definition="Gross pay, employer taxes and benefits where the payroll states them, and what "
        "agencies charge. Pay that spans a month's end is split by day.",
        unit=Unit.MONEY,
        good="down",
        domain="staffing",
        aggregation=Aggregation.SUM,
        numerator=COST,
        needs=("labor.pay",),
        formula="Σ gross pay + Σ employer cost + Σ agency cost",
        source=f"{OWN}, S1",
        traps="Agency staff are not in payroll: their cost comes from timesheets, else from "
        "invoices, never from both. A month with three pay dates is no dearer by days worked.",
        budget="staffing",
    ),
    Metric(
        name="paid_hours",
        title="Paid hours",
        definition="All hours that were paid: worked, leave and holidays, employees and agency.",
        unit=Unit.HOURS,
        good=None,
        domain="staffing",
        aggregation=Aggregation.SUM,
        numerator=PAID,
        needs=("labor",),
        formula="Σ hours of all pay codes",
        source=f"{OWN}, S2",
        traps="Paid is not worked: leave is in it. PBJ hours count only where neither a payroll "
        "nor timesheets state the site's month. By week, a pay period counts in each with its "
        "share of days.",
    ),
    Metric(
        name="worked_hours",
        title="Worked hours",
        definition="Hours at work: regular, overtime, double time and on call.",
        unit=Unit.HOURS,
        good=None,
        domain="staffing",
        aggregation=Aggregation.SUM,
        numerator=WORKED_HOURS,
        needs=("labor",),
        formula="Σ hours of worked pay codes",
        source=f"{OWN}, S2",
        traps="Pay codes that nobody has classed count as other, and so not as worked.",
    ),
    Metric(
        name="hourly_cost",
        title="Cost of a paid hour",
        definition="Pay and agency charges divided by the hours they were paid for.",
        unit=Unit.RATE,
        good="down",
        domain="staffing",
        aggregation=Aggregation.RATIO,
        numerator=COST,
        denominator=PAID,
        needs=("labor.pay", "labor"),
        formula="Σ labour cost / Σ paid hours",
        source=f"{OWN}, S4",
        traps="A change of mix (more nurses, fewer aides) moves it without any raise.",
        per="hour",
    ),
    Metric(
        name="overtime_share",
        title="Overtime",
        definition="Overtime and double-time hours as a share of the hours worked.",
        unit=Unit.SHARE,
        good="down",
        domain="staffing",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "labor", HOURS, f"{PAY_CODED} AND f.pay_class IN ('overtime', 'double_time')"
        ),
        denominator=Measure("labor", HOURS, f"{PAY_CODED} AND {WORKED}"),
        needs=("labor.coded",),
        formula="Σ overtime hours / Σ worked hours",
        source=f"{OWN}, S5",
        traps="The share of hours, not of pay. Staffing returns (PBJ) don't tell overtime apart: "
        "there it is unknown, not 0.",
        per="of worked hours",
    ),
    Metric(
        name="agency_share",
        title="Agency share",
        definition="Hours of agency and contract staff as a share of the hours worked.",
        unit=Unit.SHARE,
        good="down",
        domain="staffing",
        aggregation=Aggregation.RATIO,
        numerator=Measure(
            "labor", HOURS, f"f.counts AND {WORKED} AND f.kind IN ('agency', 'contract')"
        ),
        denominator=WORKED_HOURS,
        needs=("labor",),
        formula="Σ agency and contract hours / Σ worked hours",
        source=f"{OWN}, S7",
        traps="Agency invoices without hours are in the cost and not in this share.",
        per="of worked hours",
    ),
    Metric(
        name="nursing_hprd",
        title="Nursing hours per resident day",
        definition="Paid hours of nurses and aides, administrative nurses included, for each day "
        "that a resident was in the home.",
        unit=Unit.RATIO,
        good="up",
        domain="staffing",
        aggregation=Aggregation.RATIO,
        numerator=Measure("labor", HOURS, "f.nursing"),
        denominator=RESIDENT_DAYS,
        needs=("labor.nursing", "volume.resident_days"),
        formula="Σ nursing hours / Σ resident days",
        source=PBJ,
        traps="A ratio of sums: the mean of daily or of sites' ratios is another number. PBJ "
        "counts paid hours, not hours on the floor.",
        per="resident day",
    ),
    Metric(
        name="rn_hprd",
        title="RN hours per resident day",
        definition="Paid hours of registered nurses, directors and administrative nurses included, "
        "for each resident day.",
        unit=Unit.RATIO,
        good="up",
        domain="staffing",
        aggregation=Aggregation.RATIO,
        numerator=Measure("labor", HOURS, f"f.nursing AND {RN}"),
        denominator=RESIDENT_DAYS,
        needs=("labor.nursing", "volume.resident_days"),
        formula="Σ RN hours / Σ resident days",
        source=PBJ,
        traps="The variant without directors and administrators is lower; say which is meant.",
        per="resident day",
    ),
    Metric(
        name="hours_per_visit",
        title="Hours per visit",
        definition="Hours worked for each visit.",
        unit=Unit.RATIO,
        good="down",
        domain="staffing",
        aggregation=Aggregation.RATIO,
        numerator=WORKED_HOURS,
        denominator=VISITS,
        needs=("labor", "volume.visits"),
        formula="Σ worked hours / Σ visits",
        source=f"{OWN}, S14",
        traps="Formed only over site-months that have both hours and visits.",
        per="visit",
    ),
    Metric(
        name="visits",
        title="Visits",
        definition="Visits and A&E attendances.",
        unit=Unit.COUNT,
        good="up",
        domain="staffing",
        aggregation=Aggregation.SUM,
        numerator=VISITS,
        needs=("volume.visits",),
        formula="Σ visits",
        source=f"{OWN}, V1",
        traps="A visit is not a patient and not a claim.",
    ),
    Metric(
        name="resident_days",
        title="Resident days",
        definition="Residents in the home, summed over days.",
        unit=Unit.COUNT,
        good="up",
        domain="staffing",
        aggregation=Aggregation.SUM,
        numerator=RESIDENT_DAYS,
        needs=("volume.resident_days",),
        formula="Σ daily census",
        source=PBJ,
        traps="The MDS census is derived from assessments, not counted at midnight.",
    ),
)
