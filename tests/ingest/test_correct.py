"""Records that were set aside come back corrected: once each, in their file's place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import profiles
from pipelines.errors import FileProblem, UsageProblem
from pipelines.ingest.correct import Corrected, answer, reload
from pipelines.ingest.corrections import Held, as_csv, as_workbook, held_of
from pipelines.profiles import known_profiles
from pipelines.warehouse.undo import undo
from pipelines.warehouse.waiting import waiting
from tests.loading import EXPORTS, facts, load_text, record_of, rows

PAY = (EXPORTS / "paychex_flex/paychex_GRP_2026-10-09.csv").read_text(encoding="utf-8")
SPEND = "supplier,document,line,date,amount\n"
Change = Callable[[dict[str, str]], None]


def exported(home: Path) -> list[dict[str, str]]:
    """The list of what waits, as a person would open it."""
    with record_of(home) as record:
        held = held_of(waiting(record))
    profiles: dict[str, list[int]] = {}
    for h in held:
        [(name,)] = rows(home, f"SELECT profile FROM loads WHERE event = {h.load}")
        profiles.setdefault(name, []).append(h.load)
    known = known_profiles(home / "profiles")
    return list(csv.DictReader(io.StringIO(as_csv(held, profiles, known))))


def reloaded(home: Path, lines: list[dict[str, str]], name: str = "corrected.csv") -> Corrected:
    path = home.parent / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    with record_of(home) as record:
        return reload(record, path)


def corrected(home: Path, **cells: str) -> Corrected:
    """Put these cells into every line that waits, and load them."""
    lines = exported(home)
    for line in lines:
        line.update(cells)
    return reloaded(home, lines)


def verdicts(done: Corrected) -> list[tuple[int, int, str]]:
    return [(v.load, v.record, v.what) for v in done.verdicts]


def ties(home: Path) -> bool:
    [(records, money)] = rows(
        home,
        "SELECT bool_and(records = accepted + duplicate + quarantined + furniture), "
        "bool_and(money_read = money_accepted + money_duplicate + money_quarantined) "
        "FROM loads WHERE what = 'load'",
    )
    return bool(records and money)


def spent(home: Path) -> list[tuple[object, ...]]:
    return facts(home, "spend", "document, line, amount, load, record")


def test_a_corrected_record_is_a_fact_under_its_own_number(home: Path) -> None:
    load_text(home, f"{SPEND}A,1,1,2026-10-01,10\nB,2,1,soon,20.20\n")
    [line] = exported(home)
    assert line == {
        "load": "1", "record": "3", "reasons": "date is not a date", "supplier": "B",
        "document": "2", "line": "1", "date": "soon", "amount": "20.20",
    } | {k: "" for k in line if k not in (
        "load", "record", "reasons", "supplier", "document", "line", "date", "amount")}  # fmt: skip
    done = reloaded(home, [line | {"date": "2026-10-02"}])
    assert verdicts(done) == [(1, 3, "accepted")]
    assert spent(home) == [("1", "1", "10", 1, 2), ("2", "1", "20.2", 2, 3)]
    assert rows(home, "SELECT records, accepted, money_accepted, corrects, path FROM loads "
                "WHERE event = 2") == [(1, 1, "20.2", 1, "export.csv")]  # fmt: skip
    assert ties(home)
    assert exported(home) == []


def test_a_record_cannot_be_corrected_twice(home: Path) -> None:
    load_text(home, f"{SPEND}B,2,1,soon,20.20\n")
    [line] = exported(home)
    reloaded(home, [line | {"date": "2026-10-02"}])
    again = reloaded(home, [line | {"date": "2026-10-03"}])
    assert verdicts(again) == [(1, 2, "not waiting")]
    assert again.loads == {}
    assert spent(home) == [("2", "1", "20.2", 2, 2)]


def test_a_list_that_names_a_record_twice_is_refused(home: Path) -> None:
    load_text(home, f"{SPEND}B,2,1,soon,20.20\n")
    [line] = exported(home)
    with pytest.raises(FileProblem, match="names a record twice: record 2 of load 1"):
        reloaded(home, [line | {"date": "2026-10-02"}, line | {"date": "2026-10-03"}])
    assert spent(home) == []


def test_what_is_unchanged_or_still_wrong_goes_on_waiting(home: Path) -> None:
    load_text(home, f"{SPEND}A,1,1,soon,10\nB,2,1,soon,20\nC,3,1,soon,30\n")
    one, two, three = exported(home)
    done = reloaded(home, [one, two | {"date": "later"}, three | {"date": "2026-10-03"}])
    assert verdicts(done) == [(1, 2, "unchanged"), (1, 3, "set aside"), (1, 4, "accepted")]
    assert [v.reasons for v in done.verdicts][:2] == [
        ("date is not a date",), ("date is not a date",),
    ]  # fmt: skip
    assert [(x["load"], x["record"], x["date"]) for x in exported(home)] == [
        ("1", "2", "soon"), ("1", "3", "later"),
    ]  # fmt: skip
    # The latest cells are what is corrected next.
    assert verdicts(corrected(home, date="2026-10-09")) == [(1, 2, "accepted"), (1, 3, "accepted")]
    assert spent(home) == [
        ("1", "1", "10", 3, 2), ("2", "1", "20", 3, 3), ("3", "1", "30", 2, 4),
    ]  # fmt: skip
    assert ties(home)


BROKEN_PAY = PAY.replace("255.00", "2x5.00")


def pay(home: Path) -> list[tuple[object, ...]]:
    return facts(home, "labor", "sum(amount), count(*)")


def test_a_corrected_record_joins_its_slice(home: Path) -> None:
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    assert pay(home) == [("5707.5", 4)]
    done = corrected(home, Amount="255.00")
    assert verdicts(done) == [(1, 3, "accepted")]
    assert pay(home) == [("5962.5", 5)]
    # The check date stood in the file's name.
    assert facts(home, "labor", "DISTINCT CAST(check_date AS VARCHAR)") == [("2026-10-09",)]
    assert ties(home)


def test_the_worker_is_still_the_same_and_never_shown(home: Path) -> None:
    load_text(home, PAY, "paychex_GRP_2026-10-09.csv")
    whole = facts(home, "labor", "record, worker")
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    [line] = exported(home)
    assert line["Worker ID"].startswith("~")
    corrected(home, Amount="255.00")
    assert facts(home, "labor", "record, worker") == whole


def test_workers_named_by_two_cells_are_the_same_too(home: Path) -> None:
    text = (EXPORTS / "gusto_journal/payroll-journal.csv").read_text(encoding="utf-8")
    load_text(home, text, "journal.csv")
    whole = facts(home, "labor", "record, fact, worker, hours")
    load_text(home, text.replace("72.50", "many"), "journal.csv")
    lines = exported(home)
    assert not any("Quackenbush" in str(line) for line in lines)
    half = reloaded(home, [x | {"Regular hours": "72.50", "Employee first name": "Wilhelmina"}
                           for x in lines])  # fmt: skip
    assert {v.what for v in half.verdicts} == {"set aside"}
    assert half.verdicts[0].reasons == (
        "record names its worker by a pseudonym and a name: give the whole name",
    )
    names = {"Employee first name": "Wilhelmina", "Employee last name": "Quackenbush"}
    assert verdicts(corrected(home, **names))[0][2] == "accepted"
    assert facts(home, "labor", "record, fact, worker, hours") == whole


def test_a_file_that_comes_again_speaks_for_what_was_corrected(home: Path) -> None:
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    corrected(home, Amount="255.00")
    load_text(home, PAY.replace("255.00", "300.00"), "paychex_GRP_2026-10-09.csv")
    assert pay(home) == [("6007.5", 5)]
    assert facts(home, "labor", "DISTINCT load") == [(3,)]


def test_what_a_later_file_restated_waits_no_longer(home: Path) -> None:
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    [line] = exported(home)
    load_text(home, PAY.replace("255.00", "2y5.00"), "paychex_GRP_2026-10-09.csv")
    assert [(x["load"], x["Amount"]) for x in exported(home)] == [("2", "•••")]
    assert verdicts(reloaded(home, [line | {"Amount": "255.00"}])) == [(1, 3, "not waiting")]
    with record_of(home) as record:
        undo(record, 2)
    assert [x["load"] for x in exported(home)] == ["1"]


def test_a_key_that_a_later_file_states_waits_no_longer(home: Path) -> None:
    load_text(home, f"{SPEND}A,1,1,2026-10-01,10\nB,2,1,2026-10-02,2o\n")
    assert len(exported(home)) == 1
    load_text(home, f"{SPEND}A,1,1,2026-10-01,10\nB,2,1,2026-10-02,20\n")
    assert exported(home) == []


def test_a_line_keeps_its_number_and_a_moved_one_gets_the_next(home: Path) -> None:
    lines = (EXPORTS / "xero_bills/bills.csv").read_text(encoding="utf-8-sig")
    load_text(home, lines.replace("7000.00,Cleaning,", "7x00.00,Cleaning,"), "bills.csv")
    mended = [{k: v.replace("7x00", "7000") for k, v in x.items()} for x in exported(home)]
    reloaded(home, mended)
    assert facts(home, "spend", "line, amount", "document = 'INV-1'") == [
        ("1", "7000"), ("2", "250.1"),
    ]  # fmt: skip
    # A line whose bill's number was missing goes to the end of the bill that it is put on.
    home2 = home.parent / "second"
    head, *body = lines.splitlines(keepends=True)
    number = next(csv.reader([head])).index("*InvoiceNumber")
    first = next(csv.reader([body[0]]))
    assert first[number] == "INV-1"
    load_text(home2, head + body[0].replace("INV-1,", ",", 1) + "".join(body[1:]), "bills.csv")
    assert [x["*InvoiceNumber"] for x in exported(home2)] == [""]
    corrected(home2, **{"*InvoiceNumber": "INV-1"})
    assert facts(home2, "spend", "line, amount", "document = 'INV-1'") == [
        ("1", "250.1"), ("2", "7000"),
    ]  # fmt: skip


def test_undoing_a_load_withdraws_its_corrections(home: Path) -> None:
    load_text(home, PAY.replace("255.00", "100.00"), "paychex_GRP_2026-10-09.csv")
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    corrected(home, Amount="255.00")
    assert pay(home) == [("5962.5", 5)]
    with record_of(home) as record:
        event = undo(record, 2)
    assert rows(home, "SELECT event, undoes FROM loads WHERE what = 'undo'") == [(4, 3), (5, 2)]
    assert event == 5
    assert pay(home) == [("5807.5", 5)]
    assert facts(home, "labor", "DISTINCT load") == [(1,)]
    assert exported(home) == []


def test_undoing_a_correction_sets_its_records_aside_again(home: Path) -> None:
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    before = pay(home)
    corrected(home, Amount="255.00")
    with record_of(home) as record:
        undo(record, 2)
    assert pay(home) == before
    assert [(x["load"], x["record"], x["Amount"]) for x in exported(home)] == [("1", "3", "•••")]
    corrected(home, Amount="255.00")
    assert pay(home) == [("5962.5", 5)]


def test_undoing_the_file_that_came_again_brings_back_both(home: Path) -> None:
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    corrected(home, Amount="255.00")
    load_text(home, PAY.replace("255.00", "300.00"), "paychex_GRP_2026-10-09.csv")
    with record_of(home) as record:
        undo(record, 3)
    assert pay(home) == [("5962.5", 5)]
    assert facts(home, "labor", "DISTINCT load") == [(1,), (2,)]


def test_a_correction_does_not_overtake_a_later_file(home: Path) -> None:
    load_text(home, f"{SPEND}B,2,1,2026-10-02,10\nB,,1,2026-10-02,15\n")
    load_text(home, f"{SPEND}B,3,1,2026-10-02,20\n")
    # The blank number turns out to be the one that a later file states.
    assert verdicts(corrected(home, document="3")) == [(1, 3, "outdated")]
    assert spent(home) == [("2", "1", "10", 1, 2), ("3", "1", "20", 2, 2)]


def test_a_correction_that_contradicts_its_own_file_is_set_aside(home: Path) -> None:
    load_text(home, f"{SPEND}B,2,1,2026-10-02,10\nB,,1,2026-10-02,15\n")
    done = corrected(home, document="2")
    assert [(v.what, v.reasons) for v in done.verdicts] == [
        ("set aside", ("record comes twice in this file with different values",))
    ]
    assert verdicts(corrected(home, amount="10")) == [(1, 3, "duplicate")]
    assert spent(home) == [("2", "1", "10", 1, 2)]
    assert ties(home)


DATES = f"{SPEND}A,1,1,01/02/2026,10\nB,2,1,03/04/2026,20\nC,3,1,05/05/2026,30\n"


def days(home: Path) -> list[tuple[object, ...]]:
    return facts(home, "spend", "document, CAST(date AS VARCHAR), load")


def test_an_answer_loads_a_payroll_whose_dates_were_open(home: Path) -> None:
    profile = (Path(profiles.__file__).parent / "paychex_flex.toml").read_text(encoding="utf-8")
    (home / "profiles").mkdir(parents=True)
    open_ = profile.replace('formats = ["%m/%d/%Y", "%Y-%m-%d"]\nrequired', "required")
    (home / "profiles/paychex_flex.toml").write_text(open_, encoding="utf-8")
    load_text(home, PAY, "paychex_GRP_2026-10-09.csv")
    assert pay(home) == [(None, 0)]
    with record_of(home) as record:
        done = answer(record, "paychex_flex", "Line Date", "month-first")
    assert [v.what for v in done.verdicts] == ["accepted"] * 5
    assert pay(home) == [("5962.5", 5)]
    assert facts(home, "labor", "DISTINCT CAST(period_end AS VARCHAR)") == [("2026-10-03",)]


@pytest.mark.parametrize(
    ("said", "one", "two"),
    [("day-first", "2026-02-01", "2026-04-03"), ("month-first", "2026-01-02", "2026-03-04")],
)
def test_an_answer_loads_what_waited_and_decides_later_files(
    home: Path, said: str, one: str, two: str
) -> None:
    load_text(home, DATES)
    assert days(home) == [("3", "2026-05-05", 1)]
    with record_of(home) as record:
        done = answer(record, "rounds_spend", "date", said)
    assert verdicts(done) == [(1, 2, "accepted"), (1, 3, "accepted")]
    assert days(home) == [("1", one, 2), ("2", two, 2), ("3", "2026-05-05", 1)]
    later = load_text(home, DATES.replace(",1,0", ",2,0"), "later.csv")
    assert later.as_json()["accepted"] == 3
    assert ("1", one, 3) in days(home)


def test_an_answer_does_not_overrule_a_column_that_decides_itself(home: Path) -> None:
    with record_of(home) as record:
        answer(record, "rounds_spend", "date", "month-first")
    load_text(home, f"{SPEND}A,1,1,01/02/2026,10\nB,2,1,25/04/2026,20\n")
    assert [day for _, day, _ in days(home)] == ["2026-02-01", "2026-04-25"]


def test_a_corrected_date_is_read_as_its_file_was(home: Path) -> None:
    load_text(home, f"{SPEND}A,1,1,25/02/2026,10\nB,2,1,soon,20\n")
    corrected(home, date="03/04/2026")
    assert [day for _, day, _ in days(home)] == ["2026-02-25", "2026-04-03"]


def test_an_amount_open_to_two_readings(home: Path) -> None:
    load_text(home, f"{SPEND}A,1,1,2026-10-01,1.234\nB,2,1,2026-10-01,2.345\n")
    assert spent(home) == []
    with record_of(home) as record:
        done = answer(record, "rounds_spend", "amount", "decimal-comma")
    assert [v.what for v in done.verdicts] == ["accepted", "accepted"]
    assert [row[2] for row in spent(home)] == ["1234", "2345"]
    assert ties(home)


@pytest.mark.parametrize(
    ("profile", "column", "said", "problem"),
    [
        ("nobody", "date", "day-first", "There is no profile nobody."),
        ("rounds_spend", "dat", "day-first", "rounds_spend has no column dat; known are"),
        ("rounds_spend", "date", "first", "There is no answer first; known are day-first"),
        ("rounds_spend", "amount", "day-first", "Column amount holds moneys"),
    ],
)
def test_an_answer_that_says_nothing(
    home: Path, profile: str, column: str, said: str, problem: str
) -> None:
    with record_of(home) as record, pytest.raises(UsageProblem, match=problem):
        answer(record, profile, column, said)


def test_a_file_s_month_is_that_of_the_whole_file(home: Path) -> None:
    text = (EXPORTS / "uk_spend/Spend over 25k October 2026.csv").read_bytes().decode("cp1252")
    broken = text.replace("£250.10", "£2x0.10")
    load_text(home, broken)
    slices = facts(home, "spend", "DISTINCT slice")
    lines = exported(home)
    key = next(k for k, v in lines[0].items() if "2x0" in v)
    reloaded(home, [line | {key: "£250.10"} for line in lines])
    assert facts(home, "spend", "DISTINCT slice") == slices
    assert facts(home, "spend", "sum(amount)") != []
    assert ties(home)


def test_a_workbook_comes_back_as_it_went(home: Path, tmp_path: Path) -> None:
    load_text(home, f"{SPEND}B,2,1,soon,20.20\n")
    load_text(home, BROKEN_PAY, "paychex_GRP_2026-10-09.csv")
    with record_of(home) as record:
        held = held_of(waiting(record))
        known = known_profiles()
        book = as_workbook(held, {"rounds_spend": [1], "paychex_flex": [2]}, known)
        with pytest.raises(UsageProblem, match="Records of 2 layouts wait"):
            as_csv(held, {"rounds_spend": [1], "paychex_flex": [2]}, known)
        path = tmp_path / "aside.xlsx"
        path.write_bytes(book)
        done = reload(record, path)
    assert verdicts(done) == [(1, 2, "unchanged"), (2, 3, "unchanged")]
    layouts = {"rounds_spend": [1], "paychex_flex": [2]}
    with record_of(home) as record:
        path.write_bytes(as_workbook([mended(h) for h in held], layouts, known))
        done = reload(record, path)
    assert verdicts(done) == [(1, 2, "accepted"), (2, 3, "accepted")]
    assert pay(home) == [("5962.5", 5)]


def mended(held: Held) -> Held:
    right = {"soon": "2026-10-02", "•••": "255.00"}
    return replace(held, cells={k: right.get(v or "", v) for k, v in held.cells.items()})


def test_a_list_of_corrections_is_not_loaded_as_an_export(home: Path) -> None:
    load_text(home, f"{SPEND}B,2,1,soon,20.20\n")
    text = io.StringIO()
    lines = exported(home)
    writer = csv.DictWriter(text, lines[0])
    writer.writeheader()
    writer.writerows(lines)
    outcome = load_text(home, text.getvalue(), "list.csv")
    assert outcome.status == "refused"
    assert "load it with `rounds quarantine reload`" in str(outcome.problem)


def test_what_is_no_list(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{SPEND}B,2,1,2026-10-01,20.20\n", encoding="utf-8")
    with record_of(home) as record:
        with pytest.raises(FileProblem, match="is no list of records set aside"):
            reload(record, path)
        with pytest.raises(UsageProblem, match=r"There is no file .*nowhere"):
            reload(record, tmp_path / "nowhere.csv")


def test_a_record_with_too_many_cells_waits_for_a_person(home: Path) -> None:
    """An answer to the dates doesn't mend a line whose cells may stand in wrong columns."""
    load_text(home, DATES + "D,4,1,06/07/2026,40,,,,,,,,,,,,,extra,extra\n")
    with record_of(home) as record:
        done = answer(record, "rounds_spend", "date", "day-first")
    assert [v.what for v in done.verdicts] == ["accepted", "accepted", "set aside"]
