"""The facilities page: issues by age and risk, maintenance by risk, and homes that lack either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dashboard import small
from tests.dashboard.opening import Opened, opened


@pytest.fixture
def page(home: Path) -> Opened:
    small.works(home)
    return opened("facilities")


def test_the_title_counts_what_is_open_and_past_due(page: Opened) -> None:
    assert page.title == "3 issues were open at the end of Oct 2026, 1 of them past due"
    assert "Half of them had waited 10 days or longer." in page.words
    assert "A month earlier 1 were open" not in page.words
    assert "1 of 3 open issues is older than 30 days" in page.headings


def test_open_issues_stand_by_risk_then_age(page: Opened) -> None:
    assert page.rows("Open issues") == [
        ["Autoclave leaks", "Oakdale", "high", "10 days", "3 days"],
        ["Door sticks", "Oakdale", "low", "91 days", ""],
        ["Drain blocked", "Elmwood", "low", "1 day", ""],
    ]


def test_high_risk_maintenance_stands_beside_the_pool(page: Opened) -> None:
    title = "50.0\u202f% of planned maintenance was done on time, 0.0\u202f% on high-risk equipment"
    assert title in page.headings
    assert page.rows("Planned maintenance by risk") == [
        ["High", "1", "0", "0.0\u202f%"],
        ["Low", "1", "1", "100.0\u202f%"],
        ["All", "2", "1", "50.0\u202f%"],
    ]
    [missed] = page.rows("Maintenance missed")
    assert missed == ["Service: autoclave", "Elmwood", "high", "15 Oct 2026", "16 days", "not done"]


def test_sites_stand_with_the_total_of_all(page: Opened) -> None:
    rows = page.rows("Site by site")
    assert [row[0] for row in rows] == ["Oakdale", "Elmwood", "All sites"]
    assert [row[1] for row in rows] == ["2", "1", "3"]
    assert [row[3] for row in rows] == ["51", "1", "10"]  # the median of all, not of medians


def test_missed_high_risk_maintenance_is_the_first_thing_seen(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(demo_home))
    page = opened("facilities")
    finding = "High-risk maintenance on time at Willow Bend Nursing Home has left its usual range"
    assert finding in page.headings
    [first, *_] = page.cells("Site by site")
    assert first[0]["text"] == "Willow Bend Nursing Home"
    assert [cell["tone"] for cell in first[-1:]] == ["concern"]
    assert {row[2] for row in page.rows("Maintenance missed")[:4]} == {"high"}


def test_without_planned_work_one_sentence_says_what_is_missing(home: Path) -> None:
    text = "".join(line for line in small.WORKS.splitlines(keepends=True) if "planned" not in line)
    small.load_all(home, {"sites.csv": small.SITES, "works.csv": text})
    page = opened("facilities")
    assert "no export has brought planned maintenance orders with due dates yet" in page.words
    assert "Maintenance missed" not in page.labels


def test_a_home_without_work_orders_says_which_export_would_fill_the_page(home: Path) -> None:
    small.sites(home)
    page = opened("facilities")
    assert page.title == "No facility issues yet"
    assert "rounds template work_orders" in page.words
