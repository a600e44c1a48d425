"""The workbook: live formulas that come to the app's totals, and text that stays text."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel
import pytest

from pipelines.packs.content import Pack
from pipelines.packs.workbook import workbook
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Load
from tests.packs.conftest import BUDGET, SPEND, converted, made, without_values

DANGEROUS = ('=HYPERLINK("x","y")', "+1+1", "-2+3", "@SUM(1)", "=cmd|'/C calc'!A0",
             "<r><t>bold</t></r>")  # fmt: skip


@pytest.fixture(scope="module")
def recalculated(director: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The director's workbook, stripped of its values and worked out anew by LibreOffice."""
    folder = tmp_path_factory.mktemp("recalculated")
    path = folder / "pack.xlsx"
    path.write_bytes(workbook(director))
    return converted(without_values(path), "xlsx", folder)


def grid(path: Path, sheet: str) -> list[list[Any]]:
    found = fastexcel.read_excel(path).load_sheet(sheet, header_row=None, dtypes="string")
    return [list(row) for row in found.to_polars().iter_rows()]


def number(text: str | None) -> float | None:
    return None if text in (None, "") else float(text)


def test_sums_by_subject_come_to_the_app_s(director: Pack, recalculated: Path) -> None:
    tables: list[dict[str, list[Any]]] = []
    for row in grid(recalculated, "Summary"):
        if row[0] == "Subject":
            tables.append({})
        elif tables and row[0] in ("Staffing", "Supplies", "Facilities", "Contracts",
                                   "All subjects"):  # fmt: skip
            tables[-1][row[0]] = row
    assert len(tables) == 2
    for span, table in zip(("month", "year"), tables, strict=True):
        assert len(table) == 5
        for subject, row in table.items():
            told = director.totals.costs["USD", subject, span]
            shown = [number(cell) for cell in row[2:7]]
            expected = [told[n] for n in ("cost", "budget", "gap", "gap_share", "last_year")]
            assert shown == pytest.approx([float(x) for x in expected if x is not None], abs=5e-5)
            assert number(row[7]) == pytest.approx(
                float(told["cost"] - told["last_year"]), abs=5e-5
            )


def test_sums_by_site_come_to_the_app_s(director: Pack, recalculated: Path) -> None:
    rows = grid(recalculated, "Sites")
    [total] = [row for row in rows if row[1] == "All sites"]
    month = director.totals.costs["USD", "All subjects", "month"]
    year = director.totals.costs["USD", "All subjects", "year"]
    for start, told in ((5, month), (11, year)):
        expected = [told[n] for n in ("cost", "budget", "gap", "gap_share", "last_year")]
        shown = [number(cell) for cell in total[start : start + 5]]
        assert shown == pytest.approx([float(x) for x in expected if x is not None], abs=5e-5)


def test_measures_are_ratios_of_sums(director: Pack, recalculated: Path) -> None:
    rows = grid(recalculated, "Measures")
    totals = [row for row in rows if row[1] == "All sites"]
    titles = director.facts.measures["title"].unique(maintain_order=True).to_list()
    assert [row[0] for row in totals] == titles
    known = list(director.totals.measures.values())
    assert len(known) == len(totals)
    for row, value in zip(totals, known, strict=True):
        assert number(row[7]) == pytest.approx(float(value))  # type: ignore[arg-type]


def test_a_changed_row_changes_the_totals(director: Pack, tmp_path: Path) -> None:
    """Formulas are live: a cost of Costs written over moves every sum above it by as much."""
    path = tmp_path / "pack.xlsx"
    path.write_bytes(workbook(director))
    bare = without_values(path)
    changed = tmp_path / "changed.xlsx"
    at = next(at for at, cost in enumerate(director.facts.costs["cost"]) if cost is not None)
    old = float(director.facts.costs["cost"][at])
    with zipfile.ZipFile(bare) as source, zipfile.ZipFile(changed, "w") as target:
        [(name, text)] = [
            (name, text) for name in source.namelist()
            if name.startswith("xl/worksheets/sheet")
            and '<autoFilter ref="A4:M' in (text := source.read(name).decode())
        ]  # fmt: skip
        edited, count = re.subn(rf'(<c r="J{5 + at}"[^>]*><v>)[^<]+', rf"\g<1>{old + 1000!r}", text)
        assert count == 1
        for each in source.namelist():
            target.writestr(each, edited if each == name else source.read(each))
    rows = grid(converted(changed, "xlsx", tmp_path), "Summary")
    whole = [number(row[2]) for row in rows if row[0] == "All subjects"]
    told = [
        director.totals.costs["USD", "All subjects", span]["cost"] for span in ("month", "year")
    ]
    assert whole == pytest.approx([float(amount) + 1000 for amount in told])  # type: ignore[arg-type]


