"""A group of three sites, of which a viewer sees one and no pay; and what must never be told."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.settings import Home
from pipelines.warehouse.limits import Limits
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import load_folder, table, write

SECRET = "canary-7f3b91"
# The pay of the viewer's own site; the other sites' figures are told apart by their digits.
PAY = "71717.17", "61616.16"
OTHERS = "HID", "Hiddenfield", "SEC", "Secretham", "Undertow", "38383", "49494", "Farland"

SITES = """
site name        kind   region opened
OWN  Ownby       Clinic North  2020-01-01
HID  Hiddenfield Clinic North  2020-01-01
SEC  Secretham   Clinic Farland 2020-01-01
"""
LABOR = """
site period_start period_end role kind     worker hours amount   employer_cost
OWN  2026-10-01   2026-10-01 RN   employee W901   8     71717.17 11.00
OWN  2026-10-02   2026-10-02 LPN  employee W902   6     61616.16 12.00
HID  2026-10-01   2026-10-01 Undertow employee W903 38383 10.00 1.00
SEC  2026-10-01   2026-10-01 RN   employee W904   49494 20.00    1.00
"""
MOVES = """
site date       reference item   item_name category kind  quantity unit_cost
OWN  2026-10-03 M1        GLOVES Gloves    Basics   issue 10       2.50
HID  2026-10-03 M2        GLOVES Gloves    Basics   issue 38383    2.50
SEC  2026-10-04 M3        MASKS  Undertow  Basics   issue 49494    2.50
"""
SPEND = """
site document line date       account supplier amount
OWN  D1       1    2026-10-05 clean   Brightco 150.25
HID  D2       1    2026-10-05 clean   Undertow 38383.00
SEC  D3       1    2026-10-06 clean   Undertow 49494.00
"""
LEDGER = """
site account month      amount
OWN  6000    2026-10-01 71717.17
HID  6000    2026-10-01 38383.00
"""


@dataclass(frozen=True, slots=True)
class Room:
    """The home, its reader, the narrow viewer's limits, and the words that may not be told."""

    home: Home
    reader: Reader
    own: Limits
    forbidden: tuple[str, ...]


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    folder = tmp_path_factory.mktemp("sqlroom")
    files, home = folder / "files", Home(folder / "home")
    for feed, rows in {
        "sites": SITES, "labor": LABOR, "supply_moves": MOVES, "spend": SPEND, "ledger": LEDGER,
    }.items():  # fmt: skip
        write(files, feed, table(rows))
    reader = load_folder(files, home)
    for name in ("canary.csv", "canary.txt", "canary.json", "canary.sql"):
        (home.root / name).write_text(f"secret\n{SECRET}\n", encoding="utf-8")
    forbidden = (
        SECRET, *PAY, *OTHERS, *_pseudonyms(reader), str(home.root), folder.name,
        str(Path.home()) + "/", *_long(socket.gethostname()), *_long(getpass.getuser()),
    )  # fmt: skip
    return Room(home, reader, Limits(sites=frozenset({"OWN"}), pay=False), forbidden)


def _pseudonyms(reader: Reader) -> list[str]:
    found = reader.query("SELECT DISTINCT worker FROM labor")["worker"].to_list()
    assert len(found) == 4
    return [*found, "W901"]


def _long(name: str) -> list[str]:
    """An account's name that is no word of DuckDB's own."""
    return [name] if len(name) > 6 else []
