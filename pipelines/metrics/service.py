"""Patient relations: complaints, and requests for records."""

from pipelines.metrics.model import IN_MONTHS, Aggregation, Measure, Metric, Unit
from pipelines.metrics.staffing import OWN, VISITS


def _sum(column: str, kind: str) -> Measure:
    where = f"f.kind = '{kind}'"
    if column != "received":
        where += " AND f.due IS NOT NULL AND f.on_time IS NOT NULL"
    return Measure("feedback", f"sum(f.{column})", where, when=IN_MONTHS, monthly=True)


METRICS = (
    Metric(
        name="complaints",
        title="Complaints",
        definition="Complaints that were received.",
        unit=Unit.COUNT,
        good="down",
        domain="service",
        aggregation=Aggregation.SUM,
        numerator=_sum("received", "complaint"),
        needs=("feedback.complaints",),
        formula="Σ complaints received",
        source=OWN,
        traps="More complaints can mean that people are heard: read it beside the visits.",
        counted="rate",
    ),
    Metric(
        name="complaints_per_1000_visits",
        title="Complaints per 1,000 visits",
        definition="Complaints received for each 1,000 visits.",
        unit=Unit.RATIO,
        good="down",
        domain="service",
        aggregation=Aggregation.RATIO,
        numerator=_sum("received", "complaint"),
        denominator=VISITS,
        needs=("feedback.complaints", "volume.visits"),
        formula="1,000 × Σ complaints / Σ visits",
        source=OWN,
        traps="Few complaints a month: one more moves a small site's figure far.",
        scale=1000,
        per="per 1,000 visits",
        counted="rate",
    ),
    Metric(
        name="complaints_on_time",
        title="Complaints answered on time",
        definition="Complaints that were answered by the day they were due.",
        unit=Unit.SHARE,
        good="up",
        domain="service",
        aggregation=Aggregation.RATIO,
        numerator=_sum("on_time", "complaint"),
        denominator=_sum("due", "complaint"),
        needs=("feedback.complaints",),
        formula="Σ answered on time / Σ due",
        source=OWN,
        traps="By the month in which the answer was due, not in which the complaint came.",
        per="of those due",
        counted="proportion",
    ),
    Metric(
        name="record_requests",
        title="Record requests",
        definition="Requests for patients' records that were received.",
        unit=Unit.COUNT,
        good=None,
        domain="service",
        aggregation=Aggregation.SUM,
        numerator=_sum("received", "record_request"),
        needs=("feedback.requests",),
        formula="Σ record requests received",
        source=OWN,
        traps="Counts only: who asked for whose record is not read.",
        counted="rate",
    ),
    Metric(
        name="record_requests_on_time",
        title="Records released on time",
        definition="Requests for records that were answered by the day they were due.",
        unit=Unit.SHARE,
        good="up",
        domain="service",
        aggregation=Aggregation.RATIO,
        numerator=_sum("on_time", "record_request"),
        denominator=_sum("due", "record_request"),
        needs=("feedback.requests",),
        formula="Σ answered on time / Σ due",
        source=f"{OWN}; 45 CFR 164.524(b)(2): within 30 days",
        traps="The day that is due is the export's: state law may set a shorter term than 30 days.",
        per="of those due",
        counted="proportion",
    ),
)
