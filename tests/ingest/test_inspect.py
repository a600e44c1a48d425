"""What a file is taken for: profile, columns, records, problems and questions, without a load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.reading import FEW
from tests.loading import EXPORTS, rounds

TEXT = """Spend over £25,000
Entuty,Date,Supplier,Transaction number,Amount,Note
St Ann's,01/02/2026,Brightway,1,"1,250.00",x
St Ann's,02/02/2026,Medline,2,abc,y
St Ann's,2026-02-03,Babel,3,12.50,z
St Ann's,2026-02-03,Babel,3,12.50,z
,,,,,
Total,,,,"1,262.50",
"""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few profiles that stay as they are stand for those that ship."""
    monkeypatch.setattr("pipelines.profiles._shipped", lambda: FEW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "spend.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def seen(*args: str | Path) -> dict[str, Any]:
    [table] = json.loads(rounds("inspect", *args, "--json").stdout)
    assert isinstance(table, dict)
    return table


def test_the_profile_and_how_sure_it_is(path: Path) -> None:
    table = seen(path)
    assert (table["profile"], table["feeds"]) == ("uk_spend", ["spend"])
    assert 0.5 < table["sure"] < 1
    assert seen(EXPORTS / "xero_bills/bills.csv")["sure"] == 1
    assert table["notes"] == ["column “Entuty” was taken for “Entity”"]


def test_each_column_and_what_is_dropped(path: Path) -> None:
    table = seen(path)
    columns = [(c["place"], c["column"], c["kind"], c["how"], c["read"]) for c in table["columns"]]
    assert columns == [
        (1, "entity", "text", "spelling", None),
        (2, "date", "date", "exact", "day first"),
        (3, "supplier", "text", "exact", None),
        (4, "transaction", "text", "exact", None),
        (5, "amount", "money", "exact", "decimal point"),
    ]
    amount = table["columns"][4]
    assert (amount["filled"], amount["of_kind"]) == (5, 4)
    assert (table["dropped"], table["mapping"]["Note"]) == (["Note"], None)
    assert table["absent"] == ["department", "expense_type", "expense_area"]


def test_what_the_records_are(path: Path) -> None:
    table = seen(path)
    assert table["records"] == 6
    assert {c["class"]: (c["records"], c["first"]) for c in table["classes"]} == {
        "data": (3, [3, 5, 6]), "set aside": (1, [4]), "blank": (1, [7]), "total": (1, [8]),
    }  # fmt: skip
    assert table["problems"] == [{"record": 4, "reason": "is not an amount", "column": "Amount"}]
    assert table["reasons"] == [
        {"reason": "is not an amount", "column": "Amount", "records": 1, "first": [4]}
    ]


def test_an_open_question_comes_with_the_way_to_answer(tmp_path: Path) -> None:
    path = tmp_path / "bills.csv"
    bills = (EXPORTS / "xero_bills/bills.csv").read_text(encoding="utf-8-sig")
    head = bills.splitlines()[0].split(",")
    row = {"*ContactName": "a", "*InvoiceNumber": "1", "*InvoiceDate": "01/02/2026",
           "LineAmount": "5.00", "*AccountCode": "x"}  # fmt: skip
    cells = ",".join(row.get(heading, "") for heading in head)
    path.write_text(f"{','.join(head)}\n{cells}\n", encoding="utf-8")
    assert seen(path)["questions"] == [
        {
            "column": "date",
            "question": "Does this column put the day or the month first?",
            "answer": "--dates day or --dates month, or `day_first` of the column in a profile",
        }
    ]
    answered = seen(path, "--dates", "day")
    assert (answered["questions"], answered["classes"][0]["class"]) == ([], "data")
    assert rounds("ingest", path).exit_code == 1
    assert rounds("ingest", path, "--dates", "day").exit_code == 0


def test_a_heading_that_could_be_two_things(path: Path) -> None:
    twice = TEXT.replace("Note", "Amount")
    path.write_text(twice, encoding="utf-8")
    # Letters are no amounts: the cells tell.
    assert "column “Amount” stands twice; #5 was read, by its cells" in seen(path)["notes"]
    path.write_text(twice.replace(",x", ",1").replace(",y", ",2").replace(",z", ",3"), "utf-8")
    assert '--column "#5=amount" or --column "#6=amount"' in seen(path)["problem"]
    assert seen(path, "--column", "#5=amount")["problem"] is None


def test_what_comes_near_where_nothing_fits(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text(TEXT.replace("Transaction number", "Type"), encoding="utf-8")
    table = seen(path)
    assert table["profile"] is None
    near = {runner["profile"]: runner["missing"] for runner in table["runners_up"]}
    assert near["uk_spend"] == ["Transaction number"]


def test_the_text_fits_a_terminal_and_says_the_same(path: Path) -> None:
    lines = rounds("inspect", path).stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines == [
        "spend.csv",
        "  read as    csv, utf-8, delimiter ',', headings in record 2, 6 records below",
        lines[2],
        "  fills      spend",
        "    1  Entuty                             → entity           text, misspelt",
        "    2  Date                               → date             date, day first",
        "    3  Supplier                           → supplier         text",
        "    4  Transaction number                 → transaction      text",
        "    5  Amount                             → amount           money, decimal point, "
        "4 of 5 fit",
        "  not read   “Note”",
        "  not there  department, expense_type, expense_area",
        "  records    3 data (3, 5, 6)",
        "  records    1 set aside (4)",
        "  records    1 blank (7)",
        "  records    1 total (8)",
        "  set aside  1 (4): “Amount” is not an amount",
        "  note       column “Entuty” was taken for “Entity”",
        "  totals     0 of 1 totals tie to the records that they cover",
        *lines[-2:],
    ]
    # The file's total states what its lines and the one that can't be read would sum to.
    assert " ".join(" ".join(lines[-2:]).split()).startswith("totals record 8: Amount states ")
    assert lines[2].startswith("  profile    uk_spend: UK public body: spend over £25,000 (sure: ")


@pytest.mark.parametrize("cell", ["abc", "Brightway", "Medline"])
def test_no_cell_is_shown(path: Path, cell: str) -> None:
    for form in ([], ["--json"], ["--propose"]):
        assert cell not in rounds("inspect", path, *form).stdout


def test_nothing_is_loaded(home: Path, path: Path) -> None:
    rounds("inspect", path, "--propose")
    assert not home.exists()


def test_the_first_rows_are_shown_as_read_and_the_refused_ones_as_they_stand(path: Path) -> None:
    table = seen(path, "--rows")
    [first, *_] = table["rows"]
    assert first["record"] == 3
    assert (first["cells"]["date"], first["cells"]["amount"]) == ("2026-02-01", "1250.00")
    [refused] = table["refused"]
    assert (refused["record"], refused["cells"]["amount"]) == (4, "abc")
    assert "rows" not in seen(path)


def test_nobody_is_named_in_the_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    table = seen(EXPORTS / "paychex_register/register_2026-10-03.csv", "--rows")
    assert table["rows"]
    assert "900111" not in json.dumps(table["rows"])
    assert "Quackenbush" not in json.dumps(table)
