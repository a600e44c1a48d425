"""Reports: heading rows carried down onto the rows below them, continuation rows completed.

A report's account or vendor stands alone in a row, its lines below, its total after them. Where a
profile has a `[layout]`, this module gives each line its headings as further columns, names the
rows that state no fact, and says which records each total row covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from pipelines.feeds import Kind
from pipelines.ingest.match import Match
from pipelines.ingest.read import Found
from pipelines.ingest.totals import Claim
from pipelines.profiles import Layout, Source
from pipelines.warehouse.batch import FURNITURE

TOTAL = re.compile(
    r"^\W*(?:grand |sub ?-?)?totals?\b(?: for\b)?[\s:\u2013-]*(.*?)(?: with sub-?accounts)?\s*$",
    re.IGNORECASE,
)
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Arranged:
    """A table made plain: the carried columns stand in the places `c-1`, `c-2`, … of its frame.

    `idle` (record, class) are the rows that state no fact; `claims` say what each total covers.
    None where the profile has no layout: then each total row speaks of the rows above it.
    """

    found: Found
    fit: Match
    idle: pl.DataFrame
    claims: tuple[Claim, ...] | None


@dataclass(slots=True)
class _Heading:
    """A heading row: where it begins and ends to hold, and whether its own total has come."""

    record: int
    name: str
    depth: tuple[int, int]
    end: int | None = None
    totalled: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that may be furniture: its text in the columns on the left, and how deep it stands."""

    record: int
    text: str
    depth: tuple[int, int]
    filled: int
    numbers_only: bool


def arrange(found: Found, fit: Match) -> Arranged:
    """The table with its headings carried down, as the layout of its profile says."""
    layout = fit.profile.layout
    if layout is None:
        return Arranged(found, fit, pl.DataFrame(schema=FURNITURE), None)
    looks = _looks(found, fit)
    outline = _Outline(layout, _floor(looks, layout))
    for row in _candidates(looks, layout):
        outline.take(row)
    outline.finish()
    idle = pl.DataFrame(list(outline.idle.items()), schema=pl.Schema(FURNITURE), orient="row").sort(
        "record"
    )
    data = looks.join(idle, on="record", how="anti").select("record", "label")
    frame = _filled(found.frame, fit, layout, idle)
    carried = _carried(data, outline.headings, layout)
    names = list(layout.carry)
    places = {name: f"c-{i}" for i, name in enumerate(names, 1)}
    frame = frame.join(carried.rename(places), on="record", how="left", maintain_order="left")
    profile = replace(
        fit.profile,
        sources=(*fit.profile.sources, *(Source(name, (name,)) for name in names)),
    )
    return Arranged(
        replace(found, frame=frame),
        replace(fit, profile=profile, places=fit.places | places),
        idle,
        tuple(outline.claims),
    )


def _looks(found: Found, fit: Match) -> pl.DataFrame:
    """By record: `text`, `at` and `indent` of the first filled cell on the left, `label`, `filled`.

    The left is the columns without heading before the first that has one, and that one.
    """
    headings = found.headings
    named = next((i for i, h in enumerate(headings) if h), 0)
    left = [f"c{i}" for i in range(named + 1)]
    cells = [c for c in found.frame.columns if c != "record"]
    numeric = {
        fit.places[s.name]
        for s in fit.profile.sources
        if s.name in fit.places and s.kind in (Kind.MONEY, Kind.NUMBER)
    }

    def text(place: str) -> pl.Expr:
        return pl.col(place).fill_null("").str.replace_all("[\u00a0\u2007\u202f]", " ")

    def filled(place: str) -> pl.Expr:
        return text(place).str.strip_chars() != ""

    where = pl.coalesce(pl.when(filled(c)).then(pl.lit(i)) for i, c in enumerate(left))
    first = pl.coalesce(pl.when(filled(c)).then(text(c)) for c in left)
    label = pl.coalesce(pl.when(filled(c)).then(text(c)) for c in left[: named or 1])
    return found.frame.select(
        "record",
        text=first.str.strip_chars(),
        at=where,
        indent=first.str.len_chars() - first.str.strip_chars_start().str.len_chars(),
        label=label.str.strip_chars(),
        filled=pl.sum_horizontal(filled(c).cast(pl.Int32) for c in cells),
        numbers=pl.sum_horizontal(
            pl.lit(0), *(filled(c).cast(pl.Int32) for c in cells if c in numeric)
        ),
    )


