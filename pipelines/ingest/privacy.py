"""The door: what may not enter, and under which name people enter.

Only the columns that a profile names are ever read into a fact; everything else is dropped
unread. Of the columns that are kept, `guard` looks at each cell of text: what it may hold is
declared per feed in `ROLES`. Files about patients are turned away in `patients.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from enum import IntEnum
from functools import lru_cache

import polars as pl

from pipelines.errors import FileProblem
from pipelines.feeds import Kind
from pipelines.ingest.persons import is_person, is_surely_person, person_pseudonym
from pipelines.ingest.proofs import is_ssn
from pipelines.ingest.scan import CODE_HINT, NINE, Find, finds, may_hold, redacted, replaced
from pipelines.profiles import Cell, Profile


class Role(IntEnum):
    """What a column of text holds, and so what is looked for in it; the higher rules the lower.

    WORDS: words of a small vocabulary (status, category). PLACE: a site's code, name or address,
    which is nobody's. CODE: a number or code of a document or a thing. THING: the name of an item
    or a machine, which may be called after a person. TEXT: what somebody typed.
    ORGANISATION: whom money goes to; one who looks like a person becomes a pseudonym.
    PERSON: a worker's name or number; it feeds a pseudonym and nothing else.
    """

    WORDS = 0
    PLACE = 1
    CODE = 2
    THING = 3
    TEXT = 4
    ORGANISATION = 5
    PERSON = 6


_W, _P, _C, _T, _X, _O = (
    Role.WORDS, Role.PLACE, Role.CODE, Role.THING, Role.TEXT, Role.ORGANISATION,
)  # fmt: skip
# Every column of text of every feed. Notes, memos, comments and feedback are no column of any.
ROLES: dict[str, dict[str, Role]] = {
    "sites": {"site": _P, "name": _P, "kind": _W, "region": _W, "time_zone": _W, "codes": _P},
    "labor": {"site": _P, "company": _C, "run": _W, "role": _W, "kind": _W, "basis": _W,
              "pay_code": _W, "pay_class": _W, "worker": Role.PERSON, "currency": _W},
    "volume": {"site": _P, "grain": _W, "measure": _W},
    "stock": {"site": _P, "item": _C, "item_name": _T, "category": _W, "lot": _C, "unit": _W,
              "currency": _W},
    "supply_moves": {"site": _P, "reference": _C, "item": _C, "item_name": _T, "category": _W,
                     "kind": _W, "unit": _W, "currency": _W},
    "assets": {"site": _P, "asset": _C, "name": _T, "class": _W, "risk": _W, "status": _W,
               "currency": _W},
    "work_orders": {"site": _P, "work_order": _C, "title": _X, "kind": _W, "priority": _W,
                    "category": _W, "asset": _C, "risk": _W, "status": _W, "currency": _W},
    "purchases": {"site": _P, "order": _C, "line": _C, "supplier": _O, "item": _C,
                  "item_name": _T, "unit": _W, "contract": _C, "currency": _W},
    "contracts": {"site": _P, "contract": _C, "title": _X, "vendor": _O, "kind": _W,
                  "category": _W, "status": _W, "notice_unit": _W, "escalator_index": _W,
                  "escalator_steps": _C, "currency": _W},
    "spend": {"site": _P, "entity": _O, "document": _C, "line": _C, "account": _C, "area": _W,
              "supplier": _O, "description": _X, "contract": _C, "currency": _W},
    "budget": {"site": _P, "version": _W, "account": _C, "currency": _W},
    "ledger": {"site": _P, "account": _C, "currency": _W},
    "positions": {"site": _P, "role": _W},
    "feedback": {"site": _P, "kind": _W},
    "remits": {"site": _P, "contract": _C, "payer": _O, "currency": _W},
    "targets": {"metric": _W, "site": _P, "region": _P, "unit": _W, "currency": _W},
}  # fmt: skip
FINDINGS = {"column": pl.String, "kind": pl.String, "cells": pl.UInt32}
# Forms that a numbering of one's own may have: where most cells of a column share one, it is that.
NUMBERINGS = frozenset({"ssn", "phone", "ip", "card", "vehicle", "health id"})
ENOUGH = 20  # cells from which on a column shows its own numbering
HIDDEN = "•••"


def roles(profile: Profile) -> dict[str, Role]:
    """What each source column of text holds: the strictest of what the feeds make of it.

    A column that no feed takes (it stands in slices and in quarantine only) is TEXT.
    """
    origins = {d.name: _named(d.origin, d.text) for d in profile.derived}
    found: dict[str, Role] = {}

    def use(cell: Cell | None, role: Role) -> None:
        if cell is None:
            return
        for name in _named(cell.column, cell.text):
            for origin in origins.get(name, (name,)):
                found[origin] = max(role, found.get(origin, role))

    for facts in profile.facts:
        for cells in (facts.cells, *facts.across):
            for column, cell in cells.items():
                if (role := ROLES[facts.feed].get(column)) is not None:
                    use(cell, role)
    for column, cell in profile.sites.items():
        use(cell, ROLES["sites"][column])
    for name in profile.names:
        found[name] = Role.PERSON
    texts = [s.name for s in profile.sources if s.kind is Kind.TEXT]
    return {name: found.get(name, Role.TEXT) for name in texts}


def _named(column: str | None, text: str | None) -> tuple[str, ...]:
    return (column,) if column else tuple(re.findall(r"\{(\w+)\}", text or ""))


def guard(
    frame: pl.DataFrame, places: dict[str, str], profile: Profile, secret: bytes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take identifiers out of the columns that are kept: (the frame, what was found).

    `frame` holds cells as found (`c0`, `c1`, …), `places` says which of them is which source
    column. Nothing is added or left out: rows and money stay. In names of organisations a person
    becomes a keyed pseudonym; in text an identifier becomes its kind (`[phone]`); in codes and
    names of organisations the kind and a keyed mark (`[ssn 3f9a2c]`), so that different codes stay
    different. Workers' columns are left to `pseudonyms`. Findings hold (column, kind, cells), the
    column by its usual heading, and never a value.
    """
    headings = {s.name: s.headings[0] for s in profile.sources}
    found: list[tuple[str, str, int]] = []
    changed: list[pl.Series] = []
    for name, role in roles(profile).items():
        place = places.get(name)
        if place is None or role is Role.PERSON:
            continue
        cells, kinds = _guarded(frame[place], role, secret)
        if kinds:
            changed.append(cells)
            found.extend((headings[name], kind, count) for kind, count in kinds.items())
    findings = pl.DataFrame(found, schema=FINDINGS, orient="row")
    return frame.with_columns(changed), findings


