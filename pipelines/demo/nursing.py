"""Agency staff of the nursing homes, and the CMS staffing return (PBJ) that shows everybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import Floats, Ints, Span
from pipelines.demo.group import HOME, Site
from pipelines.demo.noise import dither, stream
from pipelines.demo.roles import AGENCY_ROLES, NAMES, ROLES
from pipelines.demo.staffing import OVERTIME, RAISE, REGULAR, Demand
from pipelines.demo.volumes import Volume
from pipelines.demo.write import Writer, pick

AGENCIES = ("Tidewell Staffing", "Nightingate Temps", "Corvane Medical Staffing")
MARKUP = 1.58  # what an agency charges for an hour, over the wage of the role
STORY_MARKUP = 1.70
PBJ_COLUMNS = ("Hrs_RNDON", "Hrs_RNadmin", "Hrs_RN", "Hrs_LPNadmin", "Hrs_LPN", "Hrs_CNA",
               "Hrs_NAtrn", "Hrs_MedAide")  # fmt: skip


def build_agency(seed: int, span: Span, site: Site, demand: Demand, cast: Cast) -> pl.DataFrame:
    """Agency hours and charges by day and role; columns site, day, role, agency, hours, amount."""
    parts = []
    for role in ROLES[HOME] if site.kind == HOME else ():
        if role.name not in AGENCY_ROLES:
            continue
        rng = stream(seed, "agency", site.code, role.name)
        shifts = dither(demand.hours[role.name] * demand.agency / 8, rng.uniform())
        day = np.repeat(np.arange(len(shifts)), shifts)
        agency = rng.integers(0, 2, len(day)) + site.index % 2
        rate = _charge(span, role.wage, site.code == cast.agency)[day]
        parts.append(
            pl.DataFrame({"day": day, "agency": agency,
                          "hours": 8 + rng.integers(-1, 2, len(day)) / 4})
            .with_columns(pl.Series("amount", rate), site=pl.lit(site.index),
                          role=pl.lit(NAMES.index(role.name)))
        )  # fmt: skip
    if not parts:
        return _EMPTY
    return (
        pl.concat(parts)
        .with_columns(amount=(pl.col("amount") * pl.col("hours")).round(2))
        .group_by("site", "day", "role", "agency")
        .agg(pl.col("hours").sum(), pl.col("amount").sum().round(2))
        .sort("day", "role", "agency")
        .select(_EMPTY.columns)
        .cast(_EMPTY.schema)
    )


_EMPTY = pl.DataFrame(
    schema={"site": pl.Int64, "day": pl.Int64, "role": pl.Int64, "agency": pl.Int64,
            "hours": pl.Float64, "amount": pl.Float64}
)  # fmt: skip


def _charge(span: Span, wage: float, dear: bool) -> Floats:
    """Dollars an hour on each day, (D,): rates rise with wages, once a quarter."""
    quarter = span.days.astype("datetime64[M]").astype(np.int64) // 3
    years = (quarter - quarter[span.known - 1]) / 4
    markup = STORY_MARKUP if dear else MARKUP
    return np.asarray(np.round(wage * markup * RAISE**years, 2), dtype=np.float64)


def write_timesheets(
    writer: Writer, span: Span, sites: Sequence[Site], agency: pl.DataFrame
) -> None:
    """Agency timesheets in the plain `labor` layout, one CSV a month, a row a day and role."""
    frame = agency.filter(pl.col("day") < span.known).sort("day", "site", "role", "agency")
    day = frame["day"].to_numpy()
    frame = frame.with_columns(
        pl.Series("month", span.month[day]),
        pl.Series("period_start", span.days[day]),
        pl.Series("period_end", span.days[day]),
        pick([site.code for site in sites], frame["site"]).alias("site"),
        pick(AGENCIES, frame["agency"]).alias("company"),
        pick(NAMES, frame["role"]).alias("role"),
        pl.lit("agency").alias("kind"),
        pl.lit("timesheet").alias("basis"),
        pl.lit("AGENCY").alias("pay_code"),
        pl.lit("regular").alias("pay_class"),
    )
    columns = ["site", "company", "period_start", "period_end", "role", "kind", "basis",
               "pay_code", "pay_class", "hours", "amount"]  # fmt: skip
    writer.monthly("payroll/agency/agency_timesheets_{}.csv", frame, span, columns,
                   float_precision=2)  # fmt: skip


def write_pbj(
    writer: Writer,
    span: Span,
    sites: Sequence[Site],
    volumes: Sequence[Volume],
    lines: Sequence[pl.DataFrame],
    agency: pl.DataFrame,
) -> None:
    """The PBJ daily nurse staffing file, one a calendar quarter, from payroll and timesheets."""
    parts = []
    for site, volume, own in zip(sites, volumes, lines, strict=True):
        if site.kind == HOME:
            hired = agency.filter(pl.col("site") == site.index)
            parts.append(_return(span, site, volume, own, hired))
    frame = pl.concat(parts).sort("quarter", "PROVNUM", "WorkDate")
    quarters = frame["CY_Qtr"].unique(maintain_order=True).to_list()
    names = [f"Q{text[-1]}_{text[:4]}" for text in quarters]
    columns = [name for name in frame.columns if name != "quarter"]
    writer.split("payroll/pbj/PBJ_Daily_Nurse_Staffing_{}.csv", frame, "quarter", names,
                 columns=columns, float_precision=2)  # fmt: skip


def _return(
    span: Span, site: Site, volume: Volume, own: pl.DataFrame, hired: pl.DataFrame
) -> pl.DataFrame:
    worked = own.filter(pl.col("component").is_in([REGULAR, OVERTIME]))
    days = span.days[: span.known]
    quarter = days.astype("datetime64[M]").astype(np.int64) // 3
    quarters = [f"{1970 + q // 4}Q{q % 4 + 1}" for q in quarter.tolist()]
    columns: dict[str, object] = {
        "PROVNUM": [site.ccn] * span.known,
        "PROVNAME": [site.name.upper()] * span.known,
        "CITY": [site.place.upper()] * span.known,
        "STATE": ["ZZ"] * span.known,
        "COUNTY_NAME": ["Brindle"] * span.known,
        "COUNTY_FIPS": ["901"] * span.known,
        "CY_Qtr": quarters,
        "WorkDate": np.char.replace(days.astype(str), "-", ""),
        "MDScensus": volume.count[: span.known],
    }
    for column in PBJ_COLUMNS:
        role = next((role for role in ROLES[HOME] if role.pbj == column), None)
        employed = _daily(span, worked, role.name) if role else np.zeros(span.known)
        contract = _daily(span, hired, role.name) if role else np.zeros(span.known)
        columns[column] = np.round(employed + contract, 2)
        columns[column + "_emp"] = np.round(employed, 2)
        columns[column + "_ctr"] = np.round(contract, 2)
    columns["quarter"] = quarter - quarter[0]
    return pl.DataFrame(columns)


def _daily(span: Span, frame: pl.DataFrame, role: str) -> Floats:
    chosen = frame.filter(pl.col("role") == NAMES.index(role))
    days: Ints = chosen["day"].to_numpy().astype(np.int64)
    hours = np.bincount(days, chosen["hours"].to_numpy(), len(span.days))[: span.known]
    return np.asarray(hours, dtype=np.float64)
