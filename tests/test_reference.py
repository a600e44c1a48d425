"""The holidays and indexes that a group keeps beside its settings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines import reference
from pipelines.errors import UsageProblem
from pipelines.settings import Home


def test_without_files_there_are_none(tmp_path: Path) -> None:
    assert reference.holidays(tmp_path) == ()
    assert reference.indexes(tmp_path) == {}


def test_holidays_of_both_places_are_no_working_days(tmp_path: Path) -> None:
    (tmp_path / "holidays.csv").write_text("\ufeffDate,Name\n2026-11-27,Day after\n\n2026-07-02,\n")
    both = date(2026, 7, 2), date(2026, 11, 27)
    assert Home(tmp_path).group().calendar.holidays == both
    (tmp_path / "settings.toml").write_text("[calendar]\nholidays = [2026-12-24, 2026-07-02]\n")
    assert Home(tmp_path).group().calendar.holidays == (*both, date(2026, 12, 24))


def test_an_index_is_known_by_month_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "indexes.csv").write_text(
        "index,month,value\ncpi-u,2026-01,100\nCPI U,2026-02-28,100.5\nRPI,2026-01,200\n"
    )
    assert reference.indexes(tmp_path) == {
        ("CPI U", date(2026, 1, 1)): Decimal(100),
        ("CPI U", date(2026, 2, 1)): Decimal("100.5"),
        ("RPI", date(2026, 1, 1)): Decimal(200),
    }


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("holidays.csv", "date\n27 Nov\n", "line 2 has a date that is not a day as 2026-11-27"),
        ("holidays.csv", "day\n2026-11-27\n", "has no column date; it needs date"),
        ("indexes.csv", "index,month,value\nA,2026-1x,1\n", "line 2 has a month that is not"),
        ("indexes.csv", "index,month,value\nA,2026-01,-3\n", "line 2 has a value that is not"),
        ("indexes.csv", "index,month,value\nA,2026-01,n\n", "line 2 has a value that is not"),
        ("indexes.csv", "index,month,value\nA,2026-01,1\na,2026-01,2\n", "line 3 gives a month"),
        ("indexes.csv", "index,month,value\nA,2026-01,NaN\n", "line 2 has a value that is not"),
    ],
)
def test_a_faulty_row_is_told_by_its_line(
    tmp_path: Path, file: str, content: str, said: str
) -> None:
    (tmp_path / file).write_text(content)
    read = reference.holidays if file == "holidays.csv" else reference.indexes
    with pytest.raises(UsageProblem, match=said):
        read(tmp_path)
