"""Packs of the six-site group, whose numbers are written by hand, and of two small sites."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.packs.content import Pack
from pipelines.packs.make import packs
from pipelines.settings import Group, Home
from pipelines.warehouse.reader import Reader, open_build
from tests.metrics.conftest import Home6, group, load

__all__ = ["group", "load"]

OCTOBER = date(2026, 10, 1)
# Oakdale spends 1,000 and Elmwood 400 on contracts in October, against 900 and 500 in the budget.
SITES = """
site name     kind   region
OAK  Oakdale  Clinic North
ELM  Elmwood  Clinic South
"""
SPEND = """
site document line date       account   supplier amount  currency
OAK  1        1    2026-09-10 contracts LiftCo   800.00  USD
OAK  2        1    2026-10-10 contracts LiftCo   1000.00 USD
ELM  3        1    2026-09-10 contracts LiftCo   450.00  USD
ELM  4        1    2026-10-10 contracts LiftCo   400.00  USD
OAK  5        1    2025-10-10 contracts LiftCo   700.00  USD
"""
BUDGET = """
site version account   month      amount currency
OAK  plan    contracts 2026-09-01 900.00 USD
OAK  plan    contracts 2026-10-01 900.00 USD
ELM  plan    contracts 2026-09-01 500.00 USD
ELM  plan    contracts 2026-10-01 500.00 USD
"""

Make = Callable[..., Pack]


def made(reader: Reader, month: date = OCTOBER, audience: str = "director", **of: Any) -> Pack:
    """The only pack of an audience."""
    [pack] = packs(reader, Group(), month, audience, **of)
    return pack


@pytest.fixture(scope="session")
def demo(demo_home: Path) -> Reader:
    return open_build(Home(demo_home))


@pytest.fixture(scope="session")
def director(demo: Reader) -> Pack:
    return made(demo)


@pytest.fixture(scope="session")
def six(group: Home6) -> Pack:
    return made(group.after, date(2026, 2, 1))


def without_values(workbook: Path) -> Path:
    """The workbook without what its formulas came to: whoever opens it must work that out."""
    bare = workbook.with_name(f"bare-{workbook.name}")
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content)
            new.writestr(name, content)
    return bare


def converted(path: Path, form: str, folder: Path) -> Path:
    """A file as LibreOffice writes it in another format; skips where there is none."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed: nothing was recalculated")
    subprocess.run(
        [office, f"-env:UserInstallation={(folder / 'office').as_uri()}", "--headless",
         "--convert-to", form, "--outdir", str(folder / form), str(path)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return folder / form / f"{path.stem}.{form}"
