"""Which sums of pay by role may be shown to people who may not see what single people earn.

Such sums exist on one lattice only: a role at a site, in a region or in the group, in a calendar
year and the months and quarters within. A cell is withheld in which fewer than five people were
paid in any month of the year. That isn't enough: every site's total over all roles is shown, and
so one withheld role could be worked out by subtraction. More cells are withheld until none can be.

The sums form a flow. A site's role is an edge from the site (whose total is known) to that role in
its region, a region's role one from there to the role in the group, a group's role one from there
to the root (the group's total is known as well). What flows in flows out. Of a flow whose known
edges are taken away, an edge is determined exactly where it is a bridge: the kernel of a graph's
incidence matrix is spanned by its cycles. So cells are added until every withheld edge lies on a
cycle. Months of one year share one answer, which makes time no way around.

Decided once for each build. A cell that was withheld stays so: two builds tell no more than one.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

FEWEST = 5  # people, below whom a sum tells what single ones earn
GROUP = "group"
INVOICED = "Agency, by invoice"  # what suppliers charge is no one's pay
ROOT = ("root",)

# The people of each cell: the fewest in any month of the year in which the role was paid there.
# Rows without a worker's pseudonym tell of no one how many they are.
_PEOPLE = """
WITH workers AS (
  SELECT DISTINCT l.site, s.region, l.role, l.month, l.worker
  FROM labor l JOIN sites s ON s.site = l.site
  WHERE coalesce(l.amount, 0) <> 0 OR coalesce(l.employer_cost, 0) <> 0
), counted AS (
  SELECT 'site' AS level, site AS place, role, month, region,
    CASE WHEN bool_or(worker IS NULL) THEN 0 ELSE count(DISTINCT worker) END AS people
  FROM workers GROUP BY ALL
  UNION ALL
  SELECT 'region', region, role, month, region,
    CASE WHEN bool_or(worker IS NULL) THEN 0 ELSE count(DISTINCT worker) END
  FROM workers GROUP BY ALL
  UNION ALL
  SELECT 'group', 'group', role, month, '',
    CASE WHEN bool_or(worker IS NULL) THEN 0 ELSE count(DISTINCT worker) END
  FROM workers GROUP BY ALL
)
SELECT level, place, region, role, CAST(year(month) AS INTEGER) AS year, min(people) AS people
FROM counted GROUP BY ALL ORDER BY ALL
"""

_TABLE = """
CREATE TABLE pay_cells (level VARCHAR NOT NULL, place VARCHAR NOT NULL, role VARCHAR NOT NULL,
  year INTEGER NOT NULL, shown BOOLEAN NOT NULL)
"""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A role at a place of a level ("site", "region", "group") in a calendar year."""

    level: str
    place: str
    role: str
    year: int


def stage(sql: duckdb.DuckDBPyConnection, before: Iterable[Cell] = ()) -> None:
    """Make `pay_cells`: each cell of the lattice, and whether it is shown.

    `before` are the cells that an earlier build withheld.
    """
    found = sql.execute(_PEOPLE).fetchall()
    people = {Cell(level, place, role, year): n for level, place, _, role, year, n in found}
    regions = {place: region for level, place, region, *_ in found if level == "site"}
    hidden = withheld(people, regions, before)
    sql.execute(_TABLE)
    rows = [(c.level, c.place, c.role, c.year, c not in hidden) for c in sorted(people)]
    lists = [list(column) for column in zip(*rows, strict=True)]
    if lists:
        sql.execute(f"INSERT INTO pay_cells SELECT {', '.join(['unnest(?)'] * 5)}", lists)


def withheld_in(build: Path) -> frozenset[Cell]:
    """The cells that a build withholds; none where it is not there, or has no such table."""
    if not build.exists():
        return frozenset()
    with duckdb.connect() as sql:
        name = str(build).replace("'", "''")
        try:
            sql.execute(f"ATTACH '{name}' AS earlier (READ_ONLY)")
            found = sql.execute(
                "SELECT level, place, role, year FROM earlier.pay_cells WHERE NOT shown"
            ).fetchall()
        except duckdb.Error:
            return frozenset()
    return frozenset(Cell(*row) for row in found)


