"""The documented tables: each is there, every column is told, and what must not be there isn't."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UsageProblem
from pipelines.room.copies import copied, rooms, sweep
from pipelines.room.query import Query, explain, run
from pipelines.room.tables import TABLES, tables_for
from pipelines.warehouse.limits import Limits
from tests.room.conftest import OTHERS, Room

ALL = Limits()
# Columns that tell of where a row stands in the record, of no use for SQL or not for people.
UNTOLD = {"worker", "fact", "loaded_in", "superseded_in", "slice", "codes", "last"}


@pytest.mark.parametrize("name", [name for name in TABLES if name != "calendar"])
def test_a_table_is_one_of_a_build_and_all_its_columns_are_told(name: str, room: Room) -> None:
    told = {column.name for column in TABLES[name].columns}
    assert told <= room.reader.columns[name]
    if TABLES[name].single or name == "sites":
        assert room.reader.columns[name] - told <= {*UNTOLD, "system"}
    assert "worker" not in told
    assert [one.name for one in TABLES[name].columns if not one.meaning.strip()] == []
    assert TABLES[name].row


def test_every_table_of_everybodys_copy_can_be_asked(room: Room) -> None:
    texts = [f'SELECT * FROM "{name}"' for name in TABLES]
    answers = Query(room.home, ALL, "", rows=5).answers(texts)
    for name, answer in zip(TABLES, answers, strict=True):
        assert not isinstance(answer, str), (name, answer)
        assert answer.frame.columns == [column.name for column in TABLES[name].columns]


def test_a_copy_has_codes_of_its_own_that_people_see_as_texts(room: Room) -> None:
    """A code's type lists its values: in the build's, another site's supplier stands."""
    kinds = "SELECT DISTINCT typeof(supplier) FROM"
    [(kind,)] = room.reader.query(f"{kinds} spend").rows()
    assert kind == "ENUM('Brightco', 'Undertow')"
    asked = [f"{kinds} spend", f"{kinds} in_spend.spend", "SELECT supplier || '!' FROM spend"]
    found = Query(room.home, room.own, "").answers(asked)
    assert [one if isinstance(one, str) else one.frame.item() for one in found] == [
        "VARCHAR", "ENUM('Brightco')", "Brightco!",
    ]  # fmt: skip


def test_neither_types_nor_schema_tell_of_another_s_rows(room: Room) -> None:
    listed = "SELECT type_name, unnest(labels) FROM duckdb_types() WHERE labels IS NOT NULL"
    seen = 0
    for name in tables_for(room.own):
        with copied(room.home, room.reader, room.own, [name]) as copy:
            told = json.loads((copy.folder / "schema.json").read_text())
            file = copy.folder / f"{name}.duckdb"
            with duckdb.connect(str(file), read_only=True) as sql:
                for type_name, value in sql.execute(listed).fetchall():
                    column = type_name.removeprefix(f"{name}.")
                    there = f'SELECT count(*) > 0 FROM "{name}" WHERE "{column}" = ?'
                    assert sql.execute(there, [value]).fetchone() == (True,), (name, column)
                    seen += 1
            content = file.read_bytes()
        words = [one for one in OTHERS if len(one) > 4 and not one.isdigit()]
        assert [one for one in words if one.encode() in content] == []
        assert "ENUM" not in json.dumps(told)
    assert seen > 5


def test_pay_is_absent_and_not_empty(room: Room) -> None:
    with copied(room.home, room.reader, room.own, ["labor", "labor_month"]) as copy:
        schema = json.loads((copy.folder / "schema.json").read_text())
    assert {"ledger", "labour_costs"} & set(schema) == set()
    assert {"amount", "employer_cost", "worker"} & {
        *schema["labor"],
        *schema["labor_month"],
    } == set()
    assert "hours" in schema["labor"]


def test_without_the_right_to_rows_only_sums_are_there(room: Room) -> None:
    limits = replace(room.own, rows=False)
    assert {"labor", "spend", "supply_moves", "work_orders"} & set(tables_for(limits)) == set()
    with pytest.raises(UsageProblem, match="There is no table spend"):
        run(room.home, limits, "SELECT * FROM spend")
    assert run(room.home, limits, "SELECT sum(amount) FROM spend_month").frame.item() == 150.25


def test_a_subject_that_is_not_theirs_is_empty(room: Room) -> None:
    limits = Limits(sites=frozenset({"OWN"}), subjects=frozenset({"supplies"}))
    counted = "SELECT (SELECT count(*) FROM labor), (SELECT count(*) FROM supply_moves)"
    assert run(room.home, limits, counted).frame.row(0) == (0, 1)


