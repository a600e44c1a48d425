"""The spend bridge on one or two lines, and what must hold for any."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.causes.lines import bridge_of, grouped
from pipelines.analysis.causes.spend import PARTS, Charge, compare_spend, undated
from pipelines.errors import UsageProblem


def bill(amount, quantity=0, price=0, *, site="ELM", supplier="Brightway", **more):
    """A charge; `price` is that of one unit."""
    number, priced = Decimal(quantity), Decimal(quantity) * Decimal(price)
    given = {"item": "cleaning", "currency": "USD", **more}
    return Charge(site, supplier, Decimal(amount), quantity=number, priced=priced, **given)


def parts(lines):
    """The parts that say anything."""
    return {part: v for part, v in bridge_of(lines, PARTS).parts.items() if v}


def test_price_and_quantity_of_what_states_both():
    """10 × 80 to 12 × 90: 280 more, 2 × 80 for the quantity and 12 × 10 for the price."""
    lines = compare_spend([bill(800, 10, 80)], [bill(1080, 12, 90)])
    assert parts(lines) == {"quantity": 160, "price": 120}


def test_two_items_are_never_priced_as_one():
    """Same total quantity and prices, more of the dear one: all of it is quantity, 10 × (9 - 1)."""
    lines = compare_spend(
        [bill(20, 20, 1, item="towels"), bill(90, 10, 9, item="sheets")],
        [bill(10, 10, 1, item="towels"), bill(180, 20, 9, item="sheets")],
    )
    assert parts(lines) == {"quantity": 80}
    assert grouped(lines, PARTS, ["item"])["USD", "towels"].parts["quantity"] == -10


def test_what_a_line_holds_beyond_quantity_times_price_is_amount():
    """Freight of 20 on 10 × 80 becomes a discount of 5 on 10 × 80."""
    lines = compare_spend([bill(820, 10, 80)], [bill(795, 10, 80)])
    assert parts(lines) == {"amount": -25}
    assert lines[0].parts["price"] == 0


@pytest.mark.parametrize("before", [(0, 0), (10, 80)])
def test_an_amount_without_quantity_in_both_periods_is_not_split(before):
    lines = compare_spend([bill(800, *before)], [bill(1080)])
    assert parts(lines) == {"amount": 280}


def test_a_new_and_an_ended_item_of_the_same_supplier():
    lines = compare_spend(
        [bill(800, 10, 80), bill(33, 3, 10, item="mops")],
        [bill(800, 10, 80), bill(50, 5, 10, item="brooms"), bill(7, item="postage")],
    )
    assert parts(lines) == {"new_item": 50, "ended_item": -30, "amount": 7 - 3}


def test_new_and_ended_contracts_and_suppliers():
    lines = compare_spend(
        [bill(100, contract="C-1"), bill(40, supplier="Handyman"), bill(5)],
        [bill(130, contract="C-2"), bill(60, supplier="Plumber"), bill(6)],
    )
    assert parts(lines) == {
        "amount": 1,
        "new_contract": 130,
        "ended_contract": -100,
        "new_supplier": 60,
        "ended_supplier": -40,
    }


def test_a_supplier_who_comes_under_contract_is_not_ended():
    """Brightway's 100 without contract become 120 under C-1: a new contract, and 100 less else."""
    lines = compare_spend([bill(100)], [bill(120, contract="C-1")])
    assert parts(lines) == {"amount": -100, "new_contract": 120}


def test_a_contract_is_new_at_each_site_of_its_own():
    lines = compare_spend(
        [bill(100, contract="C-1"), bill(1, site="OAK", supplier="Printwell")],
        [bill(100, contract="C-1"), bill(70, site="OAK", contract="C-1"),
         bill(1, site="OAK", supplier="Printwell")],
    )  # fmt: skip
    assert parts(lines) == {"new_contract": 70}


def test_invoices_of_a_contract_that_ran_in_both_periods_are_timing():
    parties = {
        ("ELM", "C-1", None): ("invoiced", "running"),
        ("ELM", "C-2", None): ("running", "invoiced"),
        ("ELM", None, "Handyman"): ("invoiced", "absent"),
    }
    lines = compare_spend(
        [bill(100, contract="C-1"), bill(9, supplier="Handyman")],
        [bill(30, contract="C-2")],
        parties,
    )
    assert parts(lines) == {"timing": -70, "ended_supplier": -9}


def test_sites_opened_or_closed_are_on_lines_of_their_own():
    lines = compare_spend(
        [bill(10, site="OAK"), bill(3, site="PIN")],
        [bill(30, site="PIN"), bill(5, site="NEW")],
        standing={"PIN": "opened", "NEW": "opened", "OAK": "closed"},
    )
    assert parts(lines) == {"opened": 32, "closed": -10}


