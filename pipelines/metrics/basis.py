"""Which day places pay in a month: the day worked, or the day it is paid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.fiscal import BASES
from pipelines.metrics.model import Aggregation, Metric
from pipelines.warehouse import model
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.paid import LINES, SHIFTED, TABLES, standing_in
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.traced import traced
from pipelines.warehouse.vintage import vintage


def by_check_date(metric: Metric) -> bool:
    """Whether a metric can be told by check date: it is made of pay and paid hours alone.

    Hours for each visit can't: what October pays out was worked for visits of September too. Nor
    can full-time equivalents, of which a month with three pay dates has no more than others.
    """
    tables = {m.table for m in (metric.numerator, metric.denominator) if m is not None}
    paid = any(NEEDS[need].feed in ("labor", "budget") for need in metric.needs)
    return paid and tables <= set(SHIFTED) and metric.aggregation is not Aggregation.SNAPSHOT


def basis_of(metric: Metric, asked: str | None, usual: str, periods: Sequence[Period]) -> str:
    """The basis of a question: as `asked`, else the group's `usual` one where it can be.

    What has no pay in it, and the parts of months, are told by day worked. UsageProblem for an
    unknown basis, or where check dates are asked for and the periods are not of whole months.
    """
    if asked not in (None, *BASES):
        raise UsageProblem(f"There is no such basis of pay; known are {', '.join(BASES)}.")
    if (asked or usual) != "check" or not by_check_date(metric):
        return "worked"
    if all(period.whole_months for period in periods):
        return "check"
    if asked is None:
        return "worked"
    raise UsageProblem(
        f"{metric.title} is known by check date for whole months only: choose whole months, or "
        "leave out the basis."
    )


def tables_of(reader: Reader, basis: str, as_of: int | date | None) -> str:
    """The tables that stand in for the published ones: of a vintage, by check date, or both."""
    derived = {**model.DERIVED, **TABLES} if basis == "check" else model.DERIVED
    known = "" if as_of is None else vintage(reader, as_of, derived)
    return standing_in(known) if basis == "check" else known


def lines_by_check() -> str:
    """The tables line by line, by check date, as they stand now."""
    return f"labor AS ({LINES}), coverage AS (SELECT * FROM main.coverage_paid), {traced()}"


def columns_of(reader: Reader, basis: str) -> Mapping[str, frozenset[str]]:
    """The columns of the tables on this basis."""
    if basis == "worked":
        return reader.columns
    return {**reader.columns, **{n: reader.columns[f"{n}_paid"] for n in SHIFTED}}
