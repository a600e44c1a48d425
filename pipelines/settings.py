"""Where things stand in a home, and the group's own settings."""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.errors import UsageProblem
from pipelines.fiscal import Fiscal
from pipelines.reference import holidays

DEFAULT_HOME = Path("data")


@dataclass(frozen=True, slots=True)
class Group:
    """The group's settings, from `settings.toml` in the home; each has a default.

    `fixed_labour` and `fixed_supplies` are the shares of cost that don't follow volume, where
    nothing better is known. `lake` is where each load is also written as Parquet files (a folder or
    `s3://bucket/prefix`; nowhere while it is empty), `lake_name` what this home is called there.
    """

    name: str = "All sites"
    currency: str = "USD"
    fiscal_start: int = 1
    fixed_labour: float = 0.6
    fixed_supplies: float = 0.1
    lake: str = ""
    lake_name: str = ""
    calendar: Fiscal = field(default_factory=Fiscal)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds everything Rounds keeps for one group."""

    root: Path

    @classmethod
    def find(cls, given: str | Path | None = None) -> Home:
        """The home given, else `ROUNDS_HOME`, else `data/` in the current folder."""
        return _home(str(given or os.environ.get("ROUNDS_HOME") or DEFAULT_HOME))

    @property
    def inbox(self) -> Path:
        """The folder that exports are dropped into."""
        return self.root / "inbox"

    @property
    def warehouse(self) -> Path:
        """The folder of the record and the published read models."""
        return self.root / "warehouse"

    @property
    def record(self) -> Path:
        """The system of record: ledger, facts, quarantine."""
        return self.warehouse / "record.duckdb"

    @property
    def current(self) -> Path:
        """The pointer to the read model that the app shows."""
        return self.warehouse / "CURRENT"

    @property
    def follows(self) -> Path:
        """What a home that follows another has of it; elsewhere it isn't there."""
        return self.root / "following.json"

    @property
    def profiles(self) -> Path:
        """The user's own profiles."""
        return self.root / "profiles"

    def make(self) -> Home:
        """Create the folders. UsageProblem where the place can't be written to."""
        try:
            for folder in (self.root, self.warehouse, self.inbox):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageProblem(
                f"The home {self.root} can't be created ({error.strerror}). "
                "Choose another folder with --home."
            ) from None
        return self

    def group(self) -> Group:
        """The group's settings, with its holidays of both files.

        UsageProblem when `settings.toml` or `holidays.csv` is faulty.
        """
        path = self.root / "settings.toml"
        kept = holidays(self.root)
        try:
            return _group(path, path.read_bytes(), kept)
        except (FileNotFoundError, NotADirectoryError):
            return Group(calendar=Fiscal(holidays=kept))

    def secret(self) -> bytes:
        """The key of the workers' pseudonyms; made once, kept outside the database."""
        path = self.root / "secret.key"
        if not path.exists():
            self.make()
            path.touch(mode=0o600)
            path.write_bytes(secrets.token_bytes(32))
        return path.read_bytes()


@lru_cache(maxsize=8)
def _home(place: str) -> Home:
    """The home at a place; a page asks for it some hundred times a run."""
    return Home(Path(place).expanduser())


@lru_cache(maxsize=8)
def _group(path: Path, text: bytes, kept: tuple[date, ...] = ()) -> Group:
    """What the settings say; a page asks a hundred times a run."""
    try:
        values = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{path} can't be understood: {error}. Mend that line.") from None
    table = values.pop("calendar", {})
    for other in ("access", "mail"):  # pipelines/access/ways.py, pipelines/digest/post.py
        values.pop(other, None)
    _check(path, values, Group)
    _check(path, table, Fiscal, "calendar.")
    month = values.get("fiscal_start", 1)
    listed: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in table.items()}
    listed["holidays"] = tuple(sorted({*listed.get("holidays", ()), *kept}))
    return Group(**values, calendar=Fiscal(month=month, **listed))


def _check(path: Path, values: dict[str, object], record: type, within: str = "") -> None:
    """UsageProblem for an entry that isn't known, or not of its kind."""
    kinds = {f.name: type(f.default) for f in fields(record) if f.name not in ("calendar", "month")}
    kinds |= {"pay_start": date} if "pay_start" in kinds else {}
    words = {
        str: "text in quotes", int: "a whole number", date: "a day as 2026-10-09",
        float: "a share from 0.0 to 1.0",
        list: "a list in brackets, of days as 2026-12-25 or of texts in quotes",
    }  # fmt: skip
    kinds = {name: list if kind is tuple else kind for name, kind in kinds.items()}
    of = {"holidays": date, "always_open": str}
    for name, value in values.items():
        if name not in kinds:
            raise UsageProblem(
                f"{path} has an unknown entry `{within}{name}`; known are {', '.join(kinds)}."
            )
        wrong = isinstance(value, list) and any(type(one) is not of.get(name) for one in value)
        wrong |= isinstance(value, float) and not 0 <= value <= 1
        if type(value) is not kinds[name] or wrong:
            raise UsageProblem(f"{path} has `{within}{name}`, which must be {words[kinds[name]]}.")
