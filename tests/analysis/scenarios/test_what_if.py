"""What levers change: worked by hand, and as properties of random groups.

The hand-worked site: 100 straight hours at 40, 10 % leave on it, 10 overtime hours at 60, 20
agency hours at 90, a bonus of 100, employer cost 20 % of gross pay. An hour of own staff costs
40 x 1.1 x 1.2 = 52.80; the month 4,000 + 400 + 600 + 100 = 5,100 gross, 1,020 employer cost and
1,800 agency, together 7,920.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.outlook.landing import Landing
from pipelines.analysis.scenarios.assumed import assumptions, check
from pipelines.analysis.scenarios.baseline import Baseline, Bought, Cell, Place, Staff
from pipelines.analysis.scenarios.foreseen import foreseen
from pipelines.analysis.scenarios.scenario import Scenario
from pipelines.analysis.scenarios.what_if import INTERACTION, Outcome, what_if
from pipelines.calendar import Period
from pipelines.errors import UsageProblem

NOV, DEC = date(2026, 11, 1), date(2026, 12, 1)
F = Fraction
PLACES = {
    "ELM": Place("Elmwood", "North", "Clinic"),
    "OAK": Place("Oakdale", "South", "Nursing home"),
}
RN = Staff(
    role="RN",
    straight_hours=F(100),
    rate=F(40),
    overtime_hours=F(10),
    overtime_rate=F(60),
    agency_hours=F(20),
    agency_rate=F(90),
    leave=F(1, 10),
    on_costs=F(1, 5),
    bonus=F(100),
    hire=F("52.8"),
)
STAFFING = Cell("ELM", NOV, "staffing", "USD", staff=(RN,), variable=F(4, 10))
SUPPLIES = Cell("ELM", NOV, "supplies", "USD", bought=(Bought("", F(1000)),), variable=F(9, 10))
RISEN = Bought("C-1", F(1236), F(3, 100), (DEC,))


def contracts(month: date, item: Bought) -> Cell:
    return Cell("ELM", month, "contracts", "USD", bought=(item, Bought("", F(50))))


def base(*cells: Cell) -> Baseline:
    spent = {("ELM", "staffing", "USD"): Decimal("70000.00")}
    return Baseline(cells, PLACES, spent, date(2026, 1, 1), date(2026, 10, 1), date(2026, 12, 31))


def play(text: str, *cells: Cell) -> Outcome:
    return what_if(base(*cells), Scenario.parse(text))


def parts(text: str, *cells: Cell) -> list[str]:
    """The levers' parts in order, the interaction last."""
    return [f"{amount:.2f}" for amount in play(text, *cells).parts("USD").values()]


def test_the_month_costs_what_it_was_made_of() -> None:
    assert STAFFING.amount == 7920
    assert base(STAFFING).landing("USD") == Decimal("77920.00")


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("agency:-20", "-148.80"),  # 4 h: 4 x 52.80 - 4 x 90
        ("agency:-20@how=drop", "-360.00"),
        ("agency:-100", "-744.00"),  # 20 x (52.80 - 90)
        ("overtime:-50", "-96.00"),  # 5 h: 5 x 52.80 - 5 x 60 x 1.2
        ("overtime:-50@how=drop", "-360.00"),
        ("wage:5", "300.00"),  # of 4,400 x 1.2 + 600 x 1.2; the bonus stays
        ("wage:5@role=RN", "300.00"),
        ("wage:5@role=LPN", "0.00"),
        ("volume:-5", "-156.00"),  # 40 % follow: 2 % of 7,920 less the bonus's 120
        ("price:10", "0.00"),  # pay is not a price
        ("agency:-20@region=North", "-148.80"),
        ("agency:-20@region=South", "0.00"),
        ("agency:-20@site=ELM,kind=Nursing home", "0.00"),
        ("agency:-20@from=2026-12", "0.00"),
        ("agency:-20@to=2026-11", "-148.80"),
    ],
)
def test_one_lever_on_the_hand_worked_site(text: str, change: str) -> None:
    assert parts(text, STAFFING) == [change, "0.00"]


def test_four_levers_and_their_interaction() -> None:
    """Together: 0.98 x [(5,280 + 360 + 9 x 52.80) x 1.05 + 1,440] + 120 = 7,823.7408."""
    text = "agency:-20~overtime:-50~wage:5~volume:-5"
    assert parts(text, STAFFING) == ["-148.80", "-96.00", "300.00", "-156.00", "4.54"]
    outcome = play(text, STAFFING)
    assert outcome.change("USD") == Decimal("-96.26")
    assert outcome.landing("USD") == Decimal("77823.74")


