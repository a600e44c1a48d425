"""A home that others follow: all they show is its own, and what goes wrong changes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.access import door
from pipelines.access.people import Person, keep, people
from pipelines.commands.follow import _looked
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.lake.places import Folder, Place
from pipelines.room import kept
from pipelines.settings import Home
from pipelines.state import What, decide, standing
from pipelines.upkeep.follow import MANIFEST, Shared, follow, share
from pipelines.warehouse.publish import current_build
from pipelines.warehouse.reader import open_build
from tests.dashboard.opening import opened
from tests.loading import rounds

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
SPEND = "site,supplier,document,line,date,account,amount,currency\n"
LINE = "{},A,{},1,2026-10-01,5000,{},GBP\n"
WORDS = "violet kettle arguing"


def load(home: Home, name: str, text: str) -> None:
    path = home.root.parent / name
    path.write_text(text, encoding="utf-8")
    done = rounds("ingest", path, "--home", home.root)
    assert done.exit_code == 0, done.output


def shown(home: Home) -> dict[str, Decimal]:
    return dict(open_build(home).query("SELECT site, sum(amount) FROM spend GROUP BY 1").rows())


@pytest.fixture
def source(home: Path) -> Home:
    place = Home(home)
    load(place, "sites.csv", SITES)
    load(
        place, "spend.csv", SPEND + LINE.format("ELM", 1, "10.10") + LINE.format("OAK", 2, "20.20")
    )
    (home / "settings.toml").write_text('name = "Two Elms"\ncurrency = "GBP"\n', encoding="utf-8")
    assert rounds("publish", "--home", home).exit_code == 0
    keep(place, Person("ada", "Ada", "administrator"))
    door.set_password(place, "ada", WORDS)
    return place


@pytest.fixture
def at(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "shared")


@pytest.fixture
def there(tmp_path: Path) -> Home:
    return Home(tmp_path / "there")


def test_who_follows_shows_the_same(source: Home, at: Folder, there: Home) -> None:
    done = share(source, at)
    assert done is not None
    assert at.root.stat().st_mode & 0o077 == 0
    assert follow(there, at) == done
    assert shown(there) == {"ELM": Decimal("10.10"), "OAK": Decimal("20.20")}
    assert current_build(there) == current_build(source)
    assert people(there) == people(source)
    assert there.group() == source.group()
    assert door.let_in(there, "ada", WORDS, "1.2.3.4")
    assert not door.let_in(there, "ada", "other words here", "1.2.3.4")
    assert not there.record.exists()
    assert share(source, at) is None
    assert follow(there, at) is None


def test_what_changes_comes_after(source: Home, at: Folder, there: Home) -> None:
    share(source, at)
    follow(there, at)
    token = door.begin(there, "ada")
    load(source, "more.csv", SPEND + LINE.format("OAK", 3, "5.05"))
    decide(source, What.VIEW, "spend", "Mine", {"query": "region=North"})
    (source.root / "holidays.csv").write_text("date,name\n2026-12-25,Christmas\n", encoding="utf-8")
    share(source, at)
    assert follow(there, at) is not None
    assert shown(there) == {"ELM": Decimal("10.10"), "OAK": Decimal("25.25")}
    assert [one.name for one in standing(there, What.VIEW)] == ["Mine"]
    assert there.group() == source.group()
    assert door.session(there, token) is not None  # it has the same password
    door.set_password(source, "ada", "another three words")
    share(source, at)
    follow(there, at)
    assert door.session(there, token) is None
    assert door.let_in(there, "ada", "another three words", "1.2.3.4")
    # What stood there before the last change but one is gone, here and there.
    kept_there = {path.name for path in at.root.iterdir()}
    manifest = json.loads((at.root / MANIFEST).read_bytes())
    assert set(manifest["files"]) < kept_there
    assert sum(name.startswith("decisions-") for name in kept_there) == 1
    load(source, "again.csv", SPEND + LINE.format("ELM", 4, "1.00"))
    share(source, at)
    load(source, "again2.csv", SPEND + LINE.format("ELM", 5, "1.00"))
    share(source, at)
    assert sum(path.suffix == ".duckdb" for path in at.root.iterdir()) == 2


def test_nothing_is_loaded_or_decided_where_it_follows(
    source: Home, at: Folder, there: Home
) -> None:
    share(source, at)
    follow(there, at)
    with pytest.raises(UsageProblem, match="kept there"):
        decide(there, What.VIEW, "spend", "Mine", {"query": "x=1"})
    told = rounds("ingest", source.root.parent / "spend.csv", "--home", there.root)
    assert told.exit_code == 2
    assert "follows another home" in told.stderr
    kept.note(there, "ada", "SELECT 1", "1 row", 0.1)  # of no use to others, and no fault
    assert kept.asked(there, "ada") == []
    assert not there.record.exists()


PAGES = ("overview", "site", "staffing", "supplies", "facilities", "contracts", "budget", "what_if",
         "explore", "data", "glossary", "settings", "number", "sql")  # fmt: skip


def test_every_page_opens_without_a_record(
    source: Home, at: Folder, there: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(source, at)
    follow(there, at)
    monkeypatch.setenv("ROUNDS_HOME", str(there.root))
    for page in PAGES:
        drawn = opened(page)
        assert drawn.title
        assert "fault" not in drawn.words.lower(), page
    assert not there.record.exists()
    told = rounds("kpi", "spend", "--by", "site", "--format", "csv", "--home", there.root)
    assert told.exit_code == 0, told.output


def test_the_doctor_says_that_it_follows(source: Home, at: Folder, there: Home) -> None:
    share(source, at)
    follow(there, at)
    told = rounds("doctor", "--home", there.root)
    said = f"This home follows another home and shows its build {current_build(there)}."
    assert f"well   record       {said}" in told.stdout
    assert "fault" not in told.stdout


def damaged(at: Folder) -> None:
    [build] = at.root.glob("rounds-*.duckdb")
    content = bytearray(build.read_bytes())
    content[len(content) // 2] ^= 1
    build.write_bytes(content)


def missing(at: Folder) -> None:
    [build] = at.root.glob("rounds-*.duckdb")
    build.unlink()


def swapped(at: Folder) -> None:
    [decisions] = at.root.glob("decisions-*.json")
    decisions.write_text("[]", encoding="utf-8")


@pytest.mark.parametrize("harm", [damaged, missing, swapped])
def test_what_is_not_as_it_was_shared_is_not_taken(
    source: Home, at: Folder, there: Home, harm: Callable[[Folder], None]
) -> None:
    share(source, at)
    follow(there, at)
    load(source, "more.csv", SPEND + LINE.format("OAK", 3, "5.05"))
    decide(source, What.VIEW, "spend", "Mine", {"query": "x=1"})
    for name in list(at.root.iterdir()):
        name.unlink()
    done = share(source, at)
    assert done is not None
    harm(at)
    for _ in range(2):
        with pytest.raises(StoreProblem, match="not what was shared"):
            follow(there, at)
        assert shown(there) == {"ELM": Decimal("10.10"), "OAK": Decimal("20.20")}
        assert not list(there.warehouse.glob("_*"))
    (at.root / MANIFEST).unlink()
    share(source, at)
    follow(there, at)
    assert shown(there)["OAK"] == Decimal("25.25")


def test_what_can_not_be_followed_is_refused(
    source: Home, at: Folder, there: Home, tmp_path: Path
) -> None:
    with pytest.raises(UsageProblem, match="rounds share"):
        follow(there, at)
    with pytest.raises(UsageProblem, match="no build"):
        share(Home(tmp_path / "none"), at)
    done = share(source, at)
    assert done is not None
    with pytest.raises(UsageProblem, match="loads of its own"):
        follow(source, at)
    decide(there, What.VIEW, "spend", "Own", {"query": "x=1"})
    with pytest.raises(UsageProblem, match="decisions of its own"):
        follow(there, at)
    # A home that can't follow stays as it was, and goes on deciding for itself.
    assert [path.name for path in there.root.glob("following*")] == []
    decide(there, What.VIEW, "spend", "Own", {"query": "x=2"})
    other = Home(tmp_path / "other").make()
    lists = {"settings.toml": 'currency = "USD"\n', "holidays.csv": "date,name\n2026-05-01,May\n"}
    for name, text in lists.items():
        (other.root / name).write_text(text, encoding="utf-8")
        with pytest.raises(UsageProblem, match=name):
            follow(other, at)
        assert (other.root / name).read_text(encoding="utf-8") == text
        assert not other.follows.exists()
        (other.root / name).unlink()
    at.put_bytes(MANIFEST, replace(done, definitions="0" * 16).text())
    with pytest.raises(UsageProblem, match="another version"):
        follow(Home(tmp_path / "later"), at)
    [build] = [name for name in done.files if name.endswith(".duckdb")]
    out = {name: told for name, told in done.files.items() if name != build}
    for text in (
        b"{}", b"[]", b"not json",
        replace(done, files={**done.files, "../../escaped.duckdb": done.files[build]}).text(),
        replace(done, files={**done.files, "record.duckdb": done.files[build]}).text(),
        replace(done, files=out).text(),
        replace(done, files={build: done.files[build]}).text(),
    ):  # fmt: skip
        at.put_bytes(MANIFEST, text)
        with pytest.raises(UsageProblem, match="this version"):
            follow(Home(tmp_path / "later"), at)
    assert not (tmp_path / "later").exists()


class Flaky(Folder):
    """A place that goes away after so many bytes of a file."""

    def save(self, name: str, path: Path) -> None:
        path.write_bytes((self.root / name).read_bytes()[:1000])
        raise StoreProblem("it went away")


def test_a_place_that_goes_away_is_tried_again(source: Home, at: Folder, there: Home) -> None:
    share(source, at)
    with pytest.raises(StoreProblem, match="went away"):
        follow(there, Flaky(at.root))
    assert current_build(there) is None
    assert not list(there.warehouse.glob("_*"))
    follow(there, at)
    assert shown(there)["ELM"] == Decimal("10.10")


def test_commands_go_on_and_say_what_they_do(source: Home, at: Folder, there: Home) -> None:
    told = rounds("share", at.root, "--home", source.root)
    assert (told.exit_code, "is shared: 4 files" in told.stdout) == (0, True), told.output
    assert "Nothing is new" in rounds("share", at.root, "--home", source.root).stdout
    command = [sys.executable, "-m", "pipelines.cli", "follow", str(at.root), "--every", "1",
               "--home", str(there.root)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            first = json.loads(process.stdout.readline())
            assert (first["event"], first["build"]) == ("followed", current_build(source))
            load(source, "more.csv", SPEND + LINE.format("OAK", 3, "5.05"))
            (at.root / MANIFEST).rename(at.root / "away")
            assert json.loads(process.stdout.readline())["event"] == "failed"
            (at.root / "away").rename(at.root / MANIFEST)
            share(source, at)
            until = time.monotonic() + 60
            while (line := json.loads(process.stdout.readline()))["event"] == "failed":
                assert time.monotonic() < until
            assert line["build"] == current_build(source)
            assert shown(there)["OAK"] == Decimal("25.25")
        finally:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0
    assert rounds("follow", at.root, "--every", "0.1", "--home", there.root).exit_code == 2


def test_a_manifest_is_read_back_as_it_was(source: Home, at: Folder) -> None:
    done = share(source, at)
    assert done is not None
    assert Shared(**json.loads(done.text())) == done
    assert done.size == sum(path.stat().st_size for path in at.root.iterdir()) - len(done.text())


def test_a_disk_that_is_away_for_a_moment_is_told_and_ends_nothing(
    at: Folder, there: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    def step(_home: Home, _at: Place) -> Shared | None:
        raise PermissionError(13, "Permission denied", str(at.root))

    _looked("followed", step, there, at)
    told = json.loads(capsys.readouterr().out)
    assert (told["event"], told["said"]) == ("failed", "PermissionError")
