"""Payroll of the urgent care centres: Gusto's journal, and ADP's paydata for two of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import Ints, Span
from pipelines.demo.group import URGENT, Site
from pipelines.demo.payroll import period_ends
from pipelines.demo.roles import NAMES
from pipelines.demo.staffing import BONUS, HOLIDAY, OVERTIME, PTO, REGULAR
from pipelines.demo.write import Writer, pick

FICA = 0.0765
COMPANY = "M7"
FIRST = (
    "Ada", "Bruno", "Celia", "Dario", "Edda", "Fabian", "Greta", "Hollis", "Imani", "Jonas",
    "Kira", "Leandro", "Mabel", "Nils", "Oriana", "Petra", "Quill", "Rosalind", "Soren", "Tamsin",
)  # fmt: skip
LAST = (
    "Abernatty", "Brackwell", "Corliss", "Dunmere", "Eastwick", "Farrowby", "Garrick", "Hathersby",
    "Inglewick", "Jessop", "Kittering", "Lowther", "Merrivale", "Norcott", "Oakenshaw", "Pellam",
    "Quennell", "Rushmere", "Stanmoor", "Tilbrook", "Underhay", "Vexley", "Wetherden",
)  # fmt: skip


def gusto_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines that Gusto's journal shows: the group grants no paid leave there."""
    return frame.filter(~pl.col("component").is_in([PTO, HOLIDAY]))


