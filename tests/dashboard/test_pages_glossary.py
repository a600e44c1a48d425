"""The glossary: all that the registry says of each measure, found by word or by address."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.metrics import DOMAINS, METRICS, find
from tests.dashboard import small
from tests.dashboard.opening import Opened, opened


@pytest.fixture
def demo(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))


def names(page: Opened) -> list[str]:
    return [
        row[0] for title in DOMAINS.values() if title in page.labels for row in page.rows(title)
    ]


@pytest.mark.usefixtures("demo")
def test_every_measure_stands_with_all_of_its_record() -> None:
    page = opened("glossary")
    assert sorted(names(page)) == sorted(metric.title for metric in METRICS.values())
    cells = {row[0]["text"]: row for title in DOMAINS.values() for row in page.cells(title)}
    for metric in METRICS.values():
        row = cells[metric.title]
        assert [row[1]["text"], row[1]["second"]] == [metric.definition, metric.traps]
        assert row[2]["text"] == metric.formula
        assert metric.source in row[3]["second"]
        assert row[0]["href"] == f"/glossary?metric={metric.name}"


@pytest.mark.usefixtures("demo")
def test_an_address_opens_one_measure_in_full() -> None:
    page = opened("glossary", metric="overtime_share")
    told = dict(page.rows("Overtime"))
    assert told["Formula"] == find("overtime_share").formula
    assert told["Unit"] == "Share, in percent of worked hours; less is better"
    assert told["Needs"] == "hours by pay code (here, to Oct 2026)"


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("overtime premium", ["Overtime pay"]),
        ("overtime moonlight", []),
        ("CEILING spent", ["Spent of ceiling"]),
        (
            "resident day nursing",
            [
                "Nursing hours per resident day",
                "RN hours per resident day",
                "LPN hours per resident day",
                "Aide hours per resident day",
                "Weekend nursing hours per resident day",
            ],
        ),
    ],
)
def test_words_narrow_the_list(words: str, found: list[str]) -> None:
    page = opened("glossary", find=words)
    assert names(page) == found
    assert ("No measure speaks of" in page.words) == (not found)


@pytest.mark.usefixtures("demo")
def test_an_unknown_measure_is_said() -> None:
    assert "There is no measure happiness" in opened("glossary", metric="happiness").words


def test_what_a_home_lacks_is_said_with_the_layout_that_would_bring_it(home: Path) -> None:
    small.works(home)
    page = opened("glossary", metric="overtime_share")
    ready = sum(set(m.needs) <= {"work_orders", "work_orders.planned"} for m in METRICS.values())
    assert page.title.startswith(f"{ready} of {len(METRICS)} measures")
    assert "rounds template labor" in dict(page.rows("Overtime"))["Needs"]
    [row] = [r for r in page.cells("Staffing costs") if r[0]["text"] == "Overtime"]
    assert row[3]["second"].startswith("Not here yet; the layout: rounds template labor.")
