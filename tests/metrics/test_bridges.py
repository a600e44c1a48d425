# ruff: noqa: E501 - tables are read by the line.
"""The bridges of the six-site group: their totals are the changes in what `ask` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from pipelines.analysis.causes.lines import Bridge, Compared
from pipelines.analysis.causes.spend import spend_between
from pipelines.analysis.causes.supplies import KEYS, MEASURES, supplies_between
from pipelines.calendar import Period, month_span
from pipelines.metrics.ask import Missing, ask
from pipelines.metrics.compile import Scope, compile_metric
from pipelines.warehouse.reader import Reader
from tests.metrics.conftest import Home6

Where = Mapping[str, Sequence[str]]
JANUARY = month_span(date(2025, 1, 1))
FEBRUARY = month_span(date(2025, 2, 1))
MARCH = month_span(date(2025, 3, 1))
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


def test_a_home_s_volume_is_its_resident_days(group: Home6) -> None:
    """Riverside from January to February 2025, 1,736 to 1,568 resident days.

    Gloves: 176 at 7.00 are 1,232.00, 192 at 7.10 are 1,363.20; syringes 67.20 and 72.80.
    Volume 1,299.20 × -168 / 1,736; price 192 × 0.10; the rest of 136.80 is usage.
    """
    found = supplies_between(group.after, JANUARY, FEBRUARY, {"site": ["RIV"]})
    assert said(found.bridges()["USD",]) == {
        "volume": Decimal("-125.73"),
        "usage": Decimal("243.33"),
        "price": Decimal("19.20"),
    }


@pytest.mark.parametrize("where", [*SCOPES, {"subject": ["contracts"]}])
@pytest.mark.parametrize("pair", PAIRS)
def test_the_spend_bridge_is_the_change_in_spend(
    group: Home6, pair: tuple[Period, Period], where: Where
) -> None:
    check(group.after, "spend", spend_between(group.after, *pair, where), where)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # The handyman costs 11 more each month, three months at twelve times that; the agency
        # invoices Riverside in March: 6,480, a year later 6,960. Pinecrest opened in June:
        # 2,112.10 + 2,113.10 + 2,114.10 of agency less three credits of 100.
        (PAIRS[1][0], PAIRS[1][1], {"amount": "876", "opened": "6039.30"}),
        (FEBRUARY, MARCH, {"amount": "11", "new_supplier": "6480"}),
        # The agency comes back in July, so that it didn't end in April.
        (MARCH, month_span(date(2025, 4, 1)), {"amount": "11", "timing": "-6480"}),
    ],
)
def test_the_group_s_spend_by_hand(
    group: Home6, before: Period, after: Period, expected: dict[str, str]
) -> None:
    found = spend_between(group.after, before, after).bridges()
    assert said(found["USD",]) == {part: Decimal(value) for part, value in expected.items()}
    assert said(found["CAD",]) == {}


def test_both_bridges_know_what_was_known_then(group: Home6) -> None:
    """December 2025: later came 11 gloves at 9.99 for Riverside, and Elmwood's credit of 150.40."""
    december = month_span(date(2025, 12, 1))
    for between, later in ((supplies_between, "109.89"), (spend_between, "-150.40")):
        then = between(group.after, JANUARY, december, as_of=group.first).bridges()["USD",]
        now = between(group.after, JANUARY, december).bridges()["USD",]
        assert now.total - then.total == Decimal(later)
        assert sum(said(then).values()) == then.total


