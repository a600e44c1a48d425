"""Backups: whole, checked, made while people read and write, and brought back as they were."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.access import audit, door
from pipelines.access.people import Person, keep, people
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from pipelines.state import What, decide, standing
from pipelines.upkeep.backup import MANIFEST, back_up, restore, verify
from pipelines.upkeep.doctor import Health, look_over
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.record import Record
from tests.loading import rounds

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
SPEND = (
    "site,supplier,document,line,date,account,amount,currency\n"
    "ELM,A,1,1,2026-10-01,5000,10.10,GBP\nOAK,A,2,1,2026-10-02,5000,20.20,GBP\n"
)


@pytest.fixture
def loaded(home: Path) -> Home:
    for name, text in (("sites.csv", SITES), ("spend.csv", SPEND)):
        (home.parent / name).write_text(text, encoding="utf-8")
        assert rounds("ingest", home.parent / name).exit_code == 0
    place = Home(home)
    keep(place, Person("ada", "Ada", "administrator"))
    door.set_password(place, "ada", "violet kettle arguing")
    audit.note(place, "ada", "view", {"page": "/"})
    decide(place, What.SITE, "sage", "E-1", {"site": "ELM"})
    (place.root / "secret.key").write_bytes(b"k" * 32)
    place.profiles.mkdir()
    (place.profiles / "own.txt").write_text("# mine\n", encoding="utf-8")
    return place


def test_what_is_brought_back_is_what_was(loaded: Home, tmp_path: Path) -> None:
    out = tmp_path / "kept" / "home.tar"
    made = back_up(loaded, out)
    assert out.stat().st_mode & 0o077 == 0
    assert (made.loads, made.build) == (2, loaded.current.read_text(encoding="utf-8"))
    back = Home(tmp_path / "back")
    restore(out, back)
    assert open_build(back).query("SELECT site, amount FROM spend ORDER BY 1").rows() == (
        open_build(loaded).query("SELECT site, amount FROM spend ORDER BY 1").rows()
    )
    with Record.open(back) as record:
        assert record.rows("SELECT sum(amount) FROM fact_spend") == [(Decimal("30.30"),)]
    assert people(back) == people(loaded)
    assert door.let_in(back, "ada", "violet kettle arguing", "127.0.0.1")
    assert standing(back, What.SITE) == standing(loaded, What.SITE)
    assert (back.root / "secret.key").read_bytes() == b"k" * 32
    assert (back.profiles / "own.txt").read_text(encoding="utf-8") == "# mine\n"
    assert audit.altered(back) is None
    # It goes on from there: the same file is known.
    again = rounds("ingest", tmp_path / "spend.csv", "--home", back.root)
    assert "1 unchanged" in again.stdout, again.stderr


def test_it_is_made_while_others_write_and_read(loaded: Home, tmp_path: Path) -> None:
    stop, failed = threading.Event(), list[BaseException]()

    def write() -> None:
        n = 0
        while not stop.is_set():
            try:
                audit.note(loaded, "ada", "view", {"page": f"/{n}"})
                assert open_build(loaded).query("SELECT count(*) AS n FROM spend")["n"][0] == 2
            except BaseException as error:
                failed.append(error)
                return
            n += 1

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for n in range(3):
            back_up(loaded, tmp_path / f"{n}.tar")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    for n in range(3):
        restore(tmp_path / f"{n}.tar", Home(tmp_path / f"back{n}"))
        assert audit.altered(Home(tmp_path / f"back{n}")) is None


def test_a_damaged_or_cut_backup_is_told_and_nothing_is_restored(
    loaded: Home, tmp_path: Path
) -> None:
    out = tmp_path / "home.tar"
    back_up(loaded, out)
    whole = out.read_bytes()
    back = Home(tmp_path / "back")
    middle = len(whole) // 2
    for name, bad in {
        "cut": whole[:middle],
        "empty": b"",
        "no tar": b"hello" * 1000,
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
    }.items():
        path = tmp_path / "bad.tar"
        path.write_bytes(bad)
        with pytest.raises((UsageProblem, StoreProblem)):
            verify(path)
        with pytest.raises((UsageProblem, StoreProblem)):
            restore(path, back)
        assert not back.root.exists(), name


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "more.sqlite"])
def test_a_tar_that_reaches_outside_is_refused(loaded: Home, tmp_path: Path, name: str) -> None:
    out, forged = tmp_path / "home.tar", tmp_path / "forged.tar"
    back_up(loaded, out)
    with tarfile.open(out) as old, tarfile.open(forged, "w") as new:
        for entry in old:
            if entry.name != MANIFEST:
                new.addfile(entry, old.extractfile(entry))
        entry = tarfile.TarInfo(name)
        entry.size = 4
        new.addfile(entry, io.BytesIO(b"evil"))
        text = old.extractfile(MANIFEST)
        assert text is not None
        about = text.read()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(about)
        new.addfile(entry, io.BytesIO(about))
    with pytest.raises((UsageProblem, StoreProblem)):
        restore(forged, Home(tmp_path / "in" / "back"))
    assert [p.name for p in tmp_path.rglob("*evil*")] == []


def test_links_in_a_tar_are_refused(tmp_path: Path) -> None:
    forged = tmp_path / "forged.tar"
    with tarfile.open(forged, "w") as new:
        entry = tarfile.TarInfo("warehouse")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc"
        new.addfile(entry)
    with pytest.raises(UsageProblem, match="no backup"):
        verify(forged)


def test_it_never_overwrites(loaded: Home, tmp_path: Path) -> None:
    out = tmp_path / "home.tar"
    back_up(loaded, out)
    before = out.read_bytes()
    with pytest.raises(UsageProblem, match="is there already"):
        back_up(loaded, out)
    with pytest.raises(UsageProblem, match="not empty"):
        restore(out, loaded)
    assert out.read_bytes() == before
    with pytest.raises(UsageProblem, match="no record"):
        back_up(Home(tmp_path / "none"), tmp_path / "none.tar")
    assert list(tmp_path.glob("*.part")) == []


def test_the_commands(loaded: Home, tmp_path: Path) -> None:
    out = tmp_path / "home.tar"
    assert rounds("backup", out, "--inbox").exit_code == 0
    assert rounds("backup", out, "--verify").exit_code == 0
    told = json.loads(rounds("restore", out, "--home", tmp_path / "back", "--json").stdout)
    assert told["loads"] == 2
    result = rounds("doctor", "--json")
    found = json.loads(result.stdout)
    assert {one["health"] for one in found} <= {"well", "look"}
    assert result.exit_code == (1 if any(one["health"] == "look" for one in found) else 0)


def test_the_doctor_tells_what_is_wrong(loaded: Home) -> None:
    def faults() -> dict[str, str]:
        return {c.what: c.said for c in look_over(loaded) if c.health is Health.FAULT}

    assert faults() == {}
    (loaded.root / "secret.key").chmod(0o644)
    looked = [c for c in look_over(loaded) if c.health is Health.LOOK]
    assert any("secret.key" in c.said for c in looked)
    # A record more than the ledger accounts for.
    with Record.open(loaded) as record:
        record.sql.execute("UPDATE loads SET accepted = accepted + 1 WHERE event = 2")
    assert "account for all records" in faults()["record"]
    loaded.record.write_bytes(b"no database")
    assert "record" in faults()
