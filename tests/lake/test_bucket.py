"""The lake in a bucket: the same, on a real S3 server of this machine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import StoreProblem
from pipelines.lake import manifest
from pipelines.lake.check import check
from pipelines.lake.places import place
from pipelines.lake.write import write
from pipelines.warehouse.record import Record
from tests.lake.test_lake import LATER, SITES, SPEND, SPENT, given, written

pytestmark = pytest.mark.spark  # its server is installed by `make spark-env`


def test_a_bucket_holds_the_same(home: Path, bucket: str) -> None:
    place_ = given(home, sites=SITES, spend=SPEND)
    assert written(place_, bucket) == (3, 0)
    given(home, later=LATER)
    assert written(place_, bucket) == (2, 2)
    at = place(bucket)
    known = manifest.read(at, "home")
    assert known is not None
    assert manifest.homes(at) == ["home"]
    assert known.parts[f"{SPENT}=10"].sums["amount"] == ("45.2000", "25.0000")
    kept = {f"home=home/{name}" for name in (*known.files, *known.former, "_manifest.json")}
    assert set(at.names("")) == kept
    with at.fetched(f"home=home/{known.parts[f'{SPENT}=10'].files[0]}") as file:
        found = duckdb.sql(f"SELECT document, amount FROM '{file}' ORDER BY ALL").fetchall()
    assert found == [("2", Decimal("20.2")), ("2", Decimal("25"))]
    gone = known.parts[f"{SPENT}=9"].files[0]
    at.remove(f"home=home/{gone}")
    with Record.open(place_) as record:
        assert [(t.feed, t.month) for t in check(record, bucket) if not t.ties] == [("spend", 9)]


def test_a_bucket_that_is_not_there_is_one_sentence(home: Path, bucket: str) -> None:
    with (
        Record.open(given(home, sites=SITES)) as record,
        pytest.raises(StoreProblem, match="refused the work"),
    ):
        write(record, "s3://nothing/there")
