"""Budget: the year to date against its budget, by subject, by site and from month to month."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import streamlit as st

from dashboard import (
    blocks,
    charts,
    edited,
    flexed,
    layout,
    left_out,
    noted,
    outlook,
    packs,
    scope,
    sentences,
    store,
    timing,
)  # fmt: skip
from dashboard import format as fmt
from dashboard.asking import months_of, to_number
from dashboard.charts.show import show
from dashboard.components import Cell, Column, Link, Row, responsive_table
from pipelines.wording import findings

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pipelines.metrics.ask import Answer

NEEDS = ("labor.pay", "supply_moves.value", "spend")
STEPS = 6  # sites that have a bar of their own in the bridge
LARGEST = 10

Line = Mapping[str, Any]


def page() -> None:
    """Draw the page."""
    chosen = scope.choose(NEEDS, fixed="Year to date")
    if not store.months(("budget",))[0]:
        layout.page_title(
            "There is no budget to compare with",
            "No export has brought one yet: the command rounds template budget shows the layout to "
            "fill, rounds ingest loads it.",
        )
        return
    whole = _by_reach(_against(chosen), _against(chosen, "site"))
    if whole.is_empty():
        _nothing_compared(chosen)
        return
    _headline(chosen, whole)
    packs.offer(chosen)
    # Filled last: where a new build has no landing yet, the rest of the page is there meanwhile.
    landings = {currency: _drawn(chosen, whole, currency) for currency in whole["currency"]}
    for currency, place in landings.items():
        with (
            place,
            layout.guarded(
                "The landing could not be drawn.", "All other figures are right.",
                key=f"no-landing-{currency}",
            ),
        ):  # fmt: skip
            outlook.landed(chosen, currency)


def _against(chosen: scope.Scope, *by: str) -> pl.DataFrame:
    """Budget, actual, gap and share over the site-months that have both, by a dimension.

    Columns: the dimension, start, currency, budget, actual, gap, share (of the budget).
    """
    keys = [*(name for name in by if name != "month"), "start", "currency"]
    # The comparison brings both sides of the same rows: one question instead of three.
    frame = _asked(chosen, *by).frame.drop_nulls("gap").select(*keys, "budget", "gap")
    budget, gap = pl.col("budget"), pl.col("gap")
    share = gap.cast(pl.Float64) / pl.when(budget != 0).then(budget.cast(pl.Float64))
    return frame.with_columns(share=share, actual=budget + gap)


def _asked(chosen: scope.Scope, *by: str) -> Answer:
    return store.ask("total_cost", chosen.period, by=by, where=chosen.where, compare=("budget",))


def _by_reach(whole: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """The currency of the most sites first: amounts of two currencies can't be ranked."""
    counts = sites.group_by("currency").len()
    joined = whole.join(counts, on="currency", how="left")
    return joined.sort("len", descending=True, nulls_last=True)


def _nothing_compared(chosen: scope.Scope) -> None:
    """A budget is there, but no site-month of the choice has both sides."""
    layout.page_title(
        f"Nothing can be compared with a budget in {_span(chosen)}",
        "No site of this choice has both a budget and the whole cost of a month.",
    )
    left_out.draw(chosen)


def _headline(chosen: scope.Scope, whole: pl.DataFrame) -> None:
    said = [
        f"{fmt.money(row['actual'], row['currency'])}, {fmt.gap(row['gap'], row['currency'])}"
        for row in whole.iter_rows(named=True)
    ]
    layout.page_title(f"{_span(chosen)} cost {fmt.names(said)}", _explained(chosen, whole))
    blocks.state(_asked(chosen), where=chosen.where)


def _span(chosen: scope.Scope) -> str:
    """ "January to October 2026"; a single month by its name."""
    first, last = chosen.period.start, chosen.month
    name = fmt.month_in_sentence(last, year=True)
    return name if first.month == last.month else f"{fmt.month_in_sentence(first)} to {name}"


def _explained(chosen: scope.Scope, whole: pl.DataFrame) -> str:
    """Which subject and which site the gap comes from, in the currency of the most sites."""
    line = whole.row(0, named=True)
    if not line["gap"]:
        return ""
    parts = []
    subject = _furthest(_against(chosen, "subject"), line)
    if subject is not None and subject["gap"]:
        more = "more" if subject["gap"] > 0 else "less"
        apart = fmt.money(abs(subject["gap"]), line["currency"])
        parts.append(f"{_subject(subject['subject'])} cost {apart} {more} than planned")
    sites = _against(chosen, "site")
    site = _furthest(sites, line)
    if site is not None and sites.height > 1:
        parts.append(
            f"{store.name_of(site['site'])} alone is {fmt.gap(site['gap'], line['currency'])}, all "
            f"other sites together {fmt.gap(line['gap'] - site['gap'], line['currency'])}"
        )
    return f"{'; '.join(parts)}." if parts else ""