def test_values_stored_beside_the_formulas_are_the_app_s(director: Pack, tmp_path: Path) -> None:
    path = tmp_path / "pack.xlsx"
    path.write_bytes(workbook(director))
    rows = grid(path, "Summary")
    whole = [number(row[2]) for row in rows if row[0] == "All subjects"]
    told = [
        director.totals.costs["USD", "All subjects", span]["cost"] for span in ("month", "year")
    ]
    assert whole == pytest.approx([float(amount) for amount in told])  # type: ignore[arg-type]


def test_two_currencies_are_never_in_one_sum(six: Pack, tmp_path: Path) -> None:
    path = tmp_path / "six.xlsx"
    path.write_bytes(workbook(six))
    anew = converted(without_values(path), "xlsx", tmp_path)
    totals = [row for row in grid(anew, "Sites") if row[1] == "All sites"]
    assert [row[4] for row in totals] == ["USD", "CAD"]
    for row in totals:
        told = six.totals.costs[row[4], "All subjects", "month"]["cost"]
        assert number(row[5]) == pytest.approx(float(told))  # type: ignore[arg-type]


def test_no_text_of_a_file_becomes_a_formula(load: Load, tmp_path: Path) -> None:
    """Sites, suppliers and regions called like formulas are texts in every sheet."""
    sites = [
        {"site": f"S{at}", "name": name, "kind": name, "region": name}
        for at, name in enumerate(DANGEROUS)
    ]
    spend = [
        {"site": f"S{at}", "document": f"D{at}", "line": "1", "date": "2026-10-10",
         "account": "contracts", "supplier": name, "amount": "10.00", "currency": "USD"}
        for at, name in enumerate(DANGEROUS)
    ]  # fmt: skip
    pack = made(load(sites=sites, spend=spend))
    path = tmp_path / "pack.xlsx"
    path.write_bytes(workbook(pack))
    with zipfile.ZipFile(path) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/")]
        shared = book.read("xl/sharedStrings.xml").decode()
    formulas = [f for sheet in sheets for f in re.findall(r"<f>(.*?)</f>", sheet)]
    ours = r"(?:IF|SUM|SUMIFS|COUNT|COUNTIFS|N)\("
    assert formulas
    assert [f for f in formulas if not re.match(ours, f)] == []
    assert [f for f in formulas for text in DANGEROUS if text.strip("=+-@")[:6] in f] == []
    assert "HYPERLINK" in shared
    assert "&lt;r&gt;&lt;t&gt;bold" in shared
    assert "<hyperlink" not in "".join(sheets)


def test_an_unknown_amount_is_blank_and_not_zero(load: Load, tmp_path: Path) -> None:
    """Elmwood has no budget: its budget, gap and share are blank, and Oakdale's stand."""
    budget = "\n".join(line for line in BUDGET.splitlines() if not line.startswith("ELM"))
    sites = "site name kind region\nOAK Oakdale Clinic North\nELM Elmwood Clinic South\n"
    pack = made(load(sites=sites, spend=SPEND, budget=budget))
    path = tmp_path / "pack.xlsx"
    path.write_bytes(workbook(pack))
    rows = {row[1]: row for row in grid(converted(without_values(path), "xlsx", tmp_path), "Sites")}
    assert [number(cell) for cell in rows["Elmwood"][5:9]] == [400.0, None, None, None]
    assert [number(cell) for cell in rows["Oakdale"][5:8]] == [1000.0, 900.0, 100.0]
    assert number(rows["Oakdale"][8]) == pytest.approx(1 / 9)


def test_every_chart_is_native_and_says_what_it_shows(director: Pack, tmp_path: Path) -> None:
    path = tmp_path / "pack.xlsx"
    path.write_bytes(workbook(director))
    with zipfile.ZipFile(path) as book:
        charts = [n for n in book.namelist() if n.startswith("xl/charts/chart")]
        drawings = "".join(
            book.read(n).decode() for n in book.namelist() if n.startswith("xl/drawings/drawing")
        )
    assert len(charts) >= 4
    assert len(re.findall(r'<xdr:cNvPr [^>]*descr="[^"]{20,}"', drawings)) == len(charts)


def test_the_definitions_stand_in_the_workbook(director: Pack, tmp_path: Path) -> None:
    path = tmp_path / "pack.xlsx"
    path.write_bytes(workbook(director))
    told = {row[0]: row[1] for row in grid(path, "Definitions")}
    for one in director.definitions:
        assert told[one.title] == one.definition


def test_the_pack_of_a_site_has_no_sheet_of_sites(demo: Reader, tmp_path: Path) -> None:
    path = tmp_path / "visit.xlsx"
    pack = made(demo, audience="site", site="WLB")
    path.write_bytes(workbook(pack))
    names = fastexcel.read_excel(path).sheet_names
    assert "Sites" not in names
    assert {"Summary", "Visit", "What waits", "Measures", "Costs", "Definitions"} <= set(names)
    assert isinstance(pack.totals.costs["USD", "All subjects", "month"]["cost"], Decimal)