def _candidates(looks: pl.DataFrame, layout: Layout) -> Iterator[_Row]:
    """The rows that may be no facts, in order; the many lines of a report are passed over."""
    total, skip = _patterns(layout)
    text = pl.col("text").fill_null("")
    maybe = (pl.col("filled") <= 1) | (pl.col("filled") == pl.col("numbers"))
    maybe |= text.map_elements(lambda t: bool(total.search(t)), pl.Boolean)
    if skip is not None:
        maybe |= text.map_elements(lambda t: bool(skip.search(t)), pl.Boolean)
    for row in looks.filter(maybe).iter_rows(named=True):
        yield _Row(
            record=row["record"],
            text=row["text"] or "",
            depth=(row["at"] or 0, row["indent"] or 0),
            filled=row["filled"],
            numbers_only=row["filled"] == row["numbers"],
        )


def _patterns(layout: Layout) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    return layout.total or TOTAL, layout.skip


def _floor(looks: pl.DataFrame, layout: Layout) -> int:
    """The last record that is a fact or a total: a lone cell below it is a footer."""
    total, _ = _patterns(layout)
    stated = pl.col("filled") > 1
    stated |= pl.col("text").fill_null("").map_elements(lambda t: bool(total.search(t)), pl.Boolean)
    last = looks.filter(stated)["record"].max()
    return int(last) if isinstance(last, int) else 0


class _Outline:
    """Reads the rows of a report from top to bottom and keeps which headings hold."""

    def __init__(self, layout: Layout, floor: int) -> None:
        self.layout = layout
        self.floor = floor
        self.total, self.skip = _patterns(layout)
        self.headings: list[_Heading] = []
        self.named: dict[str, list[_Heading]] = {}
        self.idle: dict[int, str] = {}
        self.claims: list[Claim] = []
        self.last_total = 0

    def take(self, row: _Row) -> None:
        if row.filled == 0:
            self.idle[row.record] = "blank"
        elif self.skip is not None and self.skip.search(row.text):
            self.idle[row.record] = "balance"
        elif row.record > self.floor:
            self.idle[row.record] = "footer"
        elif (name := self._total_of(row)) is not None:
            self._close(row, name)
        elif row.numbers_only:
            self._claim(row.record, [(self.last_total, "the records since the total before")])
        elif self.layout.carry and row.filled == 1 and row.text:
            self._open(row)

    def _total_of(self, row: _Row) -> str | None:
        """The heading that a total row sums, "" for all; None where it is no total row.

        A vendor called “Total Energies” alone in its row is a heading.
        """
        hit = self.total.search(row.text)
        if hit is None:
            return None
        name = (hit.group(1) or "").strip().casefold()
        known = not name or name in self.named
        return name if known or row.filled > 1 else None

    def _open(self, row: _Row) -> None:
        self.idle[row.record] = "heading"
        heading = _Heading(row.record, row.text, row.depth)
        self.headings.append(heading)
        self.named.setdefault(row.text.casefold(), []).append(heading)

    def _close(self, row: _Row, name: str) -> None:
        record = row.record
        since = [(self.last_total, "the records since the total before"), (0, "all records above")]
        if not name:
            self._end_from(0, record)
            self._claim(record, since[::-1])
            return
        heading = self._named(name) or self._beside(row)
        if heading is None:
            self._claim(record, since)
            return
        heading.totalled = True
        self._end_from(heading.record, record)
        heading.end = record
        self._claim(record, [(heading.record, "its heading")])

    def _named(self, name: str) -> _Heading | None:
        """The heading of a total: the latest of the name that has none yet, else the latest."""
        same = self.named.get(name, [])[::-1]
        return next((h for h in same if h.end is None), same[0] if same else None)

    def _beside(self, row: _Row) -> _Heading | None:
        """The open heading whose total a row must be that names none (“Total COGS”)."""
        still = [h for h in reversed(self.headings) if h.end is None]
        return next((h for h in still if h.depth == row.depth), still[0] if still else None)

    def _end_from(self, first: int, record: int) -> None:
        """End the headings from a record on that still hold."""
        for heading in reversed(self.headings):
            if heading.record < first:
                break
            heading.end = heading.end or record

    def _claim(self, record: int, ranges: list[tuple[int, str]]) -> None:
        self.idle[record] = "total"
        self.claims.append(Claim(record, tuple(ranges)))
        self.last_total = record

    def finish(self) -> None:
        """End the headings that no total ended: by their depth, or at the next heading."""
        deep = len({h.depth for h in self.headings}) > 1
        for place, heading in enumerate(self.headings):
            if heading.totalled:
                continue
            later = self.headings[place + 1 :]
            ends = [h.record for h in later if not deep or h.depth <= heading.depth][:1]
            ends += [heading.end] if heading.end else []
            heading.end = min(ends, default=None)
        levels = self._levels()
        self.claims = [
            replace(claim, ranges=((first, f"its heading, level {levels[first]}"),))
            if (first := claim.ranges[0][0]) in levels and claim.ranges[0][1] == "its heading"
            else claim
            for claim in self.claims
        ]

    def _levels(self) -> dict[int, int]:
        """By a heading's record how deep it stands, 1 for the outermost."""
        levels: dict[int, int] = {}
        holding: list[_Heading] = []
        for heading in self.headings:
            holding = [h for h in holding if h.end is None or h.end > heading.record]
            holding.append(heading)
            levels[heading.record] = len(holding)
        return levels


