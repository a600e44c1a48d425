"""Pay by check date on the staffing page: chosen in the filter, or usual by the settings."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.dashboard import small
from tests.dashboard.opening import opened

# 1,400 for each fortnight that ends six days before its check: July has three of these.
CHECKS = [date(2026, 6, 5) + timedelta(14 * step) for step in range(6)]
LABOR = "site,check_date,period_start,period_end,hours,amount\n" + "".join(
    f"OAK,{check},{check - timedelta(19)},{check - timedelta(6)},56,1400\n" for check in CHECKS
)


@pytest.fixture
def loaded(home: Path) -> Path:
    small.load_all(home, {"sites.csv": small.SITES, "labor.csv": LABOR})
    return home


@pytest.mark.usefixtures("loaded")
def test_the_filter_says_which_day_places_pay() -> None:
    worked = opened("staffing", month="Jul 2026")
    assert worked.title == "Staffing cost $3k in Jul 2026"
    check = opened("staffing", month="Jul 2026", pay="Check date")
    assert check.title == "Staffing cost $4k in Jul 2026"
    assert "three pay dates" in check.words
    assert "three pay dates" not in worked.words


def test_the_settings_say_which_is_usual(loaded: Path) -> None:
    (loaded / "settings.toml").write_text('[calendar]\npay_basis = "check"\n', encoding="utf-8")
    assert "$4k" in opened("staffing", month="Jul 2026").title
    assert "$3k" in opened("staffing", month="Jul 2026", pay="Day worked").title