def test_supplies_follow_volume_and_price() -> None:
    """1,000 x 0.955 = 955; x 1.04 = 993.20, which is 1.80 less than -45 and +40 make."""
    assert parts("volume:-5~price:4", SUPPLIES) == ["-45.00", "40.00", "-1.80"]
    assert parts("price:4@subject=contracts", SUPPLIES) == ["0.00", "0.00"]


def test_an_escalator_counts_from_the_anniversary_on() -> None:
    """1,200 rose by 3 % to 1,236 in December; by 5 % it would be 1,260."""
    cells = contracts(NOV, Bought("C-1", F(1200), F(3, 100))), contracts(DEC, RISEN)
    assert parts("escalator:2", *cells) == ["24.00", "0.00"]
    assert parts("escalator:2@contract=C-2", *cells) == ["0.00", "0.00"]
    assert parts("escalator:2@from=2027-01", *cells) == ["0.00", "0.00"]
    assert parts("escalator:-3", *cells) == ["-36.00", "0.00"]


def test_a_price_can_be_one_contract_s() -> None:
    assert parts("price:10@contract=C-1", contracts(DEC, RISEN)) == ["123.60", "0.00"]
    assert parts("price:10", contracts(DEC, RISEN)) == ["128.60", "0.00"]


def test_levers_of_one_kind_multiply() -> None:
    """Half of the agency hours, and half of the rest: 5 stay of 20.

    15 x 52.80 + 450 is 558 less; with the second half dropped 528 + 450 is 822 less.
    """
    assert parts("agency:-50~agency:-50", STAFFING) == ["-372.00", "-372.00", "186.00"]
    assert parts("agency:-50~agency:-50@how=drop", STAFFING) == ["-372.00", "-900.00", "450.00"]


def test_agency_invoices_without_hours_are_priced_like_those_with() -> None:
    """900 charged at 1.8 times the cost of own staff: 500 of own staff would do the same."""
    billed = Staff(role="Agency, by invoice", invoices=F(900), premium=F(18, 10))
    cell = Cell("ELM", NOV, "staffing", "USD", staff=(billed,))
    assert parts("agency:-50", cell) == ["-200.00", "0.00"]
    assert parts("agency:-50@how=drop", cell) == ["-450.00", "0.00"]
    assert any(
        "1.80 times the cost of own staff" in s for s in assumptions(play("agency:-50", cell))
    )


def test_agency_hours_stay_where_nobody_s_rate_is_known() -> None:
    stuck = Staff(role="RN", agency_hours=F(10), agency_rate=F(90), invoices=F(100))
    cell = Cell("ELM", NOV, "staffing", "USD", staff=(stuck,))
    outcome = play("agency:-50", cell)
    assert outcome.change("USD") == 0
    assert outcome.moved["USD", 1].stuck == 500
    assert play("agency:-50@how=drop", cell).change("USD") == Decimal("-500.00")


def test_what_was_done_is_told_with_its_rates() -> None:
    told = assumptions(play("agency:-20~overtime:-50", STAFFING))
    assert "4 agency hours at 90.00 USD an hour become hours of own staff at 52.80 USD, before " \
        "other levers." in told  # fmt: skip
    assert (
        "5 overtime hours at 72.00 USD an hour cost 52.80 USD instead, before other levers." in told
    )
    assert any(sentence.startswith("The interaction is") for sentence in told)
    assert "not worked by anyone" in assumptions(play("agency:-20@how=drop", STAFFING))[0]


def test_a_lever_that_moves_nothing_says_so() -> None:
    told = assumptions(play("escalator:2", STAFFING))
    assert told[0] == "Yearly price rises: there are none in these places and months to change."


def test_names_that_nobody_knows_are_refused() -> None:
    check(base(STAFFING), Scenario.parse("wage:3@site=ELM,region=North,kind=Clinic,role=RN"))
    with pytest.raises(UsageProblem, match="no region Nort to pull a lever on; did you mean North"):
        check(base(STAFFING), Scenario.parse("wage:3@region=Nort"))