def _carried(data: pl.DataFrame, headings: list[_Heading], layout: Layout) -> pl.DataFrame:
    """(record, the carried columns) of each data row."""
    changes = sorted({0, *(h.record for h in headings), *(h.end for h in headings if h.end)})
    paths: list[list[str]] = []
    active: list[_Heading] = []
    coming = iter([*headings, None])
    following = next(coming)
    for change in changes:
        active = [h for h in active if h.end is None or h.end > change]
        while following is not None and following.record <= change:
            active.append(following)
            following = next(coming)
        paths.append([h.name for h in active])
    steps = pl.DataFrame(
        {"record": changes, "path": paths},
        schema={"record": pl.UInt32, "path": pl.List(pl.String)},
    )
    rows = data.sort("record").join_asof(steps, on="record", strategy="backward")
    path = pl.col("path")
    joined = pl.when(path.list.len() > 0).then(path.list.join(SEPARATOR))
    made = {
        "first": path.list.first(),
        "last": path.list.last(),
        "path": joined,
        "label": pl.col("label"),
        "full": pl.when(pl.col("label").is_not_null()).then(
            pl.concat_str([joined, pl.col("label")], separator=SEPARATOR, ignore_nulls=True)
        ),
    }
    return rows.select("record", *(made[which].alias(n) for n, which in layout.carry.items()))


def _filled(frame: pl.DataFrame, fit: Match, layout: Layout, idle: pl.DataFrame) -> pl.DataFrame:
    """The frame with the blank parent cells of continuation rows taken from the row above."""
    places = [fit.places[name] for name in layout.fill if name in fit.places]
    if not places:
        return frame
    kind = frame.select("record").join(idle, on="record", how="left", maintain_order="left")
    barrier = (kind["class"].is_not_null() & (kind["class"] != "blank")).fill_null(False)
    blank = frame.select(
        pl.all_horizontal(pl.col(p).fill_null("").str.strip_chars() == "" for p in places)
    ).to_series()
    above = (
        pl.when(pl.lit(barrier)).then(pl.lit(""))
        .when(~pl.lit(blank)).then(pl.col(place).fill_null(""))
        .forward_fill().fill_null("").alias(place)
        for place in places
    )  # fmt: skip
    return frame.with_columns(above)
