"""From a record of a file to what became of it, and to the figures that it counts in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipelines.calendar import month_span
from pipelines.errors import NotShown, UsageProblem
from pipelines.metrics import METRICS
from pipelines.metrics.rows import rows
from pipelines.metrics.shown import NO_ROWS, refused_rows
from pipelines.warehouse import model
from pipelines.warehouse.reader import Reader
from pipelines.warehouse.traced import lines_of


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one record.

    `became` is accepted, duplicate, set aside, furniture, or not known. `facts` has a dictionary a
    published row: feed, fact, site, day, what, loaded_in, superseded_in (None while it stands) and
    `by`, the file that superseded it. `same_as` is the (load, record) that states the same.
    `reasons` and `waits` tell of a record that was set aside, `corrected_in` which later loads
    held it. `figures` are the metrics it counts in: name, month, numerator, denominator.
    """

    load: int
    record: int
    path: str
    part: str | None
    profile: str
    became: str
    withdrawn: bool = False
    kind: str | None = None
    same_as: tuple[int, int] | None = None
    reasons: tuple[str, ...] = ()
    waits: bool = False
    corrected_in: tuple[int, ...] = ()
    facts: list[dict[str, Any]] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """All of it, by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """The trace for people."""
        name = self.path if self.part is None else f"{self.path}#{self.part}"
        gone = " (the load was withdrawn)" if self.withdrawn else ""
        lines = [f"Record {self.record} of load {self.load}, {name}{gone}: {self.became}"]
        if self.kind:
            lines.append(f"  It is furniture: {self.kind}.")
        if self.same_as:
            lines.append(f"  It repeats record {self.same_as[1]} of load {self.same_as[0]}.")
        lines.extend(f"  {reason}" for reason in self.reasons)
        if self.reasons:
            lines.append("  It still waits." if self.waits else "  It waits no longer.")
        if self.corrected_in:
            lines.append(f"  Corrected in load {', '.join(map(str, self.corrected_in))}.")
        for f in self.facts:
            ends = f["superseded_in"]
            state = "stands" if ends is None else f"gave way in event {ends} ({f['by']})"
            lines.append(f"  {f['feed']} at {f['site']}, {f['day']}, {f['what']}: {state}")
        lines.extend(
            f"  counts in {f['metric']} of {f['month']:%b %Y}: numerator {f['numerator']}, "
            f"denominator {f['denominator']}"
            for f in self.figures
        )
        return "\n".join(lines)


def trace(reader: Reader, load: int, record: int) -> Trace:
    """What became of a record.

    UsageProblem when there is no such load, or none that brought the viewer anything; NotShown
    where the rows behind figures are not shown to the viewer.
    """
    if not reader.limits.rows:
        raise NotShown(NO_ROWS)
    found = reader.query(
        "SELECT path, part, profile, event IN (SELECT undoes FROM loads WHERE undoes IS NOT NULL) "
        "AS withdrawn FROM loads WHERE what = 'load' AND event = ?",
        [load],
    )
    if not found.height or found["path"][0] is None:
        raise UsageProblem(f"There is no load {load}. `rounds status` lists the loads.")
    about = found.row(0, named=True)
    facts = _facts(reader, load, record)
    kind = _one(reader, "SELECT class FROM furniture WHERE load = ? AND record = ?", load, record)
    same = reader.query(
        "SELECT of_load, of_record FROM duplicates WHERE load = ? AND record = ?", [load, record]
    ).rows()
    reasons = reader.query(
        "SELECT concat_ws(' ', coalesce(\"column\", 'record'), reason) AS said FROM quarantine "
        "WHERE load = ? AND record = ? ORDER BY 1",
        [load, record],
    )["said"].to_list()
    waits = "SELECT count(*) AS n FROM waiting WHERE last = ? AND record = ?"
    later = reader.query(
        "SELECT load FROM corrections WHERE of_load = ? AND record = ? ORDER BY load",
        [load, record],
    )["load"].to_list()
    became = (
        "furniture" if kind else "set aside" if reasons else "duplicate" if same
        else "accepted" if facts else "stated no fact, or there is no such record"
    )  # fmt: skip
    return Trace(
        load, record, about["path"], about["part"], about["profile"], became, about["withdrawn"],
        kind, tuple(same[0]) if same else None, tuple(reasons),
        bool(_one(reader, waits, load, record)), tuple(later), facts,
        _figures(reader, load, record, facts),
    )  # fmt: skip


def _one(reader: Reader, sql: str, load: int, record: int) -> Any:
    found = reader.query(sql, [load, record])
    return found.row(0)[0] if found.height else None


def _facts(reader: Reader, load: int, record: int) -> list[dict[str, Any]]:
    """The published rows of a record, those that stand and those that gave way."""
    files = {
        row["event"]: row["said"]
        for row in reader.query(
            "SELECT event, CASE WHEN what = 'undo' THEN 'load ' || undoes || ' was withdrawn' "
            "ELSE path END AS said FROM loads"
        ).iter_rows(named=True)
    }
    found: list[dict[str, Any]] = []
    for feed in model.ROWS:
        shown = ", ".join(lines_of(feed)) if feed in LINED else f"'{feed}' AS feed, f.fact"
        for table in (feed, f"{feed}_history"):
            frame = reader.query(
                f"SELECT {shown}, f.site, f.loaded_in, f.superseded_in FROM {table} f "
                "WHERE f.load = ? AND f.record = ? ORDER BY ALL",
                [load, record],
            )
            found.extend(
                {"day": None, "what": None, **row, "by": files.get(row["superseded_in"])}
                for row in frame.iter_rows(named=True)
            )
    return found


LINED = {"labor", "volume", "supply_moves", "stock", "work_orders", "contracts", "spend", "budget"}


def _figures(
    reader: Reader, load: int, record: int, facts: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The metrics that the standing facts of a record count in, in the months of their days."""
    months = {f["day"].replace(day=1) for f in facts if f["superseded_in"] is None and f["day"]}
    return [
        {"metric": name, "month": month, "site": row["site"], "numerator": row["numerator"],
         "denominator": row["denominator"]}
        for month in sorted(months)
        for name, metric in METRICS.items()
        if refused_rows(reader.limits, metric) is None
        for row in _counted(reader, name, month, load, record)
    ]  # fmt: skip


def _counted(
    reader: Reader, name: str, month: date, load: int, record: int
) -> list[dict[str, Any]]:
    found = rows(reader, name, period=month_span(month), of=(load, record))
    return list(found.iter_rows(named=True))
