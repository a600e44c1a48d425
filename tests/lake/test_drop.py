"""Exports that arrive in a bucket, on a real S3 server of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipelines.errors import UsageProblem
from pipelines.lake.places import Bucket
from pipelines.settings import Home
from pipelines.upkeep import watch as watching
from pipelines.upkeep.drop import Drop, is_inside
from pipelines.upkeep.watch import Watch
from pipelines.warehouse.reader import open_build
from tests.upkeep.test_watch import SITES, spend

needs_server = pytest.mark.spark


class Seen(Watch):
    """A watch of a bucket that keeps what it logs."""

    def __init__(self, home: Path, url: str) -> None:
        self.lines: list[dict[str, Any]] = []
        place = Home(home).make()
        super().__init__(place, [], self.lines.append, quiet=0, drops=[Drop(place, url)])

    def said(self, event: str) -> list[str]:
        return [
            str(line.get("object") or Path(line.get("path", "")).name)
            for line in self.lines if line["event"] == event
        ]  # fmt: skip

    def twice(self) -> None:
        self.look()
        self.look()


def total(home: Path) -> str:
    found = open_build(Home(home)).query("SELECT sum(amount) AS a FROM spend")
    return str(found["a"][0])


@needs_server
def test_what_arrives_is_loaded_once_and_again_when_it_changes(home: Path, bucket: str) -> None:
    at = Bucket(bucket)
    at.put_bytes("north/sites.csv", SITES.encode())
    at.put_bytes("north/spend.csv", spend(1).encode())
    at.put_bytes("north/later.csv.part", spend(2).encode())
    watch = Seen(home, bucket)
    watch.twice()
    assert watch.said("fetched") == ["north/sites.csv", "north/spend.csv"]
    assert sorted(watch.said("file")) == ["sites.csv", "spend.csv"]
    assert total(home) == "10.0000"
    # Another process, after the inbox was emptied: nothing is fetched or loaded anew.
    for path in Home(home).inbox.rglob("*.csv"):
        path.unlink()
    later = Seen(home, bucket)
    later.twice()
    assert later.said("fetched") == later.said("file") == []
    at.put_bytes("north/spend.csv", spend(1, "12.50").encode())
    later.twice()
    assert later.said("fetched") == ["north/spend.csv"]
    assert total(home) == "12.5000"


@needs_server
def test_a_store_that_is_away_is_tried_again_and_keeps_no_folder_waiting(
    home: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Home(home).make()
    (place.inbox / "sites.csv").write_text(SITES, encoding="utf-8")
    (place.inbox / "spend.csv").write_text(spend(3), encoding="utf-8")
    lines: list[dict[str, Any]] = []
    away = Drop(place, "s3://nothing/there")
    watch = Watch(place, [place.inbox], lines.append, quiet=0, drops=[away])
    watch.look()
    watch.look()
    events = [line["event"] for line in lines]
    assert events.count("put off") == 1  # the second look came before the rest was over
    assert total(home) == "10.0000"
    monkeypatch.setattr(watching, "FIRST", 0.0)
    watch._rests[0].until = 0.0
    watch.look()
    assert [line["event"] for line in lines].count("put off") == 2


@needs_server
def test_a_name_that_leads_out_of_the_inbox_is_left_where_it_is(
    home: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Bucket(bucket)
    at.put_bytes("fine.csv", SITES.encode())
    watch = Seen(home, bucket)
    [drop] = watch.drops
    objects = drop._objects()
    wrong = [type(objects[0])("../../out.csv", "x", 5, objects[0].moment)]
    monkeypatch.setattr(drop, "_objects", lambda: [*wrong, *objects])
    watch.twice()
    assert watch.said("not fetched") == ["../../out.csv"]
    assert watch.said("fetched") == ["fine.csv"]
    assert not list(home.parent.rglob("out.csv"))


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        *((name, True) for name in ("a.csv", "north/2026/a b.csv")),
        *((name, False) for name in ("../a.csv", "a/../../b.csv", "/etc/a.csv", "a//b.csv", "")),
        *((name, False) for name in ("./a.csv", "C:\\a.csv", "a\\..\\b.csv", "a\nb.csv")),
    ],
)
def test_names(name: str, inside: bool) -> None:
    assert is_inside(name) is inside


@pytest.mark.parametrize("url", ["s3://", "s3:///x", "s3://bucket/x?y=1", "http://bucket/x"])
def test_what_is_no_bucket_is_refused(home: Path, url: str) -> None:
    assert urlsplit(url).scheme
    with pytest.raises(UsageProblem, match="s3://bucket/prefix"):
        Drop(Home(home), url)