def test_a_forecast_scales_the_drivers_and_keeps_their_rates() -> None:
    """At twice the amount there are twice the hours: 8 agency hours taken over."""
    forecast = pl.DataFrame(
        [("ELM", NOV, "staffing", "USD", Decimal("15840.00")),
         ("OAK", NOV, "facilities", "USD", Decimal("10.00"))],
        schema=["site", "month", "subject", "currency", "amount"], orient="row",
    )  # fmt: skip
    scaled = base(STAFFING, SUPPLIES).scaled(forecast, note="As forecast.")
    assert scaled.landing("USD") == Decimal("70000") + 15840 + 1000 + 10
    outcome = what_if(scaled, Scenario.parse("agency:-20"))
    assert outcome.change("USD") == Decimal("-297.60")
    assert assumptions(outcome)[-1] == "As forecast."
    staff = scaled.frame().filter(pl.col("role") == "RN").row(0, named=True)
    assert (staff["agency_hours"], staff["rate"], staff["hire"]) == (40.0, 40.0, 52.8)


def test_a_faulty_forecast_is_refused() -> None:
    forecast = pl.DataFrame({"site": ["ELM"], "month": [NOV]})
    with pytest.raises(UsageProblem, match="lacks amount, currency, subject"):
        base(STAFFING).scaled(forecast)
    row = ("ELM", NOV, "staffing", "USD", Decimal(1))
    twice = pl.DataFrame(
        [row, row], schema=["site", "month", "subject", "currency", "amount"], orient="row"
    )
    with pytest.raises(UsageProblem, match="twice"):
        base(STAFFING).scaled(twice)


def test_currencies_stay_apart() -> None:
    pounds = Cell("OAK", NOV, "supplies", "GBP", bought=(Bought("", F(100)),))
    outcome = play("price:4", SUPPLIES, SUPPLIES, pounds)
    assert outcome.baseline.currencies == ["USD", "GBP"]
    assert (outcome.change("USD"), outcome.change("GBP")) == (Decimal("80.00"), Decimal("4.00"))


# Properties

amounts = st.integers(0, 500_000).map(lambda n: F(n, 97))
rates = st.integers(1, 20_000).map(lambda n: F(n, 83))
scales = st.sampled_from([F(1), F(3, 7), F(2)])
shares = st.integers(0, 100).map(lambda n: F(n, 100))


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    site, month = draw(st.sampled_from(["ELM", "OAK"])), draw(st.sampled_from([NOV, DEC]))
    subject = draw(st.sampled_from(["staffing", "supplies", "contracts"]))
    if subject == "staffing":
        staff = Staff(
            draw(st.sampled_from(["RN", "LPN"])), draw(amounts), draw(rates), draw(amounts),
            draw(rates), draw(amounts), draw(rates), draw(shares), draw(shares), draw(amounts),
            draw(amounts), draw(amounts), draw(st.none() | rates), draw(st.none() | rates),
        )  # fmt: skip
        return Cell(site, month, subject, "USD", (staff,), (), draw(shares), scale=draw(scales))
    item = Bought("C-1", draw(amounts), draw(shares), draw(st.sampled_from([(), (DEC,)])))
    return Cell(site, month, subject, "USD", (), (item,), draw(shares), scale=draw(scales))


LEVERS = st.sampled_from([
    "agency:-20", "agency:-35@site=ELM", "agency:-10@how=drop", "overtime:-50",
    "overtime:-25@region=South,how=drop", "wage:3@role=RN", "wage:2.5", "volume:-5",
    "volume:7@kind=Clinic", "price:4", "price:-2@subject=supplies", "escalator:2",
])  # fmt: skip
SEVERAL = st.lists(LEVERS, min_size=1, max_size=5).map("~".join)


@given(st.lists(cells(), min_size=1, max_size=6), SEVERAL)
def test_parts_and_interaction_are_the_change_to_the_cent(found: list[Cell], text: str) -> None:
    """For the group, and for any grouping; from the exact change it is half a cent a row off."""
    outcome = play(text, *found)
    frame = outcome.frame()
    assert outcome.landing("USD") - outcome.baseline.landing("USD") == outcome.change("USD")
    for by in (["site"], ["subject"], ["month"], ["number"], ["site", "month", "subject"]):
        summed = frame.group_by(by).agg(pl.col("amount").sum())["amount"]
        assert sum(summed, Decimal(0)) == outcome.change("USD")
    exact = sum(slowly(cell, text.split("~")) - float(cell.amount) for cell in found)
    assert float(outcome.change("USD")) == pytest.approx(exact, abs=0.005 * frame.height + 1e-6)


