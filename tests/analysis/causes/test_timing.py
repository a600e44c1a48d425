"""Timing, one-off and run-rate, each by hand, and their sum for any case."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.causes.timing import (
    PARTS,
    Billing,
    Case,
    CashPay,
    Told,
    kind_of,
    tell_apart,
)
from pipelines.calendar import add_months

D = Decimal
OCTOBER = date(2026, 10, 1)


def parts(told: Told) -> dict[str, Decimal]:
    """The parts that are not 0."""
    return {str(name): amount for name, amount in told.parts.items() if amount}


def months(*costs: int, before: date = OCTOBER) -> dict[date, Decimal]:
    """Costs of the months before, the last one last."""
    return {add_months(before, at - len(costs)): D(cost) for at, cost in enumerate(costs)}


def test_three_pay_dates_are_timing_but_for_the_days_of_the_month() -> None:
    """Checks of 100 on 2, 16 and 30 October: 31 days hold 31/14 = 2.214 of them, 221.43.

    So 78.57 of the 300 belong to other months; of the other 21.43 over the budget of 200 nothing
    is explained.
    """
    pay = CashPay(D(300), (date(2026, 10, 2), date(2026, 10, 16), date(2026, 10, 30)), 14)
    told = tell_apart(Case(OCTOBER, D(200), D(300), pay=pay))
    assert parts(told) == {"pay_dates": D("78.57"), "run_rate": D("21.43")}
    assert told.reasons[0].sentence == "3 pay dates fell in the month, whose days hold 2.2"
    assert told.kind == "timing"


def test_pay_twice_a_month_has_no_timing() -> None:
    pay = CashPay(D(300), (date(2026, 10, 15), date(2026, 10, 31)), 15)
    assert parts(tell_apart(Case(OCTOBER, D(200), D(300), pay=pay))) == {"run_rate": D(100)}


MONTHLY = ((1, D(70)),) * 6


@pytest.mark.parametrize(
    ("billing", "actual", "expected"),
    [
        # Not there yet, and the next month isn't known, or it has come then.
        (Billing("Brightway", MONTHLY, (0, D(0))), 30, {"to_come": -70}),
        (Billing("Brightway", MONTHLY, (0, D(0)), (2, D(140))), 30, {"to_come": -70}),
        # It has ended: that is no timing.
        (Billing("Brightway", MONTHLY, (0, D(0)), (0, D(0))), 30, {"run_rate": -70}),
        # September's came in October.
        (
            Billing("Brightway", (*MONTHLY[1:], (0, D(0))), (2, D(140))),
            170,
            {"other_months": 70},
        ),
        # Two invoices, and one in each other month: the price or the use has doubled.
        (Billing("Brightway", MONTHLY, (2, D(140)), (1, D(70))), 170, {"run_rate": 70}),
        # November's came in advance.
        (Billing("Brightway", MONTHLY, (2, D(140)), (0, D(0))), 170, {"other_months": 70}),
        # It bills now and then: nothing is usual.
        (
            Billing("Handyman", ((1, D(70)), (0, D(0))) * 3, (0, D(0))),
            30,
            {"run_rate": -70},
        ),
        # It bills a different amount each month.
        (
            Billing("Temps", tuple((1, D(n)) for n in (10, 70, 30, 120, 200, 50)), (0, D(0))),
            30,
            {"run_rate": -70},
        ),
    ],
)
def test_invoices_that_are_early_or_late(
    billing: Billing, actual: int, expected: dict[str, int]
) -> None:
    told = tell_apart(Case(OCTOBER, D(100), D(actual), billings=(billing,)))
    assert parts(told) == expected


def test_an_invoice_that_is_not_due_yet_says_by_when_it_comes() -> None:
    billing = Billing("Brightway", MONTHLY, (0, D(0)), None, 22)
    running = Case(OCTOBER, D(100), D(30), billings=(billing,), day=date(2026, 10, 12))
    [reason] = tell_apart(running).reasons
    assert reason.sentence == "Brightway usually bills by the 22nd: it is not due yet"


def test_a_flat_budget_is_held_against_the_season() -> None:
    """October cost 240 of 1,800 in the year before, a mean of 150: 1.6 times its twelfth.

    A budget of 1,200 a year, 100 each month, would have had 160 in October: 60 of 75 are phasing.
    """
    earlier = months(240, *[110] * 6, *[180] * 5)
    assert sum(earlier.values()) == 1800
    told = tell_apart(Case(OCTOBER, D(100), D(175), known=earlier, year=(D(100),) * 12))
    assert parts(told) == {"phasing": D("60.00"), "run_rate": D("15.00")}


def test_years_that_disagree_have_no_season() -> None:
    """October was dear in 2025 and cheap in 2024: that is chance."""
    two = months(50, *[110] * 11, 240, *[110] * 11)
    told = tell_apart(Case(OCTOBER, D(100), D(175), known=two, year=(D(100),) * 12))
    assert parts(told) == {"run_rate": D(75)}


def test_a_phased_budget_has_its_season_already() -> None:
    earlier = months(240, *[110] * 6, *[180] * 5)
    year = (D(160), *[D(90)] * 11)
    told = tell_apart(Case(OCTOBER, D(160), D(175), known=earlier, year=year))
    assert parts(told) == {"run_rate": D(15)}


def test_one_line_larger_than_a_usual_month_is_one_off() -> None:
    earlier = months(*[100] * 12)
    singles = (("Boiler & Co", D(500)), ("Screws Ltd", D(40)))
    told = tell_apart(Case(OCTOBER, D(100), D(640), known=earlier, singles=singles))
    assert parts(told) == {"one_off": D(500), "run_rate": D(40)}
    assert told.kind == "one_off"


def test_with_few_months_nothing_is_usual() -> None:
    told = tell_apart(
        Case(OCTOBER, D(100), D(640), known=months(*[100] * 5), singles=(("Boiler", D(500)),))
    )
    assert parts(told) == {"run_rate": D(540)}


def test_bonuses_above_the_usual_are_one_off() -> None:
    told = tell_apart(Case(OCTOBER, D(100), D(190), bonus=D(80), usual_bonus=D(10)))
    assert parts(told) == {"one_off": D(70), "run_rate": D(20)}
    usual = tell_apart(Case(OCTOBER, D(100), D(190), bonus=D(15), usual_bonus=D(10)))
    assert parts(usual) == {"run_rate": D(90)}


@pytest.mark.parametrize(
    ("amounts", "kind"),
    [
        ((0, 0, 0), "none"),
        ((60, 0, 40), "timing"),
        ((-70, 0, -30), "timing"),
        ((0, 51, 49), "one_off"),
        ((0, 50, 50), "mixed"),
        ((-100, 0, 150), "run_rate"),  # timing hides two thirds of what goes on
        ((-60, 160, -50), "one_off"),
    ],
)
def test_the_tag_is_what_makes_up_over_half(amounts: tuple[int, int, int], kind: str) -> None:
    assert kind_of(*map(D, amounts)) == kind


MONEY = st.decimals(-(10**6), 10**6, places=2)
BILLED = st.tuples(st.integers(0, 3), MONEY)


@given(
    st.builds(
        Case,
        month=st.sampled_from([OCTOBER, date(2024, 2, 1)]),
        budget=MONEY,
        actual=MONEY,
        pay=st.none()
        | st.builds(
            CashPay,
            MONEY,
            st.lists(st.dates(), max_size=5).map(tuple),
            st.sampled_from([7, 14, 15, 30]),
        ),
        billings=st.lists(
            st.builds(
                Billing,
                st.text(max_size=3),
                st.tuples(*[BILLED] * 6),
                BILLED,
                st.none() | BILLED,
                st.none() | st.integers(1, 31),
            ),
            max_size=3,
        ).map(tuple),
        known=st.lists(MONEY, max_size=26).map(lambda c: months(*map(int, c))),
        year=st.lists(MONEY, max_size=12).map(tuple),
        singles=st.lists(st.tuples(st.text(max_size=3), MONEY), max_size=3).map(tuple),
        bonus=MONEY,
        usual_bonus=st.none() | MONEY,
        day=st.none() | st.dates(),
    )
)
def test_the_parts_add_up_to_the_cent(case: Case) -> None:
    told = tell_apart(case)
    assert sum(told.parts.values()) == case.actual - case.budget == told.variance
    assert set(told.parts) == set(PARTS)
    for part in PARTS[:-1]:
        assert told.parts[part] == sum(r.amount for r in told.reasons if r.part == part)
    assert all(amount == round(amount, 2) for amount in told.parts.values())
