"""Every feed's template loads as it is written, and its example row lands in the feed's table."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.feeds import FEEDS, Feed, literal
from tests.loading import facts, load, plain, rounds


def example(feed: Feed) -> dict[str, object]:
    """The example row as values; what may not be stored as written is left out."""
    shown: dict[str, object] = {}
    for column in feed.columns:
        value = literal(column.example, column.kind) if column.example else None
        shown[column.name] = plain(value)
    shown.pop("worker", None)
    return shown


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_loads(home: Path, tmp_path: Path, name: str, form: str) -> None:
    path = tmp_path / f"{name}.{form}"
    if form == "xlsx":
        assert rounds("template", name, "--xlsx", path).exit_code == 0
    else:
        path.write_text(rounds("template", name).stdout, encoding="utf-8")
    [outcome] = load(home, path)
    assert (outcome.profile, outcome.problem) == (f"rounds_{name}", None)
    assert outcome.loaded is not None
    assert (outcome.loaded.accepted, outcome.loaded.rows) == (1, {name: 1})
    expected = example(FEEDS[name])
    [row] = facts(home, name, ", ".join(f'"{column}"' for column in expected))
    assert dict(zip(expected, row, strict=True)) == expected


def test_the_example_row_fills_what_is_required() -> None:
    for feed in FEEDS.values():
        for column in feed.columns:
            assert column.example or not column.required, (feed.name, column.name)
            assert not column.choices or column.example in ("", *column.choices), column.name


def test_an_unknown_feed_is_told_the_known_ones() -> None:
    result = rounds("template", "labour")
    assert result.exit_code == 2
    assert result.stderr.startswith("rounds: There is no feed labour; known are sites, labor, ")
