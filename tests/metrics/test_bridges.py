"""The bridges of the six-site group: their totals are the changes in what `ask` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from pipelines.analysis.bridge_lines import Bridge, Compared
from pipelines.analysis.bridge_supplies import supplies_between
from pipelines.calendar import Period, month_span
from pipelines.metrics.ask import ask
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Home6

Where = Mapping[str, Sequence[str]]
JANUARY = month_span(date(2025, 1, 1))
FEBRUARY = month_span(date(2025, 2, 1))
PAIRS = [
    (JANUARY, FEBRUARY),
    (month_span(date(2025, 1, 1), 3), month_span(date(2026, 1, 1), 3)),
    (month_span(date(2025, 12, 1)), month_span(date(2025, 11, 1))),
    (Period(date(2025, 6, 10), date(2025, 7, 9)), Period(date(2025, 12, 5), date(2026, 1, 20))),
]
SCOPES: list[Where] = [{}, {"region": ["South"]}, {"site": ["ELM", "TOR"]}]


def said(bridge: Bridge) -> dict[str, Decimal]:
    """The parts that say anything."""
    return {part: value for part, value in bridge.parts.items() if value}


def asked(reader: Reader, metric: str, period: Period, where: Where) -> dict[str, Decimal]:
    frame = ask(reader, metric, period=period, where=where).frame
    return {currency: value or Decimal(0) for currency, value in frame["currency", "value"].rows()}


def check(reader: Reader, metric: str, found: Compared, where: Where) -> None:
    """Every grouping adds up to what `ask` says of both periods, and its parts to the change."""
    sides = [asked(reader, metric, period, where) for period in (found.before, found.after)]
    for by in ((), ("region",), ("site",), tuple(found.lines[0].names)):
        groups = found.bridges(*by)
        for one in groups.values():
            assert sum(said(one).values()) == one.total
        for currency in {*sides[0], *sides[1]}:
            own = [one for key, one in groups.items() if key[0] == currency]
            assert sum(one.before for one in own) == sides[0].get(currency, 0)
            assert sum(one.after for one in own) == sides[1].get(currency, 0)
            assert sum(one.total for one in own) == sides[1].get(currency, 0) - sides[0].get(
                currency, 0
            )


@pytest.mark.parametrize("where", SCOPES)
@pytest.mark.parametrize("pair", PAIRS)
def test_the_supplies_bridge_is_the_change_in_burn(
    group: Home6, pair: tuple[Period, Period], where: Where
) -> None:
    check(group.after, "supply_burn", supplies_between(group.after, *pair, where), where)


def test_a_clinic_s_supplies_by_hand(group: Home6) -> None:
    """Elmwood from January to February 2025, 412 to 398 visits.

    Gloves: 30 + 36 at 7.00 are 462.00, 33 + 39 at 7.10 are 511.20. Syringes, issued and wasted:
    39 + 33 at 0.35 are 25.20, 42 + 36 are 27.30. Masks have no price.
    Volume (462.00 + 25.20) × -14 / 412 = -16.56; usage 504.00 + 27.30 less 487.20 × 398 / 412 =
    60.66; price 72 × 0.10.
    """
    found = supplies_between(group.after, JANUARY, FEBRUARY, {"site": ["ELM"]})
    whole = found.bridges()["USD",]
    assert (whole.before, whole.after) == (Decimal("487.20"), Decimal("538.50"))
    assert said(whole) == {
        "volume": Decimal("-16.56"),
        "usage": Decimal("60.66"),
        "price": Decimal("7.20"),
    }
    gloves = found.bridges("item_name", "category", "region")["USD", "GLV", "Gloves", "North"]
    assert gloves.parts["price"] == Decimal("7.20")
