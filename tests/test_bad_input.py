"""What a person meets when something is wrong: one sentence, the exit status, nothing half done."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.ingest import keys
from pipelines.settings import Home
from pipelines.warehouse import record
from pipelines.warehouse.publish import current_build
from pipelines.warehouse.reader import open_build
from tests.conftest import ROOT
from tests.loading import EXPORTS, facts, rounds, rows

GOOD = EXPORTS / "rounds_spend/spend.csv"
HEAD = GOOD.read_text(encoding="utf-8").partition("\n")[0] + "\n"
SECRET = "Quackenbush"  # stands in cells, and may stand in no sentence


@pytest.fixture
def loaded(home: Path) -> str:
    """A home with one file in it; gives the name of its build."""
    assert rounds("ingest", GOOD).exit_code == 0
    build = current_build(Home(home))
    assert build is not None
    return build


def is_as_before(home: Path, build: str) -> bool:
    shown = open_build(Home(home)).query("SELECT count(*) AS n FROM spend").item()
    return (
        current_build(Home(home)) == build
        and shown == 5
        and rows(home, "SELECT count(*) FROM loads") == [(1,)]
        and len(facts(home, "spend", "amount")) == 5
    )


def truncated_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        noise = random.Random(1).randbytes(4000).hex()
        pack.writestr("spend.csv", f"{HEAD}{SECRET},{noise}\n")
    path.write_bytes(path.read_bytes()[:-2000])


FILES = {
    "unknown.csv": f"Colour,Taste\nred,{SECRET}\n".encode(),
    "near.csv": f"document,line,date,amount 2\n1,1,2026-10-01,{SECRET}\n".encode(),
    "empty.csv": b"",
    "blank.csv": b"\r\n \r\n\r\n",
    "bill.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj " + SECRET.encode(),
    "page.csv": f"<!DOCTYPE html><html><body>{SECRET}</body></html>".encode(),
    "photo.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "undated.csv": f"Product code,Product name,OB QOH\nA,{SECRET},1\n".encode(),
    "patients.csv": f"Visit,Patient name\n1,{SECRET}\n".encode(),
}
SENTENCES = {
    "unknown.csv": "matches no profile: `rounds template` shows the layouts that can always be "
    "loaded.",
    "near.csv": "matches no profile: it comes nearest to rounds_spend, which also needs “amount” "
    '(if “amount 2” is meant, say so with --column "amount 2=amount").',
    "empty.csv": "is empty; headings and rows were expected: export it again.",
    "blank.csv": "is empty; headings and rows were expected: export it again.",
    "bill.csv": "is a PDF document, not a table; export it as CSV or as an Excel workbook.",
    "page.csv": "is a web page without a table of data, perhaps a sign-in or error page; export "
    "the table as CSV or as an Excel workbook.",
    "photo.csv": "is a picture, not a table; export it as CSV or as an Excel workbook.",
    "cut.zip": "is a damaged zip archive or workbook, perhaps cut short; fetch or export it again.",
    "undated.csv": "does not say its location: it stands neither in the file's name nor above the "
    "headings; give it with --site.",
    "patients.csv": "looks like a list of patients (column “Patient name”) and was not read: "
    "export counts per site and day instead.",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_file_that_cannot_be_loaded(home: Path, loaded: str, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "cut.zip":
        truncated_zip(path)
    else:
        path.write_bytes(FILES[name])
    result = rounds("ingest", path, "--json")
    assert result.exit_code == 2
    [told] = json.loads(result.stdout)["files"]
    assert told["status"] == "refused"
    assert told["problem"] == f"{name} {SENTENCES[name]}"
    assert SECRET not in result.output
    assert is_as_before(home, loaded)


def test_the_others_load_beside_it(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(FILES["bill.csv"])
    result = rounds("ingest", tmp_path / "a.csv", GOOD)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("refused ")
    assert lines[1].startswith("loaded ")
    assert lines[2] == (
        "1 tables loaded, 0 unchanged, 1 refused. 5 records = 5 accepted + 0 duplicate + "
        "0 set aside + 0 furniture."
    )


def test_the_same_file_twice_changes_nothing(home: Path, loaded: str) -> None:
    result = rounds("ingest", GOOD, "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["build"], told["files"][0]["status"]) == (loaded, "unchanged")
    assert is_as_before(home, loaded)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingest", "nowhere"], "There is no file or folder nowhere. Check the path."),
        (["ingest", GOOD, "nowhere"], "There is no file or folder nowhere. Check the path."),
        (["ingest", GOOD, "--profile", "uk_spent"],
         "There is no profile uk_spent. `rounds status --profiles` lists them."),
        (["inspect", "nowhere"], "There is no file nowhere. Check the path."),
        (["read", "nowhere"], "There is no file nowhere. Check the path."),
        (["read", GOOD, "--sheet", "May"],
         "spend.csv has no sheet May. `rounds inspect` lists its tables."),
        (["undo", "9"], "There is no load 9. `rounds status` lists the loads."),
        (["kpi", "contract_spent"],
         "There is no metric contract_spent; did you mean contract_spend?"),
        (["kpi", "contract_spend", "--from", "October"],
         "A day is written as 2026-10-31. Give it that way."),
        (["kpi", "contract_spend", "--where", "North"],
         "A filter is written as region=North. Give it that way."),
        (["kpi", "contract_spend", "--format", "parquet"],
         "Parquet is no text: say where to write it with --out FILE."),
    ],
)  # fmt: skip
def test_a_slip_in_the_command(
    home: Path, loaded: str, arguments: list[str | Path], said: str
) -> None:
    result = rounds(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"rounds: {said}\n")
    assert is_as_before(home, loaded)


def test_a_folder_without_files(home: Path, tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    result = rounds("ingest", tmp_path / "void")
    assert result.exit_code == 2
    assert result.stderr == "rounds: There is no file to load there. Check the path.\n"


@pytest.mark.parametrize("command", [["status"], ["kpi", "contract_spend"]])
def test_a_home_without_anything(home: Path, command: list[str]) -> None:
    result = rounds(*command)
    assert result.exit_code == 2
    assert result.stderr == (
        f"rounds: Nothing has been loaded into {home} yet. Load a folder with `rounds ingest`, or "
        "see the invented group with `rounds demo`.\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "acme"\ntitle = "x"\nsystem = "y"\n[columns]\n[[facts]]\nfeed = "spned"\n',
         "profile acme.toml: [[facts]] names no known feed (did you mean `spend`?)."),
        ('name = "acme\n',
         "profile acme.toml is no valid TOML: Illegal character '\\n' (at line 1, column 13). "
         "Mend that line."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [["ingest", GOOD], ["inspect", GOOD], ["read", GOOD]])
def test_a_profile_with_a_typing_error(
    home: Path, loaded: str, text: str, said: str, command: list[str | Path]
) -> None:
    (home / "profiles").mkdir()
    (home / "profiles/acme.toml").write_text(text, encoding="utf-8")
    result = rounds(*command)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"rounds: {said}\n")
    (home / "profiles/acme.toml").unlink()
    assert is_as_before(home, loaded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("curency = 'GBP'\n",
         "has an unknown entry `curency`; known are name, currency, fiscal_start, fixed_labour, "
         "fixed_supplies, lake, lake_name."),
        ("fixed_labour = 60\n", "has `fixed_labour`, which must be a share from 0.0 to 1.0."),
        ("currency = 4\n", "has `currency`, which must be text in quotes."),
        ("currency = GBP\n", "can't be understood: Invalid value (at line 1, column 12). "),
    ],
)  # fmt: skip
def test_settings_with_a_typing_error(
    home: Path, loaded: str, tmp_path: Path, text: str, said: str
) -> None:
    (home / "settings.toml").write_text(text, encoding="utf-8")
    (tmp_path / "new.csv").write_text(f"{HEAD},,N,1,2026-10-01{',' * 10}5,\n", encoding="utf-8")
    result = rounds("ingest", tmp_path / "new.csv")
    assert result.exit_code == 2
    assert f"{home}/settings.toml {said}" in result.output
    (home / "settings.toml").unlink()
    assert is_as_before(home, loaded)


def test_a_home_that_cannot_be_made(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = rounds("ingest", GOOD, "--home", tmp_path / "file/home")
    assert (result.exit_code, result.stderr) == (
        2,
        f"rounds: The home {tmp_path}/file/home can't be created (Not a directory). "
        "Choose another folder with --home.\n",
    )


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("record.duckdb", b"no database" * 1000,
         "is no record of Rounds, or was damaged. Restore it from a backup."),
    ],
)  # fmt: skip
def test_a_damaged_record(home: Path, name: str, data: bytes, said: str) -> None:
    (home / "warehouse").mkdir(parents=True)
    (home / "warehouse" / name).write_bytes(data)
    result = rounds("ingest", GOOD)
    assert (result.exit_code, result.stderr) == (2, f"rounds: {home}/warehouse/{name} {said}\n")
    assert (home / "warehouse" / name).read_bytes() == data


def test_a_record_of_a_later_version(home: Path, loaded: str) -> None:
    rows(home, "SELECT 1")
    with record.Record.open(Home(home)) as opened:
        opened.sql.execute("UPDATE meta SET value = '99'")
    result = rounds("ingest", GOOD)
    assert result.exit_code == 2
    assert "was written by a later version of Rounds (its layout is 99, not " in result.stderr


@pytest.fixture
def holder(home: Path, loaded: str) -> Iterator[int]:
    """A second process that holds the record; gives its number."""
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(home / "warehouse/record.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child.pid
        child.communicate()


def test_a_locked_record(
    home: Path, loaded: str, holder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "WAIT", 0.3)
    for command in (["ingest", GOOD], ["undo", "1"], ["publish"]):
        result = rounds(*command)
        assert (result.exit_code, result.stdout, result.stderr) == (
            2,
            "",
            f"rounds: {home}/warehouse/record.duckdb is being written to by process {holder}. "
            "Wait until it has finished, and try again.\n",
        )
    # Reading goes on meanwhile.
    assert rounds("status").exit_code == 0
    assert rounds("kpi", "spend").exit_code in (0, 2)


def small_disk(folder: Path, megabytes: int) -> bool:
    """A disk of a few megabytes at `folder`, where we may make one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def many_lines(path: Path) -> Path:
    """160,000 lines of spend, more than are read at a time."""
    chance = random.Random(1)
    letters = str.maketrans("0123456789", "ghijklmnop")

    def words() -> str:
        return " ".join(chance.randbytes(8).hex().translate(letters) for _ in range(5))

    noise = (f"{i},{words()},,1,2026-10-01,{SECRET}" for i in range(160_000))
    path.write_text(
        "document,description,site,line,date,supplier,amount\n"
        + "\n".join(f"{line},1.00" for line in noise),
        encoding="utf-8",
    )
    return path


