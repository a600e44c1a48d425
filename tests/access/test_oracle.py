"""Random questions of every role, against homes that never held anything else.

The oracle of what a viewer may see is a home of its own: loaded from the same rows without those
of other sites, and asked by its owner. Whatever a limited viewer is told must be what stands there.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.access.people import Person, Viewer
from pipelines.calendar import Period, add_months, month_span
from pipelines.errors import NotShown, UsageProblem
from pipelines.metrics import METRICS, Aggregation
from pipelines.metrics.ask import Answer, ask
from pipelines.metrics.rows import rows
from pipelines.metrics.shown import FEW, NO_PART, NOT_YOURS, tells_pay
from pipelines.settings import Home
from pipelines.warehouse.limits import subject_of
from pipelines.warehouse.needs import NEEDS
from pipelines.warehouse.reader import Reader
from tests.metrics import group as data
from tests.metrics.conftest import load_folder, write

pytestmark = pytest.mark.xdist_group("oracle")  # its homes are loaded once
CODES = {"ELM": ("ELM", "E-1"), "OAK": ("OAK",), "PIN": ("PIN",), "RIV": ("RIV",),
         "LAK": ("LAK",), "TOR": ("TOR",)}  # fmt: skip
SCOPES = {"ELM": ("ELM",), "North": ("ELM", "PIN", "LAK"), "two": ("OAK", "RIV")}
PEOPLE = {
    "director": Person("d", "", "director"),
    "regional manager": Person("r", "", "regional-manager", regions=("North",)),
    "site manager": Person("s", "", "site-manager", sites=("ELM",)),
    "paid manager": Person("p", "", "site-manager", sites=("OAK", "RIV"), pay=True),
    "analyst": Person("a", "", "analyst"),
    "steward": Person("w", "", "data-steward", rows=False),
    "buyer": Person("b", "", "analyst", subjects=("supplies", "contracts")),
}
ROOMS = {"regional manager": "North", "site manager": "ELM", "paid manager": "two"}
BY = ["site", "region", "site_kind", "month", "quarter", "role", "kind", "pay_class", "category",
      "subject", "supplier", "priority"]  # fmt: skip
WHERE = {
    "site": ["ELM", "OAK", "PIN", "RIV", "LAK", "TOR"], "region": ["North", "South", "Canada"],
    "role": ["RN", "CNA"], "kind": ["employee", "agency"],
}  # fmt: skip
# Marks that look at the whole group on purpose: whether an invoice is on a contract that another
# site, or the group, has; until when a system has written anything, for whichever site. Those are
# held against the whole home, filtered for the same sites.
MARKED = {
    metric.name for metric in METRICS.values()
    for measure in (metric.numerator, metric.denominator)
    if measure and ("on_contract" in measure.where or measure.table == "contract_lines"
                    or metric.aggregation is Aggregation.SURVIVAL
                    or "known_until" in f"{measure.value} {measure.where}")
}  # fmt: skip
COLUMNS = ("value", "numerator", "denominator", "previous", "year", "currency")


@dataclass(frozen=True)
class Homes:
    whole: Reader
    alone: dict[str, Reader]  # by the scope's name


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    folder = tmp_path_factory.mktemp("oracle")
    return Homes(
        home_of(folder / "whole", None),
        {name: home_of(folder / name, sites) for name, sites in SCOPES.items()},
    )


def home_of(folder: Path, sites: tuple[str, ...] | None) -> Reader:
    kept = None if sites is None else {code for site in sites for code in CODES[site]}
    for feed, found in data.final_rows().items():
        lines = [row for row in found if kept is None or row.get("site") in kept]
        if lines:
            write(folder / "in", feed, lines)
    return load_folder(folder / "in", Home(folder / "home"))


def question(chance: random.Random) -> dict[str, Any]:
    """A question that the app, the command line or a forged address could ask."""
    first = add_months(date(2025, 1, 1), chance.randrange(15))
    period = month_span(first, chance.choice([1, 1, 2, 3, 12]))
    if chance.random() < 0.15:
        period = Period(period.start.replace(day=chance.randint(1, 20)), period.stop)
    by = tuple(chance.sample(BY, chance.choice([0, 1, 1, 2])))
    where = {
        name: chance.sample(values, chance.randint(1, 2))
        for name, values in WHERE.items() if chance.random() < 0.2
    }  # fmt: skip
    compare = tuple(n for n in ("previous", "year") if chance.random() < 0.3)
    return {
        "metric": chance.choice(sorted(METRICS)), "period": period, "by": by, "where": where,
        "compare": compare,
    }  # fmt: skip


def told(answer: Answer, by: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What an answer says, by its dimensions; rows that say nothing are left out."""
    keys = [n for n in answer.frame.columns if n in (*by, "start", "currency")]
    return {
        tuple(row[k] for k in keys): {n: row.get(n) for n in COLUMNS if n != "currency"}
        for row in answer.frame.iter_rows(named=True)
        if any(row.get(n) not in (None, 0) for n in COLUMNS if n != "currency")
    }