def test_contracts_are_new_ended_or_only_not_invoiced_yet(told: Reader) -> None:
    """C-1 runs and renews by itself, C-2 ended in 2025, C-3 is terminated, C-4 began in 2026.

    C-6 began in 2025 and was invoiced in 2026. No register knows C-5. The plumber comes twice a year. One site opened in 2026.

    sites:
    site name    opened     closed
    ELM  Elmwood 2019-01-01 .
    PIN  Pine    2026-01-10 .

    contracts:
    contract revision start      end        auto_renew status
    C-1      0        2024-01-01 2025-06-30 yes        active
    C-2      0        2024-01-01 2027-12-31 no         active
    C-2      1        2024-01-01 2025-12-31 no         active
    C-3      0        2024-01-01 2027-12-31 yes        terminated
    C-4      0        2026-01-01 2026-12-31 no         active
    C-6      0        2025-07-01 2026-12-31 no         active

    spend:
    site document line date       supplier contract description      quantity unit_price amount
    ELM  1        1    2025-12-05 Bright   C-1      Cleaning+Dec     1        50.00      50.00
    ELM  2        1    2025-12-05 Copy     C-2      .                .        .          40.00
    ELM  3        1    2025-12-05 Wash     C-3      .                .        .          30.00
    ELM  4        1    2025-12-05 Power    .        Electricity      .        .          20.00
    ELM  5        1    2025-12-09 Linen    C-5      Sheets+Dec+2025  10       2.00       20.00
    ELM  6        1    2025-06-09 Plumber  .        .                .        .          15.00
    ELM  7        1    2025-12-09 Plumber  .        .                .        .          15.00
    ELM  8        1    2026-06-09 Plumber  .        .                .        .          15.00
    ELM  9        1    2026-01-05 Net      C-4      .                .        .          70.00
    ELM  13       1    2026-01-05 Late     C-6      .                .        .          5.00
    ELM  14       1    2026-01-06 Bright   .        .                .        .          2.00
    ELM  10       1    2026-01-05 Power    .        Electricity      .        .          23.00
    ELM  11       1    2026-01-09 Linen    C-5      Sheets+Jan+2026  13       2.50       32.50
    ELM  11       2    2026-01-09 Linen    C-5      Sheets+Jan+2026  1        -2.50      -2.50
    PIN  12       1    2026-01-20 Bright   C-1      Cleaning+Jan     1        11.00      11.00
    """
    pair = month_span(date(2025, 12, 1)), month_span(date(2026, 1, 1))
    found = spend_between(told, *pair)
    assert said(found.bridges()["USD",]) == {
        "quantity": Decimal("4.00"),  # 13 - 1 sheets were paid for, and 10 before, at 2.00
        "price": Decimal("6.00"),  # 12 × 0.50
        "amount": Decimal("5.00"),  # power, and what Bright did beside its contract
        "new_contract": Decimal("70.00"),
        "ended_contract": Decimal("-70.00"),
        "timing": Decimal("-60.00"),
        "opened": Decimal("11.00"),
    }
    check(told, "spend", found, {})


def test_one_times_the_whole_amount_is_a_contract_s_fee_and_else_no_quantity(
    told: Reader,
) -> None:
    """Nobody counts power or temps; sheets are counted, though one invoice has a single one.

    sites:
    site name    opened
    ELM  Elmwood 2019-01-01

    spend:
    site document line date       account    supplier contract description quantity unit_price amount
    ELM  1        1    2025-12-05 contracts  Bright   C-1      Cleaning    1        50.00      50.00
    ELM  2        1    2025-12-05 facilities Power    .        Power       1        20.00      20.00
    ELM  3        1    2025-12-09 supplies   Linen    .        Sheets      10       2.00       20.00
    ELM  4        1    2025-12-09 staffing   Temps    C-2      Timesheets  1        90.00      90.00
    ELM  5        1    2026-01-05 contracts  Bright   C-1      Cleaning    1        54.00      54.00
    ELM  6        1    2026-01-05 facilities Power    .        Power       1        27.00      27.00
    ELM  7        1    2026-01-09 supplies   Linen    .        Sheets      1        3.00       3.00
    ELM  8        1    2026-01-09 staffing   Temps    C-2      Timesheets  1        60.00      60.00
    """
    pair = month_span(date(2025, 12, 1)), month_span(date(2026, 1, 1))
    # The fee rose by 4 and the one sheet costs 1 more; nine sheets fewer at 2.00; 7 less 30.
    assert said(spend_between(told, *pair).bridges()["USD",]) == {
        "price": 5,
        "quantity": -18,
        "amount": -23,
    }


