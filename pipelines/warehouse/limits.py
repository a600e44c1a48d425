"""What a viewer may read of a build: the read model's tables again, as views that hold that part.

A limited viewer's queries run in a catalogue of their own in which every table has its usual name
and holds only the rows of the viewer's sites and subjects, and no pay where pay isn't theirs. So a
query needs no thought of who asks, and one that nobody thought of shows nothing more. A table that
isn't named here is empty: whoever adds one says here what it holds.

Views keep the app's own queries within a scope. They are no room for SQL of people: a build's table
can be addressed past them. What people write runs on a copy (`pipelines.room`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.errors import StoreProblem

SUBJECTS = "staffing", "supplies", "facilities", "contracts", "payers", "service"

# The subject whose tables these are; what belongs to none of them is everybody's.
_ABOUT = {
    "staffing": ("labor", "labor_month", "labor_kinds_month", "labor_day", "labor_paid",
                 "labour_costs", "labour_costs_paid", "pay_dates", "positions", "ledger"),
    "supplies": ("supply_moves", "supply_month", "supply_item_month", "supply_ends", "stock",
                 "stock_ends", "levels", "purchases", "item_prices"),
    "facilities": ("assets", "work_orders", "orders_lasting", "orders_missed", "orders_month",
                   "orders_open"),
    "contracts": ("contracts", "contract_lines", "contract_month", "paid_twice"),
    "payers": ("remits",),
    "service": ("feedback",),
}  # fmt: skip
_OF = {table: subject for subject, tables in _ABOUT.items() for table in tables}
# Rows that name their subject, one by one.
_BY_SUBJECT = frozenset({
    "spend", "spend_month", "billings", "single_lines", "budget", "budget_edits",
    "budget_decisions", "costs", "costs_paid",
})  # fmt: skip
# Rows of a site that are about no subject in particular.
_OF_SITES = frozenset({
    "sites", "site_codes", "coverage", "coverage_paid", "volume", "volume_month", "rebases",
})  # fmt: skip
# Names and days, the same for everybody: nothing of a site stands in them.
OPEN = frozenset({
    "build", "accounts", "known_day", "level_days", "supply_items", "pay_cells", "holidays",
    "index_values",
})  # fmt: skip
# What no site can be told of: for those who see the whole group.
WHOLE = frozenset({
    "quarantine", "waiting", "unmapped", "corrections", "duplicates", "furniture", "totals",
    "billed_accounts", "brought",
})  # fmt: skip
# Up to so many rows times sites, each row's site is sought in the list; the engine makes a join of
# an IN, which costs more than that to plan, several times in each question.
SOUGHT = 2_500_000
PAY = ("amount", "employer_cost", "cost")
PAID = frozenset(table for table in _ABOUT["staffing"] if table.startswith("labo"))
# Of a load that brought a viewer nothing, no more than that and when it came.
_LOAD = ("event", "moment", "what", "undoes", "superseded", "corrects")


def subject_of(table: str) -> str | None:
    """The subject that a table, or a feed, is about; None where it is about none of them."""
    return _OF.get(table)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is shown: `sites` and `subjects` (None: all of them), and whether pay is.

    `pay` lets amounts of pay be seen by role, pay code, day and person's line. `rows` lets the
    rows behind a figure be seen. `external` figures leave the group: small counts of patients stay
    inside.
    """

    sites: frozenset[str] | None = None
    subjects: frozenset[str] | None = None
    pay: bool = True
    rows: bool = True
    external: bool = False

    @property
    def are_none(self) -> bool:
        """Whether everything is shown."""
        return self == Limits()

    @property
    def key(self) -> str:
        """What tells two limits apart, short enough for names and caches."""
        parts = (
            *(sorted(self.sites) if self.sites is not None else ("*",)), "/",
            *(sorted(self.subjects) if self.subjects is not None else ("*",)), "/",
            str(self.pay), str(self.rows), str(self.external),
        )  # fmt: skip
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]

    def has(self, subject: str) -> bool:
        """Whether a subject is shown; what is no subject always is."""
        return self.subjects is None or subject not in SUBJECTS or subject in self.subjects


def views(
    limits: Limits,
    columns: Mapping[str, frozenset[str]],
    *,
    own: str,
    source: str,
    pay: bool,
    rows: Mapping[str, int] | None = None,
) -> Iterator[tuple[str, str]]:
    """Each table of the read model with the query of what a viewer sees of it, in order.

    `columns` are those of each table, `source` the schema that they stand in, `own` the one that
    the views are made in, which holds a table `own_loads`. `pay` keeps amounts of pay in, for
    figures that are summed over all roles of a site. `rows` are those of each table, where it is
    known: the same rows are picked in a way that costs less where they are few.
    """
    known = rows or {}
    made_of_others = _SPECIAL if limits.sites is not None else {}
    if limits.subjects is not None:
        made_of_others = {**made_of_others, "loads": _loads}
    for table in sorted(columns, key=lambda name: (name in made_of_others, name)):
        if table in made_of_others:
            yield table, made_of_others[table](own, source, columns[table])
        else:
            conditions = _conditions(limits, table, columns[table], known.get(table))
            if table.removesuffix("_history") == "ledger" and not pay:
                conditions = ["false"]  # accounts of single roles stand in it
            if table in WHOLE and "load" in columns[table] and limits.subjects is not None:
                # What was set aside, and a file's own totals, are about the file's subject.
                conditions.append(f"load IN (SELECT load FROM {own}.own_loads)")
            picked = _picked(table.removesuffix("_history"), columns[table], pay)
            yield table, f'SELECT {picked} FROM {source}."{table}"{_where(conditions)}'