@given(st.lists(cells(), min_size=1, max_size=4), LEVERS)
def test_one_lever_alone_has_no_interaction(found: list[Cell], text: str) -> None:
    assert play(text, *found).parts("USD")[INTERACTION] == 0


@given(st.lists(cells(), min_size=1, max_size=4), SEVERAL)
def test_the_order_of_levers_of_different_kinds_does_not_matter(
    found: list[Cell], text: str
) -> None:
    texts = list({one.partition(":")[0]: one for one in text.split("~")}.values())
    one, other = play("~".join(texts), *found), play("~".join(reversed(texts)), *found)
    assert one.change("USD") == other.change("USD")


def slowly(cell: Cell, texts: list[str]) -> float:
    """A cell's cost under levers, hour by hour, in another way than the code goes."""
    levers = [Scenario.parse(text).levers[0] for text in texts]
    place = PLACES[cell.site]
    facts = {"site": cell.site, "region": place.region, "kind": place.kind, "subject": cell.subject}
    levers = [lever for lever in levers if all(facts[n] in v for n, v in lever.scope if n in facts)]
    volume = 1.0
    for lever in levers:
        volume *= 1 + float(lever.size) / 100 if lever.kind == "volume" else 1
    busy = 1 + float(cell.variable) * (volume - 1)
    total = 0.0
    for one in cell.staff:
        mine = [lever for lever in levers if one.role in dict(lever.scope).get("role", [one.role])]
        raised, own, hired = 1.0, float(one.straight_cost), 0.0
        overtime, agency, billed = (
            float(one.overtime_cost), float(one.agency_cost), float(one.invoices)
        )  # fmt: skip
        hours = {"overtime": float(one.overtime_hours), "agency": float(one.agency_hours)}
        for lever in mine:
            share = -float(lever.size) / 100
            if lever.kind == "wage":
                raised *= 1 - share
            for kind in ("overtime", "agency"):
                if lever.kind != kind or (one.hire is None and lever.way != "drop"):
                    continue
                if lever.way != "drop" and one.hire is not None:
                    hired += hours[kind] * share * float(one.hire)
                hours[kind] *= 1 - share
                overtime *= 1 - share if kind == "overtime" else 1
                agency *= 1 - share if kind == "agency" else 1
            if lever.kind == "agency" and lever.way == "drop":
                billed *= 1 - share
            elif lever.kind == "agency" and one.premium is not None:
                hired += billed * share / float(one.premium)
                billed *= 1 - share
        total += busy * ((own + overtime + hired) * raised + agency + billed)
        total += float(one.bonus * (1 + one.on_costs))
    for item in cell.bought:
        amount = float(item.amount)
        points = sum(float(lever.size) / 100 for lever in levers if lever.kind == "escalator")
        if item.rises:
            amount *= (1 + float(item.escalator) + points) / (1 + float(item.escalator))
        for lever in levers:
            amount *= 1 + float(lever.size) / 100 if lever.kind == "price" else 1
        total += amount * busy
    return total * float(cell.scale)


# The forecast's amounts


def test_the_baseline_lands_where_the_forecast_does() -> None:
    """70,000 and a missing 10 so far, twice the month's cost to come; it knows no supplies."""
    cells = pl.DataFrame(
        [
            ("ELM", "staffing", "USD", date(2026, 9, 1), Decimal("70000.0049"), True),
            ("ELM", "staffing", "USD", date(2026, 10, 1), Decimal("10.00"), False),
            ("ELM", "staffing", "USD", NOV, Decimal("15840.00"), False),
        ],
        schema=["site", "subject", "currency", "month", "value", "known"],
        orient="row",
    )
    none = pl.DataFrame()
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    frame = pl.DataFrame(
        {"currency": ["USD"], "landing": [Decimal("85850.00")], "high": [Decimal("86850.00")]}
    )
    told = Landing(year, date(2026, 10, 1), None, 2, frame, none, cells, (), "build")
    found = foreseen(base(STAFFING, SUPPLIES), told)
    assert found.landing("USD") == Decimal("85850.00")
    outcome = what_if(found, Scenario.parse("agency:-20"))
    assert outcome.change("USD") == Decimal("-297.60")
    # 1,000 to either side of 85,850, and of 297.60 less.
    assert outcome.reach("USD") == (Decimal("84552.40"), Decimal("86552.40"))
    assert what_if(base(STAFFING), Scenario.parse("agency:-20")).reach("USD") is None
    [note] = found.notes
    assert "1 month of a site has no whole cost so far" in note
