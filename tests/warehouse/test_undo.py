"""A withdrawn load gives back what it had replaced, and every vintage before shows what it did."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.calendar import Period
from pipelines.errors import UsageProblem
from pipelines.metrics.ask import ask
from pipelines.settings import Home
from pipelines.warehouse.reader import open_build
from pipelines.warehouse.undo import undo
from tests.loading import EXPORTS, facts, load_text, record_of, rounds, rows
from tests.warehouse.test_load import ORDERED, VERSIONS

PAY = (EXPORTS / "paychex_flex/paychex_GRP_2026-10-09.csv").read_text(encoding="utf-8")
BILL = "supplier,document,line,date,amount\n"
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def withdraw(home: Path, load: int) -> int:
    with record_of(home) as record:
        return undo(record, load)


def pay(home: Path) -> list[tuple[object, ...]]:
    return facts(home, "labor", "sum(amount), count(*), min(load)")


def bills(home: Path) -> list[tuple[object, ...]]:
    return facts(home, "spend", "document, amount, load, record")


def test_a_replaced_slice_comes_back(home: Path) -> None:
    load_text(home, PAY, "paychex_GRP_2026-10-09.csv")
    load_text(home, PAY.replace("255.00", "300.00"), "paychex_GRP_2026-10-09_corrected.csv")
    assert pay(home) == [("6007.5", 5, 2)]
    assert withdraw(home, 2) == 3
    assert pay(home) == [("5962.5", 5, 1)]
    assert rows(home, "SELECT what, undoes FROM loads WHERE event = 3") == [("undo", 2)]


def test_a_withdrawn_file_may_come_again(home: Path) -> None:
    load_text(home, PAY, "paychex_GRP_2026-10-09.csv")
    withdraw(home, 1)
    assert pay(home) == [(None, 0, None)]
    assert load_text(home, PAY, "paychex_GRP_2026-10-09.csv").status == "loaded"
    assert pay(home) == [("5962.5", 5, 3)]


def test_withdrawing_the_middle_of_three_changes_nothing_that_shows(home: Path) -> None:
    for amount in ("255.00", "300.00", "400.00"):
        text = PAY.replace("255.00", amount)
        load_text(home, text, "paychex_GRP_2026-10-09.csv")
    withdraw(home, 2)
    assert pay(home) == [("6107.5", 5, 3)]
    withdraw(home, 3)
    assert pay(home) == [("5962.5", 5, 1)]


def test_a_key_goes_back_to_its_state_before(home: Path) -> None:
    load_text(home, f"{BILL}A,1,1,2026-10-01,10\nA,2,1,2026-10-01,20\n")
    load_text(home, f"{BILL}A,2,1,2026-10-01,25\nA,3,1,2026-10-01,30\n")
    withdraw(home, 2)
    assert bills(home) == [("1", "10", 1, 2), ("2", "20", 1, 3)]


def test_withdrawing_the_latest_of_ordered_files_shows_the_one_before(home: Path) -> None:
    (home / "profiles").mkdir(parents=True)
    profile = home / "profiles/acme.toml"
    profile.write_text(ORDERED.format(policy="replace"), encoding="utf-8")
    for name in ("v3.csv", "v1.csv", "v2.csv"):
        load_text(home, VERSIONS[name], name)
    profile.unlink()  # what the load went by stands in the ledger
    withdraw(home, 1)
    assert facts(home, "assets", "site, asset, cost, load") == [
        ("E", "1", "11", 3), ("O", "3", "30", 2),
    ]  # fmt: skip


def test_what_another_file_states_as_well_stays(home: Path) -> None:
    both = "A,2,1,2026-10-01,20\n"
    load_text(home, f"{BILL}A,1,1,2026-10-01,10\n{both}")
    assert load_text(home, f"{BILL}{both}A,3,1,2026-10-01,30\n").as_json()["duplicate"] == 1
    withdraw(home, 1)
    assert bills(home) == [("2", "20", 2, 2), ("3", "30", 2, 3)]
    withdraw(home, 2)
    assert bills(home) == []


def test_a_third_file_speaks_when_two_are_withdrawn(home: Path) -> None:
    line = f"{BILL}A,1,1,2026-10-01,10\n"
    for extra in ("", "A,2,1,2026-10-01,20\n", "A,3,1,2026-10-01,30\n"):
        load_text(home, line + extra)
    withdraw(home, 1)
    withdraw(home, 2)
    assert bills(home) == [("1", "10", 3, 2), ("3", "30", 3, 3)]


def test_sites_that_only_the_withdrawn_file_named_go_with_it(home: Path) -> None:
    published = EXPORTS / "uk_spend/Spend over 25k October 2026.csv"
    assert rounds("ingest", published, EXPORTS / "nhs_ae").exit_code == 0
    assert "Rounds Care Trust" in sites(home)
    [(spend,)] = rows(home, "SELECT event FROM loads WHERE profile = 'uk_spend'")
    assert rounds("undo", str(spend)).exit_code == 0
    assert sites(home) == ["ELM HOSPITAL TRUST", "LAKE WALK-IN CENTRE", "OAK HOSPITAL TRUST"]


def sites(home: Path) -> list[str]:
    query = "SELECT name FROM sites WHERE site NOT LIKE '~%' ORDER BY name"
    return open_build(Home(home)).query(query)["name"].to_list()


def cost(home: Path, as_of: int | None = None) -> object:
    return ask(open_build(Home(home)), "labor_cost", period=YEAR, as_of=as_of).value


def test_vintages_show_what_was_shown(home: Path) -> None:
    shown = []
    for amount in ("255.00", "300.00"):
        path = home.parent / f"paychex_GRP_2026-10-09_{amount}.csv"
        path.write_text(PAY.replace("255.00", amount), encoding="utf-8")
        assert rounds("ingest", path).exit_code == 0
        shown.append(cost(home))
    result = rounds("undo", "2")
    assert result.stdout == "Load 2 is withdrawn (event 3); what it had replaced is back.\n"
    shown.append(cost(home))
    assert [f"{value:.2f}" for value in shown] == ["5962.50", "6007.50", "5962.50"]  # type: ignore[str-format]
    assert [cost(home, event) for event in (1, 2, 3)] == shown


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (7, "There is no load 7. `rounds status` lists the loads."),
        (2, "There is no load 2. `rounds status` lists the loads."),
        (1, "Load 1 was withdrawn before; nothing was changed."),
    ],
)
def test_what_cannot_be_withdrawn(home: Path, load: int, said: str) -> None:
    load_text(home, PAY, "paychex_GRP_2026-10-09.csv")
    withdraw(home, 1)
    before = rows(home, "SELECT * FROM loads")
    with pytest.raises(UsageProblem) as problem:
        withdraw(home, load)
    assert str(problem.value) == said
    assert rows(home, "SELECT * FROM loads") == before