def brought(columns: Mapping[str, frozenset[str]], source: str) -> str:
    """("table", site, subject, load): which loads brought rows of which site, as a query.

    Published as the table `brought`: looking through 80 million rows takes seconds.
    """
    return " UNION ALL ".join(
        f"SELECT DISTINCT '{table}' AS \"table\", site, "
        f"CAST({'subject' if 'subject' in columns[table] else 'NULL'} AS VARCHAR) AS subject, load "
        f'FROM {source}."{table}"'
        for table in sorted(columns)
        if {"load", "site", "loaded_in"} <= columns[table] and table not in _SPECIAL
    )


def own_loads(limits: Limits, columns: Mapping[str, frozenset[str]], known: str) -> str:
    """The loads that brought rows of a viewer's sites and subjects; `known` is what `brought`."""
    tables = frozenset(
        table for table in columns if "false" not in _conditions(limits, table, columns[table])
    )
    conditions = [f'"table" IN ({_listed(tables)})']
    if limits.sites is not None:
        conditions.append(f"site IN ({_listed(limits.sites)})")
    if limits.subjects is not None:
        conditions.append(f"(subject IS NULL OR subject IN ({_listed(limits.subjects)}))")
    return f"SELECT DISTINCT load FROM {known}{_where(conditions)}"


def _picked(table: str, columns: frozenset[str], pay: bool) -> str:
    """The columns of a table: without `pay`, none that tells what a role or a person is paid."""
    gone = []
    if not pay and table in PAID:
        gone = [f'CAST(NULL AS DECIMAL(18,4)) AS "{name}"' for name in PAY if name in columns]
    if not pay and table == "budget":
        gone = [
            f"CASE WHEN subject = 'staffing' THEN subject ELSE {name} END AS {name}"
            for name in ("account", "account_title")
            if name in columns
        ]
    return f"* REPLACE ({', '.join(gone)})" if gone else "*"


def _conditions(
    limits: Limits, table: str, columns: frozenset[str], rows: int | None = None
) -> list[str]:
    """What a row of a table must be to be shown; a table that nobody placed shows none."""
    table = table.removesuffix("_history")
    subject = _OF.get(table)
    known = subject is not None or table in _BY_SUBJECT | _OF_SITES | OPEN | WHOLE | set(_SPECIAL)
    if not known or (subject is not None and not limits.has(subject)):
        return ["false"]
    found = []
    if limits.subjects is not None and table in _BY_SUBJECT:
        found.append(f"subject IN ({_listed(limits.subjects)})")
    if limits.sites is not None and table in WHOLE:
        return ["false"]
    if limits.sites is not None and table not in OPEN:
        few = rows is not None and rows * len(limits.sites) <= SOUGHT
        named = _listed(limits.sites)
        found.extend(
            f"list_contains([{named}], {name})" if few else f"{name} IN ({named})"
            for name in ("site", "other_site")
            if name in columns
        )
    return found


def _targets(own: str, source: str, table: str) -> str:
    """Targets of one's sites, and those of the group and of one's regions, which hold for them."""
    return (
        f'SELECT t.* FROM {source}."{table}" t WHERE t.site IN (SELECT site FROM {own}.sites) '
        "OR ((t.site IS NULL OR t.site LIKE '~%' OR t.site = '') AND (t.region IS NULL "
        f"OR t.region = '' OR t.region IN (SELECT region FROM {own}.sites)))"
    )


def _loads(own: str, source: str, columns: frozenset[str]) -> str:
    told = []
    for name in sorted(columns):
        if name in _LOAD:
            told.append(f'l."{name}"')
        elif name.startswith("money_") or name in ("context", "rows", "policies"):
            told.append(f'CASE WHEN false THEN l."{name}" END AS "{name}"')
        else:
            told.append(f'CASE WHEN o.load IS NOT NULL THEN l."{name}" END AS "{name}"')
    return (
        f"SELECT {', '.join(told)} FROM {source}.loads l "
        f"LEFT JOIN {own}.own_loads o ON o.load = l.event"
    )


# Tables without a site of their own, for who doesn't see all sites: by what they are made of.
_SPECIAL: dict[str, Callable[[str, str, frozenset[str]], str]] = {
    "loads": _loads,
    "targets": lambda own, source, _: _targets(own, source, "targets"),
    "targets_history": lambda own, source, _: _targets(own, source, "targets_history"),
    "target_decisions": lambda own, source, _: _targets(own, source, "target_decisions"),
    "contract_month": lambda own, source, _: (
        f"SELECT * FROM {source}.contract_month "
        f"WHERE contract IN (SELECT contract FROM {own}.contracts)"
    ),
    "coverage_months": lambda own, _source, _: (
        "SELECT need, month, bool_or(present) AS present, count(*) AS sites, "
        f"count(*) FILTER (whole) AS whole FROM {own}.coverage GROUP BY need, month"
    ),
    "item_prices": lambda own, _source, _: (
        "SELECT item, currency, month, unit_cost, count(*) AS receipts, sum(quantity) AS quantity "
        f"FROM {own}.supply_moves WHERE kind = 'receipt' AND unit_cost > 0 GROUP BY ALL"
    ),
}


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _listed(names: frozenset[str]) -> str:
    """Names as an SQL list of texts; of none, one that nothing equals."""
    if any("\0" in name for name in names):
        raise StoreProblem("A site's code holds a character that no code can have.")
    return ", ".join("'" + name.replace("'", "''") + "'" for name in sorted(names)) or "NULL"
