"""Which records are facts, which are furniture, which are set aside, and why."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.feeds import Policy
from pipelines.ingest import check
from pipelines.ingest.facts import build_facts
from tests.ingest.reading import PROFILES, conformed, found

SPEND = PROFILES["uk_spend"]
HEAD = "Entity,Date,Supplier,Transaction number,Amount\n"
FINE = "Trust,13/10/2026,Total Energies,98,31204.55\n"


def furniture(folder: Path, text: str) -> list[tuple[int, str]]:
    table = found(folder, HEAD + text)
    return check.furniture(table, *conformed(table, SPEND)).rows()


def problems(folder: Path, text: str) -> list[tuple[object, ...]]:
    table = found(folder, HEAD + text)
    return check.cell_problems(*conformed(table, SPEND)).sort("record", "column").rows()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (",,,,", "blank"),
        (" ,, ,,", "blank"),
        ("Entity,Date,Supplier,Transaction number,Amount", "heading"),
        ("TOTAL,,,,31204.55", "total"),
        (",,,Total,31204.55", "total"),
        ("Total for Trust,,,,31204.55", "total"),
        ("Trust,,Sub-total:,,31204.55", "total"),
        ("TOTAL,31/10/2026,TOTAL,TOTAL,31204.55", "total"),
        ("Report printed by Finance,,,,", "footer"),
        ("Page 1 of 1,,,13 Oct,", "footer"),
    ],
)
def test_records_that_state_no_fact(tmp_path: Path, line: str, kind: str) -> None:
    assert furniture(tmp_path, f"{FINE}{line}\n") == [(3, kind)]


@pytest.mark.parametrize(
    "line",
    [
        "Trust,13/10/2026,Total Energies,98,31204.55",
        "Trust,13/10/2026,Total Energies,98,3120a4.55",
        "Trust,soon,Total Energies,98,31204.55",
        "Trust,13/10/2026,Total,98,3120a4.55",
        "Trust,13/10/2026,Total Energies,,31204.55",
        "Trust,13/10/2026,,,",
        ",,,98,31204.55",
    ],
)
def test_a_broken_fact_is_no_furniture(tmp_path: Path, line: str) -> None:
    assert furniture(tmp_path, f"{FINE}{line}\n") == []


def test_a_footer_stands_below_the_last_fact(tmp_path: Path) -> None:
    assert furniture(tmp_path, f"Note,,,,\n{FINE}Note,,,,\n") == [(4, "footer")]


def test_what_is_wrong_with_a_cell(tmp_path: Path) -> None:
    text = f"{FINE}Trust,31/02/2026,,99,12;5\n"
    assert problems(tmp_path, text) == [
        (3, "is not an amount", "Amount"),
        (3, "is not a date", "Date"),
        (3, "is blank, and every row needs it", "Supplier"),
    ]


def test_a_cell_that_could_be_two_days_says_so_and_one_that_is_none_too(tmp_path: Path) -> None:
    rows = ["13/10/2026", "10/14/2026", "1/2/2026", "soon", "3/3/2026"]
    text = "".join(f"e,{day},s,{i},{i}.5\n" for i, day in enumerate(rows))
    assert problems(tmp_path, text) == [
        (4, "could be two days, and the column has rows with the day first and rows with the month "
         "first: correct it to a form such as 2026-10-31", "Date"),
        (5, "is not a date", "Date"),
    ]  # fmt: skip


def test_more_cells_than_headings(tmp_path: Path) -> None:
    table = found(tmp_path, f"{HEAD}{FINE}Trust,13/10/2026,Smith, Sons,98,5\n{FINE.strip()},,\n")
    assert check.extra_cells(table).rows() == [(3, "has more cells than there are headings", None)]
    assert check.astray(table).to_list() == [3]


def verdict(
    folder: Path, name: str, text: str, policy: Policy
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    profile = PROFILES[name]
    table, _ = conformed(found(folder, text), profile)
    facts = build_facts(table.values, profile, currency="USD", secret=b"k")
    wrong, repeats = check.check_facts(facts, dict.fromkeys(facts, policy))
    return wrong.sort(pl.all()).rows(), repeats.rows()


PLAIN = "document,line,date,amount,supplier\n"


def test_repeats_are_duplicates_and_contradictions_are_set_aside(tmp_path: Path) -> None:
    text = (
        f"{PLAIN}A,1,2026-01-01,5,x\nA,1,2026-01-01,5,x\nA,1,2026-01-01,6,x\nA,2,2026-01-01,5,x\n"
    )
    wrong, repeats = verdict(tmp_path, "rounds_spend", text, Policy.UPSERT)
    key = "supplier, document, line"
    assert wrong == [(4, "comes twice in this file with different values", key)]
    assert repeats == [(3, 2)]


def test_a_replaced_slice_may_hold_equal_rows(tmp_path: Path) -> None:
    text = f"{PLAIN}A,1,2026-01-01,5,x\nA,1,2026-01-01,5,x\n"
    assert verdict(tmp_path, "rounds_spend", text, Policy.REPLACE) == ([], [])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rounds_labor", "site,period_start,period_end,kind\nE,2026-01-05,2026-01-04,employee\n",
         ("lies before the period's first day", "period_end")),
        ("rounds_labor", "site,period_start,period_end,kind\nE,2026-01-05,2026-01-05,temp\n",
         ("is none of: employee, agency, contract", "kind")),
        ("rounds_work_orders",
         "site,work_order,created,completed\nE,1,2026-01-05 9:00,2026-01-04\n",
         ("lies before the day of creation", "completed")),
        ("rounds_volume", "site,date,measure,count\nE,2199-01-01,visits,5\n",
         ("is no plausible date", "date")),
        ("rounds_volume", "site,date,measure,count\n,2026-01-01,visits,5\n",
         ("is missing", "site")),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_fact(
    tmp_path: Path, name: str, text: str, said: tuple[str, str]
) -> None:
    wrong, _ = verdict(tmp_path, name, text, Policy.REPLACE)
    assert wrong == [(2, *said)]
