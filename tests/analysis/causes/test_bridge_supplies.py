"""The supplies bridge on one or two items, and what must hold for any."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.causes.lines import add, bridge_of, grouped
from pipelines.analysis.causes.supplies import PARTS, Use, compare_supplies
from pipelines.errors import UsageProblem


def use(item, quantity=0, value=0, unpriced=0, *, site="ELM", unit=None, currency="USD"):
    amounts = (Decimal(number) for number in (quantity, value, unpriced))
    return Use(site, item, *amounts, unit, currency)


def volumes(before, after, site="ELM"):
    return {site: tuple(None if v is None else Decimal(v) for v in (before, after))}


def parts(lines):
    """The parts that say anything."""
    return {part: v for part, v in bridge_of(lines, PARTS).parts.items() if v}


def test_the_published_case_holds_for_things_as_for_hours():
    """Royal Hospital (https://wizedu.com/questions/644335/), its hours taken as units.

    1,200 patient days at 1.5 units of 36.00 are 64,800; 1,300 days took 2,275 units for 84,175.
    Volume 100 × 1.5 × 36, usage (2,275 - 1,950) × 36, price 2,275 × (37 - 36).
    """
    lines = compare_supplies(
        [use("GLV", 1800, 64800)], [use("GLV", 2275, 84175)], volumes(1200, 1300)
    )
    assert parts(lines) == {"volume": 5400, "usage": 11700, "price": 2275}
    whole = bridge_of(lines, PARTS)
    assert (whole.before, whole.after, whole.total) == (64800, 84175, 19375)


def test_each_item_has_a_price_of_its_own():
    """100 to 120 visits. Gloves 10 × 8 to 15 × 9; syringes 50 × 0.40 to 60 × 0.40: +59.

    Gloves: volume 2 × 8, usage 3 × 8, price 15 × 1. Syringes: volume 10 × 0.40.
    """
    lines = compare_supplies(
        [use("GLV", 10, 80), use("SYR", 50, 20)],
        [use("GLV", 15, 135), use("SYR", 60, 24)],
        volumes(100, 120),
    )
    assert parts(lines) == {"volume": 20, "usage": 24, "price": 15}
    by_item = grouped(lines, PARTS, ["item"])
    assert by_item["USD", "SYR"].parts["volume"] == 4
    assert by_item["USD", "SYR"].parts["usage"] == 0


def test_items_of_one_period_are_new_or_ended():
    lines = compare_supplies(
        [use("GLV", 10, 80), use("OLD", 5, 50)], [use("GLV", 10, 80), use("NEW", 2, 30)], {}
    )
    assert parts(lines) == {"new_item": 30, "ended_item": -50}


def test_an_item_in_another_unit_is_another_item():
    """A box of 100 for 8.00 and a glove for 0.08 can't be compared by quantity."""
    lines = compare_supplies(
        [use("GLV", 10, 80, unit="box")], [use("GLV", 1000, 80, unit="each")], volumes(1, 1)
    )
    assert parts(lines) == {"new_item": 80, "ended_item": -80}


def test_a_quantity_without_price_is_no_thrift():
    """10 × 8 before. After: 12 were used, of which 5 have no price, and 7 cost 9 each: 63, so -17.

    At the same volume: usage 2 × 8, price 12 × 1, and 5 × 9 are not in the value.
    """
    lines = compare_supplies([use("GLV", 10, 80)], [use("GLV", 7, 63, 5)], volumes(100, 100))
    assert parts(lines) == {"usage": 16, "price": 12, "unpriced": -45}


def test_where_one_period_has_no_price_the_other_s_stands_for_it():
    lines = compare_supplies([use("GLV", 10, 80)], [use("GLV", 0, 0, 12)], volumes(10, 10))
    assert parts(lines) == {"usage": 16, "unpriced": -96}
    back = compare_supplies([use("GLV", 0, 0, 12)], [use("GLV", 10, 80)], volumes(10, 10))
    assert parts(back) == {"usage": -16, "unpriced": 96}


def test_an_item_without_any_price_adds_nothing():
    lines = compare_supplies([use("MSK", 0, 0, 10)], [use("MSK", 0, 0, 90)], volumes(10, 10))
    assert parts(lines) == {}
    assert [line.names["item"] for line in lines] == ["MSK"]


def test_money_without_a_quantity_has_its_own_line():
    """Ten issued at 5 and ten given back at 6 leave -10 and no quantity."""
    lines = compare_supplies([use("GLV", 10, 50)], [use("GLV", 0, -10)], volumes(10, 10))
    assert parts(lines) == {"usage": -50, "no_quantity": -10}


@pytest.mark.parametrize(("before", "after"), [(None, 100), (100, None)])
def test_quantity_is_not_split_where_volume_is_not_known(before, after):
    lines = compare_supplies([use("GLV", 10, 80)], [use("GLV", 15, 135)], volumes(before, after))
    assert parts(lines) == {"quantity": 40, "price": 15}


def test_without_volume_before_all_quantity_is_new_activity():
    lines = compare_supplies([use("GLV", 10, 80)], [use("GLV", 15, 135)], volumes(0, 100))
    assert parts(lines) == {"new_activity": 40, "price": 15}


def test_sites_that_cannot_be_compared_are_on_lines_of_their_own():
    sites = {"PIN": "opened", "OAK": "closed", "RIV": "one_sided"}
    lines = compare_supplies(
        [use("GLV", 10, 80, site="OAK"), use("GLV", 1, 8, site="PIN"), use("GLV", 1, 8)],
        [use("GLV", 3, 24, site="PIN"), use("GLV", 5, 40, site="RIV"), use("GLV", 1, 8)],
        volumes(1, 1),
        sites,
    )
    assert parts(lines) == {"opened": 16, "closed": -80, "one_sided": 40}
    by_site = grouped(lines, PARTS, ["site"])
    assert [key[1] for key in by_site] == ["ELM", "OAK", "PIN", "RIV"]
    assert by_site["USD", "PIN"].total == 16


def test_without_a_register_a_silent_site_is_one_sided():
    lines = compare_supplies([use("GLV", 10, 80)], [use("GLV", 1, 8, site="RIV")], {})
    assert parts(lines) == {"one_sided": -72}
    assert [line.parts for line in lines] == [{"one_sided": -80}, {"one_sided": 8}]


def test_rows_of_one_item_are_added_up_first():
    split = compare_supplies(
        [use("GLV", 4, 20), use("GLV", 6, 60)], [use("GLV", 10, 90)], volumes(5, 5)
    )
    assert split == compare_supplies([use("GLV", 10, 80)], [use("GLV", 10, 90)], volumes(5, 5))


def test_the_cent_that_rounding_leaves_goes_into_the_largest_part():
    """2 visits, 1 glove at 10.01; 3 visits, 2 gloves for 40.02: 30.01 more.

    Volume and usage are half a glove each, 5.005, rounded to 5.00; the price is 2 × 10.00 and
    takes the cent.
    """
    lines = compare_supplies([use("G", 1, "10.01")], [use("G", 2, "40.02")], volumes(2, 3))
    assert parts(lines) == {"volume": 5, "usage": 5, "price": Decimal("20.01")}


def test_the_largest_part_may_be_a_negative_one():
    """2 visits, 1 glove at 20.01; 3 visits, 2 gloves for 20.02: 0.01 more.

    Volume and usage are half a glove each, 10.005, rounded to 10.00; the price is 2 × -10.00.
    """
    lines = compare_supplies([use("G", 1, "20.01")], [use("G", 2, "20.02")], volumes(2, 3))
    assert parts(lines) == {"volume": 10, "usage": 10, "price": Decimal("-19.99")}


def test_currencies_are_never_mixed():
    lines = compare_supplies(
        [use("GLV", 1, 8), use("GLV", 1, 11, currency="CAD")],
        [use("GLV", 1, 9), use("GLV", 1, 13, currency="CAD")],
        volumes(1, 1),
    )
    assert {key: one.total for key, one in grouped(lines, PARTS).items()} == {
        ("CAD",): 2,
        ("USD",): 1,
    }
    with pytest.raises(UsageProblem, match="more than one currency"):
        bridge_of(lines, PARTS)


def test_what_cannot_be_compared_is_refused():
    lines = compare_supplies([use("GLV", 1, 8)], [use("GLV", 1, 8)], {})
    with pytest.raises(UsageProblem, match="group by in colour; known are site"):
        grouped(lines, PARTS, ["colour"])
    with pytest.raises(UsageProblem, match="finite"):
        compare_supplies([use("GLV", "NaN", 8)], [use("GLV", 1, 8)], {})


amounts = st.decimals(-(10**6), 10**6, places=4)
uses = st.lists(
    st.builds(
        Use, st.sampled_from(["ELM", "OAK", "RIV"]), st.sampled_from(["GLV", "SYR", "MSK"]),
        amounts, amounts, amounts, st.sampled_from([None, "box"]), st.sampled_from(["USD", "CAD"]),
    ),
    max_size=12,
)  # fmt: skip
counts = st.none() | st.decimals(0, 10**4, places=1)
known_volumes = st.dictionaries(st.sampled_from(["ELM", "OAK"]), st.tuples(counts, counts))
standings = st.none() | st.dictionaries(
    st.sampled_from(["ELM", "RIV"]), st.sampled_from(["opened", "closed", "one_sided"])
)
groupings = st.lists(st.sampled_from(["site", "item", "unit"]), unique=True)


@given(uses, uses, known_volumes, standings, groupings)
def test_parts_sum_to_the_total_for_any_grouping(before, after, volume, standing, by):
    lines = compare_supplies(before, after, volume, standing)
    found = grouped(lines, PARTS, by)
    for one in found.values():
        assert tuple(one.parts) == PARTS
        assert sum(v for v in one.parts.values() if v is not None) == one.total
    for currency in ("USD", "CAD"):
        groups = [one for key, one in found.items() if key[0] == currency]
        spent = [sum(u.value for u in side if u.currency == currency) for side in (before, after)]
        assert [sum(g.before for g in groups), sum(g.after for g in groups)] == spent
        whole = add(groups)
        assert sum(v for v in whole.parts.values() if v is not None) == whole.total
        assert whole.total == spent[1] - spent[0]


@given(uses, uses, known_volumes)
def test_all_parts_but_the_largest_are_right_to_the_cent(before, after, volume):
    lines = [u for u in compare_supplies(before, after, volume) if u.currency == "USD"]
    found = bridge_of(lines, PARTS)
    away = [
        part
        for part in PARTS
        if (value := found.parts[part]) is not None
        and abs(Fraction(value) - sum(u.parts.get(part, 0) for u in lines)) > Fraction("0.005")
    ]
    assert len(away) <= 1


@given(uses, uses, known_volumes)
def test_swapping_the_periods_changes_the_sign_of_the_total(before, after, volume):
    there = grouped(compare_supplies(before, after, volume), PARTS)
    swapped = {site: (b, a) for site, (a, b) in volume.items()}
    back = grouped(compare_supplies(after, before, swapped), PARTS)
    assert {key: -one.total for key, one in back.items()} == {k: o.total for k, o in there.items()}


@given(uses, uses)
def test_no_item_of_one_period_is_lost(before, after):
    lines = compare_supplies(before, after, {}, {})
    for sides, part in (((after, before), "new_item"), ((before, after), "ended_item")):
        only = {u.key for u in sides[0]} - {u.key for u in sides[1]}
        sign = 1 if part == "new_item" else -1
        expected = {
            key: sign * sum(Fraction(u.value) for u in sides[0] if u.key == key) for key in only
        }
        found = {
            (*(u.names[name] for name in ("site", "item", "unit")), u.currency): u.parts[part]
            for u in lines
            if part in u.parts
        }
        assert found == expected


plain = st.dictionaries(
    st.tuples(st.sampled_from(["ELM", "OAK"]), st.sampled_from(["GLV", "SYR"])),
    st.tuples(st.integers(1, 9999), st.integers(1, 9999), st.integers(1, 99999)),
)


@given(plain, st.integers(1, 999), st.integers(1, 999))
def test_an_unchanged_price_gives_no_price_variance(items, before, after):
    low, high = [
        [
            use(item, q[i], Decimal(q[2] * q[i]) / 100, site=site)
            for (site, item), q in items.items()
        ]
        for i in (0, 1)
    ]
    volume = {site: (Decimal(before), Decimal(after)) for site in ("ELM", "OAK")}
    assert not bridge_of(compare_supplies(low, high, volume), PARTS).parts["price"]


@given(plain, st.integers(1, 999), st.integers(2, 9))
def test_unchanged_usage_gives_no_usage_variance(items, visits, times):
    """Twice the visits and twice the gloves, at another price."""
    low = [use(item, q[0], q[1], site=site) for (site, item), q in items.items()]
    high = [use(item, q[0] * times, q[2], site=site) for (site, item), q in items.items()]
    volume = {site: (Decimal(visits), Decimal(visits * times)) for site in ("ELM", "OAK")}
    assert not bridge_of(compare_supplies(low, high, volume), PARTS).parts["usage"]