def told(findings: pl.DataFrame) -> tuple[str, ...]:
    """One sentence for each column in which something was found, with counts and no value."""
    summed = findings.group_by("column", "kind", maintain_order=True).agg(pl.col("cells").sum())
    by_column: dict[str, list[str]] = {}
    for column, kind, cells in summed.iter_rows():
        what = "named a person" if kind == "person" else f"held {_an(kind)}"
        by_column.setdefault(column, []).append(f"{cells} {what}")
    return tuple(
        f"column “{column}”: {', '.join(parts)}; masked, and the rows and their money kept"
        for column, parts in by_column.items()
    )


def _an(kind: str) -> str:
    words = {"ssn": "social security number", "ip": "internet address", "url": "web address",
             "mrn": "medical record number", "birth": "birth date", "date": "date of care",
             "iban": "bank account"}  # fmt: skip
    word = words.get(kind, kind)
    return f"{'an' if word[0] in 'aei' else 'a'} {word}"


def _guarded(column: pl.Series, role: Role, secret: bytes) -> tuple[pl.Series, dict[str, int]]:
    """A column without identifiers, and in how many cells each kind was."""
    if role in (Role.TEXT, Role.THING, Role.ORGANISATION):
        asked = column.is_not_null()
    else:
        asked = _hinted(column)
        nine = _nine_digits(column) if role is Role.CODE else None
        if nine is not None:
            asked |= nine
    if not asked.any():
        return column, {}
    counts = column.filter(asked).value_counts(name="cells")
    if role in (Role.TEXT, Role.THING):
        counts = counts.filter(may_hold(counts[column.name]))
    verdicts = [(text, cells, _verdict(text, role)) for text, cells in counts.iter_rows()]
    own = _numberings(column, verdicts) if role is Role.CODE else frozenset[str]()
    new: dict[str, str] = {}
    kinds: dict[str, int] = {}
    for text, cells, found in verdicts:
        kept = tuple(f for f in found if f.kind not in own)
        if not kept and role is Role.CODE and nine is not None and NINE.fullmatch(text.strip()):
            kept = (Find(0, len(text), "ssn"),)
        if not kept:
            continue
        new[text] = _masked(text, kept, role, secret)
        for kind in {f.kind for f in kept}:
            kinds[kind] = kinds.get(kind, 0) + cells
    if not new:
        return column, {}
    return column.replace(list(new), list(new.values())), kinds


def _hinted(column: pl.Series) -> pl.Series:
    """Which cells may hold an identifier; where few differ, those are asked once each."""
    start = column.head(ENOUGH * ENOUGH)
    if start.n_unique() > len(start) / 2:
        return column.str.contains(CODE_HINT).fill_null(False)
    different = column.unique()
    hits = different.filter(different.str.contains(CODE_HINT))
    return column.is_in(hits.implode()) if len(hits) else column.is_null() & False


@lru_cache(1 << 17)
def _verdict(text: str, role: Role) -> tuple[Find, ...]:
    """What stands in a cell; a cell that is a person's name as a whole is one find, `person`."""
    whole = (Find(0, len(text), "person"),)
    match role:
        case Role.ORGANISATION:
            return whole if is_person(_bare(text)) else _forms(text)
        case Role.TEXT:
            return tuple(finds(text))
        case Role.THING:
            return tuple(finds(text, names=False))
        case Role.PLACE:  # “Dr Smith's Office” is a site
            return _forms(text)
        case _:
            if "," in text and is_surely_person(text):
                return whole
            return tuple(finds(text, names=False))


