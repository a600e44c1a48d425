"""A profile for a file that no profile knows: guesses, marked as such, for a person to mend."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipelines.errors import FileProblem, UsageProblem
from pipelines.feeds import FEEDS, Column, Feed, Kind, Policy
from pipelines.ingest.guesses import (
    Guess,
    Words,
    guessed,
    kinds_of,
    known_words,
    stated,
    worth,
)
from pipelines.ingest.kinds import first_cells
from pipelines.ingest.patients import patient_heading
from pipelines.ingest.read import Found
from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Profile

MONTHS = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed profile: its TOML, the guesses it is made of, and what the feed still needs."""

    name: str
    feed: str
    toml: str
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the command line and the app."""
        return {
            "name": self.name,
            "feed": self.feed,
            "toml": self.toml,
            "missing": list(self.missing),
            "guesses": [
                {
                    "place": g.place + 1,
                    "heading": g.heading,
                    "column": g.column,
                    "kind": str(g.kind),
                    "reason": g.reason,
                    "question": g.question,
                }
                for g in self.guesses
            ],
        }


def propose(
    found: Found,
    profiles: Mapping[str, Profile],
    feed: str | None = None,
    told: Mapping[str, str] | None = None,
) -> Proposal:
    """A profile for a table, for the feed given or the one that its headings fit best.

    `told` is what a person says of headings (as `match.chosen` gives it): the column that each
    stands for, "" for none.
    FileProblem when the headings are those of patients, or there are none; UsageProblem for a
    heading that isn't there, or a column that the feed hasn't.
    """
    if suspect := patient_heading(found.headings):
        raise FileProblem(
            found.path,
            f"looks like a list of patients (column “{suspect}”): no profile is proposed for it. "
            "Export counts per site and day instead.",
            found.part,
        )
    if not any(found.headings):
        raise FileProblem(found.path, "has no headings to make a profile of.", found.part)
    kinds = {i: kinds_of(found.frame, i) for i in range(len(found.headings))}
    choices = [FEEDS[feed]] if feed else list(FEEDS.values())
    tries = [(guessed(found, kinds, f, known_words(f, profiles.values())), f) for f in choices]
    guesses, best = max(tries, key=lambda pair: worth(*pair))
    guesses = _as_told(found, guesses, best, told or {})
    return _Writer(
        found, best, guesses, known_words(best, profiles.values()), set(profiles)
    ).proposal()


def _as_told(
    found: Found, guesses: list[Guess], feed: Feed, told: Mapping[str, str]
) -> list[Guess]:
    """The guesses with what a person said in their place; no column is taken twice."""
    said = {g.place: _said(g, told) for g in guesses}
    known = {key for g in guesses for key in _keys(g)}
    if strange := next((key for key in told if key not in known), None):
        raise UsageProblem(
            f"There is no column “{strange}” in this file; there are "
            f"{', '.join(h for h in found.headings if h)}."
        )
    if strange := next((c for c in told.values() if c and c not in feed.names), None):
        raise UsageProblem(
            f"{feed.title} has no column {strange}; there are {', '.join(feed.names)}."
        )
    given = {column for column in said.values() if column}
    after = []
    for guess in guesses:
        wanted = said[guess.place]
        if wanted and wanted != guess.column:
            after.append(stated(found, guess.place, feed.column(wanted), "as you say"))
        elif wanted == "" or (wanted is None and guess.column in given):
            after.append(replace(guess, column=None, derived=None, question=None))
        else:
            after.append(guess)
    return after


def _keys(guess: Guess) -> tuple[str, str]:
    """How a heading may be named: by its number, or as it is spelled."""
    return f"#{guess.place + 1}", normalise_heading(guess.heading)


def _said(guess: Guess, told: Mapping[str, str]) -> str | None:
    return next((told[key] for key in _keys(guess) if key in told), None)


class _Writer:
    """Writes the TOML of a proposal."""

    def __init__(
        self, found: Found, feed: Feed, guesses: list[Guess], known: Words, taken: set[str]
    ) -> None:
        self.found = found
        self.feed = feed
        self.guesses = guesses
        self.known = known
        self.columns = {g.column: g for g in guesses if g.column}
        self.name = self.free_name(taken)
        self.context: list[str] = []
        self.cells = {c.name: c.name for c in feed.columns if c.name in self.columns}
        self.why: dict[str, str] = {}
        self.missing: list[str] = []

    def proposal(self) -> Proposal:
        top = self.top()
        for column in self.feed.columns:
            if column.required and column.name not in self.cells:
                self.fill(column)
        lines = [*top, *self.rule(), *self.context]
        lines += [] if self.columns else ["", "[columns]"]
        for guess in self.guesses:
            lines += self.column(guess)
        lines += [line for guess in self.columns.values() for line in self.derived(guess)]
        lines += self.facts()
        toml = "\n".join(lines) + "\n"
        return Proposal(self.name, self.feed.name, toml, tuple(self.guesses), tuple(self.missing))

    def free_name(self, taken: set[str]) -> str:
        """A name from the file's, without its dates and numbers."""
        stem = normalise_heading(re.sub(r"[\W\d_]+", " ", self.found.path.stem))
        kept = [word for word in re.findall(r"[a-z]+", stem) if word[:3] not in MONTHS]
        name = "_".join(kept) or f"my_{self.feed.name}"
        return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 99))) if n not in taken)

    def top(self) -> list[str]:
        lines = [
            f"# Proposed by Rounds for {self.feed.title.lower()}: {self.feed.row}.",
            "# Check every line marked with `guess`, then save this as",
            f"# profiles/{self.name}.toml in the home and load the file with `rounds ingest`.",
            f"name = {_text(self.name)}",
            f"title = {_text(self.name.replace('_', ' ').capitalize())}  # guess: from the name",
            f"system = {_text(self.name)}  # guess: whose site codes and numbers these are",
        ]
        if self.feed.money in self.columns:
            lines.append(f"amount = {_text(self.feed.money)}  # the sum that must tie")
        if currency := self.currency():
            lines.append(f"currency = {_text(currency)}  # guess: by the sign of the amounts")
        return lines

    def currency(self) -> str | None:
        if self.feed.money not in self.columns or "currency" in self.columns:
            return None
        guess = self.columns[self.feed.money]
        cells = first_cells(self.found.frame, f"c{guess.place}")
        for sign, code in (("£", "GBP"), ("€", "EUR")):
            if sign in guess.heading or cells.str.contains(sign, literal=True).any():
                return code
        return None

    def fill(self, column: Column) -> None:
        """Fill a required column that no heading stands for, or say that it is missing."""
        constants = self.known.constants.get(column.name, set())
        dates = [c for c in self.feed.date if c in self.columns]
        if column.name in self.feed.date and dates:
            self.cells[column.name] = dates[0]
            self.why[column.name] = "the only date there is"
        elif column.name in self.feed.date or column.name == "site":
            option = "site" if column.name == "site" else "period"
            self.context += self.outside(column, option)
            self.cells[column.name] = column.name
            self.why[column.name] = f"from the file's name, or given with --{option}"
        elif column.name in ("document", "line"):
            self.cells[column.name] = "@record"
            self.why[column.name] = "the record's number, as the file has none"
        elif len(constants) == 1 and column.kind is Kind.TEXT:
            self.cells[column.name] = f"={next(iter(constants))}"
            self.why[column.name] = "what other profiles state"
        else:
            self.missing.append(column.name)

    def outside(self, column: Column, option: str) -> list[str]:
        pattern = r"(\d{4}-\d{2}-\d{2})" if option == "period" else r"^([A-Za-z0-9]+)[_ -]"
        date = ['kind = "date"', 'formats = ["%Y-%m-%d"]'] if option == "period" else []
        return [
            "",
            f"[context.{column.name}]  # guess: no column of the file holds it",
            f"pattern = {_text(pattern)}",
            'places = ["file"]',
            *date,
            f"option = {_text(option)}",
            "required = true",
        ]

    def rule(self) -> list[str]:
        """The policy, where the feed's own can't hold for want of a key."""
        date = self.cells.get(self.feed.date[0]) if self.feed.date else None
        counted = [n for n in self.feed.key if self.cells.get(n) == "@record"]
        if self.feed.policy is not Policy.UPSERT or not counted or date is None:
            return []
        body = next((n for n in ("entity", "site") if n in self.columns), None)
        parts = [_text(n) for n in (body, "@file_month") if n]
        return [
            "# guess: documents have no number of their own, so a file replaces its month",
            'policy = "replace"',
            f"slice = [{', '.join(parts)}]",
            f"file_month = {_text(date)}",
        ]

    def column(self, guess: Guess) -> list[str]:
        if guess.column is None:
            seen = _comment(guess.heading) or "(blank)"
            return ["", f"# not read: {seen} ({guess.kind})"] if guess.heading else []
        needed = self.feed.column(guess.column).required
        lines = [
            "",
            f"[columns.{guess.column}]  # guess: {_comment(guess.reason)}",
            f"headings = [{_text(guess.heading)}]",
        ]
        if guess.kind is not Kind.TEXT:
            lines.append(f"kind = {_text(str(guess.kind))}")
        if needed:
            lines.append("required = true")
        if guess.question:
            answer = "day_first" if guess.kind in (Kind.DATE, Kind.MOMENT) else "decimal_comma"
            lines.append(f"# {answer} = true  # question: {guess.question}")
        return lines

    def derived(self, guess: Guess) -> list[str]:
        """The known words of a column's cells, taken over from the profile that spells it so."""
        rule = guess.derived
        if rule is None or not rule.table or guess.column is None:
            return []
        self.cells[guess.column] = f"{guess.column}_read"
        pairs = ", ".join(f"{_text(word)} = {_text(value)}" for word, value in rule.table.items())
        lines = [
            "",
            f"[derive.{guess.column}_read]  # guess: the words of another profile",
            f"from = {_text(guess.column)}",
            f"map = {{ {pairs} }}",
        ]
        return [*lines, f"default = {_text(rule.default)}"] if rule.default else lines

    def facts(self) -> list[str]:
        lines = ["", "[[facts]]", f"feed = {_text(self.feed.name)}"]
        for column in self.feed.columns:
            if column.name in self.cells:
                why = self.why.get(column.name)
                note = f"  # guess: {why}" if why else ""
                lines.append(f"{column.name} = {_text(self.cells[column.name])}{note}")
            elif column.name in self.missing:
                lines.append(
                    f"# missing: {column.name}, {column.meaning}. Every row needs it: name its "
                    f'column, or state it once as {column.name} = "=…"'
                )
        return lines


def _text(text: object) -> str:
    """A text as TOML writes it."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """A text on one line of a comment."""
    return "".join(c if c.isprintable() else " " for c in text).strip()