def test_supplies_tell_a_silent_site_a_new_item_and_a_change_of_unit(told: Reader) -> None:
    """Two clinics; the monthly sums of Oakdale are missing in January, as are its visits.

    sites:
    site name    opened
    ELM  Elmwood 2019-01-01
    OAK  Oakdale 2019-01-01
    PIN  Pine    2026-01-01

    volume:
    site date       grain measure count
    ELM  2025-12-01 month visits  100
    ELM  2026-01-01 month visits  110
    OAK  2025-12-01 month visits  100

    supply_moves:
    site date       reference item kind  quantity unit unit_cost value
    ELM  2025-12-01 1         GLV  issue 10       box  8.00      .
    ELM  2026-01-01 2         GLV  issue 12       box  9.00      .
    ELM  2026-01-01 3         GLV  issue 1        .    .         .
    ELM  2026-01-01 4         MSK  issue 4        .    2.50      .
    ELM  2025-12-01 5         GEL  issue 3        box  6.00      .
    ELM  2026-01-01 6         GEL  waste 30       each 0.60      .
    OAK  2025-12-01 7         GLV  issue 5        box  8.00      .
    PIN  2026-01-01 8         GLV  issue 2        box  9.00      .
    """
    pair = month_span(date(2025, 12, 1)), month_span(date(2026, 1, 1))
    found = supplies_between(told, *pair)
    # One of thirteen boxes has no price: 13 - 10 × 110 / 100 are used more, one isn't in the value.
    expected = {
        "volume": Decimal("8.00"),
        "usage": Decimal("16.00"),
        "price": Decimal("13.00"),
        "new_item": Decimal("28.00"),
        "ended_item": Decimal("-18.00"),
        "unpriced": Decimal("-9.00"),
        "one_sided": Decimal("-40.00"),
        "opened": Decimal("18.00"),
    }
    assert said(found.bridges()["USD",]) == expected
    # Of one item alone, Elmwood is as before: it is not silent for not having used masks.
    masks = supplies_between(told, *pair, {"item": ["MSK"]})
    assert said(masks.bridges()["USD",]) == {"new_item": 10}
    assert found.missing == (Missing("OAK", date(2026, 1, 1), "supply_moves.value"),)
    assert found.missing_before == ()


def test_volume_that_is_not_counted_to_the_end_is_not_known(told: Reader) -> None:
    """Elmwood's visits of February are missing: 50 would pass for half the activity.

    sites:
    site name    opened
    ELM  Elmwood 2019-01-01
    OAK  Oakdale 2019-01-01

    volume:
    site date       grain measure count
    ELM  2025-11-01 month visits  50
    ELM  2025-12-01 month visits  50
    ELM  2026-01-01 month visits  50
    OAK  2025-11-01 month visits  70
    OAK  2026-02-01 month visits  70

    supply_moves:
    site date       reference item kind  quantity unit_cost
    ELM  2025-11-01 1         GLV  issue 10       8.00
    ELM  2026-01-01 2         GLV  issue 15       9.00
    """
    pair = month_span(date(2025, 11, 1), 2), month_span(date(2026, 1, 1), 2)
    found = supplies_between(told, *pair)
    assert said(found.bridges()["USD",]) == {"quantity": 40, "price": 15}


def test_the_uses_behind_the_bridge_are_the_same_from_roll_ups_and_facts(group: Home6) -> None:
    periods = [JANUARY, FEBRUARY]
    for name, measure in MEASURES.items():
        quick, slow = (
            compile_metric(measure, KEYS, periods, Scope({}), group.after.columns, rollups=rollups)
            for rollups in (True, False)
        )
        assert "supply_item_month" in quick.sql
        assert "supply_item_month" not in slow.sql
        frames = [
            group.after.query(one.sql, one.parameters).sort("start", *KEYS) for one in (quick, slow)
        ]
        assert frames[0].equals(frames[1]), name