LIMITED = (
    "import resource, runpy, signal, sys\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "if sys.argv.pop(1) == 'limited':\n"
    "    resource.setrlimit(resource.RLIMIT_FSIZE, (4_800_000, 4_800_000))\n"
    "runpy.run_module('pipelines.cli', run_name='__main__')\n"
)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a small disk or a limit on files")
def test_a_full_disk(tmp_path: Path) -> None:
    real = small_disk(tmp_path / "disk", 10)
    home = tmp_path / "disk/home"
    big = many_lines(tmp_path / "big.csv")

    def ingest(path: Path, limited: bool = not real) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", LIMITED, "limited" if limited else "free",
             "ingest", str(path), "--home", str(home), "--json"],
            cwd=ROOT, text=True, capture_output=True, check=False,
        )  # fmt: skip

    try:
        first = ingest(GOOD)
        assert first.returncode == 0, first.stderr
        build = json.loads(first.stdout)["build"]
        full = ingest(big)
        assert full.returncode == 2, full.stderr
        assert "Traceback" not in full.stderr
        [told] = json.loads(full.stdout)["files"]
        assert (told["status"], told["problem"]) == (
            "refused",
            f"The disk that holds {home}/warehouse/record.duckdb is full; nothing of the work at "
            "hand was kept. Free some space, and try again.",
        )
        assert is_as_before(home, build)
        assert not list((home / "warehouse").glob("draft*"))
        if real:
            subprocess.run(["mount", "-o", "remount,size=300m", str(home.parent)], check=True)
        again = ingest(big, limited=False)
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout)["files"][0]["accepted"] == 160_000
    finally:
        if real:
            subprocess.run(["umount", "--lazy", str(tmp_path / "disk")], check=True)


