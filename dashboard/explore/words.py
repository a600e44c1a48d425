"""Explore in words: names of values, figures as they are written, why one is missing, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard import format as fmt
from dashboard import sentences, store
from dashboard.blocks import be, per
from dashboard.explore.view import View
from dashboard.units import unit_of, written
from pipelines.analysis.pivots import NO_ROWS, TOTAL, Figure, Key, Pivot, is_amount
from pipelines.calendar import Period
from pipelines.metrics import Metric, Unit
from pipelines.metrics.dimensions import SITE_TITLES, TIME_TITLES, title_of
from pipelines.metrics.shown import WITHHELD
from pipelines.warehouse.needs import NEEDS

UNSTATED = ("unstated", "Unstated", "")
LARGE = 1_000_000  # from which amounts are written in thousands
AGAINST = {"budget": "budget", "year": "last year", "previous": "the period before",
           "target": "target"}  # fmt: skip
HEADS = {"budget": "Budget", "year": "Last year", "previous": "Before", "target": "Target"}


def name_of(key: Key, dimension: str) -> str:
    """A row's or column's value as people read it."""
    if key is TOTAL:
        return f"All {plural(dimension)}"
    if key is None:
        return "Not stated"
    if isinstance(key, Period):
        return _period(key, dimension)
    if isinstance(key, bool):
        return "Yes" if key else "No"
    if isinstance(key, date):
        return fmt.day(key)
    if dimension in ("site", "spent_at"):
        return store.name_of(key)
    if dimension == "subject":
        return sentences.SUBJECTS.get(key, str(key).capitalize())
    text = str(key)
    if text in UNSTATED:
        return "Not stated"
    return text[:1].upper() + text[1:] if text else "Not stated"


def _period(period: Period, dimension: str) -> str:
    if dimension == "week":
        return f"{fmt.day(period.start)[:-5]}" + ("" if period.days == 7 else f", {period.days} d")
    if dimension == "day":
        return fmt.day(period.start)
    return period.name()


def plural(dimension: str) -> str:
    """What several values of a dimension are called, in a sentence."""
    said = {
        "site_kind": "types of site", "category": "categories", "pay_class": "kinds of pay",
        "basis": "bases of pay", "spent_at": "sites that spent", "name": "equipment",
        "asset_name": "equipment", "class": "classes of equipment", "priority": "priorities",
        "status": "statuses", "company": "companies", "entity": "entities",
        "expiry": "expiry dates",
        "on_contract": "spend", "auto_renew": "contracts", "unit": "units of measure",
    }  # fmt: skip
    return said.get(dimension, title_of(dimension).lower() + "s")


@dataclass(frozen=True, slots=True)
class Pen:
    """How the figures of one currency are written in a table: one unit for all of it."""

    metric: Metric
    currency: str | None
    thousands: bool

    @staticmethod
    def of(pivot: Pivot, currency: str | None) -> Pen:
        """The pen of a pivot's table; amounts in thousands where there are large ones."""
        found = (
            abs(float(figure.value))
            for (_, _, money), figure in pivot.figures.items()
            if money == currency and figure.value is not None
        )
        large = pivot.metric.unit is Unit.MONEY and max(found, default=0.0) >= LARGE
        return Pen(pivot.metric, currency, large)

    @property
    def unit(self) -> str:
        """The unit that stands above the table: "$ thousand", "% of worked hours"."""
        symbol = fmt.currency_symbol(self.currency or "USD").strip()
        over = per(self.metric)
        match self.metric.unit:
            case Unit.MONEY:
                return f"{symbol} thousand" if self.thousands else symbol
            case Unit.RATE:
                return f"{symbol} {over}".strip()
            case Unit.SHARE:
                return f"per cent {over}".strip()
            case Unit.HOURS | Unit.DAYS:
                return self.metric.unit.value
            case Unit.COUNT:
                return "count"
        return over or "ratio"

    def write(self, figure: Any) -> str:
        """A figure in the table's unit."""
        if figure is None:
            return fmt.MISSING
        if self.metric.unit is Unit.MONEY:
            if not self.thousands:
                return fmt.count(figure)
            small = 0 < abs(figure) < 500
            return fmt.number(figure / 1000, decimals=2) if small else fmt.thousands(figure)
        return written(self.metric, figure, self.currency)

    def distance(self, figure: Any) -> str:
        """A signed distance in the table's unit; a share's in points."""
        if figure is None:
            return fmt.MISSING
        if self.metric.unit is Unit.MONEY:
            if self.thousands:
                return fmt.thousands(figure, signed=True)
            return fmt.count(figure, signed=True)
        if self.metric.unit is Unit.SHARE:
            return fmt.number(figure * 100, signed=True)
        places = 2 if self.metric.unit is Unit.RATIO else None
        return fmt.value(
            figure, unit_of(self.metric), self.currency or "USD", decimals=places, signed=True
        )

    @property
    def distance_unit(self) -> str:
        """The unit of `distance`."""
        return "points" if self.metric.unit is Unit.SHARE else self.unit

    @property
    def change_unit(self) -> str:
        """The unit of `change`."""
        return "in per cent" if is_amount(self.metric) else f"in {self.distance_unit}"

    def change(self, figure: Figure) -> str:
        """The change beside a figure: of amounts as a share, of others as a distance."""
        if figure.gap is None:
            return ""
        if not is_amount(self.metric):
            return self.distance(figure.gap)
        return "" if figure.change is None else fmt.percent(figure.change, signed=True)

    def say(self, figure: Any) -> str:
        """A figure in a sentence, with its unit."""
        return written(self.metric, figure, self.currency)


