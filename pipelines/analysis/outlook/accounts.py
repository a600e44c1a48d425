"""Where the accounts of each subject land: what makes up a subject's cost, summing to its landing.

An account is the invoices' for facilities and contracts; staffing is told apart by own, agency and
contract staff, supplies by the category of their items. Each site's account is forecast as a
series of its own, chosen and tried like those of the subjects. Forecasts of parts don't sum to the
forecast of the whole, so each month's are scaled to the subject's at the site ("forecast
proportions": G. Athanasopoulos and others, Hierarchical forecasts for Australian domestic tourism,
International Journal of Forecasting 25 (2009) 146-166): accounts add up to the landing of their
subject, for any sites, to the cent. The range is how far forecasts so scaled have missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.analysis.outlook.backtest import Trial, foreseen, outcomes, tried
from pipelines.analysis.outlook.landing import with_places
from pipelines.analysis.outlook.panel import Floats, panel, working_days
from pipelines.analysis.outlook.planned import planned
from pipelines.analysis.outlook.study import AHEAD, SEASON, Study, origins_of
from pipelines.analysis.outlook.year import CELLS, CENT, MONEY, Year
from pipelines.calendar import Period, add_months, month_end
from pipelines.metrics import find
from pipelines.metrics.ask import ask
from pipelines.metrics.model import Measure
from pipelines.metrics.supplies import BURN
from pipelines.warehouse.reader import Reader

STAFF = {"employee": "Own staff", "agency": "Agency staff", "contract": "Contract staff"}
REST = "Not told apart"  # what no account, kind of staff or category is known of
BILLED = Measure("spend", "sum(f.amount)", "f.subject IN ('facilities', 'contracts')")
PARTS = (
    ("staffing", "labor_cost", None, "kind"),
    ("supplies", "total_cost", BURN, "category"),
    ("", "total_cost", BILLED, "account_title"),
)  # subject, metric, what else it sums, and what tells accounts apart
KEYS = ("site", "subject", "currency")


def year_by_account(reader: Reader, seen: Year, as_of: int | date | None = None) -> Year:
    """A year as `landing.year_of` has it, with every line told apart by `account`.

    It is landed with `landing.landed`, which then knows the dimension "account".
    """
    found = _study(reader, seen.found, as_of)
    plan = planned(reader, seen.year, found.lines, as_of)
    budgets, lines = plan.budgets.select("key", "month", "budget"), with_places(reader, found.lines)
    year = Year(found, seen.year, seen.until, lines, budgets, why=plan.why)
    year.cells = reconciled(year, seen)
    _without_costs(reader, year, seen, plan.budgets)
    return year


def _without_costs(reader: Reader, year: Year, seen: Year, budgets: pl.DataFrame) -> None:
    """Add to a year the accounts that have a budget and no costs, of lines that do cost something.

    They land at nothing, which is what they have of their subject's landing; so their budgets are
    compared as they are in the subject's.
    """
    costing = seen.lines.join(seen.cells.select("row").unique(), on="row", how="semi")
    bare = (
        budgets.select("key", *KEYS, "account")
        .unique("key")
        .join(costing, on=list(KEYS), how="semi")
        .join(year.cells, on="key", how="anti")
        .with_columns(family=pl.concat_str("subject", "account", separator="|"))
        .sort("key")
    )
    more = with_places(reader, bare.join(year.lines, on="key", how="anti"))
    more = more.with_columns(row=pl.col("row") + year.lines.height)
    year.lines = pl.concat([year.lines, more.select(year.lines.columns)])
    rows = year.lines.join(bare, on="key", how="semi").select("row", "key").iter_rows()
    none = [(row, key, month, Decimal(0), True, Decimal(0))
            for row, key in rows for month in year.months]  # fmt: skip
    year.cells = pl.concat([year.cells, pl.DataFrame(none, schema=CELLS, orient="row")])


def _study(reader: Reader, whole: Study, as_of: int | date | None) -> Study:
    """The study of the accounts of a study's lines, over the months that are known of those."""
    actual = _actual(reader, whole, as_of)
    lines = actual.select("key", *KEYS, "account", "family").unique().sort("key")
    place = {month: step for step, month in enumerate(whole.months)}
    rows = actual.select(
        "key", "value", "family",
        step=pl.col("month").replace_strict(place, return_dtype=pl.Int64),
    )  # fmt: skip
    ahead = [add_months(whole.months[-1], step + 1) for step in range(AHEAD)]
    costs = panel(rows, SEASON, steps=len(whole.months), work=working_days([*whole.months, *ahead]))
    trial = tried(costs, origins_of(costs.steps), AHEAD)
    values = actual.select("key", "month", "value")
    off = missed(whole, lines, trial)
    return replace(whole, lines=lines, actual=values, trial=trial, missed=off)


def missed(whole: Study, lines: pl.DataFrame, trial: Trial) -> Floats:
    """(series, origins, horizon): by how much each account's part of its subject's forecast missed.

    It is shared as `reconciled` does, with what each account had cost by the origin where none of
    the subject's is forecast to cost anything.
    """
    subjects = whole.lines.with_row_index("of").select("of", *KEYS)
    of = lines.join(subjects, on=list(KEYS), how="left", maintain_order="left")["of"].to_numpy()
    said = np.nan_to_num(foreseen(trial).clip(min=0))
    known = np.nan_to_num(trial.panel.values.clip(min=0)).cumsum(axis=1)
    spent = np.stack([known[:, origin - 1] for origin in trial.origins], axis=1)[:, :, None]
    weights = np.where(_whole(said, of) > 0, said, spent)
    total = _whole(weights, of)
    share = np.divide(weights, total, out=np.full_like(weights, np.nan), where=total > 0)
    came = outcomes(trial.panel, trial.origins, trial.horizon)
    off: Floats = came - foreseen(whole.trial)[of] * share
    return off


