"""Sums of pay by role: no withheld one can be worked out from those that are shown.

The oracle knows nothing of graphs. It writes down every sum that is shown (cells, and the totals of
sites, regions and the group) as equations over each site's and role's pay, and asks linear algebra
whether a withheld sum is a combination of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest

from pipelines.warehouse.lattice import INVOICED, Cell, withheld

YEAR = 2026


def group_of(seed: int) -> tuple[dict[Cell, int], dict[str, str]]:
    """A small invented group: people by cell, and each site's region."""
    chance = random.Random(seed)
    regions = {f"S{n}": f"R{chance.randrange(3)}" for n in range(chance.randint(1, 7))}
    roles = [f"role {n}" for n in range(chance.randint(1, 5))]
    people: dict[Cell, int] = {}
    for site, region in regions.items():
        for role in roles:
            if chance.random() < 0.75:
                count = chance.choice([1, 2, 3, 4, 5, 6, 9, 20])
                places = ("site", site), ("region", region), ("group", "group")
                for level, place in places:
                    cell = Cell(level, place, role, YEAR)
                    people[cell] = people.get(cell, 0) + count
    return people, regions


def equations(
    people: dict[Cell, int], regions: dict[str, str]
) -> tuple[dict[Cell, np.ndarray], list[np.ndarray]]:
    """Each cell, and each total that everybody sees, over the pay of each site and role."""
    base = sorted(cell for cell in people if cell.level == "site")

    def over(keep: Iterable[Cell]) -> np.ndarray:
        wanted = set(keep)
        return np.array([1.0 if cell in wanted else 0.0 for cell in base])

    cells = {}
    for cell in people:
        if cell.level == "site":
            cells[cell] = over([cell])
        elif cell.level == "region":
            cells[cell] = over(
                c for c in base if c.role == cell.role and regions[c.place] == cell.place
            )
        else:
            cells[cell] = over(c for c in base if c.role == cell.role)
    totals = [over(c for c in base if c.place == site) for site in regions]
    totals += [over(c for c in base if regions[c.place] == region) for region in regions.values()]
    return cells, [*totals, over(base)]


def determined(what: np.ndarray, known: list[np.ndarray]) -> bool:
    """Whether a sum is a combination of known ones."""
    matrix = np.array(known)
    rank = np.linalg.matrix_rank(matrix)
    return bool(np.linalg.matrix_rank(np.vstack([matrix, what])) == rank)


@pytest.mark.parametrize("seed", range(150))
def test_no_withheld_sum_can_be_worked_out(seed: int) -> None:
    people, regions = group_of(seed)
    hidden = withheld(people, regions)
    cells, totals = equations(people, regions)
    known = totals + [cells[cell] for cell in people if cell not in hidden]
    assert [cell for cell in hidden if determined(cells[cell], known)] == []
    # What few people earn is shown only where totals that everybody sees tell it anyway.
    for cell, count in people.items():
        if count < 5 and cell not in hidden:
            assert determined(cells[cell], totals), cell


def test_one_small_role_takes_the_next_smallest_with_it() -> None:
    """Site A: 3 nurses, 6 aides, 20 clerks; B: 9 of each. One region.

    Hiding A's nurses alone is no use, A's total less aides and clerks tells them. So A's aides go
    too (6 are the fewest); and so that neither can be told from the region's sums, the same two
    roles of B (or of the region): the cheapest is B's, with 9 people each, against 12 and 15.
    """
    counts = {
        "A": {"nurse": 3, "aide": 6, "clerk": 20},
        "B": {"nurse": 9, "aide": 9, "clerk": 9},
    }
    people: dict[Cell, int] = {}
    for site, roles in counts.items():
        for role, count in roles.items():
            people[Cell("site", site, role, YEAR)] = count
            for level, place in (("region", "R"), ("group", "group")):
                cell = Cell(level, place, role, YEAR)
                people[cell] = people.get(cell, 0) + count
    found = withheld(people, {"A": "R", "B": "R"})
    assert {(c.place, c.role) for c in found} == {
        ("A", "nurse"), ("A", "aide"), ("B", "nurse"), ("B", "aide"),
    }  # fmt: skip


def test_what_was_withheld_once_stays_so() -> None:
    people, regions = group_of(11)
    many = dict.fromkeys(people, 50)
    assert not withheld(many, regions)
    before = withheld(people, regions)
    assert before
    assert before <= withheld(many, regions, before)


def test_years_have_answers_of_their_own_and_invoices_none() -> None:
    people = {
        Cell(level, place, role, year): count
        for level, place in (("site", "A"), ("site", "B"), ("region", "R"), ("group", "group"))
        for role in ("nurse", "aide", "clerk", INVOICED)
        for year, count in ((2025, 2), (2026, 9))
    }
    found = withheld(people, {"A": "R", "B": "R"})
    assert found
    assert {cell.year for cell in found} == {2025}
    assert INVOICED not in {cell.role for cell in found}
