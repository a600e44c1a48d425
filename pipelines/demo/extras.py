"""Smaller feeds in the plain layout: ledger, positions, feedback, remittances and targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.demo.contracts import Contract, current
from pipelines.demo.days import Floats, Span
from pipelines.demo.group import CLINIC, HOME, Site
from pipelines.demo.noise import dither, quiet, stream
from pipelines.demo.roles import ROLES
from pipelines.demo.staffing import Demand
from pipelines.demo.volumes import Volume
from pipelines.demo.write import Writer

RECENT = 13  # months of positions and remittances


def write_ledger(
    writer: Writer, span: Span, sites: Sequence[Site], wages: Floats, bills: pl.DataFrame
) -> None:
    """The plain `ledger` feed, one CSV a year: 6000 wages by day worked, and the bills' accounts.

    `wages` is dollars by site and month, (S, M).
    """
    site, month = np.nonzero(wages[:, : span.months])
    pay = pl.DataFrame({"site": site, "month": month, "amount": np.round(wages[site, month], 2)})
    pay = pay.with_columns(account=pl.lit("6000"))
    paid = bills.group_by("site", "month", "account").agg(pl.col("amount").sum().round(2))
    frame = pl.concat([pay.select("site", "month", "account", "amount"),
                       paid.select("site", "month", "account", "amount")])  # fmt: skip
    frame = frame.with_columns(
        pl.col("site").replace_strict(list(range(len(sites))), [s.code for s in sites]),
        pl.col("month").replace_strict(list(range(len(span.starts))), span.starts),
    ).sort("month", "site", "account")
    for year in sorted({start.year for start in span.starts[: span.months]}):
        part = frame.filter(pl.col("month").dt.year() == year)
        writer.csv(f"ledger/ledger_{year}.csv", part.select("site", "account", "month", "amount"),
                   float_precision=2)  # fmt: skip


def write_positions(
    writer: Writer, seed: int, span: Span, sites: Sequence[Site], demands: Sequence[Demand]
) -> None:
    """The plain `positions` feed, one CSV a month: posts in full-time equivalents."""
    for month in range(span.months - RECENT, span.months):
        rows = []
        days = span.month == month
        for site, demand in zip(sites, demands, strict=True):
            rng = stream(seed, "positions", site.code, month)
            for role in ROLES[site.kind]:
                weekly = float(demand.hours[role.name][days].mean()) * 7
                budgeted = round(weekly / 40 * 1.06 * 2) / 2
                filled = max(budgeted - 0.5 * int(rng.random() < 0.3) * (budgeted > 2), 0)
                if budgeted:
                    rows.append((site.code, span.ends[month], role.name, budgeted, filled))
        frame = pl.DataFrame(rows, orient="row",
                             schema=["site", "as_of", "role", "budgeted", "filled"])  # fmt: skip
        writer.csv(f"positions/positions_{span.starts[month]:%Y-%m}.csv", frame)


def write_feedback(
    writer: Writer, seed: int, span: Span, sites: Sequence[Site], volumes: Sequence[Volume]
) -> None:
    """The plain `feedback` feed, one CSV a year, a row a site, month and kind."""
    parts = []
    for site, volume in zip(sites, volumes, strict=True):
        served = span.by_month(volume.count * volume.open)[: span.months]
        for kind, rate, share in (("complaint", 2.6, 0.92), ("compliment", 3.4, 1.0),
                                  ("record_request", 9.0, 0.95)):  # fmt: skip
            rng = stream(seed, "feedback", site.code, kind)
            noise = quiet(rng, span.months, 0.16)
            received = dither(served * noise * rate / (6000 if site.kind == HOME else 1000))
            due = received if kind != "compliment" else received * 0
            on_time = due - (rng.random(span.months) < (1 - share) * due)
            parts.append(
                pl.DataFrame({"date": span.starts[: span.months], "received": received,
                              "due": due, "on_time": np.maximum(on_time, 0)})
                .with_columns(site=pl.lit(site.code), kind=pl.lit(kind))
                .filter(pl.Series(served > 0))
            )  # fmt: skip
    frame = pl.concat(parts).sort("date", "site", "kind")
    columns = ["site", "date", "kind", "received", "due", "on_time"]
    for year in sorted({start.year for start in span.starts[: span.months]}):
        part = frame.filter(pl.col("date").dt.year() == year)
        writer.csv(f"feedback/feedback_{year}.csv", part.select(columns))


def write_remits(
    writer: Writer,
    seed: int,
    span: Span,
    sites: Sequence[Site],
    volumes: Sequence[Volume],
    contracts: Sequence[Contract],
) -> None:
    """The plain `remits` feed, one CSV a month: payers by clinic and urgent care centre."""
    payers = [contract for contract in current(contracts) if contract.kind == "payer"]
    parts = []
    for site, volume in zip(sites, volumes, strict=True):
        if site.kind == HOME:
            continue
        served = span.by_month(volume.count)[: span.months]
        for place, payer in enumerate(payers):
            parts.append(_remits(seed, span, site, payer, place, served))
    frame = pl.concat(parts).filter(pl.col("month") >= span.months - RECENT)
    frame = frame.with_columns(starts=pl.col("month").replace_strict(
        list(range(len(span.starts))), span.starts)).sort("month", "site", "contract")  # fmt: skip
    frame = frame.rename({"month": "place", "starts": "month"})
    columns = ["site", "contract", "month", "payer", "charged", "allowed", "paid", "denied",
               "claims_submitted", "claims_denied", "capitation", "member_months", "receivables",
               "receivables_over_90"]  # fmt: skip
    names = [f"{start:%Y-%m}" for start in span.starts]
    writer.split("remits/remits_{}.csv", frame, "place", names, columns=columns, float_precision=2)


def _remits(
    seed: int, span: Span, site: Site, payer: Contract, place: int, served: Floats
) -> pl.DataFrame:
    rng = stream(seed, "remits", site.code, payer.number)
    claims = dither(served * (0.2 - 0.02 * place) / 1.04)
    denied = dither(claims * (0.045 + 0.006 * (place % 4)) * quiet(rng, span.months, 0.08))
    charge = 238.0 if site.kind == CLINIC else 312.0
    charged = np.round(claims * charge * quiet(rng, span.months, 0.02), 2)
    refused = np.round(charged * denied / np.maximum(claims, 1), 2)
    allowed = np.round((charged - refused) * (0.66 - 0.02 * place), 2)
    members = np.round(served * 0.55) * (place == 0)
    due = np.round(charged * 1.5, 2)
    return pl.DataFrame(
        {
            "month": np.arange(span.months),
            "charged": charged,
            "allowed": allowed,
            "paid": np.round(allowed * 0.94, 2),
            "denied": refused,
            "claims_submitted": claims,
            "claims_denied": denied,
            "capitation": np.round(members * 23.5, 2),
            "member_months": members,
            "receivables": due,
            "receivables_over_90": np.round(due * (0.12 + 0.01 * (place % 3)), 2),
        }
    ).with_columns(
        site=pl.lit(site.code), contract=pl.lit(payer.number), payer=pl.lit(payer.vendor)
    ).filter(pl.col("claims_submitted") > 0)  # fmt: skip


# What the group has set itself, with the unit in which it is written.
TARGETS = (
    ("overtime_share", "5", "%"), ("agency_share", "3", "%"), ("vacancy_rate", "3", "%"),
    ("nursing_hprd", "3.5", ""), ("rn_hprd", "0.55", ""), ("below_par", "2", "%"),
    ("waste_share", "1", "%"), ("deliveries_on_time", "95", "%"), ("pm_compliance", "95", "%"),
    ("pm_compliance_high_risk", "100", "%"), ("repairs_on_time", "90", "%"),
    ("complaints_on_time", "90", "%"), ("record_requests_on_time", "95", "%"),
    ("claim_denial_rate", "6", "%"), ("off_contract_share", "15", "%"),
)  # fmt: skip


def write_targets(writer: Writer, span: Span) -> None:
    """The plain `targets` feed, one CSV: what holds for all sites from the first month on."""
    frame = pl.DataFrame(TARGETS, orient="row", schema=["metric", "value", "unit"])
    writer.csv("targets/targets.csv",
               frame.with_columns(from_month=pl.lit(span.starts[0])))  # fmt: skip