def test_a_full_disk_of_temporary_files(
    home: Path, loaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small_disk(tmp_path / "disk", 1):
        pytest.skip("needs a small disk, and so the right to mount one")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "disk"))
    monkeypatch.setattr(keys, "HELD", 1 << 16)
    big = many_lines(tmp_path / "big.csv")
    try:
        full = rounds("ingest", big, "--json")
        [told] = json.loads(full.stdout)["files"]
        assert (told["status"], told["problem"]) == (
            "refused",
            f"The disk of temporary files ({tmp_path}/disk) can't be written to (No space left on "
            "device); nothing of the work at hand was kept. Free some space, or name another "
            "folder as TMPDIR, and try again.",
        )
        assert is_as_before(home, loaded)
        assert not list((tmp_path / "disk").iterdir())
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path / "disk")], check=True)


def test_a_disk_too_full_to_publish(home: Path, loaded: str, tmp_path: Path) -> None:
    if not small_disk(tmp_path / "disk", 24):
        pytest.skip("needs a small disk, and so the right to mount one")
    small = tmp_path / "disk/home"
    path = tmp_path / "new.csv"
    path.write_text(GOOD.read_text(encoding="utf-8").replace("INV-1", "INV-2"), encoding="utf-8")
    try:
        assert rounds("ingest", GOOD, "--home", small).exit_code == 0
        former = current_build(Home(small))
        filler = tmp_path / "disk/filler"
        filler.write_bytes(bytes(shutil.disk_usage(small).free - (2 << 20)))
        result = rounds("ingest", path, "--home", small, "--json")
        told = json.loads(result.stdout)
        assert (result.exit_code, told["build"]) == (1, former)
        assert told["files"][0]["status"] == "loaded"
        assert result.stderr.endswith(
            "the former figures stay. Free some space, and run `rounds publish`.\n"
        )
        assert not list((small / "warehouse").glob("draft*"))
        filler.unlink()
        assert rounds("publish", "--home", small).exit_code == 0
        assert open_build(Home(small)).query("SELECT count(*) FROM spend").item() == 7
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path / "disk")], check=True)