def _whole(parts: Floats, of: npt.NDArray[np.intp]) -> Floats:
    """For each part the sum of all that belong to the same whole, numbered by `of`."""
    sums = np.zeros((int(of.max()) + 1, *parts.shape[1:]))
    np.add.at(sums, of, parts)
    return sums[of]


def _actual(reader: Reader, whole: Study, as_of: int | date | None) -> pl.DataFrame:
    """(key, site, subject, currency, account, family, month, value) of the months that are known.

    In a month of a line in which an account has no row, that cost nothing; but not before its
    first. What the accounts don't add up to is one of its own, so that each month's sum is the
    line's.
    """
    known = whole.actual.join(whole.lines, on="key").select(*KEYS, "month", whole="value")
    span = Period(whole.months[0], month_end(whole.months[-1]))
    parts = pl.concat([_part(reader, span, as_of, *part) for part in PARTS])
    parts = parts.join(known, on=[*KEYS, "month"], how="semi")
    first = parts.group_by(*KEYS, "account").agg(first=pl.col("month").min())
    rows = (
        first.join(known, on=list(KEYS))
        .filter(pl.col("month") >= pl.col("first"))
        .join(parts, on=[*KEYS, "account", "month"], how="left")
        .select(*KEYS, "month", "account", pl.col("value").fill_null(0))
    )
    told = rows.group_by(*KEYS, "month").agg(told=pl.col("value").sum())
    rest = known.join(told, on=[*KEYS, "month"], how="left").with_columns(
        value=pl.col("whole") - pl.col("told").fill_null(0)
    )
    odd = rest.filter(pl.col("value") != 0).select(*KEYS).unique()
    rest = rest.join(odd, on=list(KEYS), how="semi").with_columns(account=pl.lit(REST))
    names = [*KEYS, "month", "account", "value"]
    return (
        pl.concat([rows.select(names), rest.select(names)])
        .group_by(*KEYS, "account", "month")
        .agg(pl.col("value").sum())
        .with_columns(
            key=pl.concat_str(*KEYS, "account", separator="|"),
            family=pl.concat_str("subject", "account", separator="|"),
        )
        .sort("key", "month")
    )


def _part(
    reader: Reader,
    span: Period,
    as_of: int | date | None,
    subject: str,
    metric: str,
    measure: Measure | None,
    by: str,
) -> pl.DataFrame:
    """(site, subject, currency, month, account, value) of one way to tell accounts apart."""
    asked = find(metric) if measure is None else replace(find(metric), numerator=measure)
    names = ("site", "month", by) if subject else ("site", "month", "subject", by)
    frame = ask(reader, asked, period=span, by=names, as_of=as_of).frame
    account = pl.col(by).fill_null(REST)
    return (
        frame.filter(pl.col("value").is_not_null())
        .with_columns(
            account=account.replace(STAFF) if by == "kind" else account,
            **({"subject": pl.lit(subject)} if subject else {}),
        )
        .group_by(*KEYS, "account", month="start")
        .agg(pl.col("value").cast(MONEY).sum())
        .select(*KEYS, "month", "account", "value")
    )


def reconciled(year: Year, seen: Year) -> pl.DataFrame:
    """The cells of a year by account, each month's summing to that of its line in `seen`.

    Known months do so as they are. A forecast is shared among the line's accounts by what each is
    forecast to cost (none less than nothing), else by what each cost in the months known, else
    equally; cents go to the accounts with the largest remainders.
    """
    line_of = {row: tuple(rest) for row, *rest in year.lines.select("row", *KEYS).iter_rows()}
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, line in line_of.items():
        rows.setdefault(line, []).append(row)
    keys = dict(year.lines.select("row", "key").iter_rows())
    own = {(row, month): cell for row, month, *cell in year.cells.select(
        "row", "month", "value", "known", "plain").iter_rows()}  # fmt: skip
    spent: dict[int, Decimal] = {}
    for (row, _), (value, known, _plain) in own.items():
        spent[row] = spent.get(row, Decimal(0)) + (max(value, Decimal(0)) if known else 0)
    made = []
    lines = {row: tuple(rest) for row, *rest in seen.lines.select("row", *KEYS).iter_rows()}
    for of, month, value, known, plain in seen.cells.select(
        "row", "month", "value", "known", "plain"
    ).iter_rows():
        parts = rows.get(lines[of], [])
        if known:
            made += [(row, keys[row], month, own[row, month][0], True, own[row, month][2])
                     for row in parts if (row, month) in own]  # fmt: skip
            continue
        said = [max(own.get((row, month), (Decimal(0),))[0], Decimal(0)) for row in parts]
        weights = next(
            (w for w in (said, [spent.get(row, Decimal(0)) for row in parts]) if sum(w) > 0),
            [Decimal(1)] * len(parts),
        )
        made += [
            (row, keys[row], month, one, False, usual)
            for row, one, usual in zip(
                parts, shared(value, weights), shared(plain, weights), strict=True
            )
        ]
    return pl.DataFrame(made, schema=CELLS, orient="row")


def shared(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """An amount in parts of whole cents in proportion to weights, which sum to more than 0."""
    total, unit = sum(weights, Decimal(0)), CENT if amount >= 0 else -CENT
    whole = amount.quantize(CENT)
    exact = [whole * weight / total for weight in weights]
    parts = [(one / CENT).to_integral_value(rounding="ROUND_DOWN") * CENT for one in exact]
    left = int((whole - sum(parts, Decimal(0))) / unit)
    order = sorted(range(len(parts)), key=lambda n: abs(exact[n] - parts[n]), reverse=True)
    for place in order[:left]:
        parts[place] += unit
    return parts