def _forms(text: str) -> tuple[Find, ...]:
    return tuple(finds(text, names=False, titled=False))


def _bare(text: str) -> str:
    """A name without the number or address that stands beside it."""
    return replaced(text, list(_forms(text)), lambda *_: " ")


def _masked(text: str, found: tuple[Find, ...], role: Role, secret: bytes) -> str:
    if found[0].kind == "person":
        return person_pseudonym(_bare(text), secret)
    if role in (Role.TEXT, Role.THING):
        return replaced(text, list(found), lambda kind, _: f"[{kind}]")
    return replaced(text, list(found), lambda kind, value: f"[{kind} {_mark(value, secret)}]")


def _mark(value: str, secret: bytes) -> str:
    plain = re.sub(r"[\W_]+", "", value).upper()
    return hmac.new(secret, f"mark\0{plain}".encode(), hashlib.sha256).hexdigest()[:8]


def _numberings(
    column: pl.Series, verdicts: list[tuple[str, int, tuple[Find, ...]]]
) -> frozenset[str]:
    """Kinds that are the column's own numbering: accounts written 100-20-3000, say.

    Most cells have the form. With that of social security numbers they must also repeat, as
    accounts do and people don't.
    """
    filled = len(column) - column.null_count()
    if not any(found for _, _, found in verdicts):
        return frozenset()
    cells: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    for _, count, found in verdicts:
        for kind in {f.kind for f in found} & NUMBERINGS:
            cells[kind] += count
            texts[kind] += 1
    own = set()
    for kind, count in cells.items():
        repeated = kind not in ("ssn", "health id") or texts[kind] < count / 2
        if filled >= ENOUGH and count > filled / 2 and repeated:
            own.add(kind)
    return frozenset(own)


def _nine_digits(column: pl.Series) -> pl.Series | None:
    """Which cells are social security numbers without dashes, where the whole column is that.

    All but all cells have nine digits, none twice, and their first three are spread as areas are;
    the numbers of documents run on and so share them.
    """
    cells = column.drop_nulls()
    if len(cells) < ENOUGH or not cells.head(ENOUGH).str.contains(r"^\s*\d{9}\s*$").all():
        return None
    nine = column.str.contains(r"^\s*\d{9}\s*$").fill_null(False)
    numbers = column.filter(nine).str.strip_chars()
    if len(numbers) < 0.9 * len(cells) or numbers.n_unique() < 0.9 * len(numbers):
        return None
    areas = numbers.str.head(3).n_unique()
    sound = sum(map(is_ssn, numbers.head(1_000).to_list())) / min(1_000, len(numbers))
    return nine if areas >= min(100, len(numbers) / 4) and sound >= 0.9 else None


def pseudonyms(workers: pl.Series, secret: bytes) -> pl.Series:
    """Keyed pseudonyms (HMAC-SHA-256, 16 hex digits) of worker numbers; nulls stay null.

    A plain hash of a number of nine digits can be undone by trying all of them; a keyed one can't.
    """
    names = {
        value: hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:16]
        for value in workers.unique().drop_nulls().to_list()
    }
    return workers.replace_strict(names, default=None, return_dtype=pl.String)


def identifiers(profile: Profile) -> frozenset[str]:
    """The source columns that name or number a person: never kept as they are."""
    return frozenset(name for name, role in roles(profile).items() if role is Role.PERSON)


def scrubbed(cells: pl.Series, where: pl.Series, secret: bytes) -> pl.Series:
    """Cells of which those that can't be trusted to be what their column holds are masked.

    Where `where` is true, a person becomes a keyed pseudonym and an identifier its kind.
    """
    if not where.any():
        return cells
    seen = cells.filter(where).drop_nulls().unique().to_list()
    new = {
        t: person_pseudonym(_bare(t), secret) if is_person(_bare(t)) else redacted(t) for t in seen
    }
    return cells.replace(list(new), list(new.values())) if new else cells


def clean_name(text: str) -> str:
    """The name of a file or sheet without identifiers: `Payroll [name] [ssn].xlsx`.

    Underscores part words here, and a name in small letters is a name too.
    """
    plain = text.replace("_", " ")
    found = finds(plain)
    titled = plain.title()
    if len(titled) == len(plain) and titled != plain:
        known = [f for f in finds(titled) if f.kind == "name"]
        found += [f for f in known if all(f.stop <= g.start or f.start >= g.stop for g in found)]
    found.sort(key=lambda f: f.start)
    return replaced(text, found, lambda kind, _: f"[{kind}]")


def sentence(problem: FileProblem) -> str:
    """The text of a problem without what its file's name may tell of a person."""
    label = problem.path.name if problem.part is None else f"{problem.path.name}#{problem.part}"
    return str(problem).replace(label, clean_name(label))