def _furthest(parts: pl.DataFrame, whole: Line) -> dict[str, Any] | None:
    """The part with the largest gap on the side of the whole."""
    found = parts.filter(pl.col("currency") == whole["currency"])
    found = found.sort("gap", descending=whole["gap"] > 0)
    return found.row(0, named=True) if found.height else None


def _drawn(chosen: scope.Scope, whole: pl.DataFrame, currency: str) -> DeltaGenerator:
    """The blocks of one currency: two currencies are never in one sum. The place of its landing."""
    line = whole.filter(pl.col("currency") == currency).row(0, named=True)
    layout.section(f"In {currency}" if whole.height > 1 else "The year against its budget")
    landing = st.container()
    left, right = st.columns(2, gap="medium")
    with left:
        _cumulative(chosen, currency)
    with right:
        _subjects(chosen, line)
        timing.reasons(chosen, currency)
        if currency == whole["currency"][0]:
            left_out.draw(chosen)
    flexed.draw(chosen, currency)
    sites = _against(chosen, "site").filter(pl.col("currency") == currency)
    sites = sites.sort("gap", descending=True)
    if sites.height < 2:
        return landing
    left, right = st.columns(2, gap="medium")
    with left:
        _bridge(chosen, sites, line)
    with right:
        _league(chosen, sites, line)
    return landing


def _cumulative(chosen: scope.Scope, currency: str) -> None:
    """How far from the budget the year has come, month by month."""
    frame = _against(chosen, "month").filter(pl.col("currency") == currency).sort("start")
    if frame.height < 2:
        layout.block(
            findings.months_on_one_side(frame, currency),
            "The first month of the year that can be compared.",
        )
        return
    drawn = frame.select(
        month="start",
        value=pl.col("gap").cum_sum().cast(pl.Float64),
        budget=pl.lit(0.0),
    )
    show(
        charts.trend(
            drawn,
            name="Gap to budget",
            unit="money",
            currency=currency,
            zero=True,
            notes=noted.marks("budget_variance", chosen.where, frame["start"].to_list()),
        ),
        findings.months_on_one_side(frame, currency),
        f"Actual minus budget, summed up since {fmt.month(frame['start'][0])}; above the line is "
        "over budget",
        key=f"cumulative-{currency}",
        links=months_of("budget_variance", frame["start"].to_list(), chosen.where),
    )


def _subjects(chosen: scope.Scope, line: Line) -> None:
    """The subjects with their total: its share is the whole's, not a mean of theirs."""
    found = _against(chosen, "subject").filter(pl.col("currency") == line["currency"])
    found = found.sort("gap", descending=True)
    layout.block(_subject_finding(found), _measure(chosen, line))
    tags, set_by_hand = timing.kinds(chosen, "subject"), edited.values(chosen, "subject")
    rows = [
        Row(
            _line(chosen, "subject", _subject(row["subject"]), row, tags, set_by_hand),
            link=scope.to_page(row["subject"]) if row["subject"] in sentences.SUBJECTS else None,
        )
        for row in found.iter_rows(named=True)
    ]
    rows.append(Row([*_cells("All subjects", line), ""], total=True))
    key = f"subjects-{line['currency']}"
    responsive_table(_columns("Subject"), rows, key=key, label="Budget and actual by subject")
    edited.note(chosen, line["currency"])


def _subject(subject: str) -> str:
    """The subject's title; budgets of accounts that nobody has mapped have none."""
    return sentences.SUBJECTS.get(subject, subject.capitalize())


def _subject_finding(found: pl.DataFrame) -> str:
    over = found.filter(pl.col("gap") > 0)
    names = [_subject(subject) for subject in over["subject"]]
    if not names:
        return "No subject cost more than planned"
    if len(names) == found.height > 1:
        return "Every subject cost more than planned"
    return f"{fmt.names(names)} cost more than planned"


def _measure(chosen: scope.Scope, line: Line) -> str:
    symbol = fmt.currency_symbol(line["currency"]).strip()
    return f"{symbol} thousand, {_span(chosen)}, largest gap first."


def _columns(what: str) -> list[Column]:
    return [
        Column(what),
        Column("Budget", align="right", phone="second"),
        Column("Actual", align="right", phone="second"),
        Column("Gap", align="right", phone="value"),
        Column("Gap %", align="right", phone="second", quiet=True),
        Column("Mostly", phone="second", quiet=True),
    ]