def why(figure: Figure) -> str:
    """Why a cell has no figure, in a few words."""
    reason = figure.reason or ""
    for ending, short in (
        (NO_ROWS.reason or "", "none"),
        ("for all days", "partly in"),
        ("did not arrive", "not in"),
        ("for this yet", "not in"),
        ("divide by", "nothing to divide by"),
        ("not reached", "not reached"),
    ):
        if reason.endswith(ending):
            return short
    if reason in WITHHELD:
        return "not shown"
    return "unknown"


MEANINGS = (
    ("not shown", "“not shown”: it is withheld from you, or would tell what few people are paid"),
    ("not in", "“not in”: {what} did not arrive, which is not the same as 0"),
    ("partly in", "“partly in”: {what} did not arrive for all days"),
    ("none", "“none”: nothing of the kind was counted there"),
    ("nothing to divide by", "“nothing to divide by”: the denominator is 0"),
    ("not reached", "“not reached”: fewer than half were finished, so there is no median yet"),
)


def notes(pivot: Pivot, currency: str | None) -> str:
    """What the marks of a table mean; "" where it has none."""
    cells = [
        pivot.figure(row, column, currency)
        for row in (TOTAL, *pivot.row_keys)
        for column in (TOTAL, *pivot.column_keys)
    ]
    what = fmt.names([NEEDS[need].what for need in pivot.metric.needs])
    shorts = {why(figure) for figure in cells if figure.value is None}
    said = [words.format(what=what) for short, words in MEANINGS if short in shorts]
    if marks_incomplete(pivot, currency):
        said.insert(0, f"*: made without what is missing of {what}")
    elif pivot.figure(TOTAL, TOTAL, currency).incomplete:
        said.insert(0, f"All of it is made without what is missing of {what}")
    return f"{'; '.join(said)}." if said else ""


def marks_incomplete(pivot: Pivot, currency: str | None) -> bool:
    """Whether incomplete figures are marked: where it is some of them, not all."""
    known = [
        figure
        for (row, _, money), figure in pivot.figures.items()
        if money == currency and figure.value is not None and row is not TOTAL
    ]
    return any(figure.incomplete for figure in known) and not all(f.incomplete for f in known)


def totals(pivot: Pivot) -> str:
    """How the totals come about, where it isn't by adding up."""
    metric = pivot.metric
    whole = [name for name in (pivot.rows, pivot.columns) if name and _only_above(pivot, name)]
    if metric.denominator is not None:
        said = "Totals are made from both sums, never from the ratios shown."
        if whole:
            said += (
                f" What it is divided by isn't known by {title_of(whole[0]).lower()}: each is "
                "divided by the whole."
            )
        return said
    if metric.aggregation.name == "SNAPSHOT" and any(
        name in TIME_TITLES for name in (pivot.rows, pivot.columns)
    ):
        return "A state at the end of each period: the total is that of the last, not a sum."
    if metric.aggregation.name in ("DISTRIBUTION", "SURVIVAL"):
        return "Totals are medians of all rows, never of the medians shown."
    return ""


