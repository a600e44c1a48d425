"""Where uploads, proposed profiles and corrected lists are put, under names that are safe."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from pipelines.errors import UsageProblem
from pipelines.profiles.read import read_profile
from pipelines.settings import Home

LONGEST = 200  # bytes of a file's name
FIXED = ("load", "record", "reasons")  # the columns of a list that say which record it is


def keep(home: Home, name: str, content: bytes) -> Path:
    """Write an upload into the inbox and return its place; the same upload is written once.

    A file keeps its name, which may say its month; another file of that name goes into a folder of
    its own. UsageProblem when the place can't be written to.
    """
    home.make()
    safe = re.sub(r"[\x00-\x1f/\\:*?\"<>|]", "_", name).lstrip(". ") or "upload"
    safe = "".join(letter if letter.isprintable() else "_" for letter in safe)
    if len(safe.encode("utf-8", "replace")) > LONGEST:
        raise UsageProblem("The file's name is too long. Give it a shorter one and try again.")
    digest = hashlib.sha256(content).hexdigest()
    for place in (home.inbox / safe, home.inbox / digest[:12] / safe):
        if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == digest:
            return place
        if not place.exists():
            _write(place, content)
            return place
    raise UsageProblem(f"Another file {safe} is in the inbox. Rename yours and upload it again.")


def save_profile(home: Home, toml: str) -> str:
    """Save a profile under its own name once it can be read, and return the name.

    ProfileProblem says what is wrong with it; UsageProblem when its name can't be a file's, or
    another profile of the home has it.
    """
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.toml"
        draft.write_text(toml, encoding="utf-8")
        name = read_profile(draft).name
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", name):
        raise UsageProblem("A profile's `name` is made of a–z, 0–9 and _. Change that line.")
    place = home.profiles / f"{name}.toml"
    if place.exists() and place.read_text(encoding="utf-8") != toml:
        raise UsageProblem(f"There is a profile {name} already. Give this one another `name`.")
    _write(place, toml.encode())
    return name


def save_list(folder: Path, frame: pl.DataFrame) -> Path:
    """Write a corrected list for `rounds quarantine reload`."""
    place = folder / "corrected.csv"
    place.write_text(as_csv(frame), encoding="utf-8")
    return place


def as_csv(frame: pl.DataFrame) -> str:
    """A list of texts as CSV, blank cells left blank."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([cell or "" for cell in row] for row in frame.iter_rows())
    return text.getvalue()


def as_frame(text: str) -> pl.DataFrame:
    """A list that `rounds quarantine export` wrote, every cell a text."""
    heading, *lines = list(csv.reader(io.StringIO(text)))
    columns = list(zip(*lines, strict=True)) or [()] * len(heading)
    return pl.DataFrame(
        {name: list(cells) for name, cells in zip(heading, columns, strict=True)},
        schema=dict.fromkeys(heading, pl.String),
    )


def arguments(said: Mapping[str, str], columns: Sequence[str] = ()) -> list[str]:
    """What a person answered, as options of the command line."""
    given = [part for name, value in said.items() if value for part in (f"--{name}", value)]
    return [*given, *(part for pair in columns for part in ("--column", pair))]


def _write(place: Path, content: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    except OSError as error:
        raise UsageProblem(
            f"{place.name} can't be saved ({error.strerror}). Check the free space of the home."
        ) from None
