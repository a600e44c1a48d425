"""Who sends what to whom: by hand, and as properties of any shelves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.stock.transfers import SOONEST, Dated, Shelf, Transfer, suggest, transfers
from tests.metrics.conftest import Load, load

__all__ = ["load"]


def shelf(
    site: str, held: int, keeps: int = 20, most: int = 100, *, region: str = "N",
    a_day: float = 2.0, idle: Sequence[Dated] = (),
) -> Shelf:  # fmt: skip
    return Shelf(site, region, held, keeps, most, a_day, tuple(idle))


@pytest.mark.parametrize(
    ("shelves", "expected"),
    [
        # B lacks 15; A has 40 above its maximum.
        ([shelf("A", 140), shelf("B", 5)], [Transfer("A", "B", 15, 0)]),
        # A has only 10 to spare, C in another region gives the rest.
        (
            [shelf("A", 110), shelf("B", 5), shelf("C", 300, region="S")],
            [Transfer("A", "B", 10, 0), Transfer("C", "B", 5, 0)],
        ),
        # Within its maximum nobody gives.
        ([shelf("A", 100), shelf("B", 5)], []),
        # What will expire is given though it is within the maximum, and only as much as is free.
        (
            [shelf("A", 30, idle=[Dated(25, 60)]), shelf("B", 5)],
            [Transfer("A", "B", 10, 10)],
        ),
        # Lots that expire before B could use them are no help.
        ([shelf("A", 90, idle=[Dated(25, SOONEST - 1)]), shelf("B", 5)], []),
        # Nobody lacks any: C uses up what A won't, within its room of 30.
        (
            [shelf("A", 99, idle=[Dated(50, 40)]), shelf("C", 70)],
            [Transfer("A", "C", 30, 30, covers=False)],
        ),
        # At half a unit a day C uses only 20 of them in 40 days.
        (
            [shelf("A", 99, idle=[Dated(50, 40)]), shelf("C", 70, a_day=0.5)],
            [Transfer("A", "C", 20, 20, covers=False)],
        ),
        # Two that lack it: the one with fewer days first.
        (
            [shelf("A", 118), shelf("B", 5), shelf("C", 5, a_day=10)],
            [Transfer("A", "C", 15, 0), Transfer("A", "B", 3, 0)],
        ),
    ],
)  # fmt: skip
def test_who_gives_what_to_whom(shelves: list[Shelf], expected: list[Transfer]) -> None:
    assert suggest(shelves) == expected


@st.composite
def some_shelves(draw: st.DrawFn) -> list[Shelf]:
    made = []
    for at in range(draw(st.integers(2, 7))):
        held = draw(st.integers(0, 300))
        idle, left = [], held
        for days in draw(st.lists(st.integers(1, 400), max_size=3)):
            lot = draw(st.integers(0, left))
            left -= lot
            idle.append(Dated(lot, days))
        made.append(
            Shelf(f"S{at}", draw(st.sampled_from("NS")), held, draw(st.integers(0, 120)),
                  draw(st.integers(0, 200)), draw(st.floats(0, 10)), tuple(idle))
        )  # fmt: skip
    return made


@given(some_shelves())
def test_nobody_is_made_short_and_nothing_is_lost_or_made(shelves: list[Shelf]) -> None:
    """Givers stay at or above what they must keep, takers at or below their maximum."""
    made = suggest(shelves)
    known = {one.site: one for one in shelves}
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    rescued: Counter[str] = Counter()
    for one in made:
        assert one.quantity > 0
        assert 0 <= one.rescued <= one.quantity
        out[one.giver] += one.quantity
        into[one.taker] += one.quantity
        rescued[one.giver] += one.rescued
    assert not out.keys() & into.keys()
    after = {site: s.held - out[site] + into[site] for site, s in known.items()}
    assert sum(after.values()) == sum(s.held for s in shelves)
    for site, s in known.items():
        if out[site]:
            assert after[site] >= s.keeps
            assert out[site] <= max(s.held - s.most, sum(lot.quantity for lot in s.idle))
            assert rescued[site] <= sum(lot.quantity for lot in s.idle if lot.days >= SOONEST)
        if into[site]:
            assert after[site] <= s.most


@given(some_shelves())
def test_whoever_still_lacks_it_found_nothing_to_spare(shelves: list[Shelf]) -> None:
    made = suggest(shelves)
    short = [s for s in shelves if s.lacks > sum(t.quantity for t in made if t.taker == s.site)]
    if short:
        for giver in shelves:
            if giver.spare and not giver.lacks:
                sent = sum(t.quantity for t in made if t.giver == giver.site)
                # Only lots that expire before anyone would have used them may be left.
                assert giver.spare - sent <= sum(lot.quantity for lot in giver.idle)


DAY = date(2026, 10, 31)
SITES = """
    site  name     kind    region
    OAK   Oakdale  Clinic  North
    ELM   Elmwood  Clinic  South
    FIR   Firtree  Clinic  North
"""


def test_a_home_s_transfers_with_their_money(load: Load) -> None:
    """Each site uses 1 a day. OAK has 3 and must hold 14 for a fortnight: it lacks 11.

    FIR, in the same region, holds 250 of which 200 expire on 9 January, 70 days on: 130 of those
    go to waste. It gives 11 at 2.00; the other 119 go nowhere, for ELM is full to its maximum.
    """
    moves = "site date reference item kind quantity\n" + "\n".join(
        f"{site} 2026-{month:02}-28 {site}{month} GLV issue 30"
        for site in ("OAK", "ELM", "FIR")
        for month in (8, 9, 10)
    )
    reader = load(
        sites=SITES,
        supply_moves=moves,
        stock="""
            site  as_of       item  lot  expiry      quantity  unit_cost  unit  maximum
            OAK   2026-10-31  GLV   .    .           3         2.00       box   100
            ELM   2026-10-31  GLV   .    .           100       2.00       box   100
            FIR   2026-10-31  GLV   a    2027-01-09  200       2.00       box   100
            FIR   2026-10-31  GLV   b    2028-01-31  50        2.00       box   100
        """,
    )
    [row] = transfers(reader, DAY, {}).to_dicts()
    assert (row["giver"], row["taker"], row["quantity"], row["rescued"]) == ("FIR", "OAK", 11, 11)
    assert (row["value"], row["saved"]) == (Decimal(22), Decimal(22))
    assert (row["taker_runs_out"], row["next_delivery"]) == (date(2026, 11, 3), None)
    assert transfers(reader, DAY, {"region": ["South"]}).is_empty()
    assert transfers(reader, DAY, {"site": ["FIR"]}).height == 1


def test_different_units_of_measure_are_different_items(load: Load) -> None:
    reader = load(
        sites=SITES,
        supply_moves="""
            site  date        reference  item  kind   quantity
            OAK   2026-10-28  1          GLV   issue  90
            FIR   2026-10-28  2          GLV   issue  90
        """,
        stock="""
            site  as_of       item  quantity  unit
            OAK   2026-10-31  GLV   3         box
            FIR   2026-10-31  GLV   900       piece
        """,
    )
    assert transfers(reader, DAY, {}).is_empty()
