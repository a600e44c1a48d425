"""The sections of a profile that describe reports: a slip is refused with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ProfileProblem
from pipelines.profiles import read_profile

GOOD = """
name = "acme"
title = "Acme: budget"
system = "acme"
amount = "amount"
[layout]
report = "Budget"
skip = "^Net income$"
fill = ["site"]
totals = ["sum"]
carry = { account = "full" }
[columns.site]
headings = ["Site"]
[columns.kind]
headings = ["Kind"]
[columns.sum]
headings = ["Sum"]
kind = "money"
[derive.net]
plus = ["sum"]
[wide.amount]
heading = "([A-Z]{3})"
period = "month"
year = "kind"
[[facts]]
feed = "budget"
wide = "amount"
where = { kind = ["Budget"] }
site = "site"
version = "{@period} plan"
account = "account"
month = "@period"
amount = "@value"
"""


def read(folder: Path, text: str) -> None:
    path = folder / "acme.toml"
    path.write_text(text, encoding="utf-8")
    read_profile(path)


def test_a_good_profile(tmp_path: Path) -> None:
    read(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('report = "Budget"', 'raport = "Budget"',
         "[layout] has an unknown entry `raport` (did you mean `report`?)"),
        ('account = "full"', 'account = "fool"',
         "[layout.carry] fills `account` with `fool`; known are: first, last, path, label, full"),
        ('account = "full"', 'site = "full"',
         "[layout.carry] fills `site`, which is a column of the file"),
        ('skip = "^Net income$"', 'total = "^Total"',
         "[layout] needs a `total` with exactly one group, the heading's name"),
        ('fill = ["site"]', 'fill = ["sight"]', "[layout] names column `sight`, which is not"),
        ('totals = ["sum"]', 'totals = "sum"',
         "[layout] has `totals`, which must be a list of texts"),
        ("([A-Z]{3})", "[A-Z]{3}",
         "[wide.amount] needs a `heading` with exactly one group, the period"),
        ('period = "month"', 'period = "week"',
         "[wide.amount] has period `week`; known are: year, month, number"),
        ('year = "kind"', 'year = "kin"', "[wide.amount] names column `kin`, which is not"),
        ('period = "month"\nyear = "kind"', 'period = "number"',
         "[wide.amount] numbers its periods, and so needs `year`"),
        ('year = "kind"', "starts = 13",
         "[wide.amount] has `starts`, which must be a month's number, 1 to 12"),
        ('year = "kind"', 'named = "middle"',
         "[wide.amount] has named `middle`; known are: end, start"),
        ('wide = "amount"\n', "",
         "[[facts]] of feed budget names column `@period`, which is not"),
        ('where = { kind = ["Budget"] }', 'where = { kin = ["Budget"] }',
         "[[facts]] of feed budget names column `kin`, which is not"),
        ('plus = ["sum"]', 'plus = ["some"]', "[derive.net] names column `some`, which is not"),
        ('plus = ["sum"]', 'plus = ["sum"]\nfrom = "sum"',
         "[derive.net] needs either `from`, a column, or `text`, or `plus` and `minus`"),
    ],
)  # fmt: skip
def test_a_slip(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    with pytest.raises(ProfileProblem) as problem:
        read(tmp_path, GOOD.replace(right, wrong))
    assert said in str(problem.value)
