"""The labour bridge on sites of one or two roles, and the sum that must always hold."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.causes.labour import (
    AMOUNTS,
    PARTS,
    RoleLabor,
    SiteLabor,
    add,
    bridge,
    bridge_sites,
)
from pipelines.errors import UsageProblem


def role(name, hours=0, pay=0, **more):
    return RoleLabor(name, Decimal(hours), Decimal(pay), **{k: Decimal(v) for k, v in more.items()})


def site(volume, *roles):
    return SiteLabor(None if volume is None else Decimal(volume), roles)


def parts(found):
    """The parts that say anything."""
    return {part: value for part, value in found.parts.items() if value}


def test_two_roles():
    """Budget 100 visits: RN 60 h at 50, aide 40 h at 20: 3,800, mean rate 38.

    Actual 110 visits: RN 60 h at 52, aide 60 h at 20: 4,320, so 520 more. Earned 110 h: volume
    10 × 38; 120 worked: efficiency 10 × 38; of 120 h RN should be 72: mix -12 × 50 + 12 × 20;
    rate 60 × 2.
    """
    found = bridge(
        site(100, role("RN", 60, 3000), role("aide", 40, 800)),
        site(110, role("RN", 60, 3120), role("aide", 60, 1200)),
    )
    assert parts(found) == {"volume": 380, "efficiency": 380, "mix": -360, "rate": 120}
    assert found.total == 520


def test_overtime_and_agency_cost_only_their_premium():
    """Budget 100 h at 40. Actual 80 h at 40, 10 h overtime at 60, 10 h agency at 90: 4,700.

    The hours are as budgeted; the premiums are 600 - 10 × 40 and 900 - 10 × 40.
    """
    extra = {"overtime_hours": 10, "overtime_pay": 600, "agency_hours": 10, "agency_cost": 900}
    found = bridge(site(50, role("RN", 100, 4000)), site(50, role("RN", 80, 3200, **extra)))
    assert parts(found) == {"overtime_premium": 200, "agency_premium": 500}


def test_pay_without_hours_is_other_pay():
    """A bonus of 300, an agency invoice of 250 without hours, straight pay of 50 without hours."""
    plan = site(10, role("RN", 10, 400))
    done = site(10, role("RN", 10, 400, other_pay=300, agency_cost=250), role(None, 0, 50))
    assert parts(bridge(plan, done)) == {"other_pay": 600}


def test_a_role_without_budget_has_its_own_line():
    plan = site(10, role("RN", 10, 400))
    done = site(10, role("RN", 10, 400), role("locum", agency_hours=5, agency_cost=1000))
    found = bridge(plan, done)
    assert parts(found) == {"unbudgeted_role": 1000}
    assert bridge(plan, plan).parts["unbudgeted_role"] is None


def test_a_role_only_in_the_budget_is_mix_and_efficiency():
    """Budget RN 10 h at 40, aide 10 h at 20; actual RN 10 h: 200 less.

    Efficiency -10 × 30; of 10 h RN should be 5 and aide 5: mix 5 × 40 - 5 × 20.
    """
    found = bridge(
        site(10, role("RN", 10, 400), role("aide", 10, 200)), site(10, role("RN", 10, 400))
    )
    assert parts(found) == {"efficiency": -300, "mix": 100}


def test_without_budgeted_volume_hours_are_new_activity():
    found = bridge(site(0, role("RN", 10, 400)), site(50, role("RN", 15, 600)))
    assert parts(found) == {"new_activity": 200}
    assert (found.parts["volume"], found.parts["efficiency"]) == (None, None)


def test_a_site_without_any_budget_is_new_activity():
    found = bridge(site(None), site(50, role("RN", 15, 600, other_pay=40)))
    assert parts(found) == {"new_activity": 600, "other_pay": 40}


@pytest.mark.parametrize(("before", "after"), [(None, 10), (10, None)])
def test_hours_are_not_split_where_volume_is_not_known(before, after):
    found = bridge(site(before, role("RN", 10, 400)), site(after, role("RN", 15, 630)))
    assert parts(found) == {"hours": 200, "rate": 30}


def test_where_one_side_has_only_agency_the_other_sides_rate_is_the_base():
    """Budget 10 h at 40; actual 10 h of agency at 90: all premium, no rate variance."""
    plan = site(10, role("RN", 10, 400))
    done = site(10, role("RN", agency_hours=10, agency_cost=900))
    assert parts(bridge(plan, done)) == {"agency_premium": 500}
    assert parts(bridge(done, plan)) == {"agency_premium": -500}


def test_where_both_sides_have_only_agency_its_price_is_the_rate():
    plan = site(10, role("RN", agency_hours=10, agency_cost=800))
    done = site(10, role("RN", agency_hours=10, agency_cost=900))
    assert parts(bridge(plan, done)) == {"rate": 100}


def test_fixed_hours_do_not_follow_volume():
    """Budget 100 visits, 120 h of which 20 fixed, at 10; 150 visits earn 170 h, 180 were worked."""
    plan = SiteLabor(Decimal(100), (role("RN", 120, 1200),), fixed_hours=Decimal(20))
    assert parts(bridge(plan, site(150, role("RN", 180, 1800)))) == {
        "volume": 500,
        "efficiency": 100,
    }


def test_the_cent_that_rounding_leaves_goes_into_the_largest_part():
    """Budget 2 visits, 1 h at 10.01; actual 3 visits, 2 h for 40.02: 30.01 more.

    Volume and efficiency are half an hour each, 5.005, rounded to 5.00; the rate is 2 × 10.00.
    The parts would sum to 30.00, so the rate takes the cent.
    """
    found = bridge(site(2, role("RN", 1, "10.01")), site(3, role("RN", 2, "40.02")))
    assert found.total == Decimal("30.01")
    assert parts(found) == {"volume": 5, "efficiency": 5, "rate": Decimal("20.01")}


def test_rows_of_one_role_are_added_up_first():
    whole = bridge(site(1, role("RN", 10, 400)), site(1, role("RN", 12, 500)))
    split = bridge(site(1, role("RN", 10, 400)), site(1, role("RN", 5, 300), role("RN", 7, 200)))
    assert split == whole


def test_sites_are_added_never_averaged():
    one = bridge(site(10, role("RN", 10, 400)), site(20, role("RN", 20, 800)))
    new = bridge(site(None), site(5, role("RN", 1, 50)))
    both = add([one, new])
    assert parts(both) == {"volume": 400, "new_activity": 50}
    assert (both.budget, both.actual) == (400, 850)
    assert add([]).total == 0


def test_frames_give_a_bridge_a_site():
    money = pl.Decimal(18, 2)
    budget = pl.DataFrame(
        {"site": ["B", "A"], "role": ["RN", "RN"], "straight_hours": [10.5, 10.0]}
    ).with_columns(straight_pay=pl.Series(["420", "400"]).cast(money))
    actual = budget.filter(site="A").with_columns(straight_pay=pl.lit("450").cast(money))
    volume = pl.DataFrame({"site": ["A"], "budget": [10], "actual": [10]})
    found = bridge_sites(budget, actual, volume)
    assert list(found) == ["A", "B"]
    assert parts(found["A"]) == {"rate": 50}
    assert parts(found["B"]) == {"hours": -420}


def test_frames_that_cannot_be_bridged_are_refused():
    good = pl.DataFrame({"site": ["A"], "role": ["RN"]})
    volume = pl.DataFrame({"site": ["A"], "budget": [1], "actual": [1]})
    for budget, volumes, says in (
        (good.drop("role"), volume, "lacks role"),
        (good.with_columns(other_pay=1.5), volume, "decimal"),
        (good.with_columns(currency=pl.lit("EUR")), volume, "currency"),
        (good, pl.concat([volume, volume]), "twice"),
    ):
        with pytest.raises(UsageProblem, match=says):
            bridge_sites(budget, good.with_columns(currency=pl.lit("USD")), volumes)


def test_a_number_that_is_none_is_refused():
    with pytest.raises(UsageProblem, match="finite"):
        bridge(site(1, role("RN", "NaN", 1)), site(1))


amounts = st.decimals(-(10**6), 10**6, places=2)
roles = st.builds(RoleLabor, st.sampled_from(["RN", "aide", None]), *[amounts] * len(AMOUNTS))
sites = st.builds(
    SiteLabor, st.none() | st.decimals(0, 10**4, places=1), st.lists(roles, max_size=4).map(tuple)
)


@given(sites, sites)
def test_the_parts_sum_to_the_total_to_the_cent(budget, actual):
    found = bridge(budget, actual)
    assert tuple(found.parts) == PARTS
    assert sum(v for v in found.parts.values() if v is not None) == found.total
    for side, money in ((budget, found.budget), (actual, found.actual)):
        pays = ("straight_pay", "overtime_pay", "agency_cost", "other_pay")
        assert money == sum(getattr(r, pay) for r in side.roles for pay in pays)


@given(st.lists(st.tuples(sites, sites), max_size=4))
def test_the_group_sums_too(pairs):
    each = [bridge(budget, actual) for budget, actual in pairs]
    group = add(each)
    assert sum(v for v in group.parts.values() if v is not None) == group.total
    assert group.total == sum(one.total for one in each)


@given(sites)
def test_as_budgeted_nothing_is_to_explain(labor):
    assert parts(bridge(labor, labor)) == {}