def withheld(
    people: Mapping[Cell, int], regions: Mapping[str, str], before: Iterable[Cell] = ()
) -> frozenset[Cell]:
    """The cells not to be shown: those of few people, and what keeps them from being worked out.

    `people` are those of each cell, `regions` each site's region. A cell that is all of a site's
    pay is shown, since the site's total is; so is what suppliers charge.
    """
    kept = set(before)
    years: dict[int, dict[Cell, int]] = defaultdict(dict)
    for cell, count in people.items():
        if cell.role != INVOICED:
            years[cell.year][cell] = count
    found: set[Cell] = set()
    for cells in years.values():
        edges = {cell: _ends(cell, regions) for cell in cells}
        few = {cell for cell, count in cells.items() if count < FEWEST or cell in kept}
        found |= _closed(few, edges, cells)
    return frozenset(found)


def _ends(cell: Cell, regions: Mapping[str, str]) -> tuple[Hashable, Hashable]:
    """The two sums that a cell stands in."""
    in_group = (GROUP, cell.role)
    if cell.level == "site":
        return ("site", cell.place), ("region", regions[cell.place], cell.role)
    if cell.level == "region":
        return ("region", cell.place, cell.role), in_group
    return in_group, ROOT


def _closed(
    few: set[Cell], edges: Mapping[Cell, tuple[Hashable, Hashable]], people: Mapping[Cell, int]
) -> set[Cell]:
    """`few`, and the cells of fewest people that put each of them on a cycle."""
    around: dict[Hashable, list[tuple[Hashable, Cell]]] = defaultdict(list)
    for cell, (one, other) in edges.items():
        around[one].append((other, cell))
        around[other].append((one, cell))
    hidden = set(few)
    alone: set[Cell] = set()  # on no cycle at all: always determined, whatever is withheld
    while True:
        bridges = _bridges(hidden, edges) - alone
        if not bridges:
            return hidden - alone
        for cell in sorted(bridges):
            path = _way_round(cell, edges[cell], around, hidden, people)
            if path is None:
                alone.add(cell)
            else:
                hidden |= path


def _way_round(
    cell: Cell,
    ends: tuple[Hashable, Hashable],
    around: Mapping[Hashable, list[tuple[Hashable, Cell]]],
    hidden: set[Cell],
    people: Mapping[Cell, int],
) -> set[Cell] | None:
    """The cells of the cheapest path between a cell's ends that doesn't use it (Dijkstra).

    What is hidden already costs nothing, another cell its people. None where there is no path.
    """
    start, goal = ends
    best: dict[Hashable, int] = {start: 0}
    came: dict[Hashable, tuple[Hashable, Cell]] = {}
    queue: list[tuple[int, int, Hashable]] = [(0, 0, start)]
    step = 0
    while queue:
        cost, _, here = heapq.heappop(queue)
        if here == goal:
            path = set()
            while here != start:
                here, used = came[here]
                path.add(used)
            return path
        if cost > best[here]:
            continue
        for there, other in around[here]:
            if other == cell:
                continue
            price = cost + (0 if other in hidden else 1 + people[other])
            if price < best.get(there, price + 1):
                best[there], came[there] = price, (here, other)
                step += 1
                heapq.heappush(queue, (price, step, there))
    return None


def _bridges(hidden: set[Cell], edges: Mapping[Cell, tuple[Hashable, Hashable]]) -> set[Cell]:
    """The cells of a graph that lie on no cycle of it (Tarjan, 1974), without recursion."""
    around: dict[Hashable, list[tuple[Hashable, Cell]]] = defaultdict(list)
    for cell in sorted(hidden):
        one, other = edges[cell]
        around[one].append((other, cell))
        around[other].append((one, cell))
    order: dict[Hashable, int] = {}
    low: dict[Hashable, int] = {}
    found: set[Cell] = set()
    for root in list(around):
        if root in order:
            continue
        order[root] = low[root] = len(order)
        stack: list[tuple[Hashable, Cell | None, int]] = [(root, None, 0)]
        while stack:
            here, came_by, at = stack.pop()
            if at < len(around[here]):
                stack.append((here, came_by, at + 1))
                there, cell = around[here][at]
                if cell == came_by:
                    continue
                if there in order:
                    low[here] = min(low[here], order[there])
                else:
                    order[there] = low[there] = len(order)
                    stack.append((there, cell, 0))
            elif came_by is not None:
                parent = stack[-1][0]
                low[parent] = min(low[parent], low[here])
                if low[here] > order[parent]:
                    found.add(came_by)
    return found


def fingerprint() -> str:
    """A text that changes whenever the table is made otherwise."""
    return f"{_PEOPLE}{_TABLE}{FEWEST}"
