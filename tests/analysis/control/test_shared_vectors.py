"""The R package's answers, and textbook variances, from outside the repository.

`spc_vectors.json` holds NHS figures, so it is not checked in: it is read from `ROUNDS_SHARED`, or
from `../shared` beside the project.
"""

import json
import os
import warnings
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.analysis.causes.labour import RoleLabor, SiteLabor, bridge
from pipelines.analysis.control.options import Profile
from pipelines.analysis.control.points import Chart
from pipelines.analysis.control.spc import xmr

SHARED = Path(os.environ.get("ROUNDS_SHARED") or Path(__file__).parents[4] / "shared")
FILE = SHARED / "spc_vectors.json"
MISSING = f"CONTROL CHARTS ARE NOT CHECKED AGAINST THE R PACKAGE: {FILE} is missing"

if not FILE.exists():
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn(MISSING, stacklevel=1)
    pytest.skip(MISSING, allow_module_level=True)

SHARED_VECTORS = json.loads(FILE.read_text())
VECTORS = {v["id"]: v for v in SHARED_VECTORS["vectors"]}
MDC = {name: v for name, v in VECTORS.items() if "expected_mdc_2023_variant" in v}
LABOUR = {v["id"]: v for v in SHARED_VECTORS["labour_variance_vectors"]}
NEAR = {"rel": 0, "abs": SHARED_VECTORS["meta"]["tolerance"]}


def charted(vector: dict, profile: Profile) -> Chart:
    given = vector["input"]
    dates = [date.fromisoformat(day) for day in given["dates"]]
    return xmr(
        given["y"],
        dates=dates,
        direction={"increase": "up", "decrease": "down", "neutral": None}[
            given["improvement_direction"]
        ],
        target=given["target"],
        profile=profile,
        screen=given["screen_outliers"],
        rebase=[dates[i] for i in given["rebase_at_index0"] or ()],
        fix_after=given["fix_after_n_points"],
    )


def types(chart: Chart) -> list[str]:
    """The chart's point types as the R package spells them."""
    return [p.type if p.type == "common_cause" else f"special_cause_{p.type}" for p in chart.points]


def close(found: list, expected: list) -> bool:
    """Equal to the file's tolerance, None only where None is expected."""
    return [v is None for v in found] == [v is None for v in expected] and all(
        a == pytest.approx(b, **NEAR) for a, b in zip(found, expected, strict=True) if b is not None
    )


@pytest.mark.parametrize("name", VECTORS)
def test_limits_equal_the_r_package(name):
    chart, expected = charted(VECTORS[name], "nhsr"), VECTORS[name]["expected"]
    lines = [p.limits for p in chart.points]
    assert close([line.mean for line in lines], expected["mean"])
    assert close([line.lower for line in lines], expected["lpl"])
    assert close([line.upper for line in lines], expected["upl"])


@pytest.mark.parametrize("name", VECTORS)
def test_groups_equal_the_r_package(name):
    chart, expected = charted(VECTORS[name], "nhsr"), VECTORS[name]["expected"]["groups"]
    assert [(g.number, g.rows, g.rows < 13) for g in chart.groups] == [
        (g["rebase_group"], g["n"], g["short"]) for g in expected
    ]
    assert close([g.limits.upper for g in chart.groups], [g["upl"] for g in expected])


@pytest.mark.parametrize("name", VECTORS)
def test_signals_equal_the_r_package(name):
    chart, expected = charted(VECTORS[name], "nhsr"), VECTORS[name]["expected"]
    assert [p.outside for p in chart.points] == expected["outside_limits"]
    assert [p.side for p in chart.points] == expected["relative_to_mean"]
    assert [p.close for p in chart.points] == expected["close_to_limits"]
    assert [p.cause for p in chart.points] == expected["special_cause_type"]
    assert types(chart) == expected["point_type"]


@pytest.mark.parametrize("name", VECTORS)
def test_icons_equal_the_r_package(name):
    chart, expected = charted(VECTORS[name], "nhsr"), VECTORS[name]["expected"]
    assert types(chart)[-1] == expected["last_point_variation"]
    assert chart.variation == chart.points[-1].type
    assert chart.assurance == expected["assurance"]


@pytest.mark.parametrize("name", MDC)
def test_mdc_counts_points_beyond_the_limits_too(name):
    chart, expected = charted(MDC[name], "mdc"), MDC[name]["expected_mdc_2023_variant"]
    assert [p.cause for p in chart.points] == expected["special_cause_type"]
    assert types(chart) == expected["point_type"]


@pytest.mark.parametrize("name", sorted(VECTORS.keys() - MDC.keys()))
def test_mdc_equals_nhsr_where_the_new_rule_makes_no_difference(name):
    mdc, nhsr = charted(VECTORS[name], "mdc"), charted(VECTORS[name], "nhsr")
    assert [(p.cause, p.type) for p in mdc.points] == [(p.cause, p.type) for p in nhsr.points]


def test_royal_hospital():
    vector = LABOUR["royal_hospital_nursing"]
    plan, done, expected = vector["budget"], vector["actual"], vector["expected"]
    hours = Decimal(plan["volume"]) * Decimal(str(plan["hours_per_unit"]))
    found = bridge(
        SiteLabor(Decimal(plan["volume"]), (RoleLabor("RN", hours, hours * plan["rate"]),)),
        SiteLabor(
            Decimal(done["volume"]),
            (RoleLabor("RN", Decimal(done["hours"]), Decimal(done["cost"])),),
        ),
    )
    assert (found.budget, found.total) == (expected["budget_cost"], expected["total"])
    assert {part: found.parts[part] for part in ("volume", "efficiency", "rate", "mix")} == {
        "volume": expected["volume_variance"],
        "efficiency": expected["efficiency_variance"],
        "rate": expected["rate_variance"],
        "mix": 0,
    }


def test_home_health_with_fixed_hours():
    vector = LABOUR["home_health_fixed_hours"]
    plan, done = vector["budget"], vector["actual"]
    expected = vector["expected_rate_and_efficiency_only"]
    budgeted = Decimal(plan["fixed_hours"] + plan["rvus"])
    fixed = Decimal(plan["fixed_hours"])
    nurse = RoleLabor("RN", Decimal(done["hours"]), Decimal(done["cost"]))
    found = bridge(
        SiteLabor(
            Decimal(plan["rvus"]), (RoleLabor("RN", budgeted, Decimal(plan["cost"])),), fixed
        ),
        SiteLabor(Decimal(done["rvus"]), (nurse,)),
    )
    assert found.parts["rate"] == expected["rate_variance_unfavourable"]
    assert found.parts["efficiency"] == expected["efficiency_variance_unfavourable"]
    assert (found.parts["volume"], found.total) == (3200, 6760)