def _only_above(pivot: Pivot, dimension: str) -> bool:
    """Whether only the numerator is known by a dimension."""
    bottom = pivot.metric.denominator
    if bottom is None or dimension in SITE_TITLES or dimension in TIME_TITLES:
        return False
    return dimension not in store.reader().columns[bottom.table]


def headline(pivot: Pivot, place: str, period: Period) -> str:
    """The finding: the whole, how it stands to its comparison, and the row that stands out."""
    money = largest_currency(pivot)
    pen = Pen.of(pivot, money)
    whole = pivot.figure(TOTAL, TOTAL, money)
    title = pivot.metric.title
    at = f" {place}" if place else ""
    if whole.value is None:
        return f"{title}{at} is not known for {period.name()}"
    verb = "were" if be(title) == "are" else "was"
    said = f"{title}{at} {verb} {pen.say(whole.value)} {when(period)}"
    apart = distance_words(pen, whole, pivot.compare)
    if apart:
        said += f", {apart}"
    return f"{said}; {_outstanding(pivot, pen, money)}".rstrip("; ")


def when(period: Period) -> str:
    """ "in Oct 2026", "from May 2026 to Oct 2026"."""
    name = period.name()
    return f"{'from' if ' to ' in name else 'in'} {name}"


def distance_words(pen: Pen, figure: Figure, compare: str | None) -> str:
    """ "$412k over budget", "1.2 points above last year"; "" where nothing stands beside it."""
    if figure.gap is None or compare is None:
        return ""
    against = AGAINST[compare]
    if pen.metric.unit is Unit.MONEY and compare == "budget":
        return fmt.gap(figure.gap, pen.currency or "USD")
    shown = fmt.change(figure.gap, unit_of(pen.metric), pen.currency or "USD")
    if pen.metric.unit is Unit.RATIO:
        shown = fmt.number(abs(figure.gap), decimals=2)
    if not figure.gap or not any(digit in shown for digit in "123456789"):
        return f"about as {against}" if figure.gap else f"the same as {against}"
    return f"{shown} {'above' if figure.gap > 0 else 'below'} {against}"


def _outstanding(pivot: Pivot, pen: Pen, money: str | None) -> str:
    """The row that stands out: furthest from its comparison, or the highest."""
    named = [(key, pivot.figure(key, TOTAL, money)) for key in pivot.row_keys if key is not None]
    known = [(key, figure) for key, figure in named if figure.value is not None]
    if len(known) < 2:
        return ""
    if pivot.compare:
        apart = [(key, figure) for key, figure in known if figure.gap]
        if apart:
            key, figure = max(apart, key=lambda one: abs(one[1].gap or 0))
            return f"{name_of(key, pivot.rows)} is furthest from it, " + distance_words(
                pen, figure, pivot.compare
            ).removesuffix(f" {AGAINST[pivot.compare]}")
    key, figure = max(known, key=lambda one: one[1].value or 0)
    word = "most" if is_amount(pen.metric) else "highest"
    if key in UNSTATED:
        return f"the {word}, {pen.say(figure.value)}, with no {title_of(pivot.rows).lower()} stated"
    return f"{name_of(key, pivot.rows)} had the {word}, {pen.say(figure.value)}"


def largest_currency(pivot: Pivot) -> str | None:
    """The currency with the most money; None for what is no money."""
    return max(
        pivot.currencies,
        key=lambda money: abs(float(pivot.figure(TOTAL, TOTAL, money).numerator or 0)),
        default=None,
    )


def filters_in_words(filters: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """The filters by a metric's own dimensions: "Role: RN and LPN"."""
    return [
        f"{title_of(name)}: {fmt.names([name_of(_typed(v), name) for v in values], limit=2)}"
        for name, values in filters
    ]


def value_named(text: str, dimension: str) -> str:
    """The name of a value that the address writes as text."""
    return name_of(_typed(text), dimension)


def place_in_words(view: View) -> str:
    """The places that are chosen, as they stand in a title: "of West and Elmwood"."""
    places = [place for values in view.places.values() for place in values]
    return f"of {fmt.names(list(places), limit=2)}" if places else ""


def scope_in_words(view: View) -> list[str]:
    """Every filter that is set."""
    places = [place for values in view.places.values() for place in values]
    return [*places, *filters_in_words(view.filters.items())]


def _typed(text: str) -> Key:
    return {"true": True, "false": False}.get(text, text)
