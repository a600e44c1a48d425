"""What the command line prints: lists of loads, templates, answers, the glossary."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.access.viewing import opened
from pipelines.calendar import Period, month_end
from pipelines.downloads import guarded
from pipelines.errors import UsageProblem
from pipelines.feeds import FEEDS, Feed
from pipelines.ingest.outcome import Outcome
from pipelines.metrics import DOMAINS, METRICS
from pipelines.metrics.ask import Answer
from pipelines.metrics.horizon import known_months
from pipelines.profiles import known_profiles
from pipelines.settings import Home
from pipelines.terminal import hand_over
from pipelines.warehouse.reader import Reader

WIDTH = 100  # columns of a terminal that a report may fill


def ingested(outcomes: Sequence[Outcome]) -> str:
    """One line a file, and the sums."""
    lines = [_line(outcome) for outcome in outcomes]
    loaded = [o.loaded for o in outcomes if o.loaded]
    records = sum(x.records for x in loaded)
    parts = {
        "accepted": sum(x.accepted for x in loaded),
        "duplicate": sum(x.duplicate for x in loaded),
        "set aside": sum(x.quarantined for x in loaded),
        "furniture": sum(x.furniture for x in loaded),
    }
    told = " + ".join(f"{count:,} {name}" for name, count in parts.items())
    refused = sum(o.status == "refused" for o in outcomes)
    unchanged = sum(o.status == "unchanged" for o in outcomes)
    lines.append(
        f"{len(loaded)} tables loaded, {unchanged} unchanged, {refused} refused. "
        f"{records:,} records = {told}."
    )
    return "\n".join(lines)


def _line(outcome: Outcome) -> str:
    if outcome.status != "loaded" or outcome.loaded is None:
        said = outcome.problem or "loaded before, nothing changed"
        return f"{outcome.status:<9} {outcome.path}: {said}"
    loaded = outcome.loaded
    aside = f", {loaded.quarantined:,} set aside" if loaded.quarantined else ""
    replaced = f", {loaded.superseded:,} rows replaced" if loaded.superseded else ""
    money = f", {loaded.money.accepted:,.2f} accepted" if loaded.money else ""
    notes = "".join(f"\n          {note}" for note in outcome.notes)
    return (
        f"loaded    {outcome.path}: {outcome.profile}, {loaded.accepted:,} of "
        f"{loaded.records:,} records{aside}{replaced}{money} (load {loaded.event}){notes}"
    )


def _feed(name: str) -> Feed:
    if name not in FEEDS:
        raise UsageProblem(f"There is no feed {name}; known are {', '.join(FEEDS)}.")
    return FEEDS[name]


def template_csv(name: str) -> str:
    """The plain layout of a feed: its headings and an example row, as CSV."""
    feed = _feed(name)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(feed.names)
    writer.writerow(column.example for column in feed.columns)
    return text.getvalue()


def template_xlsx(name: str, path: Path) -> None:
    """The plain layout of a feed as a workbook; a second sheet explains the columns."""
    feed = _feed(name)
    workbook = io.BytesIO()
    with xlsxwriter.Workbook(workbook) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(feed.name)
        sheet.write_row(0, 0, feed.names, bold)
        sheet.write_row(1, 0, [column.example for column in feed.columns])
        notes = book.add_worksheet("What the columns mean")
        notes.write_row(0, 0, ("Column", "Meaning", "Needed", "One of", "Unit"), bold)
        for row, c in enumerate(feed.columns, start=1):
            needed = "yes" if c.required else ""
            notes.write_row(row, 0, (c.name, c.meaning, needed, ", ".join(c.choices), c.unit))
        # The explanations are no table of data: a hidden sheet is not loaded.
        notes.hide()
    path.write_bytes(workbook.getvalue())


def profiles(home: Home) -> str:
    """The known profiles, one line each."""
    known = known_profiles(home.profiles).values()
    return "\n".join(f"{p.name:<24} {', '.join(p.feeds):<22} {p.title}" for p in known)


def loads(home: Home) -> list[dict[str, Any]]:
    """The ledger, oldest first, as records."""
    frame = opened(home).query(
        "SELECT l.* EXCLUDE (rows, policies, decided), coalesce(t.totals, 0) AS totals, "
        "coalesce(t.untied, 0) AS untied, (SELECT count(*) FROM waiting w WHERE w.load = l.event) "
        "AS waiting FROM loads l LEFT JOIN (SELECT load, count(*) AS totals, "
        "count(*) FILTER (WHERE difference <> 0) AS untied FROM totals GROUP BY load) t "
        "ON t.load = l.event ORDER BY l.event"
    )
    return list(frame.iter_rows(named=True))


def status(entries: Sequence[dict[str, Any]]) -> str:
    """The ledger as lines."""
    undone = {e["undoes"] for e in entries if e["undoes"]}
    lines = []
    for e in entries:
        when = f"{e['moment']:%Y-%m-%d %H:%M}"
        if e["what"] == "undo":
            lines.append(f"{e['event']:>5}  {when}  withdrew load {e['undoes']}")
            continue
        if e["profile"] is None:  # to a viewer of a part, of a load that brought them nothing
            lines.append(f"{e['event']:>5}  {when}  a file of other sites or subjects")
            continue
        name = e["path"] if e["part"] is None else f"{e['path']}#{e['part']}"
        aside = f", {e['quarantined']:,} set aside" if e["quarantined"] else ""
        if e["untied"]:
            aside += f", {e['untied']:,} of {e['totals']:,} totals don't tie"
        aside += f", {e['waiting']:,} waiting" if e["waiting"] else ""
        aside += f", corrects load {e['corrects']}" if e["corrects"] else ""
        gone = " (withdrawn)" if e["event"] in undone else ""
        lines.append(
            f"{e['event']:>5}  {when}  {e['profile']:<22} {e['accepted']:>9,} of "
            f"{e['records']:,} records{aside}  {name}{gone}"
        )
    return "\n".join(lines)


def changed(frame: pl.DataFrame, since: str) -> str:
    """What changed since, one line a site, month and measure under the event that changed it."""
    if not frame.height:
        return f"Nothing that was known at {since} has changed."
    lines, last = [], None
    for c in frame.iter_rows(named=True):
        if c["event"] != last:
            last = c["event"]
            name = c["path"] if c["part"] is None else f"{c['path']}#{c['part']}"
            how = f"load {last}, {name}"
            if c["what"] == "undo":
                how = f"event {last}, load {c['undoes']} withdrawn: {name}"
            elif c["corrects"]:
                how = f"load {last}, correction of load {c['corrects']}, {name}"
            lines.append(f"{c['moment']:%Y-%m-%d %H:%M}  {how}")
        month = f"{c['month']:%b %Y}" if c["month"] else ""
        currency = f" {c['currency']}" if c["currency"] else ""
        lines.append(
            f"    {c['site_name'] or c['site'] or '':<28} {month:<9} {c['feed']} {c['measure']}: "
            f"{c['before']:,.2f} → {c['after']:,.2f} ({c['change']:+,.2f}){currency}"
        )
    return "\n".join(lines)


def rows_title(name: str, period: Period, frame: pl.DataFrame) -> str:
    """What stands above the rows of a figure: how many there are and what they add up to."""
    sums = [
        f"{side} {total:,f}"
        for side in ("numerator", "denominator")
        if (total := frame[side].drop_nulls().sum())
    ]
    files = frame.select("load").n_unique()
    told = f"; {', '.join(sums)}" if sums else ""
    return f"{name}, {period.name()}: {frame.height:,} rows of {files} loads{told}"


def inspected(seen: Sequence[dict[str, Any]]) -> str:
    """What a file is taken for, for people, at most 100 columns wide.

    Where a profile was proposed, that alone, so that it can be written to a file.
    """
    proposals = [table["proposal"]["toml"] for table in seen if "proposal" in table]
    if proposals:
        return "\n".join(proposals).rstrip("\n")
    return "\n\n".join("\n".join(_inspected(table)) for table in seen)


def _inspected(table: dict[str, Any]) -> Iterator[str]:
    yield str(table["table"])
    if "format" in table:
        read = [table["format"], table["encoding"]]
        read += [f"delimiter {table['delimiter']!r}"] if table["delimiter"] else []
        read += [f"headings in record {table['header_record']}"]
        read += [f"{table['records']:,} records below"]
        yield from _told("read as", ", ".join(part for part in read if part))
    if table.get("profile"):
        sure = f"sure: {table['sure']:.0%}"
        yield from _told("profile", f"{table['profile']}: {table['title']} ({sure})")
        yield from _told("fills", ", ".join(table["feeds"]))
    for runner in table.get("runners_up") or ():
        lacks = ", ".join(f"“{heading}”" for heading in runner["missing"])
        yield from _told(
            "next" if table.get("profile") else "comes near",
            f"{runner['profile']}, {runner['columns']} of {runner['of']} columns"
            + (f"; lacks {lacks}" if lacks else ""),
        )
    yield from _columns(table)
    for one in table.get("classes") or ():
        first = ", ".join(f"{number:,}" for number in one["first"])
        more = ", …" if one["records"] > len(one["first"]) else ""
        yield from _told("records", f"{one['records']:,} {one['class']} ({first}{more})")
    for reason in table.get("reasons") or ():
        first = ", ".join(f"{number:,}" for number in reason["first"])
        column = f"“{reason['column']}” " if reason["column"] else "the record "
        yield from _told(
            "set aside", f"{reason['records']:,} ({first}): {column}{reason['reason']}"
        )
    for kind, said in (("row", "rows"), ("refused", "refused")):
        for one in table.get(said) or ():
            cells = ", ".join(f"{name} {text}" for name, text in one["cells"].items() if text)
            yield _cut(f"{kind:>9} {one['record']:,}: {cells}", WIDTH)
    for note in table.get("notes") or ():
        yield from _told("note", note)
    for question in table.get("questions") or ():
        column = f"{question['column']}: " if question["column"] else ""
        yield from _told("question", f"{column}{question['question']} ({question['answer']})")
    for line in _totals(table.get("totals") or ()):
        yield from _told("totals", line)
    if table["problem"]:
        yield from _told("problem", table["problem"])


def _columns(table: dict[str, Any]) -> Iterator[str]:
    """The mapping, a line each, and what is not read."""
    for c in table.get("columns") or ():
        how = {"exact": "", "marks": "but for marks", "spelling": "misspelt", "answer": "as told"}
        told = [c["kind"], c["read"] if c["filled"] else "blank", how[c["how"]]]
        if c["of_kind"] is not None and c["of_kind"] < c["filled"]:
            told.append(f"{c['of_kind']} of {c['filled']} fit")
        heading = " ".join(c["heading"].split()) or "(blank)"
        arrow = f"{c['place']:>5}  {_cut(heading, 34):<34} → {c['column']:<16}"
        yield _cut(f"{arrow} {', '.join(part for part in told if part)}", WIDTH)
    for column, which in (table.get("carried") or {}).items():
        yield _cut(f"{'':>5}  {f'({which} of the heading rows)':<34} → {column}", WIDTH)
    if table.get("dropped"):
        dropped = (" ".join(heading.split()) for heading in table["dropped"])
        yield from _told("not read", ", ".join(f"“{heading}”" for heading in dropped))
    if table.get("absent"):
        yield from _told("not there", ", ".join(table["absent"]))


def _told(label: str, text: str) -> list[str]:
    """A labelled text, wrapped."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"  {label:<11}", subsequent_indent=" " * 13,
        break_long_words=True, break_on_hyphens=False,
    )  # fmt: skip


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _totals(totals: Sequence[dict[str, Any]]) -> list[str]:
    """How many of a table's totals tie, and those that don't with their differences."""
    wrong = [t for t in totals if Decimal(t["difference"])]
    tie = f"{len(totals) - len(wrong)} of {len(totals)} totals tie to the records that they cover"
    told = [
        f"record {t['record']}: {t['column']} states {Decimal(t['stated']):,}, and {t['scope']} "
        f"sums to {Decimal(t['summed']):,}: a difference of {Decimal(t['difference']):,}"
        for t in wrong
    ]
    return [tie, *told] if totals else []


