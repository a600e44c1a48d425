"""The commands that settle what a load left open, and that lead from a number to its rows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from tests.loading import EXPORTS, rounds

SITES = "site,name,region\nELM,Elmwood Clinic,North\nOAK,Oakdale Clinic,South\n"
SPEND = (
    "site,supplier,document,line,date,account,amount,currency\n"
    "ELM,A,1,1,2026-10-01,5000,10.10,GBP\n"
    "E-1,A,2,1,2026-10-02,5000,20.20,GBP\n"
    "ELM,A,3,1,soon,5000,30.30,GBP\n"
    "ELM,A,4,1,2026-10-04,5000,much,GBP\n"
    "Total,,,,,,60.60,\n"
)
OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-31")


def write(home: Path, name: str, text: str) -> Path:
    path = home.parent / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def loaded(home: Path) -> Path:
    assert rounds("ingest", write(home, "sites.csv", SITES)).exit_code == 0
    assert rounds("ingest", write(home, "spend.csv", SPEND)).exit_code == 1
    return home


def value(*more: str) -> str:
    found = json.loads(rounds("kpi", "spend", *OCTOBER, *more, "--json").stdout)
    return str(found["rows"][0]["value"])


def test_map_lists_maps_and_takes_back(loaded: Path) -> None:
    told = json.loads(rounds("map", "--list", "--json").stdout)
    assert [(u["kind"], u["code"], u["rows"], u["money"]) for u in told["unmapped"]] == [
        ("account", "5000", 2, "30.3000"), ("site", "E-1", 1, "20.2000"),
    ]  # fmt: skip
    result = rounds("map", "site", "rounds", "E-1", "Elmwood Clinic", "--by", "ana")
    assert result.stdout.startswith("rounds E-1 means ELM.\nPublished build ")
    assert value("--where", "site=ELM") == "30.3000"
    assert rounds("map", "account", "rounds", "5000", "facilities").exit_code == 0
    told = json.loads(rounds("map", "--list", "--json").stdout)
    assert told["unmapped"] == []
    assert [(m["kind"], m["meaning"]) for m in told["mappings"]] == [
        ("site", "ELM"), ("account", "5000 (facilities)"),
    ]  # fmt: skip
    assert rounds("map", "site", "rounds", "E-1", "--undo").exit_code == 0
    assert value("--where", "site=ELM") == "10.1000"
    assert "E-1" in rounds("map", "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("map",), "Say what to do"),
        (("map", "site", "rounds", "E-1"), "Give the site that the code means"),
        (("map", "site", "rounds", "E-1", "ELN"), "did you mean ELM?"),
        (("map", "account", "rounds", "5000"), "Give the account that the code means"),
        (("quarantine", "export", "--load", "9"), "No record waits there"),
        (("quarantine", "reload", "nowhere.csv"), "There is no file nowhere.csv"),
        (("quarantine", "answer", "x", "y", "z"), "There is no profile x"),
        (("trace", "9", "1"), "There is no load 9"),
        (("status", "--changes", "soon"), "A day is written as"),
    ],
)
def test_wrong_usage_is_one_sentence(loaded: Path, arguments: tuple[str, ...], said: str) -> None:
    result = rounds(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("rounds: ")
    assert said in result.stderr


def test_the_quarantine_is_listed_exported_corrected_and_reloaded(loaded: Path) -> None:
    told = json.loads(rounds("quarantine", "--json").stdout)
    assert told["waiting"] == 2
    assert [(r["load"], r["path"], r["column"], r["reason"], r["records"])
            for r in told["reasons"]] == [
        (2, "spend.csv", "amount", "is not an amount", 1),
        (2, "spend.csv", "date", "is not a date", 1),
    ]  # fmt: skip
    assert "2 set aside, 2 waiting" in rounds("status").stdout
    lines = list(csv.DictReader(io.StringIO(rounds("quarantine", "export").stdout)))
    assert [(x["load"], x["record"], x["reasons"]) for x in lines] == [
        ("2", "4", "date is not a date"), ("2", "5", "amount is not an amount"),
    ]  # fmt: skip
    out = loaded.parent / "aside.csv"
    assert rounds("quarantine", "export", "--out", out).exit_code == 0
    out.write_text(out.read_text(encoding="utf-8").replace("soon", "2026-10-03"), "utf-8")
    result = rounds("quarantine", "reload", out)
    assert result.exit_code == 1  # one is still as it was
    assert "load 2, record 5: unchanged: amount is not an amount" in result.stdout
    assert value() == "60.6000"
    assert "2 set aside, 1 waiting" in rounds("status").stdout
    assert "corrects load 2" in rounds("status").stdout
    out.write_text(out.read_text(encoding="utf-8").replace("much", "40.40"), "utf-8")
    told = json.loads(rounds("quarantine", "reload", out, "--json").stdout)
    assert [(r["record"], r["verdict"]) for r in told["records"]] == [
        (4, "not waiting"), (5, "accepted"),
    ]  # fmt: skip
    assert rounds("quarantine").stdout == "No record waits.\n"


def test_the_quarantine_goes_through_a_workbook(loaded: Path) -> None:
    out = loaded.parent / "aside.xlsx"
    assert rounds("quarantine", "export", "--out", out).exit_code == 0
    frame = pl.read_excel(out, infer_schema_length=0)
    assert frame.columns[:4] == ["load", "record", "reasons", "site"]
    told = json.loads(rounds("quarantine", "reload", out, "--json").stdout)
    assert {r["verdict"] for r in told["records"]} == {"unchanged"}


def test_an_answer_is_given_on_the_command_line(home: Path) -> None:
    text = "supplier,document,line,date,amount\nA,1,1,01/02/2026,10\n"
    rounds("ingest", write(home, "open.csv", text))
    result = rounds("quarantine", "answer", "rounds_spend", "date", "day-first", "--by", "ana")
    assert (result.exit_code, result.stdout) == (0, "1 accepted\n")
    assert json.loads(rounds("trace", "2", "2", "--json").stdout)["facts"][0]["day"] == "2026-02-01"


def test_the_rows_behind_a_figure(loaded: Path, tmp_path: Path) -> None:
    asked = ("kpi", "spend", *OCTOBER, "--rows")
    told = json.loads(rounds(*asked, "--json").stdout)
    assert [(r["load"], r["path"], r["record"], r["numerator"]) for r in told["rows"]] == [
        (2, "spend.csv", 2, "10.1000"), (2, "spend.csv", 3, "20.2000"),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(rounds(*asked, "--format", "csv").stdout)))
    assert [r["what"] for r in rows] == ["A · 1 · 5000", "A · 2 · 5000"]
    out = tmp_path / "rows.parquet"
    assert rounds(*asked, "--format", "parquet", "--out", out).exit_code == 0
    assert str(pl.read_parquet(out)["numerator"].sum()) == "30.3000"
    assert "2 rows of 1 loads; numerator 30.3000" in rounds(*asked).stdout


def test_the_passport_of_a_figure(loaded: Path) -> None:
    again = SPEND.replace("10.10", "11.10")
    assert rounds("ingest", write(loaded, "again.csv", again)).exit_code == 1
    told = json.loads(rounds("kpi", "spend", *OCTOBER, "--passport", "--json").stdout)
    assert (told["rows"], told["values"][0]["value"]) == (2, "31.3000")
    assert [(f["load"], f["path"], f["rows"], f["numerator"]) for f in told["files"]] == [
        (2, "spend.csv", 1, "20.2000"), (3, "again.csv", 1, "11.1000"),
    ]  # fmt: skip
    assert [(c["event"], c["path"], c["before"], c["after"]) for c in told["restated"]] == [
        (3, "again.csv", "10.1000", "11.1000"),
    ]  # fmt: skip
    text = rounds("kpi", "spend", *OCTOBER, "--passport").stdout
    assert "Formula: Σ lines" in text
    assert "load 3 (again.csv): ELM, spend amount 10.1000 → 11.1000" in text


def test_what_became_of_a_record(loaded: Path) -> None:
    again = SPEND.replace("10.10", "11.10")
    rounds("ingest", write(loaded, "again.csv", again))

    def told(load: int, record: int) -> dict[str, object]:
        found: dict[str, object] = json.loads(
            rounds("trace", str(load), str(record), "--json").stdout
        )
        return found

    first, second = told(2, 2), told(3, 2)
    [fact] = first["facts"]  # type: ignore[misc]
    assert (first["became"], fact["superseded_in"], fact["by"]) == ("accepted", 3, "again.csv")
    assert first["figures"] == []
    assert [(f["metric"], f["numerator"]) for f in second["figures"]] == [  # type: ignore[attr-defined]
        ("spend", "11.1000"),
    ]  # fmt: skip
    assert (told(3, 3)["became"], told(3, 3)["same_as"]) == ("duplicate", [2, 3])
    assert (told(3, 4)["became"], told(3, 4)["waits"]) == ("set aside", True)
    assert (told(3, 6)["became"], told(3, 6)["kind"]) == ("furniture", "total")
    assert "gave way in event 3 (again.csv)" in rounds("trace", "2", "2").stdout
    assert "It still waits." in rounds("trace", "3", "4").stdout


PAY = (EXPORTS / "paychex_flex/paychex_GRP_2026-10-09.csv").read_text(encoding="utf-8")
REGISTER = (
    "site,name,codes\nELM,Elmwood Clinic,paychex_flex=ELM\nOAK,Oakdale Clinic,paychex_flex=OAK\n"
)


def changed(since: str) -> list[tuple[object, ...]]:
    told = json.loads(rounds("status", "--changes", since, "--json").stdout)
    names = ("event", "what", "path", "feed", "site", "month", "measure", "before", "after")
    return [tuple(row[n] for n in names) for row in told["rows"]]


def test_changes_name_site_month_amount_and_file(home: Path) -> None:
    rounds("ingest", write(home, "sites.csv", REGISTER))
    rounds("ingest", write(home, "paychex_GRP_2026-10-09.csv", PAY))
    assert changed("2") == []
    assert rounds("status", "--changes", "2").stdout == (
        "Nothing that was known at 2 has changed.\n"
    )
    name = "paychex_GRP_2026-10-09_corrected.csv"
    rounds("ingest", write(home, name, PAY.replace("4.25", "4.50").replace("255.00", "270.00")))
    rounds("ingest", write(home, "paychex_GRP_2026-10-23.csv", PAY))  # another check date
    rounds("undo", "3")
    up = [
        (3, "load", name, "labor", "ELM", "2026-10-01", "amount", "4755.0000", "4770.0000"),
        (3, "load", name, "labor", "ELM", "2026-10-01", "hours", "156.7500", "157.0000"),
    ]
    more = [
        (4, "load", "paychex_GRP_2026-10-23.csv", "labor", site, "2026-10-01", measure, was, now)
        for site, measure, was, now in (
            ("ELM", "amount", "4770.0000", "9525.0000"), ("ELM", "hours", "157.0000", "313.7500"),
            ("OAK", "amount", "1207.5000", "2415.0000"), ("OAK", "hours", "39.5000", "79.0000"),
        )
    ]  # fmt: skip
    down = [
        (5, "undo", name, "labor", "ELM", "2026-10-01", "amount", "9525.0000", "9510.0000"),
        (5, "undo", name, "labor", "ELM", "2026-10-01", "hours", "313.7500", "313.5000"),
    ]
    assert changed("2") == up + more + down
    assert changed("4") == down
    text = rounds("status", "--changes", "4").stdout
    assert f"event 5, load 3 withdrawn: {name}" in text
    assert "labor amount: 9,525.00 → 9,510.00 (-15.00) USD" in text


def test_a_correction_is_a_change_of_its_own(loaded: Path) -> None:
    out = loaded.parent / "aside.csv"
    rounds("quarantine", "export", "--out", out)
    out.write_text(out.read_text(encoding="utf-8").replace("soon", "2026-10-03"), "utf-8")
    rounds("quarantine", "reload", out)
    assert changed("2") == [
        (3, "load", "spend.csv", "spend", "ELM", "2026-10-01", "amount", "10.1000", "40.4000"),
    ]
    assert "load 3, correction of load 2, spend.csv" in rounds("status", "--changes", "2").stdout
