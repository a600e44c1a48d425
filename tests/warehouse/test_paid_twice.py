"""Which invoices may be the same paper entered twice, on rows that can be judged by eye."""

from __future__ import annotations

import duckdb

from pipelines.warehouse.rollups import TABLES

SPEND = "system, site, supplier, document, currency, date, amount"


def _pairs(*rows: tuple[object, ...]) -> list[tuple[str, str]]:
    """The numbers that are paired, of lines of one system, currency and amount but as stated."""
    with duckdb.connect() as sql:
        sql.execute(
            "CREATE TABLE spend (system VARCHAR, site VARCHAR, supplier VARCHAR, document VARCHAR,"
            " currency VARCHAR, date DATE, amount DECIMAL(18,4))"
        )
        for row in rows:
            sql.execute(f"INSERT INTO spend ({SPEND}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        table = f"({TABLES['paid_twice']})"
        return sql.execute(f"SELECT document, other_document FROM {table} ORDER BY ALL").fetchall()


def _line(document: str | None, day: str = "2026-01-05", **others: object) -> tuple[object, ...]:
    told = {"system": "a", "site": "S1", "supplier": "Acme", "currency": "USD", "amount": 100}
    told |= {"document": document, "date": day} | others
    return tuple(told[name] for name in SPEND.split(", "))


def test_numbers_that_differ_by_marks_case_or_a_last_letter_are_one_paper() -> None:
    assert _pairs(_line("INV-1001"), _line("inv 1001a", "2026-02-01")) == [
        ("INV-1001", "inv 1001a")
    ]
    assert _pairs(_line("1001-AB"), _line("1001/A.", "2026-02-01")) == []
    assert _pairs(_line("12"), _line("12a", "2026-01-06")) == []  # too short to tell


def test_each_pair_of_three_is_told_by_its_days() -> None:
    three = _line("7001"), _line("7001-A", "2026-01-20"), _line("7001.", "2026-02-19")
    # From the first to the last are 45 days, to a day later 46.
    pairs = [("7001", "7001-A"), ("7001", "7001."), ("7001-A", "7001.")]
    assert sorted(_pairs(*three)) == sorted(pairs)
    later = _line("7001.", "2026-02-20")
    assert sorted(_pairs(*three[:2], later)) == sorted([pairs[0], pairs[2]])


def test_the_sums_of_the_invoices_must_be_the_same() -> None:
    parts = _line("8001", amount=60), _line("8001", amount=40)
    assert _pairs(*parts, _line("8001B", "2026-01-09")) == [("8001", "8001B")]
    assert _pairs(*parts, _line("8001B", "2026-01-09", amount=60)) == []
    credit = _line("8001", amount=-100), _line("8001B", "2026-01-09", amount=-100)
    assert _pairs(*credit) == []


def test_other_suppliers_systems_and_currencies_share_nothing() -> None:
    first = _line("9001")
    assert _pairs(first, _line("9001C", site="S2")) == [("9001", "9001C")]
    for other in ({"supplier": "Other"}, {"supplier": None}, {"system": "b"}, {"currency": "EUR"}):
        assert _pairs(first, _line("9001C", **other)) == []
    assert _pairs(_line(None), _line("9001"), _line(None, "2026-01-08")) == []
