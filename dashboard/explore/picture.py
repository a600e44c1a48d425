"""The pivot as a chart: lines over time, bars by one dimension, shades by two."""

from __future__ import annotations

import polars as pl

from dashboard import charts, layout
from dashboard import format as fmt
from dashboard.charts.show import show
from dashboard.components import Link
from dashboard.explore import order, words
from dashboard.explore.view import View, text_of
from dashboard.explore.words import AGAINST, Pen, name_of
from dashboard.units import unit_of
from pipelines.analysis.pivots import TOTAL, Key, Pivot, is_amount
from pipelines.metrics import Unit
from pipelines.metrics.dimensions import TIME_TITLES, title_of

LINES = 6
BARS = 25
SHADES = 20


def draw(pivot: Pivot, view: View, currency: str | None) -> None:
    """The chart of one currency; a sentence where nothing has a value."""
    if not pivot.known(currency):
        layout.empty("Nothing has a value here, so there is nothing to draw.")
        return
    time = [name for name in (pivot.rows, pivot.columns) if name in TIME_TITLES]
    if time:
        _lines(pivot, view, currency, time[0])
    elif pivot.columns:
        _heat(pivot, view, currency)
    else:
        _bars(pivot, view, currency)


def _decimals(pivot: Pivot) -> int | None:
    return 2 if pivot.metric.unit is Unit.RATIO else None


def _float(figure: float | None) -> float | None:
    return None if figure is None else float(figure)


def _subtitle(pivot: Pivot, pen: Pen) -> str:
    by = " and ".join(title_of(n).lower() for n in (pivot.rows, pivot.columns) if n)
    said = f"{pivot.metric.title} by {by}, {pivot.whole.period.name()}"
    return f"{said}, {pen.currency}" if pen.currency and len(pivot.currencies) > 1 else said


def _lines(pivot: Pivot, view: View, currency: str | None, time: str) -> None:
    """A line for each of the largest values over time; alone, with what it is compared with."""
    pen = Pen.of(pivot, currency)
    turned = time == pivot.rows
    periods = list(pivot.row_keys if turned else pivot.column_keys)
    other = pivot.columns if turned else pivot.rows

    def figure(key: Key, period: Key):
        row, column = (period, key) if turned else (key, period)
        return pivot.figure(row, column, currency)

    if other is None:
        series = [charts.Line(pivot.metric.title, [_float(figure(TOTAL, p).value) for p in periods],
                              strong=True)]  # fmt: skip
        if pivot.compare:
            then = [_float(figure(TOTAL, p).then) for p in periods]
            series.append(charts.Line(AGAINST[pivot.compare], then, dashed=True))
        left_out, title, kept = 0, _trend(pivot, pen, periods, figure), [TOTAL]
    else:
        keys = order.sorted_rows(pivot, view, currency) if not turned else _columns(pivot, currency)
        known = [key for key in keys if any(figure(key, p).value is not None for p in periods)]
        left_out = max(0, len(known) - LINES)
        kept = known[:LINES]
        moved = _moved(kept, periods, figure)
        series = [
            charts.Line(
                name_of(key, other),
                [_float(figure(key, p).value) for p in periods],
                strong=key is moved or len(kept) == 1,
            )
            for key in kept
        ]
        title = _moved_words(pivot, pen, moved, other, periods, figure)
    many = f"{fmt.count(LINES + left_out)} {words.plural(other or '')}"
    note = f"The first {LINES} of {many}; sort or filter to see others." if left_out else ""
    show(
        charts.lines(
            [name_of(period, time) for period in periods],
            series,
            name=pivot.metric.title,
            unit=unit_of(pivot.metric),
            currency=currency or "USD",
            decimals=_decimals(pivot),
            zero=is_amount(pivot.metric) and other is not None,
        ),
        title,
        _subtitle(pivot, pen),
        key=f"explored-{currency or ''}",
        note=note,
        points={
            f"{at}.{place}": _opened(view, currency, *((when, key) if turned else (key, when)))
            for at, key in enumerate(kept)
            for place, when in enumerate(periods)
        },
    )


def _opened(view: View, currency: str | None, row: Key, column: Key) -> Link:
    """What a point, bar or cell leads to: the rows behind its figure."""
    return view.link(opened=True, page=1, row=text_of(row), col=text_of(column),
                     money=currency or "")  # fmt: skip


def _columns(pivot: Pivot, currency: str | None) -> list[Key]:
    return order.shown_columns(pivot, currency)[0]


def _ends(key: Key, periods: list[Key], figure) -> tuple[Key, float, Key, float] | None:
    """The first and the last known value of a line, each with its period."""
    known = [(p, figure(key, p).value) for p in periods if figure(key, p).value is not None]
    if len(known) < 2:
        return None
    return known[0][0], float(known[0][1]), known[-1][0], float(known[-1][1])