def test_lines_of_one_thing_are_added_up_first():
    """A credit of one piece at -80 gives back a piece: 11 - 1 pieces are as many as before."""
    lines = compare_spend([bill(800, 10, 80)], [bill(880, 11, 80), bill(-80, -1, 80)])
    assert len(lines) == 1
    assert parts(lines) == {}


def test_a_number_that_is_none_is_refused():
    with pytest.raises(UsageProblem, match="finite"):
        compare_spend([bill("NaN")], [bill(1)])


@pytest.mark.parametrize(
    ("description", "says"),
    [
        ("Cleaning October", "cleaning"),
        ("Cleaning, Oct 2026", "cleaning"),
        ("RENT 01/10/2026 - 31/10/2026", "rent"),
        ("Rent 2026-10", "rent"),
        ("Q3 audit", "audit"),
        ("Gloves size 7.5", "gloves size 7.5"),
        ("Gauze 10/10", "gauze 10/10"),
        ("Marching band", "marching band"),
        ("October", None),
        (None, None),
    ],
)
def test_a_description_is_told_without_its_dates(description, says):
    assert undated(description) == says


amounts = st.decimals(-(10**6), 10**6, places=4)
names = st.sampled_from([None, "A", "B"])
charges = st.lists(
    st.builds(
        Charge, st.sampled_from(["ELM", "OAK"]), names, amounts, contract=names, account=names,
        item=names, quantity=amounts | st.just(Decimal(0)), priced=amounts,
        currency=st.sampled_from(["USD", "CAD"]),
    ),
    max_size=12,
)  # fmt: skip
standings = st.dictionaries(st.sampled_from(["ELM"]), st.sampled_from(["opened", "closed"]))
groupings = st.lists(
    st.sampled_from(["site", "supplier", "contract", "account", "item"]), unique=True
)


@given(charges, charges, standings, groupings)
def test_parts_sum_to_the_total_for_any_grouping(before, after, standing, by):
    found = grouped(compare_spend(before, after, standing=standing), PARTS, by)
    for one in found.values():
        assert tuple(one.parts) == PARTS
        assert sum(v for v in one.parts.values() if v is not None) == one.total
    for currency in ("USD", "CAD"):
        groups = [one for key, one in found.items() if key[0] == currency]
        spent = [sum(u.amount for u in side if u.currency == currency) for side in (before, after)]
        assert [sum(g.before for g in groups), sum(g.after for g in groups)] == spent


@given(charges, charges)
def test_swapping_the_periods_changes_the_sign_of_the_total(before, after):
    there = grouped(compare_spend(before, after), PARTS)
    back = grouped(compare_spend(after, before), PARTS)
    assert {key: -one.total for key, one in back.items()} == {k: o.total for k, o in there.items()}
    for key, one in there.items():
        for part in ("contract", "supplier", "item"):
            new, ended = one.parts[f"new_{part}"], back[key].parts[f"ended_{part}"]
            assert (new is None) == (ended is None)


@given(charges, charges)
def test_no_contract_of_one_period_is_lost(before, after):
    lines = compare_spend(before, after)
    sides = [{u.party for u in side} for side in (before, after)]
    for party in sides[0] ^ sides[1]:
        site, contract, _ = party
        if contract is None:
            continue
        sign, side = (1, after) if party in sides[1] else (-1, before)
        money = sign * sum(Fraction(u.amount) for u in side if u.party == party)
        part = "new_contract" if sign == 1 else "ended_contract"
        own = [u for u in lines if (u.names["site"], u.names["contract"]) == (site, contract)]
        assert sum(u.parts[part] for u in own) == money


plain = st.dictionaries(
    st.tuples(st.sampled_from(["ELM", "OAK"]), st.sampled_from(["sheets", "towels"])),
    st.tuples(st.integers(1, 9999), st.integers(1, 9999), st.integers(1, 999), st.integers(1, 999)),
)


@given(plain)
def test_an_unchanged_price_gives_no_price_variance(items):
    low, high = [
        [bill(n[i] * n[2], n[i], n[2], site=site, item=item) for (site, item), n in items.items()]
        for i in (0, 1)
    ]
    assert not bridge_of(compare_spend(low, high), PARTS).parts["price"]


@given(plain)
def test_an_unchanged_quantity_gives_no_quantity_variance(items):
    low, high = [
        [bill(n[0] * n[i], n[0], n[i], site=site, item=item) for (site, item), n in items.items()]
        for i in (2, 3)
    ]
    assert not bridge_of(compare_spend(low, high), PARTS).parts["quantity"]