def same(mine: dict[Any, dict[str, Any]], true: dict[Any, dict[str, Any]]) -> bool:
    """Whether two answers say the same.

    That an export has come for a month is known from all sites' rows together, where a site may
    rightly have none: there the oracle alone may not know whether 2 open issues are all of them.
    """
    return mine.keys() == true.keys() and all(
        value == true[key][name] or (name not in ("numerator", "denominator")
                                     and true[key][name] is None)
        for key, said in mine.items() for name, value in said.items()
    )  # fmt: skip


def asked(reader: Reader, told_of: dict[str, Any]) -> Answer | str:
    try:
        return ask(reader, **told_of)
    except UsageProblem as refusal:
        return str(refusal)


def of_subjects(viewer: Viewer, name: str) -> bool:
    """Whether a metric is about a viewer's subjects alone, by its catalogue entry."""
    metric = METRICS[name]
    subjects = {metric.domain, *(subject_of(NEEDS[need].feed) for need in metric.needs)} - {None}
    known = viewer.subjects
    return known is None or subjects <= {*known, "budget"}


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_nobody_is_told_more_than_what_is_theirs(homes: Homes, who: str) -> None:
    check(homes, who, range(30))


@pytest.mark.soak
@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_nobody_is_told_more_in_thousands_of_questions(homes: Homes, who: str) -> None:
    check(homes, who, range(1000, 3000))


def check(homes: Homes, who: str, seeds: range) -> None:
    viewer = PEOPLE[who].viewer()
    limits = viewer.limits(homes.whole)
    limited = homes.whole.limited(limits)
    oracle = homes.alone[ROOMS[who]] if who in ROOMS else homes.whole
    answered = 0
    for seed in seeds:
        one = question(random.Random(seed))
        ours, theirs = asked(limited, one), asked(oracle, one)
        if one["metric"] in MARKED and limits.sites is not None:
            mine_of = set(one["where"].get("site", limits.sites)) & limits.sites
            kept = {**one, "where": {**one["where"], "site": sorted(mine_of) or ["none"]}}
            theirs = asked(homes.whole, kept)
        if isinstance(theirs, str) or isinstance(ours, str):
            assert isinstance(ours, str) == isinstance(theirs, str), one
            continue
        metric = METRICS[one["metric"]]
        if not of_subjects(viewer, one["metric"]):
            assert told(ours, one["by"]) == {}, one
            assert set(ours.frame["reason"]) <= {NOT_YOURS}, one
            continue
        mine, true = told(ours, one["by"]), told(theirs, one["by"])
        if viewer.subjects and metric.numerator.table in ("spend", "costs", "budget"):
            continue  # of all subjects together they see their own part
        pay = tells_pay(metric) and not viewer.pay
        if not pay:
            assert same(mine, true), one
        else:
            withheld = ours.frame.filter(ours.frame["reason"].is_in([FEW, NO_PART])).height
            parts = {*one["by"], *(n for n, v in one["where"].items() if v)}
            if not one["period"].whole_months:
                assert mine == {}, one
            elif not parts & {"role", "kind", "pay_class"}:
                assert same(mine, true), one
            elif parts & {"kind", "pay_class"}:
                assert mine == {}, one
            else:
                assert set(mine) <= set(true), one
                assert withheld or mine == true or not true, one
                for key, said in mine.items():
                    for name, value in said.items():
                        assert value in (None, true[key][name]), one
        answered += bool(mine)
        if one["metric"] in MARKED and limits.sites is not None:
            behind(limited, homes.whole, one, viewer, kept["where"])
        else:
            behind(limited, oracle, one, viewer)
    assert answered > len(seeds) // (30 if viewer.subjects else 10)


def behind(
    limited: Reader, oracle: Reader, one: dict[str, Any], viewer: Viewer, kept: Any = None
) -> None:
    """The rows behind it: as many and as much as the oracle has, or none.

    `kept` filters what the oracle is asked for, where it holds other sites too.
    """
    about = {n: one[n] for n in ("metric", "period", "where")}
    if not viewer.rows or (not viewer.pay and tells_pay(METRICS[one["metric"]])):
        with pytest.raises(NotShown):
            rows(limited, **about)
        return
    try:
        theirs = rows(oracle, **{**about, "where": kept or one["where"]})
    except UsageProblem:
        return
    ours = rows(limited, **about)
    if not viewer.pay and METRICS[one["metric"]].numerator.table == "costs":
        # Of what all subjects cost, the lines of pay are left out, and the budget they stand for.
        assert "labor" not in set(ours["feed"]), one
        lines = ("site", "day", "what")  # loads are numbered otherwise in a home of its own
        assert set(ours.select(lines).rows()) <= set(theirs.select(lines).rows()), one
        return
    kept = [n for n in ("site", "day", "what", "numerator", "denominator") if n in ours.columns]
    assert sorted(map(str, ours.select(kept).rows())) == sorted(
        map(str, theirs.select(kept).rows())
    ), one
