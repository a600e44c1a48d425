"""A home that is followed through a bucket, on a real S3 server of this machine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import StoreProblem
from pipelines.lake.places import Bucket
from pipelines.settings import Home
from pipelines.upkeep.follow import MANIFEST, follow, share
from pipelines.warehouse.reader import open_build
from tests.loading import load_text, rounds

pytestmark = pytest.mark.spark

SPEND = "site,supplier,document,line,date,account,amount,currency\n"


def loaded(home: Path, number: int, amount: str) -> None:
    load_text(home, f"{SPEND}ELM,A,{number},1,2026-10-01,5000,{amount},GBP\n", f"{number}.csv")
    assert rounds("publish", "--home", home).exit_code == 0


def total(home: Home) -> Decimal:
    return Decimal(open_build(home).query("SELECT sum(amount) AS a FROM spend")["a"][0])


def test_a_bucket_carries_what_others_follow(home: Path, bucket: str, tmp_path: Path) -> None:
    source, at = Home(home), Bucket(bucket)
    machines = [Home(tmp_path / name) for name in ("one", "two")]
    for number, amount, wanted in ((1, "10.10", "10.10"), (2, "0.05", "10.15"), (3, "1", "11.15")):
        loaded(home, number, amount)
        assert share(source, at) is not None
        for one in machines:
            assert follow(one, at) is not None
            assert total(one) == Decimal(wanted)
            assert follow(one, at) is None
    # The former build is left for who is fetching it, and none before.
    assert sum(name.endswith(".duckdb") for name in at.names("")) == 2
    loaded(home, 4, "1")
    share(source, at)
    at.put_bytes(f"rounds-{source.current.read_text()}.duckdb", b"not what was shared")
    with pytest.raises(StoreProblem, match="not what was shared"):
        follow(machines[0], at)
    assert total(machines[0]) == Decimal("11.15")
    at.remove(MANIFEST)
    share(source, at)
    follow(machines[0], at)
    assert total(machines[0]) == Decimal("12.15")
