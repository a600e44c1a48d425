"""Loading, correcting and mapping on the Data page: the plain parts, then the page itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dashboard.desk import child, files, wording
from pipelines.errors import ProfileProblem
from pipelines.settings import Home
from tests.dashboard.opening import Opened, opened
from tests.dashboard.small import SITES, load_all
from tests.loading import facts

HEAD = "site,document,line,date,account,supplier,amount,currency\n"
SPEND = HEAD + (
    "OAK,I1,1,2026-10-05,6210,Brightway,70.00,USD\nOAK,I2,1,2026-10-06,6210,Brightway,fifty,USD\n"
)
ODD = "Clinic Code,Shift Day,Staffer Ref,Cost Paid\nOAK,2026-10-14,17,160.00\n"


def test_an_upload_keeps_its_name_and_never_takes_the_place_of_another(home: Path) -> None:
    first = files.keep(Home(home), "../a.csv", b"1")
    assert (first.parent, first.read_bytes()) == (home / "inbox", b"1")
    assert files.keep(Home(home), "../a.csv", b"1") == first
    other = files.keep(Home(home), "../a.csv", b"2")
    assert (other.name, other.read_bytes(), first.read_bytes()) == (first.name, b"2", b"1")


def test_a_faulty_profile_is_not_saved(home: Path) -> None:
    with pytest.raises(ProfileProblem):
        files.save_profile(Home(home), 'name = "odd"\n')
    assert not (home / "profiles").exists()


def test_a_list_comes_back_as_it_was() -> None:
    text = 'load,record,reasons,amount\n1,3,amount is blank,"a, b"\n1,4,amount is blank,\n'
    assert files.as_csv(files.as_frame(text)) == text


def test_a_command_that_fails_is_a_sentence(home: Path) -> None:
    said = child.run(Home(home), "inspect", home / "none.csv", "--json")
    assert (said.status, said.answer) == (2, None)
    assert said.problem.startswith("There is no file")


def test_the_sum_of_a_load_and_its_money_are_said() -> None:
    one = {
        "records": 4, "accepted": 2, "duplicate": 1, "quarantined": 1, "furniture": 0,
        "money": {"read": "120.00", "accepted": "70.00", "duplicate": "50.00",
                  "quarantined": "0.00", "unreadable": 1},
    }  # fmt: skip
    assert wording.balance(one) == (
        "4 records = 2 accepted + 1 repeated + 1 set aside + 0 titles, totals or blank lines."
    )
    assert wording.money(one) == (
        "The money ties: 120.00 read = 70.00 accepted + 50.00 repeated + 0.00 set aside. "
        "1 amount could not be read."
    )


def upload(page: Opened, text: str, name: str = "spend.csv") -> None:
    page.test.file_uploader[0].upload(name, text.encode())
    run(page)


def press(page: Opened, label: str) -> None:
    [button] = [one for one in page.test.button if one.label == label]
    button.click()
    run(page)


def run(page: Opened) -> None:
    page.test.run(timeout=120)
    assert [fault.message for fault in page.test.exception] == []


def test_the_first_file_is_loaded_on_an_empty_home(home: Path) -> None:
    page = opened("data")
    assert page.title == "Nothing has been loaded yet"
    upload(page, SITES, "sites.csv")
    press(page, "Load this file")
    assert "Loaded as load 1." in page.words


def test_a_file_is_previewed_loaded_and_corrected(home: Path) -> None:
    load_all(home, {"sites.csv": SITES})
    page = opened("data")
    upload(page, SPEND)
    assert "amount is not an amount" in str(page.rows("Why records would be set aside"))
    assert "fifty" not in page.words + str(page.rows("How each column is read"))
    press(page, "Load this file")
    assert "2 records = 1 accepted + 0 repeated + 1 set aside" in page.words
    assert "The money ties" in page.words

    page.test.selectbox(key="aside load").select_index(1)
    run(page)
    [editor] = list(page.test.data_editor)
    assert editor.value.shape[0] == 1
    key = editor.key
    page.test.session_state[key] = {
        "edited_rows": {0: {"amount": "50.00"}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    press(page, "Load the corrected records")
    assert "1 accepted." in page.words
    assert "No record waits." in page.words


def test_an_unknown_file_gets_a_proposal_that_is_checked_and_used(home: Path) -> None:
    load_all(home, {"sites.csv": SITES})
    page = opened("data")
    upload(page, ODD, "odd.csv")
    assert "does not know yet" in page.words
    good = page.test.text_area[0].value
    page.test.text_area[0].set_value("name = 3")
    press(page, "Save and look again")
    assert "draft.toml" in page.words
    page.test.text_area[0].set_value(good)
    press(page, "Save and look again")
    assert "Saved as odd." in page.words
    assert "is taken for" in page.words


def test_what_each_column_holds_is_chosen_and_the_file_is_loaded(home: Path) -> None:
    """The feed and a column are put right by choosing; the saved layout then reads the file."""
    load_all(home, {"sites.csv": SITES})
    page = opened("data")
    upload(page, "Where,When,What,How much\nOAK,2026-10-14,Gloves,160.00\n", "till.csv")
    [holds] = [s for s in page.test.selectbox if s.label == "The file holds"]
    holds.select("spend")
    run(page)
    for heading, column in {"Where": "site", "When": "date", "What": "supplier",
                            "How much": "amount"}.items():  # fmt: skip
        [box] = [s for s in page.test.selectbox if s.label == heading]
        box.select(column)
    press(page, "Look again with these")
    chosen = {s.label: s.value for s in page.test.selectbox}
    assert (chosen["What"], chosen["How much"]) == ("supplier", "amount")
    press(page, "Save and look again")
    assert "Saved as till." in page.words
    press(page, "Load this file")
    assert "1 record = 1 accepted" in page.words
    assert facts(home, "spend", "site, date, supplier, amount") == [
        ("OAK", date(2026, 10, 14), "Gloves", "160")
    ]


def test_a_code_is_mapped_from_the_list(home: Path) -> None:
    load_all(home, {"sites.csv": SITES, "spend.csv": SPEND.replace("OAK,I1", "QQQ,I1")})
    page = opened("data")
    code = page.test.selectbox(key="map code")
    code.select(next(one for one in code.options if "QQQ" in one))
    run(page)
    [means] = [s for s in page.test.selectbox if s.label == "Means which site"]
    means.select("Oakdale (OAK)")
    run(page)
    press(page, "Map this code")
    assert "Site code QQQ now means Oakdale (OAK)." in page.words