def known_span(reader: Reader) -> Period:
    """The months in which anything is known. UsageProblem when nothing is."""
    months = known_months(reader)
    if not months:
        raise UsageProblem("Nothing with a date has been loaded yet. Load a folder first.")
    return Period(months[0], month_end(months[-1]))


def filters(where: Sequence[str]) -> dict[str, list[str]]:
    """`region=North,South` as a filter. UsageProblem when it has no equals sign."""
    kept: dict[str, list[str]] = {}
    for part in where:
        name, equals, values = part.partition("=")
        if not equals:
            raise UsageProblem("A filter is written as region=North. Give it that way.")
        kept.setdefault(name, []).extend(values.split(","))
    return kept


def write_answer(answer: Answer, form: str, out: Path | None) -> None:
    """Write an answer as table, CSV, JSON or Parquet, to a file or to standard output."""
    if form == "parquet":
        if out is None:
            raise UsageProblem("Parquet is no text: say where to write it with --out FILE.")
        table = io.BytesIO()
        answer.frame.write_parquet(table)
        out.write_bytes(table.getvalue())
        return
    text = {"table": _table, "csv": lambda a: guarded(a.frame).write_csv(), "json": _json}[form](
        answer
    )
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        hand_over(text)


def _json(answer: Answer) -> str:
    return json.dumps(
        {
            "metric": answer.metric.name,
            "unit": answer.metric.unit,
            "from": answer.period.start.isoformat(),
            "to": answer.period.stop.isoformat(),
            "basis": answer.basis,
            "per_day": answer.per_day,
            "build": answer.build,
            "rows": [{k: _plain(v) for k, v in r.items()} for r in answer.frame.to_dicts()],
            "missing": [
                {"site": m.site, "month": m.month.isoformat(), "what": m.need}
                for m in answer.missing
            ],
        },
        indent=1,
    ) + "\n"  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else value