def write_gusto(
    writer: Writer, span: Span, sites: Sequence[Site], lines: list[pl.DataFrame], cast: Cast
) -> None:
    """One journal a month: semi-monthly payrolls, one row an employee, MM/DD/YYYY."""
    own = [frame for site, frame in zip(sites, lines, strict=True)
           if site.kind == URGENT and site.code not in cast.adp]  # fmt: skip
    halves = _halves(span)
    frame = pl.concat(own)
    frame = frame.with_columns(half=pl.Series(_half_of_day(span)[frame["day"].to_numpy()]))
    frame = frame.filter(pl.col("half") < sum(end <= span.today for _, end in halves))
    absent = span.starts.index(cast.missing_month(span))
    gone = next(site.index for site in sites if site.code == cast.missing)
    frame = frame.filter((pl.col("half") // 2 != absent) | (pl.col("site") != gone))
    frame = _journal(frame).with_columns(month=pl.col("half") // 2)
    half = frame["half"]
    # The journal has no number for a person: no two may bear one name.
    person = frame["worker"].rank("dense").cast(pl.Int64) - 1
    starts = [f"{start:%m/%d/%Y}" for start, _ in halves]
    ends = [f"{end:%m/%d/%Y}" for _, end in halves]
    checks = [f"{_check_date(end):%m/%d/%Y}" for _, end in halves]
    shown = frame.with_columns(
        pick(["Regular", "Bonus"], frame["bonus"].cast(pl.Int8)).alias("Payroll type"),
        pick(checks, half).alias("Check date"),
        pick(starts, half).alias("Payroll start date"),
        pick(ends, half).alias("Payroll end date"),
        pick(FIRST, person % len(FIRST)).alias("Employee first name"),
        pick(LAST, person // len(FIRST) % len(LAST)).alias("Employee last name"),
        pick(NAMES, frame["role"]).alias("Department"),
        pick([site.address for site in sites], frame["site"]).alias("Work address"),
    )
    columns = [
        "Payroll type", "Check date", "Payroll start date", "Payroll end date",
        "Employee first name", "Employee last name", "Department", "Work address",
        "Regular hours", "Overtime hours", "Double overtime hours", "Gross earnings",
        "Employer FICA",
    ]  # fmt: skip
    writer.monthly("payroll/gusto/gusto_payroll_journal_{}.csv", shown, span, columns,
                   float_precision=2)  # fmt: skip


def _journal(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a payroll type, half-month and employee, with hours and dollars."""
    kind = pl.col("component")
    frame = frame.with_columns(bonus=kind == BONUS)
    frame = frame.sort("half", "bonus", "site", "worker", "day", "component")
    keys = ["half", "bonus", "site", "worker", "role"]
    return frame.group_by(keys, maintain_order=True).agg(
        pl.col("hours").filter(kind == REGULAR).sum().alias("Regular hours"),
        pl.col("hours").filter(kind == OVERTIME).sum().alias("Overtime hours"),
        pl.lit(0.0).alias("Double overtime hours"),
        pl.col("amount").sum().alias("Gross earnings"),
        (pl.col("amount").sum() * FICA).round(2).alias("Employer FICA"),
    )


def _halves(span: Span) -> list[tuple[date, date]]:
    """First and last day of each semi-monthly pay period, two a month."""
    result = []
    for start in span.starts:
        middle = start.replace(day=15)
        end = (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        result += [(start, middle), (middle + timedelta(days=1), end)]
    return result


def _half_of_day(span: Span) -> Ints:
    day_of_month = (span.days - span.days.astype("datetime64[M]")).astype(np.int64)
    return np.asarray(span.month * 2 + (day_of_month >= 15))


def _check_date(end: date) -> date:
    """The last working day of the period: the centres are paid current."""
    return end - timedelta(days=max(0, end.weekday() - 4))


def write_adp(
    writer: Writer, span: Span, sites: Sequence[Site], lines: list[pl.DataFrame], cast: Cast
) -> None:
    """EPI paydata, one file a biweekly period, named by its last day: hours only, blank is none."""
    own = [frame for site, frame in zip(sites, lines, strict=True) if site.code in cast.adp]
    ends = np.unique(span.period_end)
    frame = pl.concat(own).filter(pl.col("component") != BONUS)
    period = np.searchsorted(ends, span.period_end)
    frame = frame.with_columns(period=pl.Series(period[frame["day"].to_numpy()]))
    frame = frame.filter(pl.col("period") < len(period_ends(span)))
    frame = frame.with_columns(extra=pl.col("component") == HOLIDAY)
    frame = frame.sort("period", "site", "worker", "extra", "day", "component")
    kind, hours = pl.col("component"), pl.col("hours")
    keys = ["period", "site", "worker", "extra"]
    shown = frame.group_by(keys, maintain_order=True).agg(
        hours.filter(kind == REGULAR).sum().alias("Reg Hours"),
        hours.filter(kind == OVERTIME).sum().alias("O/T Hours"),
        hours.filter(kind.is_in([PTO, HOLIDAY])).sum().alias("Hours 3 Amount"),
    )
    positive = [pl.when(pl.col(name) > 0).then(pl.col(name)).alias(name)
                for name in ("Reg Hours", "O/T Hours", "Hours 3 Amount")]  # fmt: skip
    code = pl.when("extra").then(pl.lit("HOL")).otherwise(pl.lit("PTO"))
    columns = [
        "Co Code", "Batch ID", "File #", "Rate Code", "Temp Dept", "Reg Hours", "O/T Hours",
        "Hours 3 Code", "Hours 3 Amount", "Earnings 3 Code", "Earnings 3 Amount", "Memo Code",
        "Memo Amount", "Special Proc Code", "Other Begin Date", "Other End Date",
    ]  # fmt: skip
    shown = shown.with_columns(
        *positive,
        pl.when(pl.col("Hours 3 Amount") > 0).then(code).alias("Hours 3 Code"),
        pl.lit(COMPANY).alias("Co Code"),
        pl.format("{}", pl.col("period") + 1).str.zfill(3).alias("Batch ID"),
        (pl.col("worker") % 100000).cast(pl.String).str.zfill(6).alias("File #"),
        pick([site.department for site in sites], shown["site"]).alias("Temp Dept"),
    )
    blank = [pl.lit(None, dtype=pl.String).alias(n) for n in columns if n not in shown.columns]
    writer.split(f"payroll/adp/PR{COMPANY}EPI_{{}}.csv", shown.with_columns(blank), "period",
                 [str(end) for end in ends], columns=columns, float_precision=2)  # fmt: skip