def _moved(keys: list[Key], periods: list[Key], figure) -> Key:
    """The line that moved furthest between its ends; TOTAL where none has two."""
    found = [(key, ends) for key in keys if (ends := _ends(key, periods, figure))]
    if not found:
        return TOTAL
    return max(found, key=lambda one: abs(one[1][3] - one[1][1]))[0]


def _moved_words(pivot: Pivot, pen: Pen, moved: Key, other: str, periods: list[Key], figure) -> str:
    ends = None if moved is TOTAL else _ends(moved, periods, figure)
    if ends is None:
        return f"{pivot.metric.title} by {title_of(other).lower()}"
    first, before, last, now = ends
    name = name_of(moved, other)
    return f"{name} moved most: {_from_to(pivot, pen, first, before, last, now)}"


def _from_to(pivot: Pivot, pen: Pen, first: Key, before: float, last: Key, now: float) -> str:
    grain = pivot.columns if pivot.columns in TIME_TITLES else pivot.rows
    return f"{pen.say(before)} in {name_of(first, grain)}, {pen.say(now)} in {name_of(last, grain)}"


def _trend(pivot: Pivot, pen: Pen, periods: list[Key], figure) -> str:
    ends = _ends(TOTAL, periods, figure)
    if ends is None:
        return pivot.metric.title
    first, before, last, now = ends
    if pen.say(before) == pen.say(now):
        return f"{pivot.metric.title} stayed at {pen.say(now)}"
    verb = "rose" if now > before else "fell"
    return f"{pivot.metric.title} {verb}: {_from_to(pivot, pen, first, before, last, now)}"


def _bars(pivot: Pivot, view: View, currency: str | None) -> None:
    pen = Pen.of(pivot, currency)
    keys = order.sorted_rows(pivot, view, currency)
    kept = keys[:BARS]
    frame = pl.DataFrame(
        {
            "name": [name_of(key, pivot.rows) for key in kept],
            "value": [_float(pivot.figure(key, TOTAL, currency).value) for key in kept],
        },
        schema={"name": pl.String, "value": pl.Float64},
    )
    whole = pivot.figure(TOTAL, TOTAL, currency).value
    level = not is_amount(pivot.metric) and whole is not None
    known = [key for key in keys if pivot.figure(key, TOTAL, currency).value is not None]
    first = max(known, key=lambda key: pivot.figure(key, TOTAL, currency).value or 0)
    top = pivot.figure(first, TOTAL, currency).value
    word = "has the most" if is_amount(pivot.metric) else "is highest"
    rest = len(keys) - len(kept)
    show(
        charts.bars(
            frame,
            name=pivot.metric.title,
            unit=unit_of(pivot.metric),
            currency=currency or "USD",
            decimals=_decimals(pivot),
            reference=("all", float(whole)) if level and whole is not None else None,
        ),
        f"{name_of(first, pivot.rows)} {word}: {pen.say(top)}",
        _subtitle(pivot, pen),
        key=f"explored-{currency or ''}",
        note=f"The first {BARS} of {fmt.count(len(keys))}; the table has all." if rest > 0 else "",
        links=[_opened(view, currency, key, TOTAL) for key in kept],
    )


def _heat(pivot: Pivot, view: View, currency: str | None) -> None:
    pen = Pen.of(pivot, currency)
    rows = order.sorted_rows(pivot, view, currency)
    columns = _columns(pivot, currency)
    kept = rows[:SHADES]
    values = [
        [_float(pivot.figure(row, column, currency).value) for column in columns] for row in kept
    ]
    cells = [
        (value, at, across)
        for at, row in enumerate(values)
        for across, value in enumerate(row)
        if value is not None
    ]
    top, at, across = max(cells, default=(0.0, 0, 0))
    left = len(rows) - len(kept)
    show(
        charts.heat(
            [name_of(key, pivot.rows) for key in kept],
            [name_of(key, pivot.columns or "") for key in columns],
            values,
            name=pivot.metric.title,
            unit=unit_of(pivot.metric),
            currency=currency or "USD",
            decimals=_decimals(pivot),
            named=(at, across) if cells else None,
        ),
        f"The {'most' if is_amount(pivot.metric) else 'highest'} is {pen.say(top)}: "
        f"{name_of(kept[at], pivot.rows)}, {name_of(columns[across], pivot.columns or '')}",
        _subtitle(pivot, pen) + ". The stronger the shade, the more",
        key=f"explored-{currency or ''}",
        note=f"The first {SHADES} of {fmt.count(len(rows))}; the table has all." if left else "",
        points={
            f"{at}.{across}": _opened(view, currency, row, column)
            for at, row in enumerate(kept)
            for across, column in enumerate(columns)
        },
    )
