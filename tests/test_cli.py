"""The command line's contract: what each command prints, in which shape, with which exit status."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import click
import polars as pl
import pytest
import xlsxwriter

from pipelines.cli import main
from pipelines.settings import Home
from pipelines.warehouse.publish import current_build
from tests.conftest import ROOT
from tests.loading import EXPORTS, rounds

SPEND = EXPORTS / "rounds_spend/spend.csv"
UK = EXPORTS / "uk_spend/Spend over 25k October 2026.csv"


@pytest.fixture
def loaded(home: Path) -> Path:
    assert rounds("ingest", EXPORTS / "rounds_sites", SPEND).exit_code == 0
    return home


def test_every_command_takes_a_home_and_says_what_it_does() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        bare = isinstance(command, click.Group) and not command.invoke_without_command
        for one in command.commands.values() if bare else [command]:
            assert one.help, (name, one.name)
            assert any("--home" in option.opts for option in one.params), (name, one.name)


def test_it_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "pipelines.cli", "--version"]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
    assert re.fullmatch(r"rounds, version \d+\.\d+\.\d+\n", result.stdout)


def test_ingest_tells_each_file_in_the_shape_of_the_contract(home: Path, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        sheet = book.add_worksheet("May")
        for row, record in enumerate(csv.reader(SPEND.read_text(encoding="utf-8").splitlines())):
            sheet.write_row(row, 0, record)
    result = rounds("ingest", tmp_path / "book.xlsx", UK, "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["build"] == current_build(Home(home))
    assert told["files"] == [
        {
            "path": f"{tmp_path}/book.xlsx#May",
            "sha256": hashlib.sha256((tmp_path / "book.xlsx").read_bytes()).hexdigest(),
            "profile": "rounds_spend",
            "status": "loaded",
            "load": 1,
            "records": 5,
            "accepted": 5,
            "duplicate": 0,
            "quarantined": 0,
            "furniture": 0,
            "rows": {"spend": 5},
            "superseded": 0,
            "money": {
                "read": "63250.1000",
                "accepted": "63250.1000",
                "duplicate": "0.0000",
                "quarantined": "0.0000",
                "unreadable": 0,
            },
            "problem": None,
            "notes": [],
        },
        told["files"][1] | {"records": 6, "accepted": 5, "furniture": 1, "load": 2},
    ]


def test_ingest_reports_what_a_file_replaced(home: Path, tmp_path: Path) -> None:
    text = UK.read_bytes()
    path = tmp_path / "again.csv"
    path.write_bytes(text.replace(b"250.10", b"250.20"))
    rounds("ingest", UK)
    line, *notes, _ = rounds("ingest", path).stdout.splitlines()
    assert line.endswith("5 of 6 records, 5 rows replaced, 63,250.20 accepted (load 2)")
    assert [note.strip() for note in notes] == ["1 of 1 totals tie to the records that they cover"]


@pytest.mark.parametrize(
    ("texts", "status"),
    [
        (["date,document,line,amount\n2026-10-01,1,1,5\n"], 0),
        (["date,document,line,amount\n2026-10-01,1,1,5\nsoon,2,1,5\n"], 1),
        (["date,document,line,amount\n2026-10-01,1,1,5\n", "Colour,Taste\nred,sour\n"], 1),
        (["Colour,Taste\nred,sour\n"], 2),
    ],
)
def test_exit_status(home: Path, tmp_path: Path, texts: list[str], status: int) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.csv").write_text(text, encoding="utf-8")
    assert rounds("ingest", folder).exit_code == status


def test_read_prints_the_table_as_found(home: Path) -> None:
    result = rounds("read", UK)
    assert result.exit_code == 0
    assert "\r\n" in result.stdout_bytes.decode()
    head, *records = csv.reader(io.StringIO(result.stdout_bytes.decode(), newline=""))
    assert head[0] == "Department family"
    assert [record[-1] for record in records] == [
        "£7,000.00", "£250.10", "£31,204.55", "(£1,204.55)", "£26,000.00", "£63,250.10",
    ]  # fmt: skip
    assert not home.exists()  # reading makes nothing


def test_read_chooses_a_sheet(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "book.xlsx")) as book:
        for name in ("May", "June"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Site", "Month"])
            sheet.write_row(1, 0, ["0012", name])
    result = rounds("read", tmp_path / "book.xlsx", "--sheet", "June")
    assert result.stdout_bytes == b"Site,Month\r\n0012,June\r\n"


def test_inspect_shows_what_a_file_is_taken_for(home: Path) -> None:
    result = rounds("inspect", UK, "--json")
    assert result.exit_code == 0
    [table] = json.loads(result.stdout)
    assert {name: table[name] for name in ("encoding", "header_record", "records", "profile")} == {
        "encoding": "cp1252", "header_record": 4, "records": 6, "profile": "uk_spend",
    }  # fmt: skip
    assert table["mapping"]["Amount £"] == "amount"
    assert table["furniture"] == {"total": 1}
    assert "Amount £                           → amount" in rounds("inspect", UK).stdout
    assert not (home / "warehouse").exists()


def test_inspect_of_what_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Colour,Taste\nred,sour\n", encoding="utf-8")
    result = rounds("inspect", tmp_path / "a.csv", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)[0]["problem"].startswith("a.csv matches no profile: ")


def test_inspect_of_a_file_whose_date_comes_with_an_option() -> None:
    path = EXPORTS / "adp_wfn/PRXYZEPI.csv"
    assert rounds("inspect", path).exit_code == 2
    result = rounds("inspect", path, "--period", "2026-10-03", "--json")
    assert (result.exit_code, json.loads(result.stdout)[0]["profile"]) == (0, "adp_wfn")


def test_a_file_read_by_another_answer_is_another_load(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text(
        "Entity,Date,Supplier,Transaction number,Amount,Amount\nSt Ann's,13/10/2026,B,1,5,6\n",
        encoding="utf-8",
    )
    assert rounds("ingest", path).exit_code == 2

    def loaded(column: str) -> tuple[str, str]:
        result = rounds("ingest", path, "--column", column, "--json")
        [file] = json.loads(result.stdout)["files"]
        return file["status"], file["money"] and file["money"]["read"]

    assert loaded("#5=amount") == ("loaded", "5.0000")
    assert loaded("#5=amount") == ("unchanged", None)
    assert loaded("#6=amount") == ("loaded", "6.0000")


def test_status_lists_the_loads(loaded: Path) -> None:
    told = json.loads(rounds("status", "--json").stdout)
    assert [(e["event"], e["what"], e["profile"], e["accepted"], e["path"]) for e in told] == [
        (1, "load", "rounds_sites", 2, "sites.csv"),
        (2, "load", "rounds_spend", 5, "spend.csv"),
    ]
    assert told[1]["money_read"] == "63250.1000"
    assert rounds("undo", "2").exit_code == 0
    lines = rounds("status").stdout.splitlines()
    assert lines[1].endswith("spend.csv (withdrawn)")
    assert lines[2].endswith("withdrew load 2")


def test_status_lists_the_profiles() -> None:
    lines = rounds("status", "--profiles").stdout.splitlines()
    assert "xero_bills               spend                  Xero: bills" in lines


# Of the plain example: spend by site in October, the sites being unmapped codes.
BY_SITE = [("ELM", "37000.0000"), ("OAK", "26250.1000")]
ASKED = ("kpi", "spend", "--by", "site,month", "--from", "2026-10-01", "--to", "2026-10-31")


def test_kpi_as_csv(loaded: Path) -> None:
    result = rounds(*ASKED, "--format", "csv")
    assert result.exit_code == 0
    found = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["site"], row["value"]) for row in found] == BY_SITE
    assert {(row["start"], row["stop"], row["currency"]) for row in found} == {
        ("2026-10-01", "2026-10-31", "GBP")
    }


@pytest.mark.parametrize("option", [("--json",), ("--format", "json")])
def test_kpi_as_json(loaded: Path, option: tuple[str, ...]) -> None:
    told = json.loads(rounds(*ASKED, *option).stdout)
    assert [(row["site"], row["value"]) for row in told["rows"]] == BY_SITE
    assert (told["metric"], told["unit"], told["build"]) == (
        "spend", "money", current_build(Home(loaded)),
    )  # fmt: skip


def test_kpi_as_parquet(loaded: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert rounds(*ASKED, "--format", "parquet", "--out", out).exit_code == 0
    found = pl.read_parquet(out).select("site", "value").rows()
    assert found == [(site, Decimal(value)) for site, value in BY_SITE]


def test_kpi_for_people(loaded: Path) -> None:
    text = rounds(*ASKED).stdout
    assert "Oct 2026" in text.splitlines()[0]
    assert "37000" in text


def test_kpi_where(loaded: Path) -> None:
    result = rounds(*ASKED, "--where", "site=OAK", "--format", "csv")
    [row] = csv.DictReader(io.StringIO(result.stdout))
    assert (row["site"], row["value"]) == BY_SITE[1]


def test_kpi_as_of_an_earlier_load(loaded: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text(
        "site,supplier,document,line,date,amount,currency\nOAK,A,1,1,2026-10-09,10,GBP\n", "utf-8"
    )
    assert rounds("ingest", path).exit_code == 0
    for as_of, value in (("2", "26250.1000"), ("3", "26260.1000")):
        result = rounds(*ASKED, "--where", "site=OAK", "--as-of", as_of, "--json")
        assert json.loads(result.stdout)["rows"][0]["value"] == value


@pytest.mark.parametrize(
    "arguments",
    [
        (*ASKED, "--format", "csv", "--out", "{folder}/nowhere/a.csv"),
        (*ASKED, "--format", "parquet", "--out", "{folder}/nowhere/a.parquet"),
        ("template", "spend", "--xlsx", "{folder}/nowhere/a.xlsx"),
    ],
)
def test_a_place_that_cannot_be_written_to(
    loaded: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    result = rounds(*(a.format(folder=tmp_path) for a in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.fullmatch(r"rounds: .*/nowhere/a.* can't be .*\n", result.stderr)


def test_the_glossary_holds_every_measure() -> None:
    text = rounds("glossary").stdout
    assert text.startswith("# Glossary\n")
    assert "(`nursing_hprd`)" in text


def test_wrong_usage_is_status_2() -> None:
    for arguments in (["ingest"], ["nonsense"], ["undo", "x"], ["kpi", "spend", "--format", "x"]):
        assert rounds(*arguments).exit_code == 2