def _line(
    chosen: scope.Scope,
    dimension: str,
    name: str,
    row: Line,
    tags: Mapping[tuple[str, str], Cell],
    set_by_hand: Collection[str],
) -> list[Cell | str]:
    """A row whose gap leads to where it comes from, with what most of it is: timing, one-off …

    A budget that somebody edited is marked.
    """
    value = row[dimension]
    leads = to_number("budget_variance", chosen, {**chosen.where, dimension: [value]})
    tag = tags.get((value, row["currency"]), Cell("–", tone="muted"))
    cells = _cells(name, row, leads)
    cells[1] = edited.cell(fmt.thousands(row["budget"]), value in set_by_hand)
    return [*cells, tag]


def _cells(name: str, row: Line, leads: Link | None = None) -> list[Cell | str]:
    """A line of the budget; its gap leads to where it comes from."""
    return [
        name,
        fmt.thousands(row["budget"]),
        fmt.thousands(row["actual"]),
        Cell(fmt.thousands(row["gap"], signed=True), link=leads),
        fmt.percent(row["share"], signed=True),
    ]


def _bridge(chosen: scope.Scope, sites: pl.DataFrame, line: Line) -> None:
    """From budget to actual by the sites that lie furthest from theirs."""
    far = sites.sort(pl.col("gap").abs(), descending=True).head(STEPS).sort("gap", descending=True)
    others = sites.height - far.height
    steps = [(store.name_of(row["site"]), float(row["gap"])) for row in far.iter_rows(named=True)]
    rest = line["gap"] - far["gap"].sum()
    if others:
        steps.append((fmt.counted(others, "other site"), float(rest)))
    named = _makes_up(steps, float(line["gap"]))
    frame = pl.DataFrame(steps, schema={"step": pl.String, "amount": pl.Float64}, orient="row")
    show(
        charts.bridge(
            frame,
            start=("Budget", float(line["budget"])),
            name="Cost",
            currency=line["currency"],
            named=[name for name, _ in steps[:named]],
        ),
        _bridge_finding(steps, named, line),
        f"From budget to actual, {_span(chosen)}; the sites furthest from their budget",
        key=f"bridge-{line['currency']}",
        note="The line is the budget; bars to the right add cost, bars to the left save. A site's "
        "bar leads to what its gap is made of.",
        links=[None, *(_to_cause(site) for site in far["site"])],
    )


def _to_cause(site: str) -> Link | None:
    """This page for one site alone: its subjects, what volume excuses, what is timing."""
    return scope.to_page("budget", sites=[store.name_of(site)]) if site in store.sites() else None


def _makes_up(steps: list[tuple[str, float]], gap: float) -> int:
    """How many of the first steps make up most of an overspend; 0 where up to two don't."""
    if gap <= 0:
        return 0
    if steps[0][1] >= 0.6 * gap:
        return 1
    return 2 if len(steps) > 2 and steps[0][1] + steps[1][1] >= 0.6 * gap else 0


def _bridge_finding(steps: list[tuple[str, float]], named: int, line: Line) -> str:
    if not named:
        return f"The sites together are {fmt.gap(line['gap'], line['currency'])}"
    names = fmt.names([name for name, _ in steps[:named]])
    verb = "is" if named == 1 else "are"
    amount, whole = sum(gap for _, gap in steps[:named]), float(line["gap"])
    said = fmt.money(amount, line["currency"])
    if amount > whole:
        return f"{names} alone {verb} {said} over budget"
    return f"{names} {verb} {said} of the {fmt.money(whole, line['currency'])} over budget"


def _league(chosen: scope.Scope, sites: pl.DataFrame, line: Line) -> None:
    """Every site by its gap, the largest in sight, with the total."""
    over = sites.filter(pl.col("gap") > 0).height
    layout.block(
        f"{fmt.count(over)} of {fmt.counted(sites.height, 'site')} are over budget",
        _measure(chosen, line),
    )
    currency = line["currency"]
    tags, set_by_hand = timing.kinds(chosen, "site"), edited.values(chosen, "site")
    links = scope.to_sites()

    def rows(lines: pl.DataFrame) -> list[Row]:
        return [
            Row(
                _line(chosen, "site", store.name_of(row["site"]), row, tags, set_by_hand),
                link=links.get(row["site"]),
            )
            for row in lines.iter_rows(named=True)
        ]

    total = Row([*_cells("All sites compared", line), ""], total=True)
    label = "Sites by their gap to budget"
    responsive_table(
        _columns("Site"), [*rows(sites.head(LARGEST)), total], key=f"sites-{currency}", label=label
    )
    rest = sites.slice(LARGEST)
    if rest.height:
        title = f"Show {fmt.counted(rest.height, 'more site')}"
        with st.expander(title, on_change="rerun", key=f"more-sites-{currency}") as more:
            if more.open:
                responsive_table(_columns("Site"), rows(rest), key=f"rest-{currency}", label=label)