def _table(answer: Answer) -> str:
    heading = f"{answer.metric.title}, {answer.period.name()}"
    if answer.metric.per:
        heading += f" (per {answer.metric.per})"
    if answer.per_day:
        heading += f", per {answer.per_day} day"
    if answer.basis == "check":
        heading += ", by check date"
    with pl.Config(
        tbl_rows=200, tbl_cols=20, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True,
        fmt_str_lengths=60, tbl_width_chars=160, tbl_formatting="NOTHING",
    ):  # fmt: skip
        body = str(answer.frame)
    gaps = f"\nMissing: {len(answer.missing)} site-months." if answer.missing else ""
    return f"{heading}\n{body}{gaps}\n"


def glossary() -> str:
    """Every measure in Markdown, by domain; the glossary page and the README come from here."""
    lines = ["# Glossary", ""]
    for domain, title in DOMAINS.items():
        lines += [f"## {title}", ""]
        for metric in (m for m in METRICS.values() if m.domain == domain):
            good = {"up": "more is better", "down": "less is better", None: "no good direction"}
            lines += [
                f"### {metric.title} (`{metric.name}`)",
                "",
                metric.definition,
                "",
                f"- Formula: {metric.formula}",
                f"- Unit: {metric.unit}{f' per {metric.per}' if metric.per else ''}; "
                f"{good[metric.good]}; {metric.aggregation}",
                f"- Needs: {', '.join(metric.needs)}",
                f"- Source: {metric.source}",
                f"- Mind: {metric.traps}",
                "",
            ]
    return "\n".join(lines)