def test_a_copy_is_its_owners_alone_and_made_once(room: Room) -> None:
    with copied(room.home, room.reader, room.own, ["sites"]) as copy:
        file = copy.folder / "sites.duckdb"
        made = file.stat()
        assert stat.S_IMODE(made.st_mode) == 0o600
        assert stat.S_IMODE(copy.folder.stat().st_mode) == 0o700
    with copied(room.home, room.reader, room.own, ["sites"]) as copy:
        assert file.stat().st_ino == made.st_ino
        assert "draft" not in " ".join(path.name for path in copy.folder.iterdir())


def test_two_who_ask_at_once_make_one_copy(room: Room) -> None:
    limits = Limits(sites=frozenset({"SEC"}))
    inodes: list[int] = []

    def ask() -> None:
        with copied(room.home, room.reader, limits, ["labor"]) as copy:
            inodes.append((copy.folder / "labor.duckdb").stat().st_ino)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inodes) == 4
    assert len(set(inodes)) == 1


def test_what_is_old_goes_and_what_is_in_use_stays(room: Room) -> None:
    limits = Limits(sites=frozenset({"HID"}))
    with copied(room.home, room.reader, limits, ["sites"]) as copy:
        os.utime(copy.folder, (0, 0))
        assert copy.folder.name not in sweep(room.home, room.reader.build)
        assert copy.made == ["sites"]
    os.utime(copy.folder, (0, 0))
    assert sweep(room.home, room.reader.build) == [copy.folder.name]
    former = rooms(room.home) / "000000-former-build-key"
    former.mkdir()
    assert sweep(room.home, room.reader.build) == [former.name]
    assert not list(Path(rooms(room.home)).glob("*former*"))


def test_more_rows_than_are_shown_are_told_of(room: Room) -> None:
    whole = run(room.home, ALL, "SELECT * FROM range(7)", rows=7)
    part = run(room.home, ALL, "SELECT * FROM range(8)", rows=7)
    assert (whole.frame.height, whole.cut, part.frame.height, part.cut) == (7, False, 7, True)
    assert run(room.home, ALL, "FROM sites WHERE false").frame.columns[0] == "site"


def test_values_come_back_as_they_are(room: Room) -> None:
    found = run(
        room.home,
        ALL,
        "SELECT 12345678901234.5678::DECIMAL(18,4) AS a, DATE '2026-02-28' AS b, NULL AS c, "
        "'a' AS d, 'b' AS d, [1, 2] AS e, INTERVAL 2 MONTH AS f, 1.5::DOUBLE AS g",
    ).frame
    assert found.columns == ["a", "b", "c", "d", "d_2", "e", "f", "g"]
    assert [str(value) for value in found.row(0)] == [
        "12345678901234.5678", "2026-02-28", "None", "a", "b", "[1, 2]",
        "2 months 0 days 0 seconds", "1.5",
    ]  # fmt: skip


WRONG = [
    ("SELECT nam FROM sites", "There is no column nam; did you mean name?"),
    ("FROM stes", "There is no table stes; did you mean sites?"),
    ("SELECT foo(1)", "There is no function foo."),
    ("SELEC 1", "The SQL can't be understood: see SELEC."),
    ("SELECT *\nFROM sites\nGROUPED BY 1", "The SQL can't be understood: see BY in line 3."),
    ("SELECT kind, count(*) FROM sites", "A column must stand in GROUP BY or in an aggregate"),
    ("SELECT 'Zebra'::INTEGER", "A value can't be read as the type that is wanted"),
]


def test_what_is_wrong_is_said(room: Room) -> None:
    answers = Query(room.home, ALL, "").answers([sql for sql, _ in WRONG])
    for (_, sentence), answer in zip(WRONG, answers, strict=True):
        assert str(answer).startswith(sentence)
        assert "Zebra" not in str(answer)


def test_a_question_has_a_longest_length(room: Room) -> None:
    with pytest.raises(UsageProblem, match="at most 20,000 characters"):
        run(room.home, ALL, "x" * 20_001)


def test_a_question_is_cancelled_at_once(room: Room) -> None:
    query = Query(room.home, ALL, "SELECT count(*) FROM range(1000000000000)", seconds=60)
    threading.Timer(1.0, query.cancel).start()
    begun = time.monotonic()
    with pytest.raises(UsageProblem, match="was cancelled"):
        query.run()
    assert time.monotonic() - begun < 20


def test_a_plan_is_told(room: Room) -> None:
    assert "SEQ_SCAN" in explain(room.home, ALL, "SELECT * FROM sites")
    with pytest.raises(UsageProblem, match="Only questions"):
        explain(room.home, ALL, "COPY sites TO 'x'")
