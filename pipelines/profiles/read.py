"""From a profile's TOML to a `Profile`, with one clear sentence for each slip in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipelines.errors import ProfileProblem
from pipelines.feeds import FEEDS, Feed, Kind, Policy, literal
from pipelines.profiles.model import Cell, Context, Derived, Facts, Profile, Source

TOP = {
    "name", "title", "system", "columns", "facts", "derive", "context", "policy", "slice",
    "file_month", "order", "currency", "amount", "sites", "names",
    "aggregate",
}  # fmt: skip
SOURCE = {
    "headings", "kind", "required", "formats", "pattern", "blank", "decimal_comma", "day_first",
    "may_be_blank",
}  # fmt: skip
DERIVE = {"from", "map", "default", "pattern", "text", "kind", "formats"}
CONTEXT = {"pattern", "kind", "formats", "places", "required", "option"}
CELL = {"column", "constant", "text", "count", "shift", "month_end", "negate"}


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


class _Reader:
    """Turns the parts of one document into records, and names the file in every complaint."""

    def __init__(self, where: str) -> None:
        self.where = where

    def profile(self, document: Mapping[str, Any]) -> Profile:
        self.known(document, TOP, "the top of the file")
        for name in ("name", "title", "system", "columns", "facts"):
            if name not in document:
                raise self.problem(f"has no `{name}`; every profile states it")
        for name in ("name", "title", "system", "file_month", "order", "currency", "amount"):
            self.text(document, name, "the top of the file")
        sources = tuple(self.source(n, c) for n, c in self.tables(document, "columns"))
        derived = tuple(self.derived(n, d) for n, d in self.tables(document, "derive"))
        context = tuple(self.context(n, c) for n, c in self.tables(document, "context"))
        columns = [x.name for xs in (sources, derived, context) for x in xs]
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
            aggregate=self.texts(document, "aggregate", "the top of the file"),
        )
        if "@file_month" in profile.slice and not profile.file_month:
            raise self.problem("slices by @file_month, and so needs `file_month`, a date column")
        for used in (
            *profile.slice, profile.file_month, profile.amount, profile.order, *profile.names,
        ):  # fmt: skip
            if used and used != "@file_month":
                self.column(used.removeprefix("@month:"), columns, "slice, amount, order or names")
        for used in profile.aggregate:
            self.column(used, columns, "aggregate")
        for column in derived:
            for used in (column.origin, *re.findall(r"\{(\w+)\}", column.text or "")):
                if used:
                    self.column(used, columns, f"[derive.{column.name}]")
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
            headings=headings,
            kind=self.kind(body.get("kind", "text"), where),
            required=bool(self.flag(body, "required", where)),
            formats=self.texts(body, "formats", where),
            pattern=self.pattern(body.get("pattern"), where),
            blank=body.get("blank"),
            decimal_comma=self.flag(body, "decimal_comma", where),
            day_first=self.flag(body, "day_first", where),
            may_be_blank=bool(self.flag(body, "may_be_blank", where)),
        )

    def derived(self, name: str, body: Mapping[str, Any]) -> Derived:
        where = f"[derive.{name}]"
        self.known(body, DERIVE, where)
        if ("from" in body) == ("text" in body):
            raise self.problem(f"{where} needs either `from`, a column, or `text`, and not both")
        for part in ("from", "text", "default"):
            self.text(body, part, where)
        return Derived(
            name=name,
            origin=body.get("from"),
            text=body.get("text"),
            kind=self.kind(body.get("kind", "text"), where),
            formats=self.texts(body, "formats", where),
            table={str(k).lower(): str(v) for k, v in self.table(body, "map", where).items()},
            default=body.get("default"),
            pattern=self.pattern(body.get("pattern"), where),
        )

    def context(self, name: str, body: Mapping[str, Any]) -> Context:
        where = f"[context.{name}]"
        self.known(body, CONTEXT, where)
        pattern = self.pattern(body.get("pattern"), where)
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
        )
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
            cell = Cell(**entries)
        elif not isinstance(value, str):
            raise self.problem(f"{where} holds a value that is neither text nor a table")
        elif value.startswith("="):
            cell = Cell(constant=value[1:])
        elif "{" in value:
            cell = Cell(text=value)
        else:
            cell = Cell(column=value)
        used = re.findall(r"\{(\w+)\}", cell.text or "")
        for name in (*used, *(cell.count or ()), *((cell.column,) if cell.column else ())):
            self.column(name, columns, where)
        return cell

    def column(self, name: str, columns: Iterable[str], where: str) -> None:
        if name not in columns and name not in ("@record",):
            near = self.near(name, columns)
            raise self.problem(f"{where} names column `{name}`, which is not declared{near}")

    def tables(self, body: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The tables of a section, such as each `[columns.NAME]`."""
        section = self.table(body, name, "the file")
        for key, value in section.items():
            if not isinstance(value, Mapping):
                raise self.problem(f"[{name}] holds `{key}`, which is no table of its own")
        return list(section.items())

    def table(self, body: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        value = body.get(name, {})
        if not isinstance(value, Mapping):
            raise self.problem(f"{where} has `{name}`, which must be a table")
        return value

    def many(self, body: Mapping[str, Any], name: str, where: str, kind: type) -> tuple[Any, ...]:
        """The members of a list, each of one kind."""
        value = body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, kind) for v in value):
            words = "texts" if kind is str else "tables"
            raise self.problem(f"{where} has `{name}`, which must be a list of {words}")
        return tuple(value)

    def texts(self, body: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
        return self.many(body, name, where, str)

    def text(self, body: Mapping[str, Any], name: str, where: str) -> None:
        if name in body and not isinstance(body[name], str):
            raise self.problem(f"{where} has `{name}`, which must be text in quotes")

    def flag(self, body: Mapping[str, Any], name: str, where: str) -> bool | None:
        value = body.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.problem(f"{where} has `{name}`, which must be true or false, without quotes")
        return value

    def policy(self, text: Any) -> Policy | None:
        if text is not None and text not in list(Policy):
            policies = ", ".join(Policy)
            raise self.problem(f"has policy `{text}`; known policies: {policies}")
        return Policy(text) if text is not None else None

    def places(self, body: Mapping[str, Any], where: str) -> tuple[str, ...]:
        known = ("file", "sheet", "preamble")
        stated = self.texts(body, "places", where)
        for place in stated:
            if place not in known:
                raise self.problem(
                    f"{where} looks in `{place}`{self.near(place, known)}; "
                    f"known places: {', '.join(known)}"
                )
        return stated or known

    def kind(self, text: str, where: str) -> Kind:
        try:
            return Kind(text)
        except ValueError:
            kinds = ", ".join(Kind)
            raise self.problem(f"{where} has kind `{text}`; known kinds: {kinds}") from None

    def pattern(self, text: str | None, where: str) -> re.Pattern[str] | None:
        try:
            return re.compile(text, re.IGNORECASE) if text else None
        except re.error as error:
            raise self.problem(f"{where} has a pattern that is no regex: {error}") from None

    def known(self, body: Mapping[str, Any], names: Iterable[str], where: str) -> None:
        for name in body:
            if name not in names:
                near = self.near(name, names)
                raise self.problem(f"{where} has an unknown entry `{name}`{near}")

    def near(self, name: str, names: Iterable[str]) -> str:
        close = get_close_matches(name, list(names), n=1)
        return f" (did you mean `{close[0]}`?)" if close else ""

    def problem(self, text: str) -> ProfileProblem:
        return ProfileProblem(f"profile {self.where}: {text}.")
