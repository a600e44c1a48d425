"""The list of all sites, by region: what each one cost, and what stands out there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import blocks, further, layout, scope, sentences, store
from dashboard import format as fmt
from dashboard.asking import to_number
from dashboard.components import Cell, Column, Row, responsive_table
from dashboard.scope import Scope
from dashboard.site_head import PARTS
from dashboard.store import Site
from pipelines.analysis.attention import Finding

MOST_OPEN = 60  # sites up to which the regions stand open
AGAINST = {"budget": "budget", "year": "last year", "previous": "before"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables say of sites by their ids: cost, findings, and what the cost is without."""

    scope: Scope
    costs: Mapping[str, Mapping[str, Any]]
    found: Mapping[str, Sequence[Finding]]
    without: Mapping[str, Sequence[str]]


def draw(chosen: Scope, *, unknown: str = "") -> None:
    """Draw the list; `unknown` is an id in the address that no site has."""
    shown = [site for site in store.sites().values() if _in_scope(site, chosen)]
    found = _findings(chosen)
    named = [site for site in shown if site.site in found]
    _title(chosen, shown, named, unknown)
    if not shown:
        layout.empty("No site of this region and type is known.")
        return
    facts = Facts(chosen, _costs(chosen), found, _without(chosen))
    by_region: dict[str, list[Site]] = defaultdict(list)
    for site in shown:
        by_region[site.region].append(site)
    for region in sorted(by_region, key=lambda name: (name == "Unstated", name)):
        _region(region, by_region[region], facts, folded=len(shown) > MOST_OPEN)
    further.complaints(chosen)


def _in_scope(site: Site, chosen: Scope) -> bool:
    regions, kinds = chosen.where.get("region"), chosen.where.get("site_kind")
    return (not regions or site.region in regions) and (not kinds or site.kind in kinds)


def _findings(chosen: Scope) -> dict[str, list[Finding]]:
    """What needs attention at each site, weightiest first."""
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in store.listed("attention", chosen.month, where=chosen.where):
        found[finding.site].append(finding)
    return found


def _title(chosen: Scope, shown: Sequence[Site], named: Sequence[Site], unknown: str) -> None:
    when = fmt.month(chosen.month)
    count = fmt.counted(len(shown), "site")
    verb = "needs" if len(named) < 2 else "need"
    title = f"{fmt.count(len(named)) if named else 'None'} of {count} {verb} attention in {when}"
    said = "Choose a site from the list or by its name."
    if unknown:
        said = f"There is no site {unknown}. {said}"
    layout.page_title(title if shown else f"No sites are known for {when}", said)


def _costs(chosen: Scope) -> dict[str, Mapping[str, Any]]:
    """The cost of each site with its comparison."""
    answer = store.ask(
        "total_cost", chosen.period, by=("site",), where=chosen.where, compare=(chosen.compare,)
    )
    return {row["site"]: row for row in blocks.main_currency(answer.frame).to_dicts()}


def _without(chosen: Scope) -> dict[str, list[str]]:
    """Parts of the cost that did not come from a site: its figure is too low."""
    feeds = store.listed("feeds", chosen.month, where=chosen.where)
    absent: dict[str, list[str]] = defaultdict(list)
    for row in feeds.iter_rows(named=True):
        if row["state"] in ("late", "never") and row["need"] in PARTS:
            absent[row["site"]].append(PARTS[row["need"]])
    return absent


def _region(
    region: str,
    known: Sequence[Site],
    facts: Facts,
    *,
    folded: bool,
) -> None:
    count = fmt.counted(len(known), "site")
    named = sum(site.site in facts.found for site in known)
    said = f"{count}, {fmt.count(named)} with something that stands out" if named else count
    if not folded:
        layout.section(region, f"{said}.")
        _table(region, known, facts)
        return
    with st.expander(f"{region} · {said}", on_change="rerun", key=f"region-{region}") as fold:
        if fold.open:
            _table(region, known, facts)


def _table(
    region: str,
    known: Sequence[Site],
    facts: Facts,
) -> None:
    priced = any(facts.costs.get(site.site, {}).get("value") is not None for site in known)
    columns = [Column("Site", width="15rem"), Column("Type", phone="second", quiet=True)]
    if priced:
        columns.append(Column("Cost", align="right", phone="value"))
        columns.append(
            Column(
                f"Against {AGAINST[facts.scope.compare]}", align="right", phone="second", quiet=True
            )
        )
    columns.append(Column("What stands out", phone="own", quiet=True, width="44%"))
    links = scope.to_sites()
    rows = [
        Row(
            [
                site.name,
                site.kind,
                *(_cost_cells(site.site, facts) if priced else []),
                _stands_out(facts.found.get(site.site, [])),
            ],
            link=links.get(site.site),
        )
        for site in known
    ]
    responsive_table(columns, rows, key=f"sites-{region}", label=f"Sites of {region}")


def _cost_cells(site: str, facts: Facts) -> list[Cell | str]:
    row, chosen = facts.costs.get(site), facts.scope
    if row is None or row["value"] is None:
        return ["–", ""]
    absent = facts.without.get(site, [])
    cost = Cell(
        fmt.money(row["value"], row["currency"]),
        second=f"without {fmt.names(absent)}" if absent else "",
        link=to_number("total_cost", chosen, chosen.at(site)),
    )
    apart = blocks.distance(row, chosen)
    return [cost, "" if apart is None else blocks.difference(apart, row["currency"], chosen)]


def _stands_out(findings: Sequence[Finding]) -> Cell:
    if not findings:
        return Cell("")
    first = findings[0]
    more = len(findings) - 1
    return Cell(
        sentences.sentence_here(first), second=f"and {fmt.count(more)} more" if more else ""
    )
