"""Paychex Flex: daily pay lines of the clinics and the nursing homes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.demo.cast import Cast
from pipelines.demo.days import CHECK_LAG, Days, Span, to_date
from pipelines.demo.group import CLINIC, URGENT, Site
from pipelines.demo.noise import stream
from pipelines.demo.roles import NAMES
from pipelines.demo.staffing import BONUS, COMPONENTS, REGULAR
from pipelines.demo.write import Writer, pick

CLIENTS = ("0081234", "0081302")  # clinics, nursing homes
COLUMNS = (
    "Client ID", "Worker ID", "Org", "Job Number", "Pay Component", "Rate", "Rate Number", "Hours",
    "Units", "Line Date", "Amount", "Check Seq Number", "Override State", "Override Local",
    "Override Local Jurisdiction", "Labor Assignment",
)  # fmt: skip


def period_ends(span: Span) -> Days:
    """The last days of the pay periods that had ended by today."""
    ends = np.unique(span.period_end)
    return np.asarray(ends[ends <= np.datetime64(span.today)])


def check_date(end: np.datetime64) -> str:
    """The check date of the period that ends on `end`, as in a file's name."""
    return to_date(end + np.timedelta64(CHECK_LAG, "D")).isoformat()


def write_paychex(
    writer: Writer,
    seed: int,
    span: Span,
    sites: Sequence[Site],
    lines: list[pl.DataFrame],
    cast: Cast,
) -> dict[str, float | str]:
    """One CSV a client and check date; returns what the restated file corrects."""  # fmt: skip
    figures: dict[str, float | str] = {}
    for client in (0, 1):
        kind_is_clinic = client == 0
        own = [frame for site, frame in zip(sites, lines, strict=True)
               if site.kind != URGENT and (site.kind == CLINIC) == kind_is_clinic]  # fmt: skip
        frame = _export(span, sites, pl.concat(own), CLIENTS[client])
        ends = [check_date(end) for end in np.unique(span.period_end)]
        pattern = f"payroll/paychex/paychex_{CLIENTS[client]}_{{}}.csv"
        restated = next(site for site in sites if site.code == cast.restated)
        if (restated.kind == CLINIC) == kind_is_clinic:
            frame, figures = _restate(writer, seed, span, frame, restated, pattern)
        writer.split(pattern, frame, "period", ends, **_options())
    return figures


def _options() -> dict[str, object]:
    return {"columns": list(COLUMNS), "date_format": "%m/%d/%Y", "float_precision": 2}


def _export(span: Span, sites: Sequence[Site], frame: pl.DataFrame, client: str) -> pl.DataFrame:
    """The lines of ended periods under Paychex's headings, with the index of their period."""
    ends = np.unique(span.period_end)
    period = np.searchsorted(ends, span.period_end)
    frame = frame.with_columns(period=pl.Series(period[frame["day"].to_numpy()]))
    frame = frame.filter(pl.col("period") < len(period_ends(span)))
    frame = frame.sort("period", "site", "worker", "day", "component")
    bonus = pl.col("component") == BONUS
    nothing = pl.lit(None, dtype=pl.String)
    blank = {name: nothing for name in COLUMNS if name.startswith(("Override", "Job", "Units"))}
    return frame.with_columns(
        pick([site.org for site in sites], frame["site"]).alias("Org"),
        pick(COMPONENTS, frame["component"]).alias("Pay Component"),
        pick(NAMES, frame["role"]).alias("Labor Assignment"),
        pl.Series("Line Date", span.days[frame["day"].to_numpy()]),
        pl.lit(client).alias("Client ID"),
        pl.col("worker").alias("Worker ID"),
        pl.when(bonus).then(None).otherwise(pl.col("rate")).alias("Rate"),
        pl.when(bonus).then(None).otherwise(1).alias("Rate Number"),
        pl.when(bonus).then(None).otherwise(pl.col("hours")).alias("Hours"),
        pl.col("amount").alias("Amount"),
        pl.lit(1).alias("Check Seq Number"),
        **blank,
    )


def _restate(
    writer: Writer, seed: int, span: Span, frame: pl.DataFrame, site: Site, pattern: str
) -> tuple[pl.DataFrame, dict[str, float | str]]:
    """Write the corrected file of one period; return lines in which its first file is wrong.

    The mistake: an import doubled some regular shifts of one site.
    """
    period = len(period_ends(span)) - 5
    name = check_date(period_ends(span)[period])
    right = frame.filter(pl.col("period") == period)
    writer.csv(pattern.format(name + "_corrected"), right.select(COLUMNS),
               date_format="%m/%d/%Y", float_precision=2)  # fmt: skip
    chosen = (frame["period"] == period) & (frame["Org"] == site.org)
    chosen &= frame["component"] == REGULAR
    rng = stream(seed, "restated", site.code)
    doubled = chosen & pl.Series(rng.uniform(size=len(frame)) < 0.4)
    factor = pl.when(doubled).then(2.0).otherwise(1.0)
    wrong = frame.with_columns(Hours=pl.col("Hours") * factor, Amount=pl.col("Amount") * factor)
    own = pl.col("Org") == site.org
    before = wrong.filter(own, pl.col("period") == period)
    after = right.filter(own)
    figures: dict[str, float | str] = {
        "check_date": name,
        "first_file": pattern.format(name),
        "corrected_file": pattern.format(name + "_corrected"),
        "hours_before": round(float(before["Hours"].sum()), 2),
        "hours_after": round(float(after["Hours"].sum()), 2),
        "amount_before": round(float(before["Amount"].sum()), 2),
        "amount_after": round(float(after["Amount"].sum()), 2),
    }
    return wrong, figures
