"""From a profile's TOML to a `Profile`, with one clear sentence for each slip in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.errors import ProfileProblem
from pipelines.feeds import FEEDS, Feed, literal
from pipelines.profiles.checks import Checks
from pipelines.profiles.model import Cell, Context, Derived, Facts, Profile, Source
from pipelines.profiles.publishers import PATTERNS
from pipelines.profiles.reports import read_layout, read_wide, spread_over_months, wide_columns

TOP = {
    "name", "title", "system", "columns", "facts", "derive", "context", "policy", "slice",
    "file_month", "order", "currency", "amount", "sites", "names", "least", "refuse", "layout",
    "wide", "scaled", "amount_also", "aggregate",
}  # fmt: skip
SOURCE = {
    "headings", "kind", "required", "formats", "pattern", "blank", "decimal_comma", "day_first",
    "may_be_blank", "percent", "words", "instead", "occurrence",
    "html",
}  # fmt: skip
DERIVE = {
    "from", "map", "default", "pattern", "text", "kind", "formats", "otherwise", "running", "along",
    "before", "plus", "minus",
}  # fmt: skip
CONTEXT = {"pattern", "kind", "formats", "places", "required", "option"}
CELL = {
    "column",
    "constant",
    "text",
    "count",
    "shift",
    "month_end",
    "negate",
    "months",
    "month_start",
    "less",
    "times",
}
YEARS = range(2000, 2051)  # what {year} in a heading stands for


def read_profile(path: Path) -> Profile:
    """Read one TOML profile; ProfileProblem names the file, the place and what was expected."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProfileProblem(
            f"profile {path.name} is no valid TOML: {error}. Mend that line."
        ) from None
    except UnicodeDecodeError:
        raise ProfileProblem(f"profile {path.name} is not UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        raise ProfileProblem(f"profile {path.name} can't be read ({error.strerror}).") from None
    return _Reader(path.name).profile(document)


class _Reader(Checks):
    """Turns the parts of one document into records."""

    def profile(self, document: Mapping[str, Any]) -> Profile:
        self.known(document, TOP, "the top of the file")
        facts = "facts" if "refuse" not in document else "columns"
        for name in ("name", "title", "system", "columns", facts):
            if name not in document:
                raise self.problem(f"has no `{name}`; every profile states it")
        for name in (
            "name", "title", "system", "file_month", "order", "currency", "amount", "refuse",
        ):  # fmt: skip
            self.text(document, name, "the top of the file")
        sources = tuple(self.source(n, c) for n, c in self.tables(document, "columns"))
        derived = tuple(self.derived(n, d) for n, d in self.tables(document, "derive"))
        context = tuple(self.context(n, c) for n, c in self.tables(document, "context"))
        layout = read_layout(self, document, [s.name for s in sources])
        carried = list(layout.carry) if layout else []
        wide = tuple(read_wide(self, n, w) for n, w in self.tables(document, "wide"))
        columns = [x.name for xs in (sources, derived, context, wide) for x in xs] + carried
        if document.get("aggregate"):
            columns.append("@count")
        profile = Profile(
            name=document["name"],
            title=document["title"],
            system=document["system"],
            sources=sources,
            derived=derived,
            context=context,
            facts=tuple(
                self.facts(f, columns) for f in self.many(document, "facts", "the file", Mapping)
            ),
            policy=self.policy(document.get("policy")),
            slice=self.texts(document, "slice", "the top of the file"),
            file_month=document.get("file_month"),
            order=document.get("order"),
            currency=document.get("currency"),
            amount=document.get("amount"),
            sites=self.sites(document.get("sites", {}), columns),
            names=self.texts(document, "names", "the top of the file"),
            least=self.number(document, "least", "the top of the file"),
            refuse=document.get("refuse"),
            layout=layout,
            wide=wide,
            scaled=bool(self.flag(document, "scaled", "the top of the file")),
            amount_also=self.texts(document, "amount_also", "the top of the file"),
            aggregate=self.texts(document, "aggregate", "the top of the file"),
        )
        for name in ("@file_month", "@file_months"):
            if name in profile.slice and not profile.file_month:
                raise self.problem(f"slices by {name}, and so needs `file_month`, a date column")
        for used in (
            *profile.slice, profile.file_month, profile.amount, profile.order, *profile.names,
            *profile.amount_also,
        ):  # fmt: skip
            if used and used not in ("@file_month", "@file_months"):
                self.column(used.removeprefix("@month:"), columns, "slice, amount, order or names")
        for measure in wide:
            if measure.year:
                self.column(measure.year, columns, f"[wide.{measure.name}]")
        for used in profile.aggregate:
            self.column(used, columns, "aggregate")
        for column in derived:
            texts = re.findall(r"\{(\w+)\}", f"{column.text or ''}{column.otherwise or ''}")
            named = (column.origin, column.running, column.along, column.before)
            for used in (*named, *column.others, *column.plus, *column.minus, *texts):
                if used:
                    self.column(used, columns, f"[derive.{column.name}]")
        for source in sources:
            for used in source.instead:
                self.column(used, [c.name for c in context], f"[columns.{source.name}]")
        return profile

    def source(self, name: str, body: Mapping[str, Any]) -> Source:
        where = f"[columns.{name}]"
        self.known(body, SOURCE, where)
        headings = self.texts(body, "headings", where)
        if not headings:
            raise self.problem(f"{where} has no `headings`; list the spellings of the column")
        self.text(body, "blank", where)
        return Source(
            name=name,
            headings=tuple(spelled for heading in headings for spelled in _of_years(heading)),
            kind=self.kind(body.get("kind", "text"), where),
            required=bool(self.flag(body, "required", where)),
            formats=self.texts(body, "formats", where),
            pattern=self.pattern(body.get("pattern"), where),
            blank=body.get("blank"),
            decimal_comma=self.flag(body, "decimal_comma", where),
            day_first=self.flag(body, "day_first", where),
            may_be_blank=bool(self.flag(body, "may_be_blank", where)),
            percent=self.percent(body, where),
            words=self.words(body, "words", where),
            instead=self.texts(body, "instead", where),
            occurrence=self.number(body, "occurrence", where, least=1),
            html=bool(self.flag(body, "html", where)),
        )

    def percent(self, body: Mapping[str, Any], where: str) -> str | None:
        value = body.get("percent")
        if value not in (None, "points", "share"):
            raise self.problem(
                f'{where} has `percent`, which must be "points" (12.5 % is 12.5) or "share" (0.125)'
            )
        return value

    def derived(self, name: str, body: Mapping[str, Any]) -> Derived:
        where = f"[derive.{name}]"
        self.known(body, DERIVE, where)
        summed = "plus" in body or "minus" in body
        if ("from" in body) + ("text" in body) + summed != 1:
            raise self.problem(
                f"{where} needs either `from`, a column, or `text`, or `plus` and `minus`, and not "
                "more than one of them"
            )
        for part in ("text", "default", "otherwise", "running", "along", "before"):
            self.text(body, part, where)
        if ("running" in body) != ("along" in body):
            raise self.problem(f"{where} needs both `running` and `along`, or neither")
        if isinstance(body.get("from"), list):
            origins: tuple[str | None, ...] = self.texts(body, "from", where) or (None,)
        else:
            self.text(body, "from", where)
            origins = (body.get("from"),)
        otherwise = body.get("otherwise")
        return Derived(
            name=name,
            origin=origins[0],
            others=tuple(str(other) for other in origins[1:]),
            text=body.get("text"),
            kind=self.kind(body.get("kind", "money" if summed else "text"), where),
            formats=self.texts(body, "formats", where),
            table=self.words(body, "map", where),
            default=body.get("default"),
            pattern=self.pattern(body.get("pattern"), where),
            otherwise=otherwise if not otherwise or "{" in otherwise else f"{{{otherwise}}}",
            running=body.get("running"),
            along=body.get("along"),
            before=body.get("before"),
            plus=self.texts(body, "plus", where),
            minus=self.texts(body, "minus", where),
        )

    def context(self, name: str, body: Mapping[str, Any]) -> Context:
        where = f"[context.{name}]"
        self.known(body, CONTEXT, where)
        stated = body.get("pattern")
        pattern = PATTERNS.get(str(stated)) or self.pattern(stated, where)
        if pattern is None or pattern.groups != 1:
            raise self.problem(f"{where} needs a `pattern` with exactly one group")
        return Context(
            name=name,
            pattern=pattern,
            kind=self.kind(body.get("kind", "text"), where),
            formats=self.texts(body, "formats", where),
            places=self.places(body, where),
            required=bool(self.flag(body, "required", where)),
            option=body.get("option"),
        )

    def facts(self, body: Mapping[str, Any], columns: list[str]) -> Facts:
        rest = dict(body)
        feed = rest.pop("feed", None)
        if feed not in FEEDS:
            raise self.problem(f"[[facts]] names no known feed{self.near(str(feed), FEEDS)}")
        where = f"[[facts]] of feed {feed}"
        across = self.many(rest, "across", where, Mapping) if "across" in rest else ({},)
        rest.pop("across", None)
        skip_blank = rest.pop("skip_blank", None)
        stated = self.table(rest, "where", where)
        for name in stated:
            self.column(name, columns, where)
        only = {n: tuple(v.lower() for v in self.texts(stated, n, where)) for n in stated}
        wide, columns = wide_columns(self, rest, columns, where)
        spread = bool(self.flag(rest, "spread", where))
        for key in ("where", "wide", "spread"):
            rest.pop(key, None)
        if skip_blank is not None and skip_blank not in FEEDS[feed].names:
            raise self.problem(f"{where} skips by `{skip_blank}`, which the feed has not")
        for name in {*rest, *(key for member in across for key in member)}:
            if name not in FEEDS[feed].names:
                near = self.near(name, FEEDS[feed].names)
                raise self.problem(f"{where} fills `{name}`, which the feed has not{near}")
        facts = Facts(
            feed=feed,
            cells=self.cells(rest, where, columns),
            across=tuple(self.cells(member, where, columns) for member in across),
            skip_blank=skip_blank,
            where=only,
            wide=wide,
            spread=spread,
        )
        if spread:
            facts = spread_over_months(facts)
        for cells in (facts.cells, *facts.across):
            self.constants(cells, FEEDS[feed], where)
        return facts

    def constants(self, cells: Mapping[str, Cell], feed: Feed, where: str) -> None:
        """Refuse a constant that its column can't hold."""
        for name, cell in cells.items():
            column = feed.column(name)
            if cell.constant is None:
                continue
            if column.choices and cell.constant not in column.choices:
                near = self.near(cell.constant, column.choices)
                raise self.problem(
                    f"{where} sets `{name}` to `{cell.constant}`, which is none of its "
                    f"choices{near}"
                )
            try:
                literal(cell.constant, column.kind)
            except (ValueError, ArithmeticError):
                raise self.problem(
                    f"{where} sets `{name}` to `{cell.constant}`, which is no {column.kind}"
                ) from None

    def sites(self, body: Any, columns: list[str]) -> dict[str, Cell]:
        if not isinstance(body, Mapping):
            raise self.problem("[sites] is no table")
        self.known(body, ("site", "name", "kind", "region"), "[sites]")
        if body and "site" not in body:
            raise self.problem("[sites] has no `site`; it says which column names the site")
        return self.cells(body, "[sites]", columns)

    def cells(self, body: Mapping[str, Any], where: str, columns: list[str]) -> dict[str, Cell]:
        return {name: self.cell(value, where, columns) for name, value in body.items()}

    def cell(self, value: object, where: str, columns: list[str]) -> Cell:
        """`"col"`, `"=constant"`, `"{a}-{b}"`, or a table such as `{count = ["a"]}`."""
        if isinstance(value, Mapping):
            self.known(value, CELL, where)
            if sum(k in value for k in ("column", "constant", "text", "count")) != 1:
                raise self.problem(
                    f"{where} has a cell that needs exactly one of column, constant, text, count"
                )
            entries: dict[str, Any] = dict(value)
            if "count" in value:
                entries["count"] = self.texts(value, "count", where)
            for part in ("shift", "months"):
                if not isinstance(value.get(part, 0), int):
                    raise self.problem(f"{where} has a `{part}` that is no whole number")
            if "times" in value and not re.fullmatch(r"\d+(\.\d{1,10})?", str(value["times"])):
                raise self.problem(f"{where} has a `times` that is no decimal number in quotes")
            if "less" in value:
                entries["less"] = self.texts(value, "less", where)
            cell = Cell(**entries)
        elif not isinstance(value, str):
            raise self.problem(f"{where} holds a value that is neither text nor a table")
        elif value.startswith("="):
            cell = Cell(constant=value[1:])
        elif "{" in value:
            cell = Cell(text=value)
        else:
            cell = Cell(column=value)
        used = re.findall(r"\{(@?\w+)\}", cell.text or "")
        for name in (
            *used,
            *(cell.count or ()),
            *cell.less,
            *((cell.column,) if cell.column else ()),
        ):
            self.column(name, columns, where)
        return cell

    def column(self, name: str, columns: Iterable[str], where: str) -> None:
        if name not in columns and name not in ("@record",):
            near = self.near(name, columns)
            raise self.problem(f"{where} names column `{name}`, which is not declared{near}")


def _of_years(heading: str) -> tuple[str, ...]:
    """A heading such as "{year} Gross Pay" as it is spelled in each year."""
    if "{year}" not in heading:
        return (heading,)
    return tuple(heading.replace("{year}", str(year)) for year in YEARS)
