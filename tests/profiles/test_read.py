"""A profile with a slip in it is refused with its file, the place and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ProfileProblem
from pipelines.profiles import known_profiles, read_profile

GOOD = """
name = "acme"
title = "Acme: bills"
system = "acme"
amount = "total"
policy = "replace"
slice = ["number"]
[columns.number]
headings = ["No"]
required = true
[columns.day]
headings = ["Day"]
kind = "date"
formats = ["%d.%m.%Y"]
[columns.total]
headings = ["Total"]
kind = "money"
[[facts]]
feed = "spend"
document = "number"
line = "=1"
date = "day"
amount = "total"
"""


def write(folder: Path, text: str, name: str = "acme.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_good_profile(tmp_path: Path) -> None:
    assert read_profile(write(tmp_path, GOOD)).feeds == ("spend",)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('name = "acme"', 'nmae = "acme"',
         "the top of the file has an unknown entry `nmae` (did you mean `name`?)"),
        ('name = "acme"', "", "has no `name`; every profile states it"),
        ('name = "acme"', "name = 4",
         "the top of the file has `name`, which must be text in quotes"),
        ('policy = "replace"', 'policy = "replce"',
         "has policy `replce`; known policies: replace, upsert"),
        ('amount = "total"\npolicy', 'amount = "totl"\npolicy',
         "slice, amount, order or names names column `totl`, which is not declared "
         "(did you mean `total`?)"),
        ('slice = ["number"]', 'aggregate = ["nubmer"]',
         "aggregate names column `nubmer`, which is not declared (did you mean `number`?)"),
        ('slice = ["number"]', 'slice = "number"',
         "the top of the file has `slice`, which must be a list of texts"),
        ('slice = ["number"]', 'slice = ["@file_month"]',
         "slices by @file_month, and so needs `file_month`, a date column"),
        ('headings = ["No"]', 'headings = "No"',
         "[columns.number] has `headings`, which must be a list of texts"),
        ('headings = ["No"]', 'heading = ["No"]',
         "[columns.number] has an unknown entry `heading` (did you mean `headings`?)"),
        ("required = true", 'required = "yes"',
         "[columns.number] has `required`, which must be true or false, without quotes"),
        ("required = true", "percent = true",
         '[columns.number] has `percent`, which must be "points" (12.5 % is 12.5) or "share" '),
        ('headings = ["Total"]', 'headings = ["Total"]\ninstead = ["sum"]',
         "[columns.total] names column `sum`, which is not declared"),
        ('policy = "replace"', 'policy = "replace"\nleast = "four"',
         "the top of the file has `least`, which must be a whole number from 0 on"),
        ('[[facts]]', '[derive.sum]\nfrom = "total"\nrunning = "number"\n[[facts]]',
         "[derive.sum] needs both `running` and `along`, or neither"),
        ('[[facts]]', '[derive.sum]\nfrom = "total"\notherwise = "{totl}"\n[[facts]]',
         "[derive.sum] names column `totl`, which is not declared (did you mean `total`?)"),
        ('kind = "money"', 'kind = "mony"', "[columns.total] has kind `mony`; known kinds: "),
        ('formats = ["%d.%m.%Y"]', 'pattern = "(("',
         "[columns.day] has a pattern that is no regex"),
        ('feed = "spend"', 'feed = "spnd"',
         "[[facts]] names no known feed (did you mean `spend`?)"),
        ('amount = "total"\n', 'amout = "total"\n', None),
        ('date = "day"', 'date = "dya"',
         "[[facts]] of feed spend names column `dya`, which is not declared (did you mean `day`?)"),
        ('date = "day"', 'date = "=soon"',
         "[[facts]] of feed spend sets `date` to `soon`, which is no date"),
        ('date = "day"', "date = {}",
         "[[facts]] of feed spend has a cell that needs exactly one of column, constant, text, "
         "count"),
        ('line = "=1"', "line = 1",
         "[[facts]] of feed spend holds a value that is neither text nor a table"),
        ('line = "=1"', 'skip_blank = "hours"',
         "[[facts]] of feed spend skips by `hours`, which the feed has not"),
        ("[columns.number]", "[derive.total]\n[columns.number]",
         "[derive.total] needs either `from`, a column, or `text`, or `plus` and `minus`, and not "
         "more than one of them"),
        ("required = true", 'words = ["none"]',
         "[columns.number] has `words`, which must be a table"),
        ('feed = "spend"', 'feed = "spend"\nwhere = { stat = ["open"] }',
         "[[facts]] of feed spend names column `stat`, which is not declared"),
        ('feed = "spend"', 'feed = "spend"\nwhere = { number = "1" }',
         "[[facts]] of feed spend has `number`, which must be a list of texts"),
        ("[columns.number]", '[derive.first]\nfrom = ["number", "dya"]\n[columns.number]',
         "[derive.first] names column `dya`, which is not declared (did you mean `day`?)"),
        ("[columns.number]", '[sites]\nname = "number"\n[columns.number]',
         "[sites] has no `site`; it says which column names the site"),
        ("required = true", "occurrence = 0",
         "[columns.number] has `occurrence`, which must be a whole number from 1"),
        ('date = "day"', 'date = { column = "day", months = "1" }',
         "[[facts]] of feed spend has a `months` that is no whole number"),
        ('amount = "total"\n', 'amount = { column = "total", times = 2 }\n', None),
        ('date = "day"', 'date = { column = "day", less = ["dya"] }',
         "[[facts]] of feed spend names column `dya`, which is not declared (did you mean `day`?)"),
        ('policy = "replace"', 'amount_also = ["totl"]',
         "slice, amount, order or names names column `totl`, which is not declared"),
        ('policy = "replace"', "refuse = true",
         "the top of the file has `refuse`, which must be text in quotes"),
        ("[columns.number]", '[derive.x]\nfrom = ["day", "dya"]\n[columns.number]',
         "[derive.x] names column `dya`, which is not declared (did you mean `day`?)"),
        ("[columns.number]", '[context.day]\npattern = "x"\n[columns.number]',
         "[context.day] needs a `pattern` with exactly one group"),
    ],
)  # fmt: skip
def test_a_slip(tmp_path: Path, right: str, wrong: str, said: str | None) -> None:
    assert right in GOOD
    path = write(tmp_path, GOOD.replace(right, wrong))
    with pytest.raises(ProfileProblem) as problem:
        read_profile(path)
    assert str(problem.value).startswith(f"profile acme.toml: {said or ''}")
    assert str(problem.value).endswith(".")


def test_a_profile_that_refuses_needs_no_facts(tmp_path: Path) -> None:
    start, _, _ = GOOD.partition("[[facts]]")
    path = write(tmp_path, start.replace('policy = "replace"', 'refuse = "is no bill."'))
    assert (read_profile(path).feeds, read_profile(path).refuse) == ((), "is no bill.")


def test_a_heading_of_each_year(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace('["Total"]', '["Total", "Total {year}"]'))
    headings = read_profile(path).sources[2].headings
    assert headings[0] == "Total"
    assert {"Total 2000", "Total 2026", "Total 2050"} <= set(headings)


def test_a_constant_that_is_none_of_the_choices(tmp_path: Path) -> None:
    text = GOOD.replace('feed = "spend"', 'feed = "labor"\nkind = "=emploee"')
    text = text.replace('document = "number"', "").replace('line = "=1"', "")
    path = write(tmp_path, text.replace('date = "day"', 'period_end = "day"'))
    with pytest.raises(ProfileProblem, match=r"`kind` to `emploee`.*did you mean `employee`"):
        read_profile(path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name = ", "profile acme.toml is no valid TOML: Invalid value (at end of document). "
         "Mend that line."),
        ("name = 'Bücher'".encode("cp1252"),
         "profile acme.toml is not UTF-8. Save it as UTF-8."),
    ],
)  # fmt: skip
def test_no_toml(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "acme.toml"
    path.write_bytes(data)
    with pytest.raises(ProfileProblem) as problem:
        read_profile(path)
    assert str(problem.value) == said


def test_a_profile_of_the_home_wins_by_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace('name = "acme"', 'name = "uk_spend"'))
    assert known_profiles(tmp_path)["uk_spend"].title == "Acme: bills"
    assert known_profiles()["uk_spend"].title == "UK public body: published spend"
