"""The checks that every part of a profile's TOML goes through, each slip one clear sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pipelines.errors import ProfileProblem
from pipelines.feeds import Kind, Policy


class Checks:
    """Takes values out of a document's tables, and names the file in every complaint."""

    def __init__(self, where: str) -> None:
        self.where = where

    def tables(self, body: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The tables of a section, such as each `[columns.NAME]`."""
        section = self.table(body, name, "the file")
        for key, value in section.items():
            if not isinstance(value, Mapping):
                raise self.problem(f"[{name}] holds `{key}`, which is no table of its own")
        return list(section.items())

    def table(self, body: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
        """A table, empty where there is none."""
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
        """The texts of a list."""
        return self.many(body, name, where, str)

    def text(self, body: Mapping[str, Any], name: str, where: str) -> None:
        """Refuse what should be text and is none."""
        if name in body and not isinstance(body[name], str):
            raise self.problem(f"{where} has `{name}`, which must be text in quotes")

    def flag(self, body: Mapping[str, Any], name: str, where: str) -> bool | None:
        """True, false, or None where nothing is said."""
        value = body.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.problem(f"{where} has `{name}`, which must be true or false, without quotes")
        return value

    def words(self, body: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
        """A table of texts, its words in lower case."""
        return {str(k).lower(): str(v) for k, v in self.table(body, name, where).items()}

    def number(self, body: Mapping[str, Any], name: str, where: str, least: int = 0) -> int:
        """A whole number from `least` on, `least` where none is said."""
        value = body.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.problem(
                f"{where} has `{name}`, which must be a whole number from {least} on"
            )
        return value

    def policy(self, text: Any) -> Policy | None:
        """A policy by its name."""
        if text is not None and text not in list(Policy):
            policies = ", ".join(Policy)
            raise self.problem(f"has policy `{text}`; known policies: {policies}")
        return Policy(text) if text is not None else None

    def places(self, body: Mapping[str, Any], where: str) -> tuple[str, ...]:
        """The places in which a value outside the table is sought."""
        usual = ("file", "sheet", "preamble")
        known = (*usual, "headings")
        stated = self.texts(body, "places", where)
        for place in stated:
            if place not in known:
                raise self.problem(
                    f"{where} looks in `{place}`{self.near(place, known)}; "
                    f"known places: {', '.join(known)}"
                )
        return stated or usual

    def kind(self, text: str, where: str) -> Kind:
        """A kind of values by its name."""
        try:
            return Kind(text)
        except ValueError:
            kinds = ", ".join(Kind)
            raise self.problem(f"{where} has kind `{text}`; known kinds: {kinds}") from None

    def pattern(self, text: str | None, where: str) -> re.Pattern[str] | None:
        """A regular expression, or one of the publishers' patterns; None where there is none."""
        try:
            return re.compile(text, re.IGNORECASE) if text else None
        except re.error as error:
            raise self.problem(f"{where} has a pattern that is no regex: {error}") from None

    def known(self, body: Mapping[str, Any], names: Iterable[str], where: str) -> None:
        """Refuse entries that nobody knows."""
        for name in body:
            if name not in names:
                near = self.near(name, names)
                raise self.problem(f"{where} has an unknown entry `{name}`{near}")

    def near(self, name: str, names: Iterable[str]) -> str:
        """A question about what may have been meant."""
        close = get_close_matches(name, list(names), n=1)
        return f" (did you mean `{close[0]}`?)" if close else ""

    def problem(self, text: str) -> ProfileProblem:
        """What is wrong in this profile."""
        return ProfileProblem(f"profile {self.where}: {text}.")
