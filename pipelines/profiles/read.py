"""From a profile's TOML to a `Profile`, with one clear sentence for each slip in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipelines.errors import ProfileProblem
from pipelines.feeds import FEEDS, Kind, Policy
from pipelines.profiles.model import Cell, Context, Derived, Facts, Profile, Source

TOP = {
    "name", "title", "system", "columns", "facts", "derive", "context", "policy", "slice",
    "file_month", "order", "currency", "amount", "sites", "names",
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
        raise ProfileProblem(f"{path.name} is no valid TOML: {error}. Mend that line.") from None
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
        sources = tuple(self.source(n, c) for n, c in document["columns"].items())
        derived = tuple(self.derived(n, d) for n, d in document.get("derive", {}).items())
        context = tuple(self.context(n, c) for n, c in document.get("context", {}).items())
        columns = [x.name for xs in (sources, derived, context) for x in xs]
        profile = Profile(
            name=document["name"],
            title=document["title"],
            system=document["system"],
            sources=sources,
            derived=derived,
            context=context,
            facts=tuple(self.facts(f, columns) for f in document["facts"]),
            policy=Policy(document["policy"]) if "policy" in document else None,
            slice=tuple(document.get("slice", ())),
            file_month=document.get("file_month"),
            order=document.get("order"),
            currency=document.get("currency"),
            amount=document.get("amount"),
            sites=self.cells(document.get("sites", {}), "[sites]", columns),
            names=tuple(document.get("names", ())),
        )
        for used in (*profile.slice, profile.file_month, profile.amount, profile.order):
            if used and used not in ("@file_month", "@file"):
                self.column(used.removeprefix("@month:"), columns, "slice, amount or order")
        for column in derived:
            for used in (column.origin, *re.findall(r"\{(\w+)\}", column.text or "")):
                if used:
                    self.column(used, columns, f"[derive.{column.name}]")
        return profile

    def source(self, name: str, body: Mapping[str, Any]) -> Source:
        where = f"[columns.{name}]"
        self.known(body, SOURCE, where)
        if not body.get("headings"):
            raise self.problem(f"{where} has no `headings`; list the spellings of the column")
        return Source(
            name=name,
            headings=tuple(body["headings"]),
            kind=self.kind(body.get("kind", "text"), where),
            required=bool(body.get("required", False)),
            formats=tuple(body.get("formats", ())),
            pattern=self.pattern(body.get("pattern"), where),
            blank=body.get("blank"),
            decimal_comma=body.get("decimal_comma"),
            day_first=body.get("day_first"),
            may_be_blank=bool(body.get("may_be_blank", False)),
        )

    def derived(self, name: str, body: Mapping[str, Any]) -> Derived:
        where = f"[derive.{name}]"
        self.known(body, DERIVE, where)
        if ("from" in body) == ("text" in body):
            raise self.problem(f"{where} needs either `from`, a column, or `text`, and not both")
        return Derived(
            name=name,
            origin=body.get("from"),
            text=body.get("text"),
            kind=self.kind(body.get("kind", "text"), where),
            formats=tuple(body.get("formats", ())),
            table={str(k).lower(): str(v) for k, v in body.get("map", {}).items()},
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
            formats=tuple(body.get("formats", ())),
            places=tuple(body.get("places", ("file", "sheet", "preamble"))),
            required=bool(body.get("required", False)),
            option=body.get("option"),
        )

    def facts(self, body: Mapping[str, Any], columns: list[str]) -> Facts:
        rest = dict(body)
        feed = rest.pop("feed", None)
        if feed not in FEEDS:
            raise self.problem(f"[[facts]] names no known feed{self.near(str(feed), FEEDS)}")
        where = f"[[facts]] of feed {feed}"
        across = rest.pop("across", [{}])
        skip_blank = rest.pop("skip_blank", None)
        for name in {*rest, *(key for member in across for key in member)}:
            if name not in FEEDS[feed].names:
                near = self.near(name, FEEDS[feed].names)
                raise self.problem(f"{where} fills `{name}`, which the feed has not{near}")
        return Facts(
            feed=feed,
            cells=self.cells(rest, where, columns),
            across=tuple(self.cells(member, where, columns) for member in across),
            skip_blank=skip_blank,
        )

    def cells(self, body: Mapping[str, Any], where: str, columns: list[str]) -> dict[str, Cell]:
        return {name: self.cell(value, where, columns) for name, value in body.items()}

    def cell(self, value: object, where: str, columns: list[str]) -> Cell:
        """`"col"`, `"=constant"`, `"{a}-{b}"`, or a table such as `{count = ["a"]}`."""
        if isinstance(value, Mapping):
            self.known(value, CELL, where)
            entries: dict[str, Any] = {k: tuple(v) if k == "count" else v for k, v in value.items()}
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
